//===- Pipelines.cpp - The compiler as one list ===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/Pipelines/Pipelines.h"
#include "snn/Conversion/Passes.h"
#include "snn/Transforms/Passes.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Bufferization/Pipelines/Passes.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/GPU/Transforms/Passes.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Dialect/SCF/Transforms/Passes.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/Support/ErrorHandling.h"

using namespace mlir;
using namespace mlir::snn;

static constexpr StringLiteral kStages[] = {"verify", "time", "space", "lower",
                                            "upstream"};

std::optional<Stage> snn::symbolizeStage(StringRef name) {
  const auto *found = llvm::find(kStages, name);
  if (found == std::end(kStages))
    return std::nullopt;
  return Stage(found - std::begin(kStages));
}

StringRef snn::stringifyStage(Stage stage) { return kStages[int(stage)]; }

static void cleanUp(OpPassManager &pm) {
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
}

/// The same while math functions are still there.
static void cleanUpModel(OpPassManager &pm) {
  pm.addPass(createExpandMathPass(
      ExpandMathPassOptions{/*constantsOnly=*/true})); // as at run time
  cleanUp(pm);
}

/// What is chosen first is left alone by what follows.
static void addTimePasses(OpPassManager &pm, const TimeOptions &options) {
  if (!options.passes.empty()) {
    if (failed(parsePassPipeline(options.passes, pm)))
      llvm::reportFatalUsageError("expected a pipeline of registered passes");
    return;
  }
  bool isAuto = options.strategy == "auto";
  if (isAuto || options.strategy == "scan" || options.strategy == "conv") {
    ParallelizeTimePassOptions parallelize;
    parallelize.strategy = options.strategy;
    parallelize.numerics = options.numerics;
    if (options.lanes) {
      parallelize.lanes = options.lanes;
      parallelize.gpu = true;
    }
    pm.addNestedPass<func::FuncOp>(createParallelizeTimePass(parallelize));
  }
  if (isAuto || options.strategy == "speculate") {
    SpeculateTimePassOptions speculate;
    speculate.force = !isAuto;
    if (options.lanes) {
      speculate.lanes = options.lanes;
      speculate.stepBytes = std::numeric_limits<int64_t>::max();
    }
    pm.addNestedPass<func::FuncOp>(createSpeculateTimePass(speculate));
  }
  ChooseConvolutionPassOptions choose;
  choose.numerics = options.numerics;
  choose.form = isAuto ? "auto" : "direct";
  pm.addNestedPass<func::FuncOp>(createChooseConvolutionPass(choose));
}

void snn::buildModelPipeline(OpPassManager &pm, bool optimize, Stage last,
                             RecordKind record, const TimeOptions &time) {
  // verify
  // Before anything folds, as the inliner does.
  pm.addPass(createKeepSizesPass());
  pm.addPass(createExpandMathPass(
      ExpandMathPassOptions{/*constantsOnly=*/true})); // as at run time
  pm.addPass(createInlinerPass());       // a model may be written in functions
  pm.addPass(createRaiseTimeSumsPass()); // before causality is derived
  if (optimize)
    cleanUpModel(pm);
  if (last == Stage::Verify)
    return;

  // time
  if (optimize && time.strategy == "auto") {
    RecognizeRecurrencePassOptions recognize;
    recognize.numerics = time.numerics;
    pm.addNestedPass<func::FuncOp>(
        createRecognizeRecurrencePass(recognize)); // while no one sees states
    pm.addNestedPass<func::FuncOp>(createCloseFormsPass()); // likewise
  }
  if (optimize)
    pm.addNestedPass<func::FuncOp>(
        createSamplePhasePass()); // before a form is chosen
  // Before any op is rewritten: states keep the order in which they are
  // written.
  pm.addNestedPass<func::FuncOp>(createExposeStatePass());
  if (record != RecordKind::None)
    pm.addNestedPass<func::FuncOp>(
        createRecordSpikesPass()); // while ops are still layers
  AnalyzeTimePassOptions analyze;
  if (time.lanes)
    analyze.lanes = time.lanes;
  pm.addNestedPass<func::FuncOp>(createAnalyzeTimePass(analyze));
  if (optimize || !time.passes.empty())
    addTimePasses(pm, time);
  if (optimize)
    pm.addNestedPass<func::FuncOp>(
        createBlockRecurrencePass()); // products of a whole window
  if (last == Stage::Time)
    return;

  // space
  // One neuron op for all lowerings; a gate on words keeps no counters that
  // could be recorded.
  pm.addPass(createGeneralizePass({/*wordGates=*/record != RecordKind::All}));
  if (record == RecordKind::All)
    pm.addNestedPass<func::FuncOp>(
        createRecordStatesPass()); // while each neuron is its own
  if (!optimize)
    return;
  pm.addPass(createFuseNeuronsPass()); // a layer's potentials stay in registers
  cleanUpModel(pm);
  pm.addNestedPass<func::FuncOp>(
      createChooseSynapsePass()); // once it is known who reads spikes
  if (time.lanes && time.numerics != "exact")
    pm.addNestedPass<func::FuncOp>(createChooseLibraryPass()); // of a GPU
  if (time.packSpikes)
    pm.addNestedPass<func::FuncOp>(
        createPackSpikesPass()); // last, for canonicalization undoes it
}

void snn::buildLowerPipeline(OpPassManager &pm, const LowerOptions &options) {
  pm.addPass(createDecomposeSoftmaxPass()); // in bodies, too
  // Bodies of recurrences become part of the program, then all is one level.
  pm.addPass(createConvertSNNRecurrenceToSCFPass());
  pm.addPass(createConvertElementwiseToLinalgPass());
  pm.addPass(createLinalgElementwiseOpFusionPass()); // fewer passes over memory
  pm.addPass(createConvertSNNToLinalgPass(ConvertSNNToLinalgPassOptions{
      options.lanes, options.rowBlock, options.columnLanes, options.eventLanes,
      options.stepsPerVisit, options.rowBytes, options.cacheBytes,
      options.vectorLanes, options.chunkSteps, options.chunkLanes}));
  pm.addPass(createExpandMathPass()); // on vectors and scalars alike
  cleanUp(pm);
  pm.addPass(createLoopInvariantCodeMotionPass()); // weights are laid out once
  pm.addPass(createStoreSpikesAsBytesPass()); // a vector of i1 is no byte array
  pm.addPass(createEmitEntryPass());
}

/// Tensors become memrefs, the last of which belong to the caller.
static void addBufferization(OpPassManager &pm) {
  pm.addPass(createSeparateDestinationsPass()); // which equal ones have shared
  pm.addPass(createKeepPartialWritesPass());    // no folding until bufferized
  pm.addNestedPass<func::FuncOp>(
      createWriteResultsInPlacePass()); // through reshapes, which the next
                                        // one does not follow
  pm.addPass(
      bufferization::createEmptyTensorEliminationPass()); // write results
                                                          // in place
  bufferization::OneShotBufferizePassOptions bufferize;
  bufferize.allowReturnAllocsFromLoops = true; // histories and states move on
  pm.addPass(bufferization::createOneShotBufferizePass(bufferize));
  cleanUp(pm);
  pm.addNestedPass<func::FuncOp>(bufferization::createBufferHoistingPass());
  pm.addNestedPass<func::FuncOp>(
      bufferization::createBufferLoopHoistingPass()); // no allocation per
                                                      // window
  bufferization::buildBufferDeallocationPipeline(pm);
  pm.addPass(createConvertBufferizationToMemRefPass());
  pm.addNestedPass<func::FuncOp>(
      createReinterpretExpandedShapesPass()); // before strides are expanded
  pm.addPass(memref::createFoldMemRefAliasOpsPass());
  cleanUp(pm);
}

/// What is left of functions on the host to the llvm dialect.
static void addHostConversions(OpPassManager &pm) {
  pm.addPass(createConvertVectorToSCFPass());
  pm.addPass(memref::createExpandStridedMetadataPass());
  pm.addPass(createLowerAffinePass());
  pm.addPass(createSCFToControlFlowPass());
  pm.addPass(math::createMathExtendToSupportedTypes()); // of f16 and bf16
  pm.addPass(createExpandNarrowFloatsPass());           // and their arithmetic
  pm.addPass(createConvertVectorToLLVMPass());
  pm.addPass(createConvertMathToLLVMPass()); // what LLVM has, fma among it
  pm.addPass(createConvertMathToLibmPass()); // the rest, per element
  arith::ArithExpandOpsPassOptions expand;
  expand.includeBf16 = true; // libgcc has no conversion to bf16
  pm.addPass(arith::createArithExpandOpsPass(expand));
  pm.addPass(createConvertIndexToLLVMPass());
  pm.addPass(createArithToLLVMConversionPass());
  FinalizeMemRefToLLVMConversionPassOptions memref;
  memref.useAlignedAlloc = true;
  memref.useGenericFunctions = true; // which snn-use-workspace replaces
  pm.addPass(createFinalizeMemRefToLLVMConversionPass(memref));
  pm.addPass(createConvertFuncToLLVMPass());
  pm.addPass(createConvertControlFlowToLLVMPass());
  pm.addPass(createUBToLLVMConversionPass());
  cleanUp(pm);
}

void snn::buildUpstreamPipeline(OpPassManager &pm) {
  addBufferization(pm);
  pm.addNestedPass<func::FuncOp>(
      createExpandCopiesPass()); // once casts have folded into copies
  pm.addPass(createConvertLinalgToLoopsPass());
  pm.addPass(createForallToParallelLoopPass());
  pm.addPass(createBoundWorkspacePass());  // once all allocations are there
  pm.addPass(createOutlineParallelPass()); // while bodies are structured
  addHostConversions(pm);
  pm.addPass(createReconcileUnrealizedCastsPass());
  pm.addPass(createStoreBfloatsAsIntegersPass()); // nothing computes with them
  pm.addPass(createCallParallelPass());           // once arguments are scalars
  pm.addPass(createUseWorkspacePass());           // behind those of the entry
}

void snn::buildCudaKernelPipeline(OpPassManager &pm) {
  pm.addPass(createDecomposeSoftmaxPass()); // in bodies, too
  pm.addPass(createConvertSNNRecurrenceToSCFPass());
  pm.addPass(createConvertSNNToGPUPass()); // what has a kernel of its own
  pm.addPass(createConvertElementwiseToLinalgPass());
  pm.addPass(createLinalgElementwiseOpFusionPass()); // fewer passes over memory
  ConvertSNNToLinalgPassOptions scalars; // the rest, in loops of few lanes
  scalars.lanes = scalars.columnLanes = scalars.eventLanes =
      scalars.vectorLanes = 4;
  pm.addPass(createConvertSNNToLinalgPass(scalars));
  pm.addPass(createExpandMathPass());
  // Kernels read and write their outputs through memory, which a loop over
  // blocks does not show: its outputs must not be folded away, nor must reads
  // go around them; and folding a cast into it forgets what is said of a
  // kernel.
  pm.addPass(createCanonicalizerPass(
      GreedyRewriteConfig(), {"(anonymous namespace)::ForallOpIterArgsFolder",
                              "(anonymous namespace)::"
                              "FoldTensorCastOfOutputIntoForallOp",
                              "(anonymous namespace)::LoadOfToBuffer"}));
  pm.addPass(createCSEPass());
  pm.addPass(createLoopInvariantCodeMotionPass());
  pm.addPass(createStoreSpikesAsBytesPass());
}

void snn::buildCudaLowerPipeline(OpPassManager &pm) {
  buildCudaKernelPipeline(pm);
  pm.addPass(createEmitEntryPass());
}

void snn::buildCudaUpstreamPipeline(OpPassManager &pm) {
  addBufferization(pm);
  ExpandCopiesPassOptions copies;
  copies.all = true; // by kernels
  pm.addNestedPass<func::FuncOp>(createExpandCopiesPass(copies));
  pm.addPass(createConvertLinalgToParallelLoopsPass());
  pm.addPass(createLaunchKernelsPass());
  pm.addPass(createBoundWorkspacePass()); // once all allocations are there
  pm.addPass(createGpuKernelOutliningPass());
  OpPassManager &kernels = pm.nest<gpu::GPUModuleOp>();
  kernels.addPass(createConvertVectorToSCFPass());
  kernels.addPass(memref::createExpandStridedMetadataPass());
  kernels.addPass(createLowerAffinePass());
  kernels.addPass(createSCFToControlFlowPass());
  kernels.addPass(math::createMathExtendToSupportedTypes());
  kernels.addPass(createExpandNarrowFloatsPass());
  kernels.addPass(createConvertMathToLLVMPass()); // before calls of a library
  kernels.addPass(createCallIntrinsicsPass());    // which these would become
  arith::ArithExpandOpsPassOptions expand;
  expand.includeBf16 = true; // as on the CPU
  kernels.addPass(arith::createArithExpandOpsPass(expand));
  kernels.addPass(createConvertNVGPUToNVVMPass()); // copies to shared memory
  kernels.addPass(createConvertGpuOpsToNVVMOps());
  cleanUp(kernels);
  kernels.addPass(createReconcileUnrealizedCastsPass());
  addHostConversions(pm);
  pm.addPass(createUseWorkspacePass(UseWorkspacePassOptions{/*gpu=*/true}));
  pm.addPass(createReconcileUnrealizedCastsPass());
}

void snn::buildCudaLaunchPipeline(OpPassManager &pm) {
  pm.addPass(createCallLaunchPass());
  pm.addPass(createReconcileUnrealizedCastsPass());
}

void snn::registerPipelines() {
  PassPipelineRegistration<LowerOptions>(
      "snn-to-llvm-cpu", "All stages from a model to the llvm dialect",
      [](OpPassManager &pm, const LowerOptions &options) {
        buildModelPipeline(pm);
        buildLowerPipeline(pm, options);
        buildUpstreamPipeline(pm);
      });
  PassPipelineRegistration<>(
      "snn-to-llvm-cuda",
      "All stages from a model to the llvm dialect, kernels for GPUs in a "
      "gpu.module",
      [](OpPassManager &pm) {
        buildModelPipeline(pm);
        buildCudaLowerPipeline(pm);
        buildCudaUpstreamPipeline(pm);
      });
}
