//===- Kernel.h - What passes tell of kernels -------------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SNN_IR_KERNEL_H
#define SNN_IR_KERNEL_H

#include "llvm/ADT/StringRef.h"

namespace mlir::snn {

/// Of a loop over the blocks of a kernel, then of its launch, a dictionary: its
/// `name`, the `threads` of a block, the bytes of `shared` memory, and whether
/// it is `cooperative`.
constexpr llvm::StringLiteral kKernelAttr = "snn.kernel";

} // namespace mlir::snn

#endif // SNN_IR_KERNEL_H
