//===- WriteResultsInPlace.cpp - Let loops write the caller's arrays ------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/Conversion/Passes.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/LoopLikeInterface.h"

namespace mlir::snn {
#define GEN_PASS_DEF_WRITERESULTSINPLACEPASS
#include "snn/Conversion/Passes.h.inc"
} // namespace mlir::snn

using namespace mlir;

/// What a value is a later version, or another shape, of; null where it begins.
static Value getOrigin(Value value) {
  auto result = dyn_cast<OpResult>(value);
  if (!result)
    return {};
  Operation *op = result.getOwner();
  if (isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp, tensor::CastOp>(op))
    return op->getOperand(0);
  OpOperand *init = nullptr;
  if (auto loop = dyn_cast<LoopLikeOpInterface>(op))
    init = loop.getTiedLoopInit(result);
  else if (auto destination = dyn_cast<DestinationStyleOpInterface>(op))
    init = destination.getTiedOpOperand(result);
  return init ? init->get() : Value();
}

/// Whether only one op reads the elements of a value, whichever way is taken.
static bool isReadOnce(Value value) {
  SmallVector<Operation *> readers;
  for (Operation *user : value.getUsers())
    if (!isa<tensor::DimOp>(user))
      readers.push_back(user);
  for (auto [i, reader] : llvm::enumerate(readers))
    for (Operation *other : ArrayRef(readers).take_front(i))
      if (!insideMutuallyExclusiveRegions(reader, other))
        return false;
  return true;
}

/// The empty tensor that becomes the value, if nothing else does.
static tensor::EmptyOp findEmpty(Value value) {
  if (auto branch = value.getDefiningOp<scf::IfOp>()) {
    unsigned index = cast<OpResult>(value).getResultNumber();
    tensor::EmptyOp a = findEmpty(branch.thenYield()->getOperand(index)),
                    b = findEmpty(branch.elseYield()->getOperand(index));
    return a == b ? a : tensor::EmptyOp();
  }
  while (Value origin = getOrigin(value)) {
    // The result itself may be read by others; what it is made of, by none.
    if (!isReadOnce(origin))
      return {};
    value = origin;
    if (value.getDefiningOp<scf::IfOp>())
      return findEmpty(value);
  }
  return value.getDefiningOp<tensor::EmptyOp>();
}

namespace {
struct WriteResultsInPlace
    : snn::impl::WriteResultsInPlacePassBase<WriteResultsInPlace> {
  void runOnOperation() override {
    getOperation().walk([](bufferization::MaterializeInDestinationOp op) {
      auto buffer = dyn_cast<BlockArgument>(op.getDest());
      if (!buffer || buffer.getOwner() != op->getBlock())
        return;
      tensor::EmptyOp empty = findEmpty(op.getSource());
      if (!empty || empty->getBlock() != op->getBlock() ||
          empty.getType() != op.getSource().getType())
        return;
      OpBuilder builder(empty);
      empty.replaceAllUsesWith(bufferization::ToTensorOp::create(
                                   builder, op.getLoc(), empty.getType(),
                                   buffer, /*restrict=*/true,
                                   /*writable=*/true)
                                   .getResult());
      empty.erase();
    });
  }
};
} // namespace
