//===- Emit.h - Builders shared by conversions ------------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A conversion reads as its loop nest when index arithmetic, slices and loops
// that carry tensors are one call each.
//
//===----------------------------------------------------------------------===//

#ifndef SNN_LIB_CONVERSION_EMIT_H
#define SNN_LIB_CONVERSION_EMIT_H

#include "snn/Conversion/Passes.h"
#include "snn/IR/SNN.h"

#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mlir::snn {

struct Emit : ImplicitLocOpBuilder {
  using ImplicitLocOpBuilder::ImplicitLocOpBuilder;
  /// Runs in a loop of `carry`: the loop's index, and the carried values, which
  /// it replaces by those of the next iteration.
  using LoopBody = function_ref<void(Emit &, Value, SmallVectorImpl<Value> &)>;

  //===--- Index arithmetic -------------------------------------------------//

  Value index(int64_t value);
  Value dim(Value tensor, int64_t dim);
  Value add(Value a, Value b);
  Value sub(Value a, Value b);
  Value mul(Value a, Value b);
  Value min(Value a, Value b);
  Value max(Value a, Value b);

  //===--- Tensors ----------------------------------------------------------//

  /// The same tensor with another static shape, where the types differ.
  Value castTo(Value tensor, Type type);
  /// A tensor of the sizes of `shape` (values where dynamic).
  Value empty(ArrayRef<OpFoldResult> shape, Type element);
  Value zeros(ArrayRef<OpFoldResult> shape, Type element);
  /// Steps `[first, first + steps)` of a sequence or history.
  Value slice(Value sequence, OpFoldResult first, OpFoldResult steps,
              RankedTensorType type = {});
  Value insert(Value window, Value sequence, OpFoldResult first);
  /// One sequence after another along time.
  Value concatTime(Value first, Value second);
  /// Merges dimensions `[from, to)` into one.
  Value collapse(Value tensor, int64_t from, int64_t to);
  /// A tensor with the elements of `tensor` in the given sizes: undoes one
  /// `collapse` of `[from, to)`.
  Value expand(Value tensor, int64_t from, ArrayRef<OpFoldResult> sizes);

  //===--- Vectors ----------------------------------------------------------//

  /// `width` elements along the last dimension.
  Value read(Value tensor, ValueRange indices, int64_t width);
  Value write(Value vector, Value tensor, ValueRange indices);
  Value splat(Value scalar, int64_t width);
  Value zero(Type type);

  //===--- Loops ------------------------------------------------------------//

  /// A dimension that is cut, and the elements of a piece along it.
  struct Cut {
    int64_t dim;
    OpFoldResult size;
  };
  /// Runs `count` pieces in any order or at once. Value i is cut by `cuts[i]`:
  /// the body is given the number of a piece and the pieces of the values,
  /// which it replaces.
  SmallVector<Value> parallel(OpFoldResult count, ArrayRef<Value> values,
                              ArrayRef<Cut> cuts, LoopBody body);

  /// A loop that carries values.
  SmallVector<Value> carry(Value from, Value to, Value step,
                           ArrayRef<Value> values, LoopBody body);
};

inline RankedTensorType getType(Value tensor) {
  return llvm::cast<RankedTensorType>(tensor.getType());
}

/// Pieces that `size` elements are processed in: a loop over as many tiles of
/// `width` as fit, then powers of two.
struct Tile {
  int64_t first, count, width;
};
SmallVector<Tile> getTiles(int64_t size, int64_t width);
/// The same, each tile by itself.
SmallVector<Tile> getSingleTiles(int64_t size, int64_t width);

/// The words of `snn.pack` whose lanes `tiles[i]` are `masks[i]`; other bits
/// are zero. Tiles are in order and end where words do.
SmallVector<Value> emitWords(Emit &emit, ArrayRef<Tile> tiles,
                             ArrayRef<Value> masks);
/// Words as spikes of the given type.
Value emitUnpack(Emit &emit, Value words, RankedTensorType type);

/// A power of two in `[least, most]` that divides `size` at least twice, the
/// largest that leaves four pieces if there is one; 0 where there is none.
int64_t getPieceSize(int64_t size, int64_t least, int64_t most);

} // namespace mlir::snn

#endif // SNN_LIB_CONVERSION_EMIT_H
