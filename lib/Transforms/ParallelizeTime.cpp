//===- ParallelizeTime.cpp - Linear states as scans and convolutions ------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ScanToConv.h"
#include "snn/Analysis/Linearity.h"
#include "snn/Analysis/Report.h"
#include "snn/Transforms/Passes.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace mlir::snn {
#define GEN_PASS_DEF_PARALLELIZETIMEPASS
#include "snn/Transforms/Passes.h.inc"
} // namespace mlir::snn

using namespace mlir;
using namespace mlir::snn;

static constexpr StringLiteral kScanBound = "(2 log2(T) + 4) u sum |A|^k |x|";

//===----------------------------------------------------------------------===//
// Named neurons as scans
//===----------------------------------------------------------------------===//

/// The scan `v = decay v + x` of a named neuron; null where it is none, for the
/// input is scaled or converted first.
template <typename OpTy>
static ScanOp makeScan(ImplicitLocOpBuilder &builder, OpTy op) {
  auto input = op.getInput();
  RankedTensorType type = input.getType();
  Type element = type.getElementType();
  if (op.getDecayInput() || element.isF16() || element.isBF16())
    return {};
  SmallVector<Value> coefficients;
  if (op.getDecays())
    coefficients.push_back(op.getDecays());
  else if (op.getDecay()->convertToDouble() != 1.0)
    coefficients.push_back(arith::ConstantOp::create(
        builder,
        builder.getFloatAttr(element, op.getDecay()->convertToDouble())));
  for (Value coefficient : coefficients)
    if (getElementTypeOrSelf(coefficient) != element)
      return {};
  auto scan = ScanOp::create(builder, ValueRange{input}, coefficients,
                             op.getInits().take_front(1), ScanKind::Real,
                             /*reverse=*/false, /*associative=*/false);
  scan->setDiscardableAttrs(op->getDiscardableAttrDictionary());
  return scan;
}

/// li(x) -> scan(x)
static ScanOp raise(LIOp op) {
  ImplicitLocOpBuilder builder(op.getLoc(), op);
  ScanOp scan = makeScan(builder, op);
  if (!scan)
    return {};
  op->replaceAllUsesWith(scan);
  op.erase();
  return scan;
}

/// lif(x) without reset -> refractory(fire(scan(x)))
static ScanOp raise(LIFOp op) {
  bool isGate =
      op.getRefractory() == 0 || (op.getHold() == Hold::Emission &&
                                  op.getCounterTest() == CounterTest::Before);
  if (op.getReset().getKind() != ResetKind::None || !isGate)
    return {};
  ImplicitLocOpBuilder builder(op.getLoc(), op);
  ScanOp scan = makeScan(builder, op);
  if (!scan)
    return {};
  Value potential = scan.getComponents()[0];
  Value spikes = FireOp::create(builder, potential, op.getThresholds(),
                                op.getThresholdAttr(), op.getCompareAttr(),
                                op.getSurrogateAttr());
  SmallVector<Value> rest;
  if (op.getPotential() != Potential::None)
    rest.push_back(potential);
  rest.push_back(scan.getComponents()[1]);
  if (op.getRefractory() > 0) {
    auto gate = RefractoryOp::create(
        builder, spikes,
        op.getInits().drop_front(op.getInits().empty() ? 0 : 1),
        /*offset=*/Value(), RefractoryKind::Event, op.getRefractory(),
        /*phase=*/0);
    spikes = gate.getSpikes();
    rest.push_back(gate.getRest()[0]);
  }
  rest.insert(rest.begin(), spikes);
  op->replaceAllUsesWith(rest);
  op.erase();
  return scan;
}

//===----------------------------------------------------------------------===//
// Partial parallelisation
//===----------------------------------------------------------------------===//

namespace {
/// A neuron as two: one of its linear states, and one of what is left, which
/// reads the states that the first one makes.
class Hoisting {
public:
  Hoisting(NeuronOp op, ArrayRef<unsigned> linear)
      : op(op), linear(linear), builder(op.getLoc(), op) {}

  NeuronOp run();

private:
  bool isLinear(unsigned index) { return llvm::is_contained(linear, index); }
  RankedTensorType getSequenceType(unsigned state);
  NeuronOp make(TypeRange outputs, ArrayRef<unsigned> states, ValueRange inputs,
                IRMapping &map);
  NeuronOp makeLinear();
  NeuronOp makeRest(NeuronOp first);
  Value delay(Value sequence, unsigned state);

  NeuronOp op;
  ArrayRef<unsigned> linear;
  ImplicitLocOpBuilder builder;
};
} // namespace

RankedTensorType Hoisting::getSequenceType(unsigned state) {
  auto input = cast<RankedTensorType>(op.getInputs()[0].getType());
  return RankedTensorType::get(input.getShape(),
                               getElementTypeOrSelf(op.getFinals()[state]));
}

/// A neuron with some of the states. `map` gets its arguments; the block is
/// left open at its end.
NeuronOp Hoisting::make(TypeRange outputs, ArrayRef<unsigned> states,
                        ValueRange inputs, IRMapping &map) {
  SmallVector<Type> finals;
  SmallVector<Value> inits;
  for (unsigned state : states) {
    finals.push_back(op.getFinals()[state].getType());
    if (!op.getInits().empty())
      inits.push_back(op.getInits()[state]);
  }
  auto neuron = NeuronOp::create(
      builder, outputs, finals, inputs, op.getParams(), op.getTables(), inits,
      op.getOffset(), op.getReverse(), ScheduleAttr());
  Block &block = neuron.getStep().emplaceBlock();
  auto arguments = op.getStep().getArguments();
  size_t numInputs = op.getInputs().size();
  auto addArgument = [&](Value value, BlockArgument before) {
    BlockArgument argument =
        block.addArgument(getElementTypeOrSelf(value), op.getLoc());
    if (before)
      map.map(before, argument);
  };
  for (auto [i, input] : llvm::enumerate(inputs))
    addArgument(input, i < numInputs ? arguments[i] : BlockArgument());
  size_t next = numInputs;
  for (ValueRange operands :
       {ValueRange(op.getParams()), ValueRange(op.getTables())})
    for (Value operand : operands)
      addArgument(operand, arguments[next++]);
  for (unsigned state : states)
    addArgument(op.getFinals()[state], arguments[next + state]);
  builder.setInsertionPointToEnd(&block);
  return neuron;
}

/// Ops of a step that nothing reads.
static void eraseDead(Block &block) {
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
    if (isOpTriviallyDead(&op))
      op.erase();
}

NeuronOp Hoisting::makeLinear() {
  IRMapping map;
  SmallVector<Type> outputs;
  for (unsigned state : linear)
    outputs.push_back(getSequenceType(state));
  NeuronOp neuron = make(outputs, linear, op.getInputs(), map);
  // Nothing that the next states need depends on other states.
  for (Operation &nested : op.getStep().front().without_terminator())
    if (llvm::all_of(nested.getOperands(), [&](Value operand) {
          auto argument = dyn_cast<BlockArgument>(operand);
          return map.contains(operand) ||
                 (!argument && operand.getDefiningOp()->getParentOp() !=
                                   op.getOperation()) ||
                 (argument && argument.getOwner() != &op.getStep().front());
        }))
      builder.clone(nested, map);
  SmallVector<Value> next;
  for (unsigned state : linear)
    next.push_back(map.lookupOrDefault(op.getYield().getStates()[state]));
  YieldOp::create(builder, next, ValueRange(), next);
  eraseDead(neuron.getStep().front());
  builder.setInsertionPointAfter(neuron);
  return neuron;
}

/// The state before each step.
Value Hoisting::delay(Value sequence, unsigned state) {
  SmallVector<Value> history;
  if (!op.getInits().empty()) {
    auto type = cast<RankedTensorType>(op.getInits()[state].getType());
    SmallVector<ReassociationIndices> groups = {{0, 1}};
    for (int64_t dim = 1; dim < type.getRank(); ++dim)
      groups.push_back({dim + 1});
    SmallVector<int64_t> shape = {1};
    llvm::append_range(shape, type.getShape());
    history.push_back(tensor::ExpandShapeOp::create(
        builder, type.clone(shape), op.getInits()[state], groups));
  }
  return DelayOp::create(builder, sequence, history,
                         builder.getDenseI64ArrayAttr({1}),
                         /*per_source=*/false, /*groups=*/false,
                         /*reverse=*/false)
      .getOutput();
}

NeuronOp Hoisting::makeRest(NeuronOp first) {
  SmallVector<unsigned> rest;
  for (unsigned i = 0; i != op.getNumStates(); ++i)
    if (!isLinear(i))
      rest.push_back(i);
  SmallVector<Value> inputs(op.getInputs());
  llvm::append_range(inputs, first.getOutputs());
  for (auto [i, state] : llvm::enumerate(linear))
    inputs.push_back(delay(first.getOutputs()[i], state));
  IRMapping map;
  NeuronOp neuron = make(op.getOutputs().getTypes(), rest, inputs, map);
  Block &block = neuron.getStep().front();
  size_t numInputs = op.getInputs().size();
  for (auto [i, state] : llvm::enumerate(linear)) {
    map.map(op.getStateArguments()[state],
            block.getArgument(numInputs + linear.size() + i));
    map.map(op.getYield().getStates()[state], block.getArgument(numInputs + i));
  }
  for (Operation &nested : op.getStep().front().without_terminator())
    if (llvm::none_of(nested.getResults(),
                      [&](Value result) { return map.contains(result); }))
      builder.clone(nested, map);
  auto lookup = [&](ValueRange values) {
    return llvm::map_to_vector(
        values, [&](Value value) { return map.lookupOrDefault(value); });
  };
  SmallVector<Value> states;
  for (unsigned state : rest)
    states.push_back(map.lookupOrDefault(op.getYield().getStates()[state]));
  YieldOp::create(builder, lookup(op.getYield().getOutputs()), ValueRange(),
                  states);
  eraseDead(block);
  return neuron;
}

/// Replaces the neuron; the result is that of the linear states.
NeuronOp Hoisting::run() {
  NeuronOp first = makeLinear();
  NeuronOp second = makeRest(first);
  second->setDiscardableAttrs(op->getDiscardableAttrDictionary());
  op.getOutputs().replaceAllUsesWith(second.getOutputs());
  size_t nextLinear = 0, nextRest = 0;
  for (unsigned i = 0; i != op.getNumStates(); ++i)
    op.getFinals()[i].replaceAllUsesWith(isLinear(i)
                                             ? first.getFinals()[nextLinear++]
                                             : second.getFinals()[nextRest++]);
  op.erase();
  return first;
}

//===----------------------------------------------------------------------===//
// Pass
//===----------------------------------------------------------------------===//

namespace {
struct ParallelizeTime : snn::impl::ParallelizeTimePassBase<ParallelizeTime> {
  using ParallelizeTimePassBase::ParallelizeTimePassBase;

  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (function.isExternal() || !function.getBody().hasOneBlock())
      return;
    if (strategy != "auto" && strategy != "scan" && strategy != "conv") {
      function.emitError("snn-parallelize-time: expected strategy auto, scan "
                         "or conv, but got '")
          << strategy << "'";
      return signalPassFailure();
    }
    SmallVector<Operation *> ops;
    for (Operation &op : function.getBody().front())
      if (isa<NeuronOp, NeuronOpInterface>(op))
        ops.push_back(&op);
    for (Operation *op : ops)
      if (failed(parallelize(op)))
        return signalPassFailure();
  }

  /// Whether no order of its sums rounds: then class B keeps every bit.
  static bool isCertified(Operation *op) {
    return getReport(op, report::kCertificate).starts_with("exact");
  }

  LogicalResult parallelize(Operation *op) {
    auto named = dyn_cast<NeuronOpInterface>(op);
    if (named && (!named.hasStep() || isa<RefractoryOp>(op)))
      return success();
    OpBuilder builder(op);
    NeuronOp neuron = named ? buildNeuron(builder, named) : cast<NeuronOp>(op);
    bool isForbidden = numerics == "exact" && !isCertified(op);
    bool isSkipped = !isWanted(neuron) || (isForbidden && strategy == "auto");
    if (named && (isSkipped || isForbidden))
      neuron.erase();
    if (isSkipped)
      return success();
    if (isForbidden)
      return op->emitError("snn-parallelize-time: strategy '")
             << strategy
             << "' rounds in another order: expected numerics bounded or fast, "
                "but got exact";
    nameLayer(op);
    if (named)
      neuron->setDiscardableAttrs(op->getDiscardableAttrDictionary());
    if (ScanOp scan = getScan(op)) {
      if (named)
        neuron.erase();
      convert(scan);
      return success();
    }
    if (named) {
      op->replaceAllUsesWith(neuron);
      op->erase();
    }
    convert(neuron);
    return success();
  }

  /// Whether some state is linear, and it pays to make use of that.
  bool isWanted(NeuronOp neuron) {
    if (neuron.getScheduleAttr() || neuron.getInputs().empty() ||
        neuron.getNeuronShape().empty())
      return false;
    Linearity linearity(neuron);
    SmallVector<unsigned> wanted = getWantedStates(neuron, linearity);
    if (wanted.empty() || strategy != "auto")
      return !wanted.empty();
    int64_t neurons = ShapedType::getNumElements(neuron.getNeuronShape());
    return neurons <= lanes &&
           int64_t(wanted.size()) == neuron.getNumStates() &&
           llvm::any_of(wanted, [&](unsigned i) {
             const StateVerdict &state = linearity.getStates()[i];
             return gpu || !state.forgets;
           });
  }

  /// The linear states that a scan can run. That of a GPU takes factors that
  /// change with time and time in reverse, if it has all states.
  SmallVector<unsigned> getWantedStates(NeuronOp neuron, Linearity &linearity) {
    SmallVector<unsigned> states(linearity.getLinearStates());
    std::optional<AffineStep> step = AffineStep::get(neuron, states);
    if (!step)
      return {};
    bool isPlain = step->getKnown() != Known::Step && !neuron.getReverse();
    bool hasAll = int64_t(states.size()) == neuron.getNumStates();
    bool isAny = gpu && hasAll && strategy != "conv";
    return isPlain || isAny ? states : SmallVector<unsigned>();
  }

  static ScanOp getScan(Operation *op) {
    if (auto lif = dyn_cast<LIFOp>(op))
      return raise(lif);
    if (auto li = dyn_cast<LIOp>(op))
      return raise(li);
    return dyn_cast<ScanOp>(op);
  }

  void note(Operation *op, StringRef form, StringRef bound) {
    setReport(op, report::kForm, form);
    StringRef reason = gpu ? "the neurons do not fill a GPU"
                           : "the neurons do not fill the lanes, and it does "
                             "not forget";
    setReport(op, report::kWhy, strategy == "auto" ? reason : "asked for");
    bool isExact = isCertified(op);
    setReport(op, report::kClass, isExact ? "A" : "B");
    setReport(op, report::kBound, isExact ? "none: no sum rounds" : bound);
    appendReport(op, report::kDone, "parallelize: " + form);
  }

  void setBound(Operation *op, StringRef kind) {
    Builder builder(&getContext());
    op->setAttr(kBoundAttr, builder.getDictionaryAttr(builder.getNamedAttr(
                                "kind", builder.getStringAttr(kind))));
  }

  void convert(ScanOp scan) {
    if (strategy == "conv") {
      ConvOptions options{taps, tolerance};
      if (std::optional<ConvResult> conv = convertScanToConv(scan, options))
        return note(conv->layer, "conv", conv->bound);
    }
    scan.setAssociative(true);
    setBound(scan, "scan");
    note(scan, "scan", kScanBound);
  }

  void convert(NeuronOp neuron) {
    Linearity linearity(neuron);
    SmallVector<unsigned> states = getWantedStates(neuron, linearity);
    NeuronOp linear = neuron;
    if (int64_t(states.size()) != neuron.getNumStates()) {
      StringAttr layer = neuron->getAttrOfType<StringAttr>(kLayerAttr);
      linear = Hoisting(neuron, states).run();
      linear->setAttr(
          kLayerAttr,
          StringAttr::get(&getContext(), layer.getValue() + ".linear"));
    }
    linear.setScheduleAttr(
        ScheduleAttr::get(&getContext(), ScheduleKind::Scan, 0));
    setBound(linear, "scan");
    note(linear, "scan", kScanBound);
  }
};
} // namespace
