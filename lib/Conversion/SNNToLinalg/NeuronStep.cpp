//===- NeuronStep.cpp - What the steps of a neuron read and write ===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NeuronStep.h"

#include "mlir/Interfaces/FunctionInterfaces.h"

using namespace mlir;
using namespace mlir::snn;

//===----------------------------------------------------------------------===//
// NeuronStep
//===----------------------------------------------------------------------===//

Value NeuronStep::flatten(Emit &emit, Value tensor, int64_t neuronDim) {
  return emit.collapse(tensor, neuronDim - flat, getType(tensor).getRank());
}

Value NeuronStep::restoreShape(Emit &emit, Value tensor, int64_t neuronDim,
                               ArrayRef<OpFoldResult> neuronSizes) {
  SmallVector<OpFoldResult> sizes;
  if (flat)
    sizes.push_back(getAsOpFoldResult(batchSize));
  llvm::append_range(sizes, neuronSizes);
  return emit.expand(tensor, neuronDim - flat, sizes);
}

void NeuronStep::flattenOperands(Emit &emit) {
  auto merge = [&](Value value, int64_t dim) {
    return isPerNeuron(value, dim)
               ? emit.collapse(value, dim, getType(value).getRank())
               : value;
  };
  for (Value input : op.getInputs())
    inputs.push_back(flatten(emit, input, 2));
  for (Value param : op.getParams())
    params.push_back(merge(param, 0));
  for (Value table : op.getTables())
    tables.push_back(merge(table, 1));
}

Value NeuronStep::getRowBytes(Emit &emit, int64_t numNeurons) {
  if (inputs.empty())
    return emit.index(0);
  int64_t element =
      llvm::divideCeil(getType(inputs[0]).getElementTypeBitWidth(), 8);
  return emit.mul(batchSize, emit.index(numNeurons * element));
}

SmallVector<Value> NeuronStep::at(Value time, Value batch, Value lane) {
  SmallVector<Value> indices;
  if (time)
    indices.push_back(time);
  if (!flat)
    indices.push_back(batch);
  indices.push_back(lane);
  return indices;
}

/// A lane of a piece as a lane of all neurons.
Value NeuronStep::toGlobal(Emit &emit, Value lane) {
  return pieceFirst ? emit.add(pieceFirst, lane) : lane;
}

SmallVector<Value> NeuronStep::readParams(Emit &emit, Value lane,
                                          int64_t width) {
  SmallVector<Value> vectors;
  for (Value param : params) {
    if (isPerNeuron(param, 0)) {
      vectors.push_back(emit.read(param, toGlobal(emit, lane), width));
      continue;
    }
    if (isa<RankedTensorType>(param.getType()))
      param = tensor::ExtractOp::create(emit, param, ValueRange());
    vectors.push_back(emit.splat(param, width));
  }
  return vectors;
}

SmallVector<Value> NeuronStep::splatParams(Emit &emit, int64_t width) {
  SmallVector<Value> vectors;
  for (Value param : params) {
    if (isa<RankedTensorType>(param.getType()))
      param = tensor::ExtractOp::create(
          emit, param,
          isPerNeuron(param, 0) ? ValueRange(emit.index(0)) : ValueRange());
    vectors.push_back(emit.splat(param, width));
  }
  return vectors;
}

Value NeuronStep::readTable(Emit &emit, Value table, Value time, Value lane,
                            int64_t width) {
  Value row = time;
  if (Value offset = op.getOffset())
    row = emit.add(
        row, arith::IndexCastOp::create(emit, emit.getIndexType(), offset));
  if (isPerNeuron(table, 1))
    return emit.read(table, {row, toGlobal(emit, lane)}, width);
  return emit.splat(tensor::ExtractOp::create(emit, table, row), width);
}

void mlir::snn::vectorize(Emit &emit, Operation &scalar, int64_t width,
                          IRMapping &map) {
  auto vectorOf = [&](Type type) { return VectorType::get(width, type); };
  if (auto constant = dyn_cast<arith::ConstantOp>(scalar)) {
    auto splat = DenseElementsAttr::get(vectorOf(constant.getType()),
                                        constant.getValue());
    map.map(constant.getResult(), arith::ConstantOp::create(emit, splat));
    return;
  }
  // Values from outside the step are scalars of the whole layer.
  for (Value operand : scalar.getOperands())
    if (!map.contains(operand))
      map.map(operand, emit.splat(operand, width));
  Operation *vector = emit.clone(scalar, map);
  for (auto [from, to] : llvm::zip(scalar.getResults(), vector->getResults())) {
    to.setType(vectorOf(from.getType()));
    map.map(from, to);
  }
}

SmallVector<Value> NeuronStep::run(Emit &emit, Value time, Value batch,
                                   Value lane, int64_t width,
                                   ArrayRef<Value> params,
                                   ArrayRef<Value> states) {
  SmallVector<Value> arguments;
  Value global = toGlobal(emit, lane);
  for (Value input : inputs)
    arguments.push_back(emit.read(input, at(time, batch, global), width));
  llvm::append_range(arguments, params);
  for (Value table : tables)
    arguments.push_back(readTable(emit, table, time, lane, width));
  llvm::append_range(arguments, states);
  IRMapping map;
  return compute(emit, width, arguments, map);
}

SmallVector<Value> NeuronStep::compute(Emit &emit, int64_t width,
                                       ArrayRef<Value> arguments,
                                       IRMapping &map) {
  map.map(op.getStep().getArguments(), arguments);
  for (Operation &scalar : op.getStep().front().without_terminator())
    vectorize(emit, scalar, width, map);
  SmallVector<Value> results;
  for (Value value : op.getYield()->getOperands()) {
    if (!map.contains(value))
      map.map(value, emit.splat(value, width));
    results.push_back(map.lookup(value));
  }
  return results;
}

//===----------------------------------------------------------------------===//
// NeuronStores
//===----------------------------------------------------------------------===//

NeuronStores::NeuronStores(NeuronOp op) : op(op) {
  for (auto [i, output] : llvm::enumerate(op.getOutputs())) {
    if (output.use_empty())
      continue;
    if (isWrittenPacked(output))
      stores.push_back({int64_t(i), true});
    if (!isWrittenOnlyPacked(output))
      stores.push_back({int64_t(i), false});
  }
}

bool NeuronStores::writesWords() const {
  return llvm::any_of(stores, [](Store store) { return store.words; });
}

/// The neuron dimensions, of elements or of words.
SmallVector<OpFoldResult> NeuronStores::getNeuronSizes(Emit &emit, bool words) {
  SmallVector<OpFoldResult> sizes;
  for (int64_t size : op.getNeuronShape())
    sizes.push_back(emit.getIndexAttr(size));
  if (words)
    sizes.back() =
        emit.getIndexAttr(llvm::divideCeil(op.getNeuronShape().back(), 32));
  return sizes;
}

/// Whether the value is given by the caller of the model, which keeps it.
static bool isArgument(Value value) {
  auto argument = dyn_cast<BlockArgument>(value);
  return argument &&
         isa<FunctionOpInterface>(argument.getOwner()->getParentOp());
}

SmallVector<Value> NeuronStores::getInitialValues(Emit &emit,
                                                  NeuronStep &step) {
  SmallVector<Value> values;
  OpFoldResult batch = getAsOpFoldResult(step.batchSize);
  for (Store store : stores) {
    SmallVector<OpFoldResult> shape = {getAsOpFoldResult(step.steps), batch};
    llvm::append_range(shape, getNeuronSizes(emit, store.words));
    Type element = getType(op.getOutputs()[store.output]).getElementType();
    if (store.words)
      element = emit.getI32Type();
    values.push_back(step.flatten(emit, emit.empty(shape, element), 2));
  }
  SmallVector<OpFoldResult> state = {batch};
  llvm::append_range(state, getNeuronSizes(emit, false));
  for (auto [i, final] : llvm::enumerate(op.getFinals())) {
    Type element = getType(final).getElementType();
    Value init = op.getInits().empty() ? emit.zeros(state, element)
                                       : Value(op.getInits()[i]);
    // Its copy is the memory of the final state.
    if (isArgument(init) && !element.isInteger(1))
      init = linalg::CopyOp::create(
                 emit, init,
                 emit.castTo(emit.empty(state, element), init.getType()))
                 .getResult(0);
    values.push_back(step.flatten(emit, init, 1));
  }
  return values;
}

SmallVector<Emit::Cut> NeuronStores::getCuts(ArrayRef<Value> values,
                                             int64_t size) {
  SmallVector<Emit::Cut> cuts; // neurons are the last dimension of all
  for (auto [i, value] : llvm::enumerate(values)) {
    bool words = i < stores.size() && stores[i].words;
    cuts.push_back(
        {getType(value).getRank() - 1,
         Builder(op.getContext()).getIndexAttr(words ? size / 32 : size)});
  }
  return cuts;
}

void NeuronStores::write(Emit &emit, NeuronStep &step, Value time, Value batch,
                         Value lane, ArrayRef<Tile> parts,
                         ArrayRef<SmallVector<Value>> outputs,
                         MutableArrayRef<Value> carried) {
  for (auto [store, tensor] : llvm::zip(stores, carried)) {
    ArrayRef<Value> vectors = outputs[store.output];
    if (store.words) {
      SmallVector<Value> words = emitWords(emit, parts, vectors);
      Value index = arith::DivUIOp::create(emit, lane, emit.index(32));
      for (auto [i, word] : llvm::enumerate(words))
        tensor = tensor::InsertOp::create(
            emit, word, tensor,
            step.at(time, batch, emit.add(index, emit.index(i))));
      continue;
    }
    for (auto [part, vector] : llvm::zip(parts, vectors))
      tensor = emit.write(
          vector, tensor,
          step.at(time, batch, emit.add(lane, emit.index(part.first))));
  }
}

bool NeuronStores::isStoredOnce(int64_t output) {
  return llvm::count_if(
             stores, [&](Store store) { return store.output == output; }) == 1;
}

void NeuronStores::replaceOp(Emit &emit, NeuronStep &step,
                             ArrayRef<Value> values,
                             PatternRewriter &rewriter) {
  for (auto [store, value] : llvm::zip(stores, values)) {
    Value output = op.getOutputs()[store.output];
    Value result =
        step.restoreShape(emit, value, 2, getNeuronSizes(emit, store.words));
    if (!store.words) {
      rewriter.replaceAllUsesWith(output,
                                  emit.castTo(result, output.getType()));
      continue;
    }
    for (Operation *user : llvm::make_early_inc_range(output.getUsers()))
      if (auto pack = dyn_cast<PackOp>(user))
        rewriter.replaceOp(pack, emit.castTo(result, pack.getType()));
    if (isStoredOnce(store.output) && !output.use_empty()) // in a record
      rewriter.replaceAllUsesWith(
          output, UnpackOp::create(emit, output.getType(), result,
                                   op.getNeuronShape().back()));
  }
  for (auto [final, value] :
       llvm::zip(op.getFinals(), values.drop_front(stores.size()))) {
    Value result =
        step.restoreShape(emit, value, 1, getNeuronSizes(emit, false));
    rewriter.replaceAllUsesWith(final, emit.castTo(result, final.getType()));
  }
  rewriter.eraseOp(op);
}
