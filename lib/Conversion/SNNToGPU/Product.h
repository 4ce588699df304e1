//===- Product.h - Sums of products in canonical order ----------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// y[m, o] = bias[o] + sum over k of w[o, k] x[m, k]
//
// A block computes a tile of rows and columns. It brings a slice of inputs and
// weights into shared memory, and the next one into registers while it adds the
// products of the first. Each output is one accumulator in ascending k, of
// whichever tile.
//
//===----------------------------------------------------------------------===//

#ifndef SNN_LIB_CONVERSION_SNNTOGPU_PRODUCT_H
#define SNN_LIB_CONVERSION_SNNTOGPU_PRODUCT_H

#include "Kernel.h"

namespace mlir::snn {

/// What the rows of a product are, and where its outputs go.
class ProductRows {
public:
  virtual ~ProductRows() = default;

  /// Called in a kernel, before what follows.
  virtual void begin(Emit &emit) = 0;
  /// What reading a row of a group, and input `k` of any, has in common.
  virtual SmallVector<Value> findRow(Emit &emit, Value row, Value group) = 0;
  virtual SmallVector<Value> findInput(Emit &emit, Value k) = 0;
  /// An element, in the type of the sequence.
  virtual Value read(Emit &emit, ArrayRef<Value> row,
                     ArrayRef<Value> input) = 0;
  /// Where the output has the sum of a row and a column.
  virtual SmallVector<Value> findOutput(Emit &emit, Value row,
                                        Value column) = 0;
};

struct Product {
  std::string name;
  Type type;                     ///< of accumulators
  bool isSpikes;                 ///< of which a set one adds a weight
  int64_t numInputs, numOutputs; ///< of a group
  int64_t numGroups = 1;
  Value numRows;
  Value weight; ///< outputs x inputs, or
  bool isInputMajor = false;
  Value bias; ///< or null
  /// Whether the output has rows as its last dimension.
  bool isRowMinor = false;
};

/// Whether kernels add weights of such a type.
bool canMultiply(RankedTensorType weight);

/// Computes `out`, whose rows and columns `rows` finds: a tensor, of which the
/// result is the next value, or memory, where the result is null.
Value emitProduct(Emit &emit, const Product &product, ProductRows &rows,
                  Value out);

/// Whether the sums of the op may have any order, and a library can form them
/// where it is there.
bool mayCallLibrary(LinearOp op);

/// Computes `out` by a library if it takes the product, else by kernels. The
/// first `leading` dimensions of the input and the output are rows.
Value emitLibraryProduct(Emit &emit, const Product &product, ProductRows &rows,
                         Value input, int64_t leading, Value out);

/// The indices of element `number` of so many, of which the first may be any.
SmallVector<Value> splitIndex(Emit &emit, Value number, ArrayRef<Value> sizes);

/// A value in the type of accumulators.
Value extendToSum(Emit &emit, Value value, Type type);

} // namespace mlir::snn

#endif // SNN_LIB_CONVERSION_SNNTOGPU_PRODUCT_H
