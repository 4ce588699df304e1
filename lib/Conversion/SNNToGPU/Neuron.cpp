//===- Neuron.cpp - snn.neuron as kernels ---------------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ChunkKernel.h"
#include "ScanKernel.h"
#include "TeamKernel.h"

using namespace mlir;
using namespace mlir::snn;

/// Threads that keep the memory of a large GPU busy.
static constexpr int64_t kManyThreads = 65536;
/// Fewest steps of a chunk of time.
static constexpr int64_t kLeastSteps = 64;

namespace {
/// The kernels of one neuron. Two forms of each exist, of four neurons a thread
/// and of one; what suits is known when the model runs.
class NeuronLaunch {
public:
  NeuronLaunch(NeuronOp op, PatternRewriter &rewriter)
      : op(op), rewriter(rewriter), emit(op.getLoc(), rewriter),
        step(op, /*flat=*/false), stores(op), operands(emit, op) {}

  void run();

private:
  bool speculates();
  bool scans();
  int64_t getWidestWidth();
  Value isAligned(Emit &at);
  Value isLess(Value count, int64_t than);
  Value both(Value a, Value b);
  void runWidth(int64_t width, Value isChosen);
  void runAll(Emit &at, NeuronKernel &kernel, SmallVector<Value> &states,
              ArrayRef<Value> outs);
  void runLoop(NeuronKernel &kernel, Value isChosen);
  void runScan(Value isChosen);
  int64_t getLeastSteps();

  NeuronOp op;
  PatternRewriter &rewriter;
  Emit emit;
  NeuronStep step;
  NeuronStores stores;
  NeuronOperands operands;
  /// Outputs, then final states.
  SmallVector<Value> results;
};
} // namespace

bool NeuronLaunch::speculates() {
  return op.getSchedule() &&
         op.getSchedule()->getKind() == ScheduleKind::Speculate &&
         !op.getReverse() && !op.getInputs().empty() && op.getNumStates() > 0;
}

bool NeuronLaunch::scans() {
  return op.getSchedule() &&
         op.getSchedule()->getKind() == ScheduleKind::Scan &&
         ScanKernel::isEligible(op);
}

int64_t NeuronLaunch::getLeastSteps() {
  return std::max(2 * op.getSchedule()->getWarmup(), kLeastSteps);
}

/// Four where rows are made of fours of at most 16 bytes.
int64_t NeuronLaunch::getWidestWidth() {
  int64_t neurons = ShapedType::getNumElements(op.getNeuronShape());
  auto isNarrow = [](Value value) {
    return getElementTypeOrSelf(value).getIntOrFloatBitWidth() <= 32;
  };
  bool fits = llvm::all_of(op.getInputs(), isNarrow) &&
              llvm::all_of(op.getParams(), isNarrow) &&
              llvm::all_of(op.getTables(), isNarrow) &&
              llvm::all_of(op->getResults(), isNarrow);
  return neurons % 4 == 0 && fits ? 4 : 1;
}

/// Whether every array that is read by fours begins at a multiple of four
/// elements, as do its rows.
Value NeuronLaunch::isAligned(Emit &at) {
  Value all = arith::ConstantOp::create(at, at.getBoolAttr(true));
  auto check = [&](Value operand, int64_t sharedRank) {
    if (isPerNeuron(operand, sharedRank))
      all = arith::AndIOp::create(
          at, all, snn::isAligned(at, getMemory(at, operand), 4));
  };
  for (Value input : operands.inputs)
    check(input, 2);
  for (Value param : operands.params)
    check(param, 0);
  for (Value table : operands.tables)
    check(table, 1);
  for (Value init : operands.inits)
    check(init, 1);
  return all;
}

/// All steps, read further ahead where few threads wait for memory. More
/// threads have enough on the way, and reading more rows at once costs them.
void NeuronLaunch::runAll(Emit &at, NeuronKernel &kernel,
                          SmallVector<Value> &states, ArrayRef<Value> outs) {
  Value zero = at.index(0);
  if (kernel.getWidth() > 1)
    return kernel.runSteps(at, zero, step.steps, states, outs);
  Value isMany =
      arith::CmpIOp::create(at, arith::CmpIPredicate::ugt,
                            kernel.countThreads(at), at.index(kManyThreads));
  auto run = [&](int64_t most) {
    return [&, most](OpBuilder &builder, Location loc) {
      Emit inner(loc, builder);
      SmallVector<Value> last(states);
      kernel.runSteps(inner, zero, step.steps, last, outs, most);
      scf::YieldOp::create(inner, last);
    };
  };
  auto branch = scf::IfOp::create(at, isMany, run(NeuronKernel::mostBlockSteps),
                                  run(NeuronKernel::mostLoopSteps));
  states.assign(branch.getResults().begin(), branch.getResults().end());
}

/// All steps, one after the other.
void NeuronLaunch::runLoop(NeuronKernel &kernel, Value isChosen) {
  Emit &at = emit;
  Value blocks = countBlocks(at, kernel.countThreads(at), kernel.threads);
  blocks = arith::SelectOp::create(at, isChosen, blocks, at.index(0));
  std::string name = kernel.getName("loop");
  results = emitKernel(
      at, {name, kernel.threads}, blocks, results,
      [&](Emit &body, Value block, Value thread, ArrayRef<Value> memory) {
        kernel.begin(body, block, thread);
        SmallVector<Value> states = kernel.loadInits(body);
        runAll(body, kernel, states, memory.take_front(stores.size()));
        kernel.storeFinals(body, states, memory.drop_front(stores.size()));
      });
}

Value NeuronLaunch::isLess(Value count, int64_t than) {
  return arith::CmpIOp::create(emit, arith::CmpIPredicate::ult, count,
                               emit.index(than));
}

Value NeuronLaunch::both(Value a, Value b) {
  return arith::AndIOp::create(emit, a, b);
}

/// A scan where it is chosen, unless it has few steps or neurons enough.
void NeuronLaunch::runScan(Value isChosen) {
  ScanKernel kernel(op, operands, step, stores);
  Value isFew = isLess(kernel.countThreads(emit), kManyThreads);
  Value isShort = isLess(step.steps, kernel.getSpan() / 4);
  Value isScan = both(isFew, isNot(emit, isShort));
  results = kernel.launch(emit, results, both(isChosen, isScan));
  runLoop(kernel, both(isChosen, isNot(emit, isScan)));
}

/// Where this width is chosen: as many chunks as fill the GPU, if they are long
/// enough.
void NeuronLaunch::runWidth(int64_t width, Value isChosen) {
  if (scans() && width == 1)
    return runScan(isChosen);
  NeuronKernel kernel(op, operands, step, stores, width);
  if (!speculates() || width > 1)
    return runLoop(kernel, isChosen);
  Value most =
      arith::DivUIOp::create(emit, step.steps, emit.index(getLeastSteps()));
  Value wanted = arith::DivUIOp::create(
      emit, emit.index(kManyThreads),
      emit.max(kernel.countThreads(emit), emit.index(1)));
  Value chunks = emit.min(most, wanted);
  Value isLoop = isLess(chunks, 2);
  Value isFew = isLess(chunks, TeamKernel::kWarps + 1);
  TeamKernel team(op, operands, step, stores);
  Value isTeam = both(isFew, isNot(emit, isLoop));
  results = team.launch(emit, results, chunks, both(isChosen, isTeam));
  ChunkKernel many(op, operands, step, stores, width);
  results =
      many.launch(emit, results, chunks, both(isChosen, isNot(emit, isFew)));
  runLoop(kernel, both(isChosen, isLoop));
}

/// All forms follow each other on the same memory, and all but one have no
/// blocks: branches would each want memory of their own.
void NeuronLaunch::run() {
  bool hasInputs = !op.getInputs().empty();
  Value first = hasInputs ? op.getInputs()[0] : op.getTables()[0];
  step.steps = emit.dim(first, 0);
  step.batchSize =
      hasInputs ? emit.dim(first, 1) : emit.dim(op.getInits()[0], 0);
  results = stores.getInitialValues(emit, step);
  results.resize(stores.size());
  llvm::append_range(results, makeStates(emit, op, step));
  int64_t widest = getWidestWidth();
  Value always = arith::ConstantOp::create(emit, emit.getBoolAttr(true));
  if (widest == 1) {
    runWidth(1, always);
  } else {
    // Fewer threads of more work, where there are enough.
    NeuronKernel kernel(op, operands, step, stores, widest);
    Value isFew = isLess(kernel.countThreads(emit), kManyThreads);
    Value isWide = both(isNot(emit, isFew), isAligned(emit));
    runWidth(widest, isWide);
    runWidth(1, isNot(emit, isWide));
  }
  stores.replaceOp(emit, step, results, rewriter);
}

/// Whether threads run the step, in loops whose length is not data.
static bool hasKernels(NeuronOp op) {
  return llvm::all_of(op.getStep().front().without_terminator(),
                      [](Operation &nested) {
                        return isa<arith::ConstantOp>(nested) ||
                               OpTrait::hasElementwiseMappableTraits(&nested);
                      }) &&
         !op.getNeuronShape().empty() && isOnHost(op);
}

bool mlir::snn::startsRun(NeuronOp op) {
  return hasKernels(op) && llvm::all_of(op.getInits(), [](Value init) {
           auto argument = dyn_cast<BlockArgument>(init);
           auto function =
               argument
                   ? dyn_cast<func::FuncOp>(argument.getOwner()->getParentOp())
                   : func::FuncOp();
           return function &&
                  function.getArgAttr(argument.getArgNumber(), kStateAttr);
         });
}

/// neuron -> kernels
static LogicalResult convertNeuron(NeuronOp op, PatternRewriter &rewriter) {
  if (!hasKernels(op))
    return rewriter.notifyMatchFailure(
        op, "expected a neuron dimension and a step that also works on "
            "vectors, outside of loops of a length that is data");
  NeuronLaunch(op, rewriter).run();
  return success();
}

void mlir::snn::populateNeuronToGPUPatterns(RewritePatternSet &patterns) {
  patterns.add(convertNeuron);
}
