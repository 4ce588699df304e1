//===- PackSpikes.cpp - Let spikes travel between layers as bits ----------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/Analysis/Report.h"
#include "snn/IR/Words.h"
#include "snn/Transforms/Passes.h"

namespace mlir::snn {
#define GEN_PASS_DEF_PACKSPIKESPASS
#include "snn/Transforms/Passes.h.inc"
} // namespace mlir::snn

using namespace mlir;
using namespace mlir::snn;

/// Whether something reads the spikes, and nothing reads them but from words
/// and as records.
static bool areReadAsWords(Value spikes);

/// A delay of words gives words, so it depends on who reads those. In a body
/// its history is a state, which nothing else may read.
static bool canDelayWords(OpOperand &use) {
  auto delay = dyn_cast<DelayOp>(use.getOwner());
  return delay && !isa<RecurrentOp>(delay->getParentOp()) &&
         use.getOperandNumber() == 0 && !delay.getPerSource() &&
         areReadAsWords(delay.getOutput());
}

static bool areReadAsWords(Value spikes) {
  bool isRead = false;
  for (OpOperand &use : spikes.getUses()) {
    if (isRecord(use))
      continue;
    if (!canReadWords(use) && !canDelayWords(use))
      return false;
    isRead = true;
  }
  return isRead;
}

static int64_t getNumNeurons(Value spikes) {
  return cast<RankedTensorType>(spikes.getType()).getShape().back();
}

static Value unpack(OpBuilder &builder, Location loc, Value words,
                    int64_t neurons) {
  return UnpackOp::create(builder, loc, words, neurons);
}

/// delay(unpack(w), history) -> unpack(delay(w, pack(history)))
static void delayWords(DelayOp op) {
  OpBuilder builder(op);
  auto before = op.getInput().getDefiningOp<UnpackOp>();
  int64_t neurons = getNumNeurons(op.getInput());
  SmallVector<Value> histories;
  for (Value history : op.getInits())
    histories.push_back(PackOp::create(builder, op.getLoc(), history));
  auto delay = DelayOp::create(builder, op.getLoc(), before.getInput(),
                               histories, op.getDelays(), op.getPerSource(),
                               op.getGroups(), op.getReverse());
  delay->setDiscardableAttrs(op->getDiscardableAttrDictionary());
  for (auto [bits, words] : llvm::zip(op.getResults(), delay.getResults()))
    if (!bits.use_empty())
      bits.replaceAllUsesWith(unpack(builder, op.getLoc(), words, neurons));
  op.erase();
}

/// Lets all readers but records read the spikes from words.
static void packSpikes(Value spikes) {
  OpBuilder builder(spikes.getContext());
  builder.setInsertionPointAfterValue(spikes);
  Location loc = spikes.getLoc();
  auto words = PackOp::create(builder, loc, spikes);
  Value bits = unpack(builder, loc, words, getNumNeurons(spikes));
  spikes.replaceUsesWithIf(bits, [&](OpOperand &use) {
    return use.getOwner() != words && !isRecord(use);
  });
  Operation *maker = spikes.getDefiningOp();
  if (maker->hasAttr(kLayerAttr))
    appendReport(maker, report::kDone, "snn-pack-spikes: spikes as words");
}

//===----------------------------------------------------------------------===//
// Feedback
//===----------------------------------------------------------------------===//

/// Whether what makes and what reads a feedback know words.
static bool canFeedWords(RecurrentOp op, int64_t index, int64_t leastNeurons) {
  SpanAttr span = op.getSpanAttrs()[index];
  Value spikes = op.getYield().getFeedback()[index];
  if (span.getKind() == SpanKind::Sources || span.getKind() == SpanKind::Taps ||
      !canWriteWords(spikes) || getNumNeurons(spikes) < leastNeurons)
    return false;
  auto readsWords = [](OpOperand &use) { return canReadWords(use); };
  return llvm::all_of(op.getFeedbackArguments()[index].getUses(), readsWords) &&
         llvm::all_of(spikes.getUses(), [&](OpOperand &use) {
           return readsWords(use) || isa<YieldOp>(use.getOwner());
         });
}

static RankedTensorType toWords(Type type) {
  auto spikes = cast<RankedTensorType>(type);
  SmallVector<int64_t> shape(spikes.getShape());
  shape.back() = llvm::divideCeil(shape.back(), 32);
  return RankedTensorType::get(shape, IntegerType::get(type.getContext(), 32));
}

namespace {
/// A recurrence some of whose feedback travels as words, and with it the
/// outputs that are the same spikes and are read as words.
class WordFeedback {
public:
  WordFeedback(RecurrentOp op, int64_t leastNeurons)
      : op(op), builder(op.getContext()) {
    for (int64_t i = 0; i < op.getNumFeedbacks(); ++i)
      if (canFeedWords(op, i, leastNeurons))
        feedback.push_back(i);
    YieldOp yield = op.getYield();
    for (int64_t i = 0, count = op.getOutputs().size(); i < count; ++i) {
      bool isFeedback = llvm::any_of(feedback, [&](int64_t index) {
        return yield.getFeedback()[index] == yield.getOutputs()[i];
      });
      if (isFeedback && areReadAsWords(op.getOutputs()[i]))
        outputs.push_back(i);
    }
  }

  bool isEmpty() const { return feedback.empty(); }
  void rewrite();

private:
  SmallVector<Type> getTypes(ResultRange results, ArrayRef<int64_t> words);
  void packBody(RecurrentOp packed);

  RecurrentOp op;
  OpBuilder builder;
  SmallVector<int64_t> feedback, outputs; ///< those that are words
};
} // namespace

SmallVector<Type> WordFeedback::getTypes(ResultRange results,
                                         ArrayRef<int64_t> words) {
  SmallVector<Type> types;
  for (auto [i, result] : llvm::enumerate(results))
    types.push_back(llvm::is_contained(words, int64_t(i))
                        ? toWords(result.getType())
                        : result.getType());
  return types;
}

/// Arguments are unpacked at the start of the body, what it yields is packed at
/// its end.
void WordFeedback::packBody(RecurrentOp packed) {
  YieldOp yield = packed.getYield();
  auto pack = [&](OpOperand &operand) {
    builder.setInsertionPoint(yield);
    operand.set(PackOp::create(builder, op.getLoc(), operand.get()));
  };
  builder.setInsertionPointToStart(&packed.getBody().front());
  for (int64_t i : feedback) {
    BlockArgument argument = packed.getFeedbackArguments()[i];
    int64_t neurons = getNumNeurons(argument);
    argument.setType(toWords(argument.getType()));
    Value bits = unpack(builder, op.getLoc(), argument, neurons);
    argument.replaceAllUsesExcept(bits, bits.getDefiningOp());
  }
  for (int64_t i : feedback)
    pack(yield.getFeedbackMutable()[i]);
  for (int64_t i : outputs)
    pack(yield.getOutputsMutable()[i]);
}

void WordFeedback::rewrite() {
  builder.setInsertionPoint(op);
  SmallVector<Value> histories(op.getHistories());
  if (!histories.empty())
    for (int64_t i : feedback)
      histories[i] = PackOp::create(builder, op.getLoc(), histories[i]);
  auto packed = RecurrentOp::create(
      builder, op.getLoc(), getTypes(op.getOutputs(), outputs),
      op.getFinals().getTypes(), getTypes(op.getFinalHistories(), feedback),
      op.getInputs(), op.getSpans(), op.getInits(), histories, op.getPosition(),
      op.getSkip(), op.getReverseAttr(), op.getWindowAttr());
  packed->setDiscardableAttrs(op->getDiscardableAttrDictionary());
  packed.getBody().takeBody(op.getBody());
  packBody(packed);
  builder.setInsertionPointAfter(packed);
  for (auto [bits, words] : llvm::zip(op.getResults(), packed.getResults())) {
    if (bits.use_empty())
      continue;
    bool isPacked = bits.getType() != words.getType();
    bits.replaceAllUsesWith(
        isPacked ? unpack(builder, op.getLoc(), words, getNumNeurons(bits))
                 : words);
  }
  op.erase();
  if (packed->hasAttr(kLayerAttr))
    appendReport(packed, report::kDone, "snn-pack-spikes: feedback as words");
}

/// Whether packs are all that reads the spikes, beside records.
static bool areAlreadyPacked(Value spikes) {
  return llvm::all_of(spikes.getUses(), [](OpOperand &use) {
    return isa<PackOp>(use.getOwner()) || isRecord(use);
  });
}

namespace {
struct PackSpikes : snn::impl::PackSpikesPassBase<PackSpikes> {
  using PackSpikesPassBase::PackSpikesPassBase;

  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (function.isExternal() || !function.getBody().hasOneBlock())
      return;
    SmallVector<RecurrentOp> recurrences;
    function.walk([&](RecurrentOp op) { recurrences.push_back(op); });
    for (RecurrentOp op : recurrences) {
      packBlock(op.getBody().front());
      // The history of a recurrence in another is a state of that one.
      if (op->getParentOp() != function)
        continue;
      if (WordFeedback words(op, leastNeurons); !words.isEmpty())
        words.rewrite();
    }
    packBlock(function.front());
  }

private:
  void packBlock(Block &block);
};
} // namespace

/// Packs what the ops of a block make for each other.
void PackSpikes::packBlock(Block &block) {
  for (Operation &op : llvm::make_early_inc_range(block)) {
    auto delay = dyn_cast<DelayOp>(op);
    if (delay && delay.getInput().getDefiningOp<UnpackOp>() &&
        canDelayWords(op.getOpOperand(0))) {
      delayWords(delay);
      continue;
    }
    for (Value spikes : op.getResults())
      if (canWriteWords(spikes) && getNumNeurons(spikes) >= leastNeurons &&
          areReadAsWords(spikes) && !areAlreadyPacked(spikes))
        packSpikes(spikes);
  }
}
