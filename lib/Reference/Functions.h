//===- Functions.h - The math functions -------------------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SNN_LIB_REFERENCE_FUNCTIONS_H
#define SNN_LIB_REFERENCE_FUNCTIONS_H

namespace mlir::snn::reference {

// The forms of docs/math.md: the operations that stand there, in their order,
// each rounded once.

#define SNN_FUNCTION(NAME)                                                     \
  float NAME(float x);                                                         \
  double NAME(double x);
SNN_FUNCTION(computeExp)
SNN_FUNCTION(computeExpM1)
SNN_FUNCTION(computeLog)
SNN_FUNCTION(computeLog1P)
SNN_FUNCTION(computeTanh)
SNN_FUNCTION(computeSin)
SNN_FUNCTION(computeCos)
#undef SNN_FUNCTION
float computePow(float x, float y);
double computePow(double x, double y);

} // namespace mlir::snn::reference

#endif // SNN_LIB_REFERENCE_FUNCTIONS_H
