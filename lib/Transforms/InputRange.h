//===- InputRange.h - What an input of a neuron may be ----------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SNN_LIB_TRANSFORMS_INPUTRANGE_H
#define SNN_LIB_TRANSFORMS_INPUTRANGE_H

#include "snn/Analysis/GridCertificate.h"

namespace mlir::snn {

/// All numbers of a constant, or of a constant that is splatted; none for other
/// values.
std::optional<std::vector<double>> getConstantNumbers(Value value);

/// The numbers that a sequence may hold: of floats what the certificate knows,
/// of integers what their types and the ops that make them tell.
std::optional<GridCertificate::Grid>
getInputRange(Value value, const GridCertificate &certificate);

} // namespace mlir::snn

#endif // SNN_LIB_TRANSFORMS_INPUTRANGE_H
