//===- FuseNeurons.cpp - Run neurons that feed each other in one step ===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/IR/SNN.h"
#include "snn/Transforms/Passes.h"

#include "mlir/IR/IRMapping.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace mlir::snn {
#define GEN_PASS_DEF_FUSENEURONSPASS
#include "snn/Transforms/Passes.h.inc"
} // namespace mlir::snn

using namespace mlir;
using namespace mlir::snn;

static SmallVector<Value> concat(ValueRange a, ValueRange b) {
  SmallVector<Value> all(a);
  llvm::append_range(all, b);
  return all;
}

/// Arguments of a step, by what they stand for.
static ArrayRef<BlockArgument> getArguments(NeuronOp op, size_t first,
                                            size_t count) {
  return op.getStep().getArguments().slice(first, count);
}

/// neuron(fire(u)) -> neuron with the threshold in its step
static LogicalResult fuseFire(NeuronOp op, PatternRewriter &rewriter) {
  for (unsigned i = 0; i < op.getInputs().size(); ++i) {
    auto fire = op.getInputs()[i].getDefiningOp<FireOp>();
    // A threshold per neuron would have to become a parameter.
    if (!fire || fire->getBlock() != op->getBlock() ||
        (fire.getThresholds() &&
         isa<ShapedType>(fire.getThresholds().getType())))
      continue;
    Block &step = op.getStep().front();
    rewriter.setInsertionPointToStart(&step);
    BlockArgument spike = step.getArgument(i);
    Type element = getElementTypeOrSelf(fire.getInput().getType());
    BlockArgument potential = step.insertArgument(i, element, spike.getLoc());
    auto inner = cast<FireOp>(rewriter.clone(*fire));
    rewriter.modifyOpInPlace(inner, [&] {
      inner.getInputMutable().assign(potential);
      inner.getSpikes().setType(rewriter.getI1Type());
      inner->removeDiscardableAttr(kLayerAttr);
    });
    rewriter.replaceAllUsesWith(spike, inner.getSpikes());
    rewriter.modifyOpInPlace(op, [&] {
      step.eraseArgument(i + 1);
      op->setOperand(i, fire.getInput());
    });
    return success();
  }
  return rewriter.notifyMatchFailure(op, "expected a threshold before it");
}

/// fire(neuron(x)) -> neuron with the threshold behind its step
static LogicalResult fuseThreshold(FireOp fire, PatternRewriter &rewriter) {
  auto op = fire.getInput().getDefiningOp<NeuronOp>();
  Value thresholds = fire.getThresholds();
  Operation *definition = thresholds ? thresholds.getDefiningOp() : nullptr;
  if (!op || op->getBlock() != fire->getBlock() || op.getNumStates() == 0 ||
      (definition && (definition->getBlock() != op->getBlock() ||
                      !definition->isBeforeInBlock(op))))
    return rewriter.notifyMatchFailure(fire, "expected a neuron before it");
  // Thresholds are a number, or of the neurons, or of each step.
  auto type = thresholds ? dyn_cast<RankedTensorType>(thresholds.getType())
                         : RankedTensorType();
  int64_t rank = type ? type.getRank() : 0;
  int64_t neuronRank = op.getNeuronShape().size();
  bool areInputs = rank == neuronRank + 2;
  if (rank != 0 && rank != neuronRank && !areInputs)
    return rewriter.notifyMatchFailure(
        fire, "expected thresholds for all neurons, or one");
  SmallVector<Type> outputs(op.getOutputs().getTypes());
  SmallVector<Value> inputs(op.getInputs()), params(op.getParams());
  size_t place = inputs.size() + (areInputs ? 0 : params.size());
  outputs.push_back(fire.getSpikes().getType());
  if (thresholds)
    (areInputs ? inputs : params).push_back(thresholds);
  rewriter.setInsertionPoint(op);
  auto fused = NeuronOp::create(rewriter, fire.getLoc(), outputs,
                                op.getFinals().getTypes(), inputs, params,
                                op.getTables(), op.getInits(), op.getOffset(),
                                op.getReverse(), op.getScheduleAttr());
  fused->setDiscardableAttrs(op->getDiscardableAttrDictionary());
  fused.getStep().takeBody(op.getStep());
  Block &step = fused.getStep().front();
  YieldOp yield = fused.getYield();
  IRMapping map;
  map.map(
      fire.getInput(),
      yield.getOutputs()[cast<OpResult>(fire.getInput()).getResultNumber()]);
  if (thresholds)
    map.map(thresholds,
            step.insertArgument(place, getElementTypeOrSelf(thresholds),
                                fire.getLoc()));
  rewriter.setInsertionPoint(yield);
  auto inner = cast<FireOp>(rewriter.clone(*fire, map));
  inner.getSpikes().setType(rewriter.getI1Type());
  inner->removeDiscardableAttr(kLayerAttr);
  yield.getOutputsMutable().append(inner.getSpikes());
  size_t count = op.getOutputs().size();
  rewriter.replaceOp(fire, fused.getOutputs()[count]);
  SmallVector<Value> rest(fused.getOutputs().take_front(count));
  llvm::append_range(rest, fused.getFinals());
  rewriter.replaceOp(op, rest);
  return success();
}

/// Inputs of a step that are worth reading in place of their sum: each is a
/// stream from memory.
static constexpr size_t kMostInputs = 4;

/// An op on sequences that the step can do on scalars instead, for nothing else
/// reads what it makes.
static Operation *getScalarProducer(NeuronOp op, Value input) {
  Operation *producer = input.getDefiningOp();
  if (!producer || producer->getBlock() != op->getBlock() ||
      !OpTrait::hasElementwiseMappableTraits(producer) ||
      producer->getNumResults() != 1 || !input.hasOneUse())
    return nullptr;
  auto hasShape = [&](Value operand) {
    auto type = dyn_cast<RankedTensorType>(operand.getType());
    return type && type.getShape() ==
                       cast<RankedTensorType>(input.getType()).getShape();
  };
  return llvm::all_of(producer->getOperands(), hasShape) ? producer : nullptr;
}

/// neuron(a + b) -> neuron(a, b) with the addition in its step
static LogicalResult fuseArithmetic(NeuronOp op, PatternRewriter &rewriter) {
  if (op.getSchedule()) // its chunks would do it several times
    return rewriter.notifyMatchFailure(op, "expected no schedule");
  for (auto [i, input] : llvm::enumerate(op.getInputs())) {
    Operation *producer = getScalarProducer(op, input);
    if (!producer ||
        op.getInputs().size() + producer->getNumOperands() > kMostInputs + 1)
      continue;
    Block &step = op.getStep().front();
    rewriter.setInsertionPointToStart(&step);
    IRMapping map;
    for (auto [k, operand] : llvm::enumerate(producer->getOperands()))
      map.map(operand, step.insertArgument(i + k, getElementTypeOrSelf(operand),
                                           operand.getLoc()));
    BlockArgument before = step.getArgument(i + producer->getNumOperands());
    Operation *scalar = rewriter.clone(*producer, map);
    scalar->getResult(0).setType(before.getType());
    rewriter.replaceAllUsesWith(before, scalar->getResult(0));
    SmallVector<Value> inputs(op.getInputs());
    inputs.erase(inputs.begin() + i);
    inputs.insert(inputs.begin() + i, producer->operand_begin(),
                  producer->operand_end());
    rewriter.modifyOpInPlace(op, [&] {
      step.eraseArgument(before.getArgNumber());
      op.getInputsMutable().assign(inputs);
    });
    return success();
  }
  return rewriter.notifyMatchFailure(op, "expected arithmetic before it");
}

namespace {
/// Two neurons as one: the producer's step, then the consumer's.
class Fusion {
public:
  Fusion(NeuronOp producer, NeuronOp consumer)
      : producer(producer), consumer(consumer) {}

  LogicalResult check(PatternRewriter &rewriter);
  void run(PatternRewriter &rewriter);

private:
  bool feeds(Value input) {
    return input.getDefiningOp() == producer.getOperation();
  }
  SmallVector<Value> getOtherInputs();
  ScheduleAttr getSchedule();
  void mapArguments(NeuronOp fused, IRMapping &map);

  NeuronOp producer, consumer;
};
} // namespace

/// Whether the producer can move down to the consumer.
LogicalResult Fusion::check(PatternRewriter &rewriter) {
  if (producer->getBlock() != consumer->getBlock() ||
      producer.getReverse() != consumer.getReverse() ||
      producer.getInputs().empty())
    return rewriter.notifyMatchFailure(consumer, "expected the same time");
  if (producer.getInits().empty() != consumer.getInits().empty() &&
      !producer.getFinals().empty() && !consumer.getFinals().empty())
    return rewriter.notifyMatchFailure(consumer, "expected states given alike");
  if (producer.getOffset() && consumer.getOffset() &&
      producer.getOffset() != consumer.getOffset())
    return rewriter.notifyMatchFailure(consumer, "expected one offset");
  bool oneOffset = producer.getTables().empty() ||
                   consumer.getTables().empty() ||
                   producer.getOffset() == consumer.getOffset();
  if (!oneOffset)
    return rewriter.notifyMatchFailure(consumer, "expected one offset");
  // What is known of the states of a schedule is not known of others.
  if (producer.getScheduleAttr() != consumer.getScheduleAttr() &&
      !producer.getFinals().empty() && !consumer.getFinals().empty())
    return rewriter.notifyMatchFailure(consumer, "expected one schedule");
  for (Value final : producer.getFinals())
    if (llvm::is_contained(consumer->getOperands(), final))
      return rewriter.notifyMatchFailure(consumer,
                                         "expected a final state after it");
  for (Operation *user : producer->getUsers())
    if (user != consumer && (user->getBlock() != consumer->getBlock() ||
                             user->isBeforeInBlock(consumer)))
      return rewriter.notifyMatchFailure(consumer, "expected later users");
  for (OpOperand &operand : consumer->getOpOperands())
    if (feeds(operand.get()) && !consumer.isSequenceOperand(operand))
      return rewriter.notifyMatchFailure(consumer, "expected sequences only");
  return success();
}

/// That of the neuron with states.
ScheduleAttr Fusion::getSchedule() {
  return (producer.getFinals().empty() ? consumer : producer).getScheduleAttr();
}

SmallVector<Value> Fusion::getOtherInputs() {
  SmallVector<Value> others;
  for (Value input : consumer.getInputs())
    if (!feeds(input))
      others.push_back(input);
  return others;
}

/// Where the arguments of both steps are among those of the fused one: inputs,
/// parameters, tables and states, of the producer first in each.
void Fusion::mapArguments(NeuronOp fused, IRMapping &map) {
  Block::BlockArgListType arguments = fused.getStep().getArguments();
  size_t next = 0;
  auto mapNext = [&](NeuronOp op, size_t first, size_t count) {
    for (BlockArgument argument : getArguments(op, first, count))
      map.map(argument, arguments[next++]);
  };
  auto sizes = [](NeuronOp op) {
    return std::array<size_t, 4>{op.getInputs().size(), op.getParams().size(),
                                 op.getTables().size(), op.getFinals().size()};
  };
  std::array<size_t, 4> before = sizes(producer), after = sizes(consumer);
  size_t firstBefore = 0, firstAfter = 0;
  for (size_t kind = 0; kind < 4; ++kind) {
    mapNext(producer, firstBefore, before[kind]);
    if (kind == 0) {
      for (auto [i, input] : llvm::enumerate(consumer.getInputs()))
        if (!feeds(input))
          mapNext(consumer, i, 1);
    } else {
      mapNext(consumer, firstAfter, after[kind]);
    }
    firstBefore += before[kind];
    firstAfter += after[kind];
  }
}

void Fusion::run(PatternRewriter &rewriter) {
  // The producer's outputs that something else reads stay outputs.
  SmallVector<unsigned> kept;
  for (auto [i, output] : llvm::enumerate(producer.getOutputs()))
    if (llvm::any_of(output.getUsers(),
                     [&](Operation *user) { return user != consumer; }))
      kept.push_back(i);
  SmallVector<Type> outputs, finals(producer.getFinals().getTypes());
  for (unsigned i : kept)
    outputs.push_back(producer.getOutputs()[i].getType());
  llvm::append_range(outputs, consumer.getOutputs().getTypes());
  llvm::append_range(finals, consumer.getFinals().getTypes());

  auto fused = NeuronOp::create(
      rewriter, consumer.getLoc(), outputs, finals,
      concat(producer.getInputs(), getOtherInputs()),
      concat(producer.getParams(), consumer.getParams()),
      concat(producer.getTables(), consumer.getTables()),
      concat(producer.getInits(), consumer.getInits()),
      producer.getOffset() ? producer.getOffset() : consumer.getOffset(),
      consumer.getReverse(), getSchedule());
  fused->setDiscardableAttrs(consumer->getDiscardableAttrDictionary());
  Block &step = fused.getStep().emplaceBlock();
  for (Value operand :
       concat(concat(fused.getInputs(), fused.getParams()), fused.getTables()))
    step.addArgument(getElementTypeOrSelf(operand), operand.getLoc());
  for (Type type : finals)
    step.addArgument(getElementTypeOrSelf(type), fused.getLoc());

  IRMapping map;
  mapArguments(fused, map);
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPointToEnd(&step);
  auto clone = [&](NeuronOp op) {
    for (Operation &scalar : op.getStep().front().without_terminator())
      rewriter.clone(scalar, map);
  };
  auto lookup = [&](ValueRange values) {
    return llvm::map_to_vector(values,
                               [&](Value v) { return map.lookupOrDefault(v); });
  };
  clone(producer);
  SmallVector<Value> fromProducer = lookup(producer.getYield().getOutputs());
  for (auto [i, input] : llvm::enumerate(consumer.getInputs()))
    if (feeds(input))
      map.map(consumer.getStep().getArgument(i),
              fromProducer[cast<OpResult>(input).getResultNumber()]);
  clone(consumer);
  SmallVector<Value> yielded;
  for (unsigned i : kept)
    yielded.push_back(fromProducer[i]);
  llvm::append_range(yielded, lookup(consumer.getYield().getOutputs()));
  YieldOp::create(rewriter, fused.getLoc(), yielded, ValueRange(),
                  concat(lookup(producer.getYield().getStates()),
                         lookup(consumer.getYield().getStates())));

  for (auto [i, index] : llvm::enumerate(kept))
    rewriter.replaceAllUsesExcept(producer.getOutputs()[index],
                                  fused.getOutputs()[i], consumer);
  size_t numProducerStates = producer.getFinals().size();
  rewriter.replaceAllUsesWith(producer.getFinals(),
                              fused.getFinals().take_front(numProducerStates));
  rewriter.replaceOp(consumer,
                     concat(fused.getOutputs().drop_front(kept.size()),
                            fused.getFinals().drop_front(numProducerStates)));
  rewriter.eraseOp(producer);
}

/// neuron(neuron(x)) -> one neuron
static LogicalResult fuseNeurons(NeuronOp consumer, PatternRewriter &rewriter) {
  for (Value input : consumer.getInputs()) {
    auto producer = input.getDefiningOp<NeuronOp>();
    if (!producer)
      continue;
    Fusion fusion(producer, consumer);
    if (failed(fusion.check(rewriter)))
      continue;
    fusion.run(rewriter);
    return success();
  }
  return rewriter.notifyMatchFailure(consumer, "expected a neuron before it");
}

void snn::populateFuseNeuronsPatterns(RewritePatternSet &patterns) {
  patterns.add(fuseFire);
  patterns.add(fuseThreshold);
  patterns.add(fuseArithmetic);
  patterns.add(fuseNeurons);
}

namespace {
struct FuseNeurons : snn::impl::FuseNeuronsPassBase<FuseNeurons> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    populateFuseNeuronsPatterns(patterns);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
