//===- Cpu.cpp - What this processor can run ------------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Cpu.h"

#include "snn/Runtime/Runtime.h"

#ifndef SNN_FREESTANDING
#include <stdlib.h>
#include <string.h>
#endif

#if defined(__x86_64__)
#include <cpuid.h>
#endif

using namespace snn::rt;

#if defined(__x86_64__)
/// The extended control register 0: which registers the system saves.
static uint64_t readXcr0() {
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return uint64_t(high) << 32 | low;
}

uint32_t snn::rt::detectCpuFeatures() {
  uint32_t a, b, c, d;
  constexpr uint32_t leaf1 = bit_FMA | bit_MOVBE | bit_OSXSAVE | bit_AVX |
                             bit_F16C | bit_SSE4_2 | bit_POPCNT;
  if (!__get_cpuid(1, &a, &b, &c, &d) || (c & leaf1) != leaf1)
    return 0;
  if (!__get_cpuid(0x80000001, &a, &b, &c, &d) || !(c & bit_LZCNT))
    return 0;
  constexpr uint32_t leaf7 = bit_AVX2 | bit_BMI | bit_BMI2;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || (b & leaf7) != leaf7)
    return 0;
  constexpr uint64_t ymm = 0x06, zmm = 0xe6;
  uint64_t saved = readXcr0();
  if ((saved & ymm) != ymm)
    return 0;
  constexpr uint32_t avx512 =
      bit_AVX512F | bit_AVX512BW | bit_AVX512CD | bit_AVX512DQ | bit_AVX512VL;
  bool hasAvx512 = (b & avx512) == avx512 && (saved & zmm) == zmm;
  return SNN_CPU_AVX2 | (hasAvx512 ? SNN_CPU_AVX512 : 0u);
}
#else
uint32_t snn::rt::detectCpuFeatures() { return 0; }
#endif

#ifndef SNN_FREESTANDING
bool snn::rt::lookupCpuLevel(const char *name, uint32_t &features) {
  static constexpr struct {
    const char *name;
    uint32_t features;
  } levels[] = {{"x86-64-v2", 0},
                {"x86-64-v3", SNN_CPU_AVX2},
                {"x86-64-v4", SNN_CPU_AVX2 | SNN_CPU_AVX512}};
  for (const auto &level : levels)
    if (strcmp(level.name, name) == 0) {
      features = level.features;
      return true;
    }
  return false;
}
#endif

/// What this process may use: asked for once.
static uint32_t findCpuFeatures() {
  uint32_t machine = detectCpuFeatures();
#ifndef SNN_FREESTANDING
  uint32_t allowed;
  const char *level = getenv("SNN_CPU");
  if (level && lookupCpuLevel(level, allowed))
    return machine & allowed;
#endif
  return machine;
}

uint32_t snn_cpu_features(void) {
  constexpr uint32_t isKnown = 1u << 31;
  static uint32_t known = 0;
  uint32_t features = __atomic_load_n(&known, __ATOMIC_RELAXED);
  if (!features) {
    features = findCpuFeatures() | isKnown;
    __atomic_store_n(&known, features, __ATOMIC_RELAXED);
  }
  return features & ~isKnown;
}

const snn_variant *snn_best_variant(const snn_model *model) {
  uint32_t features = snn_cpu_features();
  for (int32_t i = 0; i < model->num_variants; ++i)
    if ((model->variants[i].features & ~features) == 0)
      return &model->variants[i];
  return nullptr;
}
