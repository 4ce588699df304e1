//===- ConvertSNNToGPU.cpp - Lower snn ops that have kernels --------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kernel.h"

#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace mlir::snn {
#define GEN_PASS_DEF_CONVERTSNNTOGPUPASS
#include "snn/Conversion/Passes.h.inc"
} // namespace mlir::snn

using namespace mlir;
using namespace mlir::snn;

namespace {
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
    });
  }

  void runOnOperation() override {
    // Thresholds in steps become comparisons before kernels are built.
    RewritePatternSet thresholds(&getContext());
    populateSpikesToLinalgPatterns(thresholds);
    if (failed(applyPatternsGreedily(getOperation(), std::move(thresholds))))
      return signalPassFailure();
    RewritePatternSet patterns(&getContext());
    populateNeuronToGPUPatterns(patterns);
    populateLinearToGPUPatterns(patterns);
    populateSparseLinearToGPUPatterns(patterns);
    populateConvToGPUPatterns(patterns);
    populatePackToGPUPatterns(patterns);
    populateGateToGPUPatterns(patterns);
    populateTemporalConvToGPUPatterns(patterns);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
