//===- peers.c - Hand-written loops to compare with -----------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include <immintrin.h>
#include <stdint.h>
#include <time.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static volatile float sink;

/// Seconds to read n floats once, n a multiple of 64.
double bench_read(const float *x, int64_t n) {
  double from = now();
  __m256 sum[8];
  for (int k = 0; k < 8; ++k)
    sum[k] = _mm256_setzero_ps();
  for (int64_t i = 0; i < n; i += 64)
#pragma clang loop unroll(full)
    for (int k = 0; k < 8; ++k)
      sum[k] = _mm256_add_ps(sum[k], _mm256_loadu_ps(x + i + 8 * k));
  for (int k = 1; k < 8; ++k)
    sum[0] = _mm256_add_ps(sum[0], sum[k]);
  sink = _mm256_cvtss_f32(sum[0]);
  return now() - from;
}

#ifdef __AVX512F__
enum { lanes = 16 };
typedef __m512 vec;
#define vec_load _mm512_loadu_ps
#define vec_splat _mm512_set1_ps
static inline vec step(vec v, vec x, vec decay, uint32_t *spikes) {
  vec u = _mm512_add_ps(_mm512_mul_ps(decay, v), x);
  __mmask16 s = _mm512_cmp_ps_mask(u, vec_splat(1.0f), _CMP_GE_OQ);
  *spikes = s;
  return _mm512_maskz_mov_ps((__mmask16)~s, u);
}
#else
enum { lanes = 8 };
typedef __m256 vec;
#define vec_load _mm256_loadu_ps
#define vec_splat _mm256_set1_ps
static inline vec step(vec v, vec x, vec decay, uint32_t *spikes) {
  vec u = _mm256_add_ps(_mm256_mul_ps(decay, v), x);
  vec s = _mm256_cmp_ps(u, vec_splat(1.0f), _CMP_GE_OQ);
  *spikes = (uint32_t)_mm256_movemask_ps(s);
  return _mm256_andnot_ps(s, u);
}
#endif

/// LIF with a hard reset to 0 and threshold 1, [steps, n] to bits [steps, n /
/// 32]; n a multiple of 128. States in registers, time inside. Seconds for all.
double bench_lif(const float *x, uint32_t *words, int64_t steps, int64_t n,
                 float decay, int repeats) {
  enum { tile = 128, vectors = tile / lanes, perWord = 32 / lanes };
  vec a = vec_splat(decay);
  double from = now();
  for (int r = 0; r < repeats; ++r)
    for (int64_t i = 0; i < n; i += tile) {
      vec v[vectors];
      for (int k = 0; k < vectors; ++k)
        v[k] = vec_splat(0.0f);
      for (int64_t t = 0; t < steps; ++t) {
        uint32_t bits[vectors];
#pragma clang loop unroll(full)
        for (int k = 0; k < vectors; ++k)
          v[k] = step(v[k], vec_load(x + t * n + i + k * lanes), a, &bits[k]);
#pragma clang loop unroll(full)
        for (int w = 0; w < tile / 32; ++w) {
          uint32_t word = 0;
          for (int k = 0; k < perWord; ++k)
            word |= bits[w * perWord + k] << (k * lanes);
          words[(t * n + i) / 32 + w] = word;
        }
      }
    }
  return now() - from;
}
