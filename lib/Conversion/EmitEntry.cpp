//===- EmitEntry.cpp - Give a model the entry that the runtime calls ===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emit.h"

#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mlir::snn {
#define GEN_PASS_DEF_EMITENTRYPASS
#include "snn/Conversion/Passes.h.inc"
} // namespace mlir::snn

using namespace mlir;
using namespace mlir::snn;

/// The memref of a tensor at the boundary. Strides of the dimensions before the
/// batch (which is the last dynamic one) are free; the others are dense.
static MemRefType getBoundaryType(RankedTensorType type) {
  int64_t rank = type.getRank(), batch = -1;
  for (int64_t dim = 0; dim < rank; ++dim)
    if (type.isDynamicDim(dim))
      batch = dim;
  if (batch <= 0)
    return MemRefType::get(type.getShape(), type.getElementType());
  SmallVector<int64_t> strides(rank, ShapedType::kDynamic);
  int64_t stride = 1;
  for (int64_t dim = rank - 1; dim >= batch; --dim) {
    strides[dim] = stride;
    if (dim > batch) // the batch itself is dynamic
      stride *= type.getDimSize(dim);
  }
  return MemRefType::get(type.getShape(), type.getElementType(),
                         StridedLayoutAttr::get(type.getContext(), 0, strides));
}

namespace {
struct EmitEntry : snn::impl::EmitEntryPassBase<EmitEntry> {
  void runOnOperation() override {
    SmallVector<func::FuncOp> models;
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (function.isPublic() && !function.isExternal())
        models.push_back(function);
    for (func::FuncOp model : models)
      if (failed(emitEntry(model)))
        return signalPassFailure();
  }

  LogicalResult emitEntry(func::FuncOp model) {
    if (!model.getBody().hasOneBlock())
      return model.emitOpError("expected one block");
    OpBuilder builder(model);
    FunctionType before = model.getFunctionType();
    SmallVector<Type> scalars, types;
    for (Type type : before.getInputs()) {
      if (auto tensor = dyn_cast<RankedTensorType>(type))
        types.push_back(getBoundaryType(tensor));
      else
        scalars.push_back(type);
    }
    size_t numInputs = types.size();
    for (Type type : before.getResults()) {
      auto tensor = dyn_cast<RankedTensorType>(type);
      if (!tensor)
        return model.emitOpError("expected results that are tensors, but got ")
               << type;
      types.push_back(getBoundaryType(tensor));
    }
    size_t numTensors = types.size();
    llvm::append_range(types, scalars);
    types.push_back(builder.getI1Type());

    auto entry = func::FuncOp::create(builder, model.getLoc(), model.getName(),
                                      builder.getFunctionType(types, {}));
    markSequences(model, entry, numInputs);
    Block *block = entry.addEntryBlock();
    builder.setInsertionPointToStart(block);
    auto arguments = block->getArguments();
    SmallVector<Value> operands;
    auto tensors = arguments.take_front(numInputs).begin();
    auto rest = arguments.drop_front(numTensors).begin();
    for (Type type : before.getInputs())
      operands.push_back(isa<RankedTensorType>(type)
                             ? Value(bufferization::ToTensorOp::create(
                                   builder, model.getLoc(), type, *tensors++,
                                   /*restrict=*/true))
                             : Value(*rest++));
    IRMapping map;
    map.map(model.getArguments(), operands);
    SmallVector<Operation *> late = findOpsOfRecords(model);
    for (Operation &op : model.front().without_terminator())
      if (!llvm::is_contained(late, &op))
        builder.clone(op, map);
    writeResults(model, map, late,
                 arguments.slice(numInputs, numTensors - numInputs),
                 arguments.back(), builder);
    func::ReturnOp::create(builder, model.getLoc());
    model.erase();
    return success();
  }

  /// Marks the memrefs whose dimension 0 is time.
  static void markSequences(func::FuncOp model, func::FuncOp entry,
                            size_t numInputs) {
    Attribute unit = UnitAttr::get(model.getContext());
    size_t index = 0;
    for (auto [i, type] : llvm::enumerate(model.getArgumentTypes())) {
      if (!isa<RankedTensorType>(type))
        continue;
      if (!model.getArgAttr(i, kParamAttr) && !model.getArgAttr(i, kStateAttr))
        entry.setArgAttr(index, kSequenceAttr, unit);
      ++index;
    }
    for (unsigned i = 0; i != model.getNumResults(); ++i)
      if (!model.getResultAttr(i, kStaticAttr) &&
          !model.getResultAttr(i, kStateAttr))
        entry.setArgAttr(numInputs + i, kSequenceAttr, unit);
  }

  /// Ops that only records need, in order.
  SmallVector<Operation *> findOpsOfRecords(func::FuncOp model) {
    Operation *yield = model.front().getTerminator();
    llvm::SetVector<Operation *> found;
    for (Operation &op : llvm::reverse(model.front().without_terminator())) {
      bool isNeeded = llvm::any_of(op.getUses(), [&](OpOperand &use) {
        if (use.getOwner() == yield)
          return !model.getResultAttr(use.getOperandNumber(), kRecordAttr);
        return !found.contains(
            model.front().findAncestorOpInBlock(*use.getOwner()));
      });
      if (!isNeeded && !op.use_empty() && isMemoryEffectFree(&op))
        found.insert(&op);
    }
    SmallVector<Operation *> ops = found.takeVector();
    std::reverse(ops.begin(), ops.end());
    return ops;
  }

  /// Results go to the caller's buffers; records, with the ops that they alone
  /// need, on request only.
  void writeResults(func::FuncOp model, IRMapping &map,
                    ArrayRef<Operation *> late, ValueRange buffers,
                    Value record, OpBuilder &builder) {
    SmallVector<std::pair<Value, Value>> records;
    for (auto [i, result] :
         llvm::enumerate(model.front().getTerminator()->getOperands())) {
      if (model.getResultAttr(i, kRecordAttr)) {
        records.emplace_back(result, buffers[i]);
        continue;
      }
      auto op = bufferization::MaterializeInDestinationOp::create(
          builder, model.getLoc(), Type(), map.lookupOrDefault(result),
          buffers[i]);
      op.setRestrict(true);
      op.setWritable(true);
    }
    if (records.empty())
      return;
    scf::IfOp::create(
        builder, model.getLoc(), record, [&](OpBuilder &at, Location loc) {
          for (Operation *op : late)
            at.clone(*op, map);
          // A plain copy: were it a destination, the spikes would
          // always be computed in the buffer, which may be null.
          for (auto [result, buffer] : records) {
            Value spikes = bufferization::ToBufferOp::create(
                at, loc,
                bufferization::getMemRefTypeWithFullyDynamicLayout(
                    cast<RankedTensorType>(result.getType())),
                map.lookupOrDefault(result),
                /*read_only=*/true);
            memref::CopyOp::create(at, loc, spikes, buffer);
          }
          scf::YieldOp::create(at, loc);
        });
  }
};
} // namespace
