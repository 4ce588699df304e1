//===- Gate.cpp - Refractory gates on words as kernels --------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../SNNToLinalg/GatePlanes.h"
#include "Kernel.h"

#include "snn/IR/Words.h"

using namespace mlir;
using namespace mlir::snn;

static constexpr int64_t kThreads = 64;
/// Words that are read ahead.
static constexpr int64_t kBlockSteps = 8;

namespace {
/// A thread runs a word over time: its counters as planes of bits, or, where
/// one from elsewhere is outside [0, R], as 32 numbers.
class GateKernel {
public:
  GateKernel(RefractoryOp op, PatternRewriter &rewriter)
      : op(op), rewriter(rewriter), emit(op.getLoc(), rewriter), planes(op) {}

  void run();

private:
  using StepBody =
      function_ref<Value(Emit &, Value word, MutableArrayRef<Value> states)>;

  void flattenOperands();
  void begin(Emit &at, Value block, Value thread);
  Value isNeuron(Emit &at, int64_t i);
  SmallVector<Value> loadCounters(Emit &at);
  void storeCounters(Emit &at, ArrayRef<Value> values, Value memory);
  Value isOutside(Emit &at, ArrayRef<Value> values);
  SmallVector<Value> toPlanes(Emit &at, ArrayRef<Value> values);
  SmallVector<Value> fromPlanes(Emit &at, ArrayRef<Value> bits);
  SmallVector<Value> runSteps(Emit &at, ArrayRef<Value> states, Value out,
                              StepBody body);
  SmallVector<Value> runPlanes(Emit &at, ArrayRef<Value> values, Value out);
  SmallVector<Value> runCounters(Emit &at, ArrayRef<Value> values, Value out);
  void replaceOp(Value out, Value finals);

  RefractoryOp op;
  PatternRewriter &rewriter;
  Emit emit;
  GatePlanes planes;
  int64_t numNeurons, numWords; ///< of a row
  SmallVector<OpFoldResult> sizes;
  Value words;    ///< T x rows x words
  Value counters; ///< rows x neurons, or null for zeros
  Value steps, numRows;
  Value row, word, isActive; ///< of the thread
  Value source;              ///< the memory of `words`
};
} // namespace

static Value getInt(Emit &emit, int64_t value) {
  return arith::ConstantOp::create(emit, emit.getI32IntegerAttr(value));
}

void GateKernel::flattenOperands() {
  numNeurons = op.getInput().getType().getShape().back();
  auto unpack = op.getInput().getDefiningOp<UnpackOp>();
  Value all = unpack ? Value(unpack.getInput())
                     : PackOp::create(emit, op.getInput()).getWords();
  int64_t rank = getType(all).getRank();
  numWords = getType(all).getShape().back();
  sizes = tensor::getMixedSizes(emit, emit.getLoc(), all);
  words = emit.collapse(all, 1, rank - 1);
  if (!op.getInits().empty())
    counters = emit.collapse(op.getInits()[0], 0, rank - 2);
  steps = emit.dim(words, 0);
  numRows = emit.dim(words, 1);
}

/// Threads behind the last word run the last one again, and write nothing.
void GateKernel::begin(Emit &at, Value block, Value thread) {
  Value number = at.add(at.mul(block, at.index(kThreads)), thread);
  Value size = at.index(numWords);
  row = arith::DivUIOp::create(at, number, size);
  word = arith::RemUIOp::create(at, number, size);
  isActive = arith::CmpIOp::create(at, arith::CmpIPredicate::ult, row, numRows);
  row = at.min(row, at.sub(numRows, at.index(1)));
  source = getMemory(at, words);
}

//===----------------------------------------------------------------------===//
// Counters
//===----------------------------------------------------------------------===//

/// Whether bit `i` of the word is a neuron; null where it is in all words.
Value GateKernel::isNeuron(Emit &at, int64_t i) {
  if (i < numNeurons % kWarp || numNeurons % kWarp == 0)
    return {};
  return arith::CmpIOp::create(at, arith::CmpIPredicate::ne, word,
                               at.index(numWords - 1));
}

SmallVector<Value> GateKernel::loadCounters(Emit &at) {
  SmallVector<Value> values(kWarp, getInt(at, 0));
  if (!counters)
    return values;
  Value memory = getMemory(at, counters);
  Value first = at.mul(word, at.index(kWarp));
  for (int64_t i = 0; i != kWarp; ++i) {
    Value neuron = at.add(first, at.index(i)), exists = isNeuron(at, i);
    if (exists)
      neuron = at.min(neuron, at.index(numNeurons - 1));
    Value value = memref::LoadOp::create(at, memory, ValueRange{row, neuron});
    values[i] =
        exists
            ? Value(arith::SelectOp::create(at, exists, value, getInt(at, 0)))
            : value;
  }
  return values;
}

void GateKernel::storeCounters(Emit &at, ArrayRef<Value> values, Value memory) {
  Value first = at.mul(word, at.index(kWarp));
  for (auto [i, value] : llvm::enumerate(values)) {
    Value writes = isActive;
    if (Value exists = isNeuron(at, i))
      writes = arith::AndIOp::create(at, writes, exists);
    emitWhere(at, writes, [&, index = i, stored = value](Emit &inner) {
      memref::StoreOp::create(
          inner, stored, memory,
          ValueRange{row, inner.add(first, inner.index(index))});
    });
  }
}

Value GateKernel::isOutside(Emit &at, ArrayRef<Value> values) {
  Value outside;
  for (Value value : values) {
    Value one = arith::CmpIOp::create(at, arith::CmpIPredicate::ugt, value,
                                      getInt(at, op.getPeriod()));
    outside = outside ? arith::OrIOp::create(at, outside, one) : one;
  }
  return outside;
}

/// A bit of each counter, as a word.
SmallVector<Value> GateKernel::toPlanes(Emit &at, ArrayRef<Value> values) {
  SmallVector<Value> bits;
  for (int64_t plane = 0; plane < planes.size(); ++plane) {
    Value all = getInt(at, 0);
    for (auto [i, value] : llvm::enumerate(values)) {
      Value bit = planes.test(at, at.splat(value, 1), plane);
      bit = vector::ExtractOp::create(at, bit, 0);
      bit = arith::SelectOp::create(at, bit, getInt(at, int32_t(1u << i)),
                                    getInt(at, 0));
      all = arith::OrIOp::create(at, all, bit);
    }
    bits.push_back(at.splat(all, 1));
  }
  return bits;
}

SmallVector<Value> GateKernel::fromPlanes(Emit &at, ArrayRef<Value> bits) {
  SmallVector<Value> values;
  for (int64_t i = 0; i != kWarp; ++i) {
    Value value = at.splat(getInt(at, 0), 1);
    for (int64_t plane = planes.size(); plane-- > 0;) {
      Value bit = arith::AndIOp::create(
          at, bits[plane], getConstant(at, value, int32_t(1u << i)));
      Value isSet = arith::CmpIOp::create(at, arith::CmpIPredicate::ne, bit,
                                          getConstant(at, value, 0));
      value = planes.add(at, value, isSet, plane);
    }
    values.push_back(vector::ExtractOp::create(at, value, 0));
  }
  return values;
}

//===----------------------------------------------------------------------===//
// Time
//===----------------------------------------------------------------------===//

/// All steps, with words read a block ahead.
SmallVector<Value> GateKernel::runSteps(Emit &at, ArrayRef<Value> states,
                                        Value out, StepBody body) {
  Value last = at.sub(steps, at.index(1));
  auto read = [&](Emit &in, Value time) -> Value {
    return memref::LoadOp::create(in, source,
                                  ValueRange{in.min(time, last), row, word});
  };
  size_t numStates = states.size();
  auto runStep = [&](Emit &in, Value time, Value candidates,
                     MutableArrayRef<Value> values) {
    Value spikes = body(in, candidates, values);
    emitWhere(in, isActive, [&](Emit &inner) {
      memref::StoreOp::create(inner, spikes, out, ValueRange{time, row, word});
    });
  };
  Value isAny =
      arith::CmpIOp::create(at, arith::CmpIPredicate::ugt, steps, at.index(0));
  auto branch = scf::IfOp::create(
      at, isAny,
      [&](OpBuilder &builder, Location loc) {
        Emit in(loc, builder);
        SmallVector<Value> carried(states);
        for (int64_t i = 0; i != kBlockSteps; ++i)
          carried.push_back(read(in, in.index(i)));
        Value size = in.index(kBlockSteps);
        Value rest = arith::RemUIOp::create(in, steps, size);
        Value whole = in.sub(steps, rest);
        carried = in.carry(
            in.index(0), whole, size, carried,
            [&](Emit &inner, Value first, SmallVectorImpl<Value> &values) {
              SmallVector<Value> ahead;
              for (int64_t i = 0; i != kBlockSteps; ++i)
                ahead.push_back(read(
                    inner, inner.add(first, inner.index(kBlockSteps + i))));
              for (int64_t i = 0; i != kBlockSteps; ++i)
                runStep(inner, inner.add(first, inner.index(i)),
                        values[numStates + i],
                        MutableArrayRef<Value>(values).take_front(numStates));
              llvm::copy(ahead, values.begin() + numStates);
            });
        carried.truncate(numStates);
        carried = in.carry(
            whole, steps, in.index(1), carried,
            [&](Emit &inner, Value time, SmallVectorImpl<Value> &values) {
              runStep(inner, time, read(inner, time), values);
            });
        scf::YieldOp::create(in, carried);
      },
      [&](OpBuilder &builder, Location loc) {
        scf::YieldOp::create(builder, loc, states);
      });
  return llvm::to_vector_of<Value>(branch.getResults());
}

/// Counters from planes; what is no neuron never spikes.
SmallVector<Value> GateKernel::runPlanes(Emit &at, ArrayRef<Value> values,
                                         Value out) {
  Value used = getInt(at, -1);
  if (int64_t rest = numNeurons % kWarp) {
    Value isLast = arith::CmpIOp::create(at, arith::CmpIPredicate::eq, word,
                                         at.index(numWords - 1));
    used = arith::SelectOp::create(
        at, isLast, getInt(at, int32_t((int64_t(1) << rest) - 1)), used);
  }
  SmallVector<Value> bits = runSteps(
      at, toPlanes(at, values), out,
      [&](Emit &in, Value candidates, MutableArrayRef<Value> states) -> Value {
        candidates = arith::AndIOp::create(in, candidates, used);
        Value spikes = planes.step(in, in.splat(candidates, 1), states);
        return vector::ExtractOp::create(in, spikes, 0);
      });
  return fromPlanes(at, bits);
}

/// Counters one by one, as `snn.refractory` has it.
SmallVector<Value> GateKernel::runCounters(Emit &at, ArrayRef<Value> values,
                                           Value out) {
  bool isEvent = op.getKind() == RefractoryKind::Event;
  return runSteps(
      at, values, out,
      [&](Emit &in, Value candidates, MutableArrayRef<Value> states) -> Value {
        Value zero = getInt(in, 0), all = zero;
        for (auto [i, counter] : llvm::enumerate(states)) {
          Value bit = arith::AndIOp::create(in, candidates,
                                            getInt(in, int32_t(1u << i)));
          Value candidate =
              arith::CmpIOp::create(in, arith::CmpIPredicate::ne, bit, zero);
          if (Value exists = isNeuron(in, i))
            candidate = arith::AndIOp::create(in, candidate, exists);
          Value open = arith::CmpIOp::create(in, arith::CmpIPredicate::sle,
                                             counter, zero);
          Value spike = arith::AndIOp::create(in, candidate, open);
          Value less = in.sub(counter, getInt(in, 1));
          counter = arith::SelectOp::create(in, isEvent ? spike : candidate,
                                            getInt(in, op.getPeriod()),
                                            in.max(less, zero));
          all = arith::OrIOp::create(
              in, all, arith::SelectOp::create(in, spike, bit, zero));
        }
        return all;
      });
}

/// Packs read the words; what reads spikes beside, their unpacked bits.
void GateKernel::replaceOp(Value out, Value finals) {
  Value result = emit.expand(out, 1, ArrayRef(sizes).drop_front().drop_back());
  Value spikes = op.getSpikes();
  for (Operation *user : llvm::make_early_inc_range(spikes.getUsers()))
    if (auto pack = dyn_cast<PackOp>(user))
      rewriter.replaceOp(pack, emit.castTo(result, pack.getType()));
  if (!spikes.use_empty())
    rewriter.replaceAllUsesWith(
        spikes, emitUnpackedBits(emit, result, getType(spikes)));
  SmallVector<OpFoldResult> rows(ArrayRef(sizes).drop_front().drop_back());
  Value rest = emit.expand(finals, 0, rows);
  rewriter.replaceAllUsesWith(op.getRest()[0],
                              emit.castTo(rest, op.getRest()[0].getType()));
  rewriter.eraseOp(op);
}

void GateKernel::run() {
  flattenOperands();
  OpFoldResult rowCount = getAsOpFoldResult(numRows);
  Type type = emit.getI32Type();
  Value out = emit.empty(
      {getAsOpFoldResult(steps), rowCount, emit.getIndexAttr(numWords)}, type);
  Value finals = emit.empty({rowCount, emit.getIndexAttr(numNeurons)}, type);
  Value blocks =
      countBlocks(emit, emit.mul(numRows, emit.index(numWords)), kThreads);
  std::string name = getKernelName(op, "gate");
  SmallVector<Value> results = emitKernel(
      emit, {name, kThreads}, blocks, {out, finals},
      [&](Emit &at, Value block, Value thread, ArrayRef<Value> outs) {
        begin(at, block, thread);
        SmallVector<Value> values = loadCounters(at);
        if (!planes.exist()) {
          values = runCounters(at, values, outs[0]);
        } else if (!counters) {
          values = runPlanes(at, values, outs[0]);
        } else {
          auto branch = scf::IfOp::create(
              at, isOutside(at, values),
              [&](OpBuilder &builder, Location loc) {
                Emit in(loc, builder);
                scf::YieldOp::create(in, runCounters(in, values, outs[0]));
              },
              [&](OpBuilder &builder, Location loc) {
                Emit in(loc, builder);
                scf::YieldOp::create(in, runPlanes(in, values, outs[0]));
              });
          values.assign(branch.getResults().begin(), branch.getResults().end());
        }
        storeCounters(at, values, outs[1]);
      });
  replaceOp(results[0], results[1]);
}

/// refractory -> a kernel
static LogicalResult convertGate(RefractoryOp op, PatternRewriter &rewriter) {
  ArrayRef<int64_t> shape = op.getInput().getType().getShape();
  if (op.getKind() == RefractoryKind::Phase || shape.size() < 3 ||
      ShapedType::getNumElements(shape.drop_front(2)) == 0 || !isOnHost(op))
    return rewriter.notifyMatchFailure(
        op, "expected a gate with counters, outside of loops of a length that "
            "is data");
  GateKernel(op, rewriter).run();
  return success();
}

void mlir::snn::populateGateToGPUPatterns(RewritePatternSet &patterns) {
  patterns.add(convertGate);
}
