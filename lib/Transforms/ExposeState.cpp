//===- ExposeState.cpp - States as arguments and results ------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/IR/SNN.h"
#include "snn/Transforms/Passes.h"

#include "llvm/ADT/StringSet.h"

namespace mlir::snn {
#define GEN_PASS_DEF_EXPOSESTATEPASS
#include "snn/Transforms/Passes.h.inc"
} // namespace mlir::snn

using namespace mlir;
using namespace mlir::snn;

/// Appends an argument with one attribute.
static BlockArgument appendArgument(func::FuncOp function, Type type,
                                    NamedAttribute attr) {
  unsigned index = function.getNumArguments();
  auto attrs = DictionaryAttr::get(function.getContext(), attr);
  (void)function.insertArgument(index, type, attrs, function.getLoc());
  return function.getArgument(index);
}

/// `lif0`, `lif1`, `neuron0`, ...: the op's layer, or its kind and a number; a
/// number more where a state of that name is there already.
static std::string getLayerName(Operation *op, llvm::StringSet<> &names) {
  auto layer = op->getAttrOfType<StringAttr>(kLayerAttr);
  StringRef base = layer ? layer.getValue() : op->getName().stripDialect();
  auto isFree = [&](StringRef name) {
    return !names.contains((name + ".0").str()) && names.insert(name).second;
  };
  if (layer && isFree(base))
    return base.str();
  for (unsigned number = 0;; ++number) {
    std::string name = (base + Twine(number)).str();
    if (isFree(name))
      return name;
  }
}

/// Gives absent initial states arguments, and returns the final ones.
static void exposeState(func::FuncOp function, SequenceOpInterface op,
                        StringRef layer) {
  Operation *terminator = function.front().getTerminator();
  Builder builder(function.getContext());
  SmallVector<Value> states;
  for (auto [i, final] : llvm::enumerate(op.getFinalStates())) {
    auto name = builder.getNamedAttr(
        kStateAttr, builder.getStringAttr(layer + "." + Twine(i)));
    states.push_back(appendArgument(function, final.getType(), name));
    auto attrs = DictionaryAttr::get(function.getContext(), name);
    (void)function.insertResult(function.getNumResults(), final.getType(),
                                attrs);
    terminator->insertOperands(terminator->getNumOperands(), final);
  }
  op.setInitialStates(states);
}

/// The sum of two i64, the second of which may be absent.
static Value add(Operation *op, Value value, Value other) {
  if (!other)
    return value;
  OpBuilder builder(op);
  return arith::AddIOp::create(builder, op->getLoc(), value, other);
}

namespace {
struct ExposeState : snn::impl::ExposeStatePassBase<ExposeState> {
  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (function.isExternal() || !function.getBody().hasOneBlock())
      return;
    SmallVector<SequenceOpInterface> ops(
        function.front().getOps<SequenceOpInterface>());
    llvm::StringSet<> names;
    for (unsigned i = 0; i < function.getNumArguments(); ++i)
      if (auto name = function.getArgAttrOfType<StringAttr>(i, kStateAttr))
        names.insert(name.getValue());
    for (SequenceOpInterface op : ops) {
      std::string layer = getLayerName(op, names);
      // A recurrence may be given its states and no histories.
      size_t present = op.getInitialStates().size();
      if (auto recurrent = dyn_cast<RecurrentOp>(op.getOperation());
          recurrent && present != 0 && present != op.getFinalStates().size()) {
        recurrent.emitOpError("expected initial states and histories together "
                              "in a model, but got only one of them");
        return signalPassFailure();
      }
      if (present == 0 && !op.getFinalStates().empty())
        exposeState(function, op, layer);
    }

    OpBuilder builder(&getContext());
    auto unit = [&](StringRef name) {
      return builder.getNamedAttr(name, builder.getUnitAttr());
    };
    Value position =
        appendArgument(function, builder.getI64Type(), unit(kPositionAttr));
    Value batch =
        appendArgument(function, builder.getI64Type(), unit(kBatchAttr));
    for (SequenceOpInterface op : ops)
      if (op.dependsOnPosition())
        op.setPositionOperand(add(op, position, op.getPositionOperand()));
    function.walk([&](SampleOp op) {
      op.getBatchMutable().assign(add(op, batch, op.getBatch()));
    });
  }
};
} // namespace
