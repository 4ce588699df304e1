//===- ConvertSNNToGPU.cpp - Lower snn ops that have kernels --------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NeuronKernel.h"
#include "snn/Analysis/Report.h"
#include "snn/IR/Kernel.h"

#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace mlir::snn {
#define GEN_PASS_DEF_CONVERTSNNTOGPUPASS
#include "snn/Conversion/Passes.h.inc"
} // namespace mlir::snn

using namespace mlir;
using namespace mlir::snn;

/// Calls a function of the runtime, which gets the run later.
static func::CallOp callRuntime(Emit &emit, StringRef name, TypeRange results,
                                ValueRange operands) {
  auto symbol = emit.getStringAttr(name);
  auto module =
      emit.getInsertionBlock()->getParentOp()->getParentOfType<ModuleOp>();
  if (!module.lookupSymbol(symbol)) {
    OpBuilder outside = OpBuilder::atBlockBegin(module.getBody());
    func::FuncOp::create(outside, emit.getLoc(), symbol,
                         outside.getFunctionType(operands.getTypes(), results))
        .setPrivate();
  }
  return func::CallOp::create(emit, symbol, results, operands);
}

static constexpr llvm::StringLiteral kHasState = "snn_cuda_has_state",
                                     kClear = "snn_cuda_clear_states";

Value mlir::snn::findHasState(func::FuncOp function) {
  for (auto call : function.front().getOps<func::CallOp>())
    if (call.getCallee() == kHasState)
      return call.getResult(0);
  return {};
}

/// Memory of states that a caller has not given is cleared, unless only kernels
/// read it that know.
static void clearStates(func::FuncOp function) {
  Emit emit(function.getLoc(), OpBuilder::atBlockBegin(&function.front()));
  auto isCleared = [](Value state) {
    return !llvm::all_of(state.getUsers(), [](Operation *user) {
      auto neuron = dyn_cast<NeuronOp>(user);
      return isa<tensor::DimOp>(user) || (neuron && startsRun(neuron));
    });
  };
  SmallVector<Value> states;
  for (auto argument : function.getArguments())
    if (function.getArgAttr(argument.getArgNumber(), kStateAttr))
      states.push_back(argument);
  // Neighbours at once.
  for (auto *it = states.begin(); it != states.end();) {
    auto *end = std::find_if_not(it, states.end(), isCleared);
    if (it != end)
      callRuntime(emit, kClear, {},
                  {emit.index(it - states.begin()), emit.index(end - it)});
    it = end == it ? it + 1 : end;
  }
  if (!llvm::all_of(states, isCleared))
    callRuntime(emit, kHasState, emit.getI32Type(), {});
}

namespace {
/// Notes in the report which kernels run the layers that have a name.
class KernelReport : public RewriterBase::Listener {
public:
  void notifyPatternBegin(const Pattern &, Operation *op) override {
    kernels.clear();
    function = op->getParentOfType<func::FuncOp>();
    layer = op->getAttrOfType<StringAttr>(kLayerAttr);
  }

  void notifyOperationInserted(Operation *op, OpBuilder::InsertPoint) override {
    if (isa<scf::ForallOp>(op))
      kernels.push_back(op);
  }

  void notifyOperationErased(Operation *op) override {
    llvm::erase(kernels, op);
  }

  void notifyPatternEnd(const Pattern &, LogicalResult status) override {
    if (failed(status) || !layer)
      return;
    StringAttr last; // sweeps that repair have one name
    for (Operation *kernel : kernels) {
      auto facts = kernel->getAttrOfType<DictionaryAttr>(kKernelAttr);
      auto name = facts ? facts.getAs<StringAttr>("name") : StringAttr();
      if (name && name != last)
        appendReport(function, layer, report::kGpu, name.getValue());
      last = name;
    }
  }

private:
  func::FuncOp function;
  StringAttr layer;
  SmallVector<Operation *> kernels;
};

/// Ops on which threads meet own no memory, which bufferization wants to know,
/// and stay where they are.
template <typename OpTy>
struct Meets : MemoryEffectOpInterface::ExternalModel<Meets<OpTy>, OpTy> {
  void
  getEffects(Operation *,
             SmallVectorImpl<MemoryEffects::EffectInstance> &effects) const {
    effects.emplace_back(MemoryEffects::Read::get());
    effects.emplace_back(MemoryEffects::Write::get());
  }
};

struct ConvertSNNToGPU : snn::impl::ConvertSNNToGPUPassBase<ConvertSNNToGPU> {
  void getDependentDialects(DialectRegistry &registry) const override {
    ConvertSNNToGPUPassBase::getDependentDialects(registry);
    registry.addExtension(+[](MLIRContext *context, gpu::GPUDialect *) {
      gpu::BarrierOp::attachInterface<Meets<gpu::BarrierOp>>(*context);
    });
    registry.addExtension(+[](MLIRContext *context, nvgpu::NVGPUDialect *) {
      using nvgpu::DeviceAsyncCreateGroupOp, nvgpu::DeviceAsyncWaitOp;
      DeviceAsyncCreateGroupOp::attachInterface<
          Meets<DeviceAsyncCreateGroupOp>>(*context);
      DeviceAsyncWaitOp::attachInterface<Meets<DeviceAsyncWaitOp>>(*context);
    });
    registry.addExtension(+[](MLIRContext *context, NVVM::NVVMDialect *) {
      NVVM::VoteSyncOp::attachInterface<Meets<NVVM::VoteSyncOp>>(*context);
      NVVM::SyncWarpOp::attachInterface<Meets<NVVM::SyncWarpOp>>(*context);
    });
  }

  void runOnOperation() override {
    // Thresholds in steps become comparisons before kernels are built.
    RewritePatternSet thresholds(&getContext());
    populateSpikesToLinalgPatterns(thresholds);
    if (failed(applyPatternsGreedily(getOperation(), std::move(thresholds))))
      return signalPassFailure();
    getOperation()->walk([](func::FuncOp function) {
      if (function.isPublic() && !function.isExternal())
        clearStates(function);
    });
    RewritePatternSet patterns(&getContext());
    populateNeuronToGPUPatterns(patterns);
    populateLinearToGPUPatterns(patterns);
    populateSparseLinearToGPUPatterns(patterns);
    populateConvToGPUPatterns(patterns);
    populatePackToGPUPatterns(patterns);
    populateGateToGPUPatterns(patterns);
    populateTemporalConvToGPUPatterns(patterns);
    KernelReport listener;
    GreedyRewriteConfig config;
    config.setListener(&listener);
    if (failed(
            applyPatternsGreedily(getOperation(), std::move(patterns), config)))
      return signalPassFailure();
    getOperation()->walk([](SequenceOpInterface op) {
      if (op->hasAttr(kLayerAttr))
        appendReport(op, report::kGpu, "no kernel of its own");
    });
  }
};
} // namespace
