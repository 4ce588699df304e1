//===- CloseForms.cpp - Spikes as the floor of a sum over time ------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ClosedForms.h"
#include "Elementwise.h"
#include "snn/Analysis/Linearity.h"
#include "snn/Analysis/Report.h"
#include "snn/Transforms/Passes.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace mlir::snn {
#define GEN_PASS_DEF_CLOSEFORMSPASS
#include "snn/Transforms/Passes.h.inc"
} // namespace mlir::snn

using namespace mlir;
using namespace mlir::snn;

//===----------------------------------------------------------------------===//
// Rewriting
//===----------------------------------------------------------------------===//

namespace {
/// Arithmetic on scalars that are floats or integers.
struct Arithmetic {
  ImplicitLocOpBuilder &builder;
  Type type;

  bool isFloat() const { return isa<FloatType>(type); }
  Value constant(double number) {
    TypedAttr attribute =
        isFloat() ? TypedAttr(builder.getFloatAttr(type, number))
                  : TypedAttr(builder.getIntegerAttr(type, int64_t(number)));
    return arith::ConstantOp::create(builder, attribute);
  }
  template <typename FloatOp, typename IntegerOp> Value make(Value a, Value b) {
    if (isFloat())
      return FloatOp::create(builder, a, b);
    return IntegerOp::create(builder, a, b);
  }
  Value sub(Value a, Value b) {
    return make<arith::SubFOp, arith::SubIOp>(a, b);
  }
  Value mul(Value a, Value b) {
    return make<arith::MulFOp, arith::MulIOp>(a, b);
  }
  Value max(Value a, Value b) {
    return make<arith::MaximumFOp, arith::MaxSIOp>(a, b);
  }
  Value isMore(Value a, Value b) {
    if (isFloat())
      return arith::CmpFOp::create(builder, arith::CmpFPredicate::OGT, a, b);
    return arith::CmpIOp::create(builder, arith::CmpIPredicate::sgt, a, b);
  }
  /// The spikes that leave a potential below the threshold; at most at it,
  /// where the comparison is strict.
  Value countSpikes(Value sum, Value threshold, bool isStrict) {
    if (!isFloat() && !isStrict)
      return arith::FloorDivSIOp::create(builder, sum, threshold);
    if (!isFloat())
      return sub(arith::CeilDivSIOp::create(builder, sum, threshold),
                 constant(1));
    Value quotient = arith::DivFOp::create(builder, sum, threshold);
    if (!isStrict)
      return math::FloorOp::create(builder, quotient);
    return sub(math::CeilOp::create(builder, quotient), constant(1));
  }
};

/// Replaces a neuron by the sum of its input, and a neuron of what the sum is.
class Closing {
public:
  Closing(NeuronOp op, const ClosedForm &form)
      : op(op), form(form), builder(op.getLoc(), op),
        state(op.getStateArguments()[0].getType()) {}

  ScanOp getScan() const { return scan; }
  NeuronOp run();

private:
  void makeScan();
  NeuronOp makeNeuron();
  void emitStep(Block &block, IRMapping &map);
  Value getFinal(NeuronOp neuron);

  NeuronOp op;
  ClosedForm form;
  ImplicitLocOpBuilder builder;
  Type state;
  ScanOp scan;
};
} // namespace

void Closing::makeScan() {
  Value input = op.getInputs()[form.drive.getArgNumber()];
  auto type = cast<RankedTensorType>(input.getType());
  if (type.getElementType() != state)
    input = arith::ExtFOp::create(builder, type.clone(state), input);
  scan =
      ScanOp::create(builder, ValueRange{input}, /*coefficients=*/ValueRange(),
                     op.getInits(), ScanKind::Real, /*reverse=*/false,
                     /*associative=*/true);
}

/// The step from its inputs, the sum behind them, and the spikes before it; of
/// a modulo reset the sum alone tells how many those are.
void Closing::emitStep(Block &block, IRMapping &map) {
  Arithmetic at{builder, state};
  Value threshold = at.constant(form.threshold);
  Value sum = block.getArgument(op.getInputs().size());
  Value drive = map.lookup(form.drive);
  if (drive.getType() != state)
    drive = arith::ExtFOp::create(builder, state, drive);
  Value now = at.countSpikes(sum, threshold, form.isStrict), before;
  if (form.isModulo) {
    before = at.countSpikes(at.sub(sum, drive), threshold, form.isStrict);
  } else {
    before = block.getArguments().back();
    now = at.max(before, now);
  }
  Value potential = at.sub(sum, at.mul(threshold, before));
  map.map(op.getStateArguments()[0], at.sub(potential, drive));
  map.map(form.sum->getResult(0), potential);
  map.map(form.next.getCondition(), at.isMore(now, before));
  map.map(form.next.getResult(), at.sub(sum, at.mul(threshold, now)));
  for (Operation &nested : op.getStep().front().without_terminator())
    if (!map.contains(nested.getResult(0)))
      builder.clone(nested, map);
  SmallVector<Value> outputs;
  for (Value output : op.getYield().getOutputs())
    outputs.push_back(map.lookupOrDefault(output));
  SmallVector<Value> states;
  if (!form.isModulo)
    states.push_back(now);
  YieldOp::create(builder, outputs, ValueRange(), states);
  for (Operation &nested : llvm::make_early_inc_range(llvm::reverse(block)))
    if (isOpTriviallyDead(&nested))
      nested.erase();
}

NeuronOp Closing::makeNeuron() {
  SmallVector<Value> inputs(op.getInputs());
  inputs.push_back(scan.getComponents()[0]);
  SmallVector<Type> finals;
  if (!form.isModulo)
    finals.push_back(op.getFinals()[0].getType());
  auto neuron = NeuronOp::create(builder, op.getOutputs().getTypes(), finals,
                                 inputs, op.getParams(), op.getTables(),
                                 /*inits=*/ValueRange(), op.getOffset(),
                                 /*reverse=*/false, ScheduleAttr());
  neuron->setDiscardableAttrs(op->getDiscardableAttrDictionary());
  Block &block = neuron.getStep().emplaceBlock();
  IRMapping map;
  auto arguments = op.getStep().getArguments();
  for (BlockArgument argument : arguments.drop_back()) {
    if (argument.getArgNumber() == op.getInputs().size())
      block.addArgument(state, op.getLoc());
    map.map(argument, block.addArgument(argument.getType(), op.getLoc()));
  }
  if (arguments.size() == op.getInputs().size() + 1)
    block.addArgument(state, op.getLoc());
  if (!form.isModulo)
    block.addArgument(state, op.getLoc());
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToEnd(&block);
  emitStep(block, map);
  return neuron;
}

/// What the spikes have left of the sum.
Value Closing::getFinal(NeuronOp neuron) {
  SmallVector<Value> operands = {scan.getComponents()[1]};
  llvm::append_range(operands, neuron.getFinals());
  return emitElementwise(builder, operands, state,
                         [&](ImplicitLocOpBuilder &inner, ValueRange args) {
                           Arithmetic at{inner, state};
                           Value threshold = at.constant(form.threshold);
                           Value count =
                               form.isModulo
                                   ? at.countSpikes(args[0], threshold, false)
                                   : args[1];
                           return at.sub(args[0], at.mul(threshold, count));
                         });
}

NeuronOp Closing::run() {
  makeScan();
  NeuronOp neuron = makeNeuron();
  op.getOutputs().replaceAllUsesWith(neuron.getOutputs());
  if (!op.getFinals()[0].use_empty())
    op.getFinals()[0].replaceAllUsesWith(getFinal(neuron));
  op.erase();
  return neuron;
}

//===----------------------------------------------------------------------===//
// Pass
//===----------------------------------------------------------------------===//

namespace {
struct CloseForms : snn::impl::CloseFormsPassBase<CloseForms> {
  using CloseFormsPassBase::CloseFormsPassBase;

  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (function.isExternal() || !function.getBody().hasOneBlock())
      return;
    // Parameters are not known yet.
    GridCertificate certificate(function,
                                [](BlockArgument) { return std::nullopt; });
    bool isNamed = llvm::any_of(
        function.front(), [](Operation &op) { return op.hasAttr(kLayerAttr); });
    for (Operation &op : llvm::make_early_inc_range(function.front())) {
      auto named = dyn_cast<NeuronOpInterface>(op);
      if (!isa<NeuronOp>(op) &&
          !(named && named.hasStep() && !isa<RefractoryOp>(op)))
        continue;
      // Where some layers have names, the others are not recorded: a name would
      // change that.
      reports = !isNamed || op.hasAttr(kLayerAttr);
      OpBuilder builder(&op);
      NeuronOp neuron =
          named ? buildNeuron(builder, named) : cast<NeuronOp>(op);
      if (!close(&op, neuron, certificate)) {
        if (named)
          neuron->erase();
        continue;
      }
      if (named)
        op.erase();
    }
  }

  void refuse(Operation *op, const Twine &reason) {
    if (reports)
      appendReport(op, report::kDone, "close-forms: not done, " + reason);
  }

  void note(Operation *op, StringRef kind, Verdict verdict, const Twine &reason,
            const Twine &form) {
    if (!reports)
      return;
    setReport(op, report::kOp, kind);
    setReport(op, report::kVerdict, stringifyVerdict(verdict));
    setReport(op, report::kReason, reason);
    setReport(op, report::kForm, form);
    setReport(op, report::kWhy,
              "the neurons do not fill the lanes, and all numbers are exact");
    setReport(op, report::kClass, "A");
  }

  void noteClosed(Operation *op, StringRef kind, const Twine &reason,
                  const Twine &what) {
    note(op, kind, Verdict::ClosedForm, reason, "closed form");
    if (reports)
      appendReport(op, report::kDone, "close-forms: " + what);
  }

  /// Replaces `op`, whose step is that of `neuron`, where its spikes have a
  /// formula.
  bool close(Operation *op, NeuronOp neuron,
             const GridCertificate &certificate) {
    if (neuron.getScheduleAttr() || neuron.getReverse() ||
        neuron.getNeuronShape().empty())
      return false;
    bool isTable = isFewSpikes(neuron);
    if (!isTable &&
        (neuron.getNumStates() != 1 || neuron.getInputs().empty() ||
         Linearity(neuron).getNeuron().verdict != Verdict::ClosedForm))
      return false;
    if (reports)
      nameRecordedLayers(getOperation().front());
    int64_t neurons = ShapedType::getNumElements(neuron.getNeuronShape());
    if (neurons > lanes) {
      refuse(op, Twine(neurons) + " neurons fill the lanes");
      return false;
    }
    std::string reason;
    if (isTable) {
      NeuronOp closed = closeFewSpikes(neuron, reason);
      if (!closed) {
        refuse(op, reason);
        return false;
      }
      noteClosed(closed, "neuron",
                 "its thresholds halve, and a spike subtracts them",
                 "the spikes are the bits of floor(value / last threshold)");
      return true;
    }
    std::optional<ClosedForm> form = matchClosedForm(neuron, reason);
    if (form)
      reason = findFormObstacle(neuron, *form, certificate);
    if (!reason.empty()) {
      refuse(op, reason);
      return false;
    }
    replace(op, neuron, *form);
    return true;
  }

  void replace(Operation *op, NeuronOp neuron, const ClosedForm &form) {
    if (reports)
      nameLayer(op);
    std::string kind = op->getName().stripDialect().str();
    std::string reason = Linearity(neuron).getNeuron().reason;
    if (op != neuron) {
      neuron->setDiscardableAttrs(op->getDiscardableAttrDictionary());
      op->replaceAllUsesWith(neuron);
    }
    Closing closing(neuron, form);
    NeuronOp closed = closing.run();
    noteClosed(closed, kind, reason,
               form.isModulo
                   ? "floor of the sum over time / threshold"
                   : "running maximum of floor(sum over time / threshold)");
    if (auto layer = closed->getAttrOfType<StringAttr>(kLayerAttr)) {
      closing.getScan()->setAttr(
          kLayerAttr,
          StringAttr::get(&getContext(), layer.getValue() + ".sum"));
      note(closing.getScan(), "scan", Verdict::LinearConstant,
           "no spike feeds back; its factor is 1", "scan");
    }
  }

  bool reports = true;
};
} // namespace
