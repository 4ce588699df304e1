//===- LaunchKernels.cpp - What touches memory becomes kernels ------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/Conversion/Passes.h"
#include "snn/IR/Kernel.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "mlir/Transforms/RegionUtils.h"
#include "llvm/ADT/StringSet.h"

namespace mlir::snn {
#define GEN_PASS_DEF_LAUNCHKERNELSPASS
#include "snn/Conversion/Passes.h.inc"
} // namespace mlir::snn

using namespace mlir;
using namespace mlir::snn;

/// Threads of a block whose kernel does not ask for a number.
static constexpr int64_t kThreads = 256;

static Value makeIndex(OpBuilder &builder, Location loc, int64_t value) {
  return arith::ConstantIndexOp::create(builder, loc, value);
}

/// The memref that a view is of.
static Value getRoot(Value memref) {
  while (Operation *op = memref.getDefiningOp()) {
    auto view = dyn_cast<ViewLikeOpInterface>(op);
    if (!view)
      break;
    memref = view.getViewSource();
  }
  return memref;
}

static bool isLoop(Operation *op) {
  return isa<scf::ForallOp, scf::ParallelOp>(op);
}

static bool isControl(Operation *op) {
  return isa<scf::ForOp, scf::IfOp, scf::WhileOp>(op);
}

/// Ops of a body that a kernel cannot contain in one thread.
static bool needsHost(Operation *op) {
  return op
      ->walk([&](Operation *nested) {
        return nested != op && (isLoop(nested) ||
                                isa<memref::AllocOp, memref::DeallocOp>(nested))
                   ? WalkResult::interrupt()
                   : WalkResult::advance();
      })
      .wasInterrupted();
}

static bool allocates(Operation *op) {
  return op->walk([](memref::AllocOp) { return WalkResult::interrupt(); })
      .wasInterrupted();
}

namespace {
class Launcher {
public:
  explicit Launcher(func::FuncOp function) : function(function) {}

  LogicalResult run() {
    keepOnStack();
    findWritten();
    return runBlock(function.front());
  }

private:
  void keepOnStack();
  void findWritten();
  LogicalResult runBlock(Block &block);
  LogicalResult runOp(Operation *op);
  bool isKnownToDevice(Value value) const {
    return deviceValues.contains(value);
  }
  bool dependsOnDevice(Operation *op);
  bool isConstant(memref::LoadOp load);
  Value readOnHost(Value value, OpBuilder &builder);
  void readOperands(Operation *op);
  LogicalResult launchMapped(scf::ForallOp op);
  LogicalResult keepOnHost(scf::ForallOp op);
  LogicalResult launchLoop(Operation *op);
  LogicalResult launchAlone(Operation *op);
  void sink(Value value, IRMapping &map, OpBuilder &builder);
  gpu::LaunchOp
  launch(Operation *op, StringRef name, Value blocks, int64_t threads,
         int64_t shared,
         function_ref<void(ImplicitLocOpBuilder &, gpu::LaunchOp, IRMapping &)>
             body);
  std::string getLayer(Operation *op);

  func::FuncOp function;
  /// Values that only the memory of the device tells.
  DenseSet<Value> deviceValues;
  /// Memory that something in the function writes.
  DenseSet<Value> written;
  llvm::StringSet<> names; ///< of kernels
};
} // namespace

/// Lists of owners, which tell what to free, are the host's.
void Launcher::keepOnStack() {
  SmallVector<memref::AllocOp> lists;
  function.walk([&](func::CallOp call) {
    for (Value operand : call.getOperands())
      if (auto list = getRoot(operand).getDefiningOp<memref::AllocOp>())
        lists.push_back(list);
  });
  for (memref::AllocOp list : lists) {
    OpBuilder builder = OpBuilder::atBlockBegin(&function.front());
    for (Operation *user : llvm::make_early_inc_range(list->getUsers()))
      if (isa<memref::DeallocOp>(user))
        user->erase();
    list.replaceAllUsesWith(
        memref::AllocaOp::create(builder, list.getLoc(), list.getType())
            .getResult());
    list.erase();
  }
}

/// Whether the op works on memory of the host.
static bool isHostAccess(Operation *op) {
  auto isOnStack = [](Value memref) {
    return getRoot(memref).getDefiningOp<memref::AllocaOp>() != nullptr;
  };
  if (auto load = dyn_cast<memref::LoadOp>(op))
    return isOnStack(load.getMemRef());
  if (auto store = dyn_cast<memref::StoreOp>(op))
    return isOnStack(store.getMemRef());
  return isa<func::CallOp, memref::AllocaOp>(op);
}

void Launcher::findWritten() {
  function.walk([&](Operation *op) {
    auto effects = dyn_cast<MemoryEffectOpInterface>(op);
    if (!effects)
      return;
    SmallVector<MemoryEffects::EffectInstance> instances;
    effects.getEffects(instances);
    for (auto &effect : instances)
      if (isa<MemoryEffects::Write>(effect.getEffect()) && effect.getValue())
        written.insert(getRoot(effect.getValue()));
  });
}

LogicalResult Launcher::runBlock(Block &block) {
  for (Operation &op : llvm::make_early_inc_range(block))
    if (failed(runOp(&op)))
      return failure();
  return success();
}

/// Whether what the op does on the host needs values of the device.
bool Launcher::dependsOnDevice(Operation *op) {
  if (llvm::any_of(op->getOperands(),
                   [&](Value value) { return isKnownToDevice(value); }))
    return true;
  auto loop = dyn_cast<scf::WhileOp>(op);
  return loop && loop.getBefore()
                     .walk([&](Operation *nested) {
                       return isa<memref::LoadOp>(nested)
                                  ? WalkResult::interrupt()
                                  : WalkResult::advance();
                     })
                     .wasInterrupted();
}

/// The value of a scalar of the device, which the host waits for.
Value Launcher::readOnHost(Value value, OpBuilder &builder) {
  Operation *op = value.getDefiningOp();
  if (!op || !isKnownToDevice(value))
    return value;
  Location loc = op->getLoc();
  auto load = dyn_cast<memref::LoadOp>(op);
  if (!load) {
    IRMapping map;
    for (Value operand : op->getOperands())
      map.map(operand, readOnHost(operand, builder));
    return builder.clone(*op, map)->getResult(
        cast<OpResult>(value).getResultNumber());
  }
  ImplicitLocOpBuilder at(loc, builder);
  Value from =
      memref::ExtractAlignedPointerAsIndexOp::create(at, load.getMemRef());
  auto metadata =
      memref::ExtractStridedMetadataOp::create(at, load.getMemRef());
  int64_t bytes = llvm::divideCeil(
      value.getType().isIndex() ? 64 : value.getType().getIntOrFloatBitWidth(),
      8);
  Value place = metadata.getOffset();
  for (auto [index, stride] :
       llvm::zip(load.getIndices(), metadata.getStrides()))
    place = at.createOrFold<arith::AddIOp>(
        place, at.createOrFold<arith::MulIOp>(index, stride));
  place = at.createOrFold<arith::MulIOp>(place, makeIndex(at, loc, bytes));
  from = at.createOrFold<arith::AddIOp>(from, place);
  Value room;
  {
    OpBuilder entry = OpBuilder::atBlockBegin(&function.front());
    room = memref::AllocaOp::create(entry, loc,
                                    MemRefType::get({1}, value.getType()));
  }
  Value to = memref::ExtractAlignedPointerAsIndexOp::create(at, room);
  auto symbol = StringAttr::get(at.getContext(), "snn_cuda_read");
  Type index = at.getIndexType();
  if (!SymbolTable::lookupNearestSymbolFrom(function, symbol)) {
    OpBuilder outside(function);
    func::FuncOp::create(outside, loc, symbol,
                         outside.getFunctionType({index, index, index}, {}))
        .setPrivate();
  }
  func::CallOp::create(at, symbol, TypeRange(),
                       ValueRange{to, from, makeIndex(at, loc, bytes)});
  return memref::LoadOp::create(at, room, makeIndex(at, loc, 0));
}

void Launcher::readOperands(Operation *op) {
  OpBuilder builder(op);
  for (OpOperand &operand : op->getOpOperands())
    operand.set(readOnHost(operand.get(), builder));
}

/// Whether nothing in the function writes what is loaded. Memory of its own may
/// have other names, in loops and branches.
bool Launcher::isConstant(memref::LoadOp load) {
  Value root = getRoot(load.getMemRef());
  bool isArgument = llvm::is_contained(function.getArguments(), root);
  return (isArgument && !written.contains(root)) ||
         root.getDefiningOp<memref::GetGlobalOp>();
}

LogicalResult Launcher::runOp(Operation *op) {
  if (auto forall = dyn_cast<scf::ForallOp>(op);
      forall && forall.getMapping()) {
    auto facts = op->getAttrOfType<DictionaryAttr>(kKernelAttr);
    return facts && facts.contains("host") ? keepOnHost(forall)
                                           : launchMapped(forall);
  }
  if (isLoop(op)) {
    readOperands(op);
    return launchLoop(op);
  }
  bool staysOnHost =
      needsHost(op) || isa<scf::IfOp>(op) || isMemoryEffectFree(op);
  if (isControl(op) && (needsHost(op) || !dependsOnDevice(op)) && staysOnHost) {
    readOperands(op);
    for (Region &region : op->getRegions())
      for (Block &block : region)
        if (failed(runBlock(block)))
          return failure();
    return success();
  }
  if (op->hasTrait<OpTrait::IsTerminator>()) {
    readOperands(op);
    return success();
  }
  if (isHostAccess(op)) {
    if (isa<func::CallOp>(op) && dependsOnDevice(op))
      return op->emitOpError("expected operands that the host knows");
    return success();
  }
  if (isa<memref::AllocOp, memref::DeallocOp>(op)) {
    readOperands(op);
    return success();
  }
  if (isa<memref::GetGlobalOp>(op)) {
    // The kernel has a copy of its own, and views of it.
    deviceValues.insert(op->getResult(0));
    return success();
  }
  if (auto load = dyn_cast<memref::LoadOp>(op); load && isConstant(load)) {
    deviceValues.insert(load.getResult()); // read again where it is used
    return success();
  }
  if (op->getNumRegions() == 0 && isMemoryEffectFree(op)) { // a division, too
    bool isOfThread =
        isa<gpu::GPUDialect>(op->getDialect()) ||
        llvm::any_of(op->getResultTypes(), llvm::IsaPred<VectorType>);
    if (dependsOnDevice(op) || isOfThread)
      deviceValues.insert(op->result_begin(), op->result_end());
    return success();
  }
  return launchAlone(op);
}

/// Computes a value in the kernel, where it need not be an argument.
void Launcher::sink(Value value, IRMapping &map, OpBuilder &builder) {
  Operation *op = value.getDefiningOp();
  if (map.contains(value) || !op)
    return;
  if (!matchPattern(op, m_Constant()) && !isa<memref::GetGlobalOp>(op) &&
      !isKnownToDevice(value))
    return;
  for (Value operand : op->getOperands())
    sink(operand, map, builder);
  builder.clone(*op, map);
}

std::string Launcher::getLayer(Operation *op) {
  std::string name = "step";
  if (auto facts = op->getAttrOfType<DictionaryAttr>(kKernelAttr))
    name = cast<StringAttr>(facts.get("name")).str();
  name = (function.getName() + "_" + name).str();
  for (char &c : name) // of a symbol in PTX
    if (!llvm::isAlnum(c))
      c = '_';
  std::string unique = name;
  for (int count = 1; !names.insert(unique).second; ++count)
    unique = name + "_" + std::to_string(count);
  return unique;
}

/// op -> gpu.launch { body }
gpu::LaunchOp Launcher::launch(
    Operation *op, StringRef name, Value blocks, int64_t threads,
    int64_t shared,
    function_ref<void(ImplicitLocOpBuilder &, gpu::LaunchOp, IRMapping &)>
        body) {
  ImplicitLocOpBuilder builder(op->getLoc(), op);
  Value one = makeIndex(builder, op->getLoc(), 1);
  Value size;
  if (shared)
    size =
        arith::ConstantOp::create(builder, builder.getI32IntegerAttr(shared));
  auto symbol = [&](StringRef text) {
    return FlatSymbolRefAttr::get(builder.getContext(), text);
  };
  auto kernel = gpu::LaunchOp::create(
      builder, blocks, one, one, makeIndex(builder, op->getLoc(), threads), one,
      one, size, Type(), ValueRange(), TypeRange(), TypeRange(), Value(),
      Value(), Value(), symbol("kernels"), symbol(name));
  builder.setInsertionPointToStart(&kernel.getBody().front());
  IRMapping map;
  SetVector<Value> captures;
  getUsedValuesDefinedAbove(op->getRegions(), captures);
  captures.insert(op->operand_begin(), op->operand_end());
  for (Value value : captures)
    sink(value, map, builder);
  body(builder, kernel, map);
  builder.setInsertionPointToEnd(&kernel.getBody().front());
  gpu::TerminatorOp::create(builder);
  return kernel;
}

/// A loop over blocks, whose body asks for its thread itself.
LogicalResult Launcher::launchMapped(scf::ForallOp op) {
  if (op.getRank() != 1 || allocates(op))
    return op.emitOpError("expected one number of blocks, and no allocation");
  readOperands(op);
  OpBuilder before(op);
  Value blocks = getValueOrCreateConstantIndexOp(before, op.getLoc(),
                                                 op.getMixedUpperBound()[0]);
  // Bodies count on their threads and shared memory.
  auto facts = op->getAttrOfType<DictionaryAttr>(kKernelAttr);
  if (!facts || !facts.getAs<StringAttr>("name") ||
      !facts.getAs<IntegerAttr>("threads"))
    return op.emitOpError("expected '")
           << kKernelAttr << "' to say the name and the threads of a kernel";
  auto get = [&](StringRef name, int64_t fallback) {
    auto number = facts.getAs<IntegerAttr>(name);
    return number ? number.getInt() : fallback;
  };
  auto kernel = launch(
      op, getLayer(op), blocks, get("threads", 0), get("shared", 0),
      [&](ImplicitLocOpBuilder &builder, gpu::LaunchOp kernel, IRMapping &map) {
        map.map(op.getInductionVar(0), kernel.getBlockIds().x);
        for (Operation &nested : op.getBody()->without_terminator())
          builder.clone(nested, map);
      });
  kernel->setAttr(kKernelAttr, facts);
  op.erase();
  return success();
}

/// The one iteration of a loop, which launches kernels of its own.
LogicalResult Launcher::keepOnHost(scf::ForallOp op) {
  readOperands(op);
  OpBuilder before(op);
  op.getInductionVar(0).replaceAllUsesWith(makeIndex(before, op.getLoc(), 0));
  for (Operation &nested :
       llvm::make_early_inc_range(op.getBody()->without_terminator())) {
    nested.moveBefore(op);
    if (failed(runOp(&nested)))
      return failure();
  }
  op.erase();
  return success();
}

/// The loops of a thread whose number counts iterations, the last dimension
/// first, so that neighbours in a warp are neighbours in memory.
LogicalResult Launcher::launchLoop(Operation *op) {
  if (allocates(op))
    return op->emitOpError("expected a loop that allocates nothing");
  auto loop = cast<LoopLikeOpInterface>(op);
  ImplicitLocOpBuilder before(op->getLoc(), op);
  auto get = [&](OpFoldResult value) {
    return getValueOrCreateConstantIndexOp(before, op->getLoc(), value);
  };
  SmallVector<Value> lowers, steps, trips;
  Value total = makeIndex(before, op->getLoc(), 1);
  for (auto [lower, upper, step] :
       llvm::zip(*loop.getLoopLowerBounds(), *loop.getLoopUpperBounds(),
                 *loop.getLoopSteps())) {
    lowers.push_back(get(lower));
    steps.push_back(get(step));
    trips.push_back(before.createOrFold<arith::CeilDivUIOp>(
        before.createOrFold<arith::SubIOp>(get(upper), lowers.back()),
        steps.back()));
    total = before.createOrFold<arith::MulIOp>(total, trips.back());
  }
  Value blocks = before.createOrFold<arith::CeilDivUIOp>(
      total, makeIndex(before, op->getLoc(), kThreads));
  launch(
      op, getLayer(op), blocks, kThreads, 0,
      [&](ImplicitLocOpBuilder &builder, gpu::LaunchOp kernel, IRMapping &map) {
        Value thread = arith::AddIOp::create(
            builder,
            arith::MulIOp::create(builder, kernel.getBlockIds().x,
                                  makeIndex(builder, op->getLoc(), kThreads)),
            kernel.getThreadIds().x);
        for (Value value : llvm::concat<Value>(lowers, steps, trips))
          sink(value, map, builder);
        Value end = total;
        sink(end, map, builder);
        auto isInside =
            arith::CmpIOp::create(builder, arith::CmpIPredicate::ult, thread,
                                  map.lookupOrDefault(end));
        auto guard = scf::IfOp::create(builder, isInside, false);
        ImplicitLocOpBuilder inner(op->getLoc(), guard.thenYield());
        Value rest = thread;
        auto variables = *loop.getLoopInductionVars();
        for (size_t i = variables.size(); i-- > 0;) {
          Value number = rest;
          Value trip = map.lookupOrDefault(trips[i]);
          if (i > 0) {
            number = arith::RemUIOp::create(inner, rest, trip);
            rest = arith::DivUIOp::create(inner, rest, trip);
          }
          Value scaled = inner.createOrFold<arith::MulIOp>(
              number, map.lookupOrDefault(steps[i]));
          map.map(variables[i], inner.createOrFold<arith::AddIOp>(
                                    scaled, map.lookupOrDefault(lowers[i])));
        }
        for (Operation &nested :
             loop.getLoopRegions()[0]->front().without_terminator())
          inner.clone(nested, map);
      });
  op->erase();
  return success();
}

/// An op in one thread; its results, which later kernels read, go through
/// memory.
LogicalResult Launcher::launchAlone(Operation *op) {
  if (needsHost(op) ||
      llvm::any_of(op->getResultTypes(), llvm::IsaPred<BaseMemRefType>))
    return op->emitOpError("expected loops that are known before the run, but "
                           "this one depends on data");
  OpBuilder before = OpBuilder::atBlockBegin(&function.front());
  SmallVector<Value> buffers;
  for (Type type : op->getResultTypes())
    buffers.push_back(memref::AllocOp::create(before, op->getLoc(),
                                              MemRefType::get({1}, type)));
  before.setInsertionPoint(op);
  launch(op, getLayer(op), makeIndex(before, op->getLoc(), 1), 1, 0,
         [&](ImplicitLocOpBuilder &builder, gpu::LaunchOp, IRMapping &map) {
           Operation *clone = builder.clone(*op, map);
           Value zero = makeIndex(builder, op->getLoc(), 0);
           for (auto [result, buffer] : llvm::zip(clone->getResults(), buffers))
             memref::StoreOp::create(builder, result, buffer, zero);
         });
  Value zero;
  for (auto [result, buffer] : llvm::zip(op->getResults(), buffers)) {
    if (!zero)
      zero = makeIndex(before, op->getLoc(), 0);
    auto load = memref::LoadOp::create(before, op->getLoc(), buffer, zero);
    deviceValues.insert(load.getResult());
    result.replaceAllUsesWith(load);
  }
  op->erase();
  return success();
}

namespace {
struct LaunchKernels : snn::impl::LaunchKernelsPassBase<LaunchKernels> {
  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (function.isPublic() && !function.isExternal() &&
          failed(Launcher(function).run()))
        return signalPassFailure();
    eraseLoads();
  }

  /// What only kernels read is not read on the host.
  void eraseLoads() {
    SmallVector<Operation *> ops;
    getOperation().walk<WalkOrder::PreOrder>([&](Operation *op) -> WalkResult {
      if (isa<gpu::LaunchOp>(op))
        return WalkResult::skip();
      ops.push_back(op);
      return WalkResult::advance();
    });
    for (Operation *op : llvm::reverse(ops))
      if (isOpTriviallyDead(op))
        op->erase();
  }
};
} // namespace
