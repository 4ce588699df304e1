//===- NeuronStep.h - What the steps of a neuron read and write -*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SNN_LIB_CONVERSION_SNNTOLINALG_NEURONSTEP_H
#define SNN_LIB_CONVERSION_SNNTOLINALG_NEURONSTEP_H

#include "../Emit.h"

namespace mlir::snn {

/// Whether the value, of `scalarRank` where neurons share it, is one for each.
inline bool isPerNeuron(Value value, int64_t scalarRank) {
  auto type = llvm::dyn_cast<RankedTensorType>(value.getType());
  return type && type.getRank() > scalarRank;
}

/// A neuron and what its steps read, with the neurons as one dimension of
/// lanes.
class NeuronStep {
public:
  NeuronStep(NeuronOp op, bool flat) : op(op), flat(flat) {}

  NeuronOp op;
  /// The batch is part of the lanes.
  bool flat;
  Value steps, batchSize;
  /// The first of the neurons that lanes count from, where they are a piece.
  Value pieceFirst;

  /// Prepares the operands.
  void flattenOperands(Emit &emit);
  /// Merges the neuron dimensions, which start at `neuronDim`, into one; with
  /// them the batch, where lanes are flat.
  Value flatten(Emit &emit, Value tensor, int64_t neuronDim);
  /// Undoes `flatten`.
  Value restoreShape(Emit &emit, Value tensor, int64_t neuronDim,
                     ArrayRef<OpFoldResult> neuronSizes);
  /// Bytes of a step of the first input; 0 without inputs.
  Value getRowBytes(Emit &emit, int64_t numNeurons);

  /// Indices of a lane, in a sequence or, without time, in a state.
  SmallVector<Value> at(Value time, Value batch, Value lane);
  /// The parameters of some lanes.
  SmallVector<Value> readParams(Emit &emit, Value lane, int64_t width);
  /// The outputs and then the states after step `time` of some lanes.
  SmallVector<Value> run(Emit &emit, Value time, Value batch, Value lane,
                         int64_t width, ArrayRef<Value> params,
                         ArrayRef<Value> states);
  /// The same, from vectors: inputs, parameters, tables and states, in this
  /// order. `map` tells what the values of the step have become.
  SmallVector<Value> compute(Emit &emit, int64_t width,
                             ArrayRef<Value> arguments, IRMapping &map);
  /// A parameter of neuron 0 in all lanes.
  SmallVector<Value> splatParams(Emit &emit, int64_t width);

private:
  Value toGlobal(Emit &emit, Value lane);
  Value readTable(Emit &emit, Value table, Value time, Value lane,
                  int64_t width);

  SmallVector<Value> inputs, params, tables;
};

/// A scalar op of a step, on vectors.
void vectorize(Emit &emit, Operation &scalar, int64_t width, IRMapping &map);

/// What the loops of a neuron carry: tensors that are written, which are the
/// elements of an output or the words of its spikes, then states.
class NeuronStores {
public:
  explicit NeuronStores(NeuronOp op);

  bool writesWords() const;
  size_t size() const { return stores.size(); }
  /// Empty tensors, then initial states.
  SmallVector<Value> getInitialValues(Emit &emit, NeuronStep &step);
  /// How the values are cut for pieces of `size` neurons.
  SmallVector<Emit::Cut> getCuts(ArrayRef<Value> values, int64_t size);
  /// Writes the outputs of a step; `outputs[i][p]` is output i of part p.
  void write(Emit &emit, NeuronStep &step, Value time, Value batch, Value lane,
             ArrayRef<Tile> parts, ArrayRef<SmallVector<Value>> outputs,
             MutableArrayRef<Value> carried);
  /// Replaces the op, and what packs its spikes, by the values in their shapes.
  void replaceOp(Emit &emit, NeuronStep &step, ArrayRef<Value> values,
                 PatternRewriter &rewriter);

  /// Something that is written: the elements of an output, or its words.
  struct Store {
    int64_t output;
    bool words;
  };
  ArrayRef<Store> getStores() const { return stores; }

private:
  SmallVector<OpFoldResult> getNeuronSizes(Emit &emit, bool words);
  bool isStoredOnce(int64_t output);

  NeuronOp op;
  SmallVector<Store> stores;
};

} // namespace mlir::snn

#endif // SNN_LIB_CONVERSION_SNNTOLINALG_NEURONSTEP_H
