//===- RecordStates.cpp - Return every state at every step ----------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/IR/SNN.h"
#include "snn/Transforms/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mlir::snn {
#define GEN_PASS_DEF_RECORDSTATESPASS
#include "snn/Transforms/Passes.h.inc"
} // namespace mlir::snn

using namespace mlir;
using namespace mlir::snn;

/// The name under which a final state leaves the function; null if it does not.
static StringAttr getStateName(func::FuncOp function, Value final) {
  for (OpOperand &use : final.getUses())
    if (use.getOwner() == function.front().getTerminator())
      if (auto name = function.getResultAttrOfType<StringAttr>(
              use.getOperandNumber(), kStateAttr))
        return name;
  return {};
}

/// The type of a sequence of states, each of which is [B, neurons...].
static Type getSequenceType(Type state) {
  auto type = cast<RankedTensorType>(state);
  SmallVector<int64_t> shape = {ShapedType::kDynamic};
  llvm::append_range(shape, type.getShape());
  return RankedTensorType::get(shape, type.getElementType());
}

/// Makes the states that are told by `indices` outputs, too; their results.
static SmallVector<Value> addOutputs(NeuronOp op, ArrayRef<unsigned> indices) {
  OpBuilder builder(op);
  SmallVector<Type> outputs(op.getOutputs().getTypes());
  YieldOp yield = op.getYield();
  SmallVector<Value> yielded(yield.getOutputs());
  auto sequence = dyn_cast_if_present<RankedTensorType>(
      op.getOutputs().empty() ? Type() : outputs.front());
  for (unsigned index : indices) {
    auto type = cast<RankedTensorType>(
        getSequenceType(op.getFinals()[index].getType()));
    if (sequence) { // as many steps as the others
      SmallVector<int64_t> shape(type.getShape());
      shape[0] = sequence.getDimSize(0);
      type = type.clone(shape);
    }
    outputs.push_back(type);
    yielded.push_back(yield.getStates()[index]);
  }
  auto recorded = NeuronOp::create(
      builder, op.getLoc(), outputs, op.getFinals().getTypes(), op.getInputs(),
      op.getParams(), op.getTables(), op.getInits(), op.getOffset(),
      op.getReverse(), op.getScheduleAttr());
  recorded->setDiscardableAttrs(op->getDiscardableAttrDictionary());
  recorded.getStep().takeBody(op.getStep());
  builder.setInsertionPoint(yield);
  YieldOp::create(builder, yield.getLoc(), yielded, ValueRange(),
                  yield.getStates());
  yield.erase();
  size_t numBefore = op.getOutputs().size();
  op.getOutputs().replaceAllUsesWith(
      recorded.getOutputs().take_front(numBefore));
  op.getFinals().replaceAllUsesWith(recorded.getFinals());
  op.erase();
  return SmallVector<Value>(recorded.getOutputs().drop_front(numBefore));
}

namespace {
struct RecordStates : snn::impl::RecordStatesPassBase<RecordStates> {
  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (function.isExternal() || !function.getBody().hasOneBlock())
      return;
    Operation *terminator = function.front().getTerminator();
    Builder builder(&getContext());
    for (NeuronOp op : llvm::to_vector(function.front().getOps<NeuronOp>())) {
      SmallVector<unsigned> indices;
      SmallVector<StringAttr> names;
      for (auto [i, final] : llvm::enumerate(op.getFinals()))
        if (StringAttr name = getStateName(function, final)) {
          indices.push_back(i);
          names.push_back(name);
        }
      if (indices.empty())
        continue;
      for (auto [value, name] : llvm::zip(addOutputs(op, indices), names)) {
        (void)function.insertResult(
            function.getNumResults(), value.getType(),
            builder.getDictionaryAttr(builder.getNamedAttr(kRecordAttr, name)));
        terminator->insertOperands(terminator->getNumOperands(), value);
      }
    }
  }
};
} // namespace
