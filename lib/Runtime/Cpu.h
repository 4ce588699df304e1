//===- Cpu.h - What this processor can run ----------------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_RUNTIME_CPU_H
#define LIB_RUNTIME_CPU_H

#include <stdint.h>

namespace snn::rt {

/// The SNN_CPU_* bits of the machine, whatever the environment says.
uint32_t detectCpuFeatures();

/// The SNN_CPU_* bits of a level like x86-64-v3; false if there is none of that
/// name.
bool lookupCpuLevel(const char *name, uint32_t &features);

} // namespace snn::rt

#endif // LIB_RUNTIME_CPU_H
