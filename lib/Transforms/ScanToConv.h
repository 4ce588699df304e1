//===- ScanToConv.h - A linear recurrence as a convolution ------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SNN_LIB_TRANSFORMS_SCANTOCONV_H
#define SNN_LIB_TRANSFORMS_SCANTOCONV_H

#include "snn/IR/SNN.h"

namespace mlir::snn {

struct ConvOptions {
  int64_t taps;     ///< of the kernel
  double tolerance; ///< relative error up to which what is older is left out
};

struct ConvResult {
  Operation *layer;  ///< what is now the layer
  std::string bound; ///< of its error, as a formula
};

/// Replaces a scan by convolutions with its response to an impulse, and, for
/// what is older than they reach, a recurrence over as many steps. None for
/// scans that run backwards, are dense, or have coefficients that vary with
/// time.
std::optional<ConvResult> convertScanToConv(ScanOp op,
                                            const ConvOptions &options);

} // namespace mlir::snn

#endif // SNN_LIB_TRANSFORMS_SCANTOCONV_H
