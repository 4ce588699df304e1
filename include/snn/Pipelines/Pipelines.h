//===- Pipelines.h - The compiler as one list -------------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SNN_PIPELINES_PIPELINES_H
#define SNN_PIPELINES_PIPELINES_H

#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassOptions.h"

#include <optional>
#include <string>

namespace mlir::snn {

/// Stages in their order. After each, the IR may be printed (`--stop-after`).
enum class Stage {
  Verify,   ///< a valid model; sums over time are scans
  Time,     ///< every state is an argument and a result; forms are
            ///< chosen
  Space,    ///< every neuron is an snn.neuron
  Lower,    ///< linalg, scf, vector on tensors behind a memref entry; no snn op
  Upstream, ///< the llvm dialect
};

std::optional<Stage> symbolizeStage(StringRef name);
StringRef stringifyStage(Stage stage);

/// What the stages need to know of a processor, in numbers. Results do not
/// depend on them.
struct LowerOptions : PassPipelineOptions<LowerOptions> {
  Option<int64_t> lanes{
      *this, "lanes", llvm::cl::init(32),
      llvm::cl::desc("32-bit lanes of the states of a tile of neurons")};
  Option<int64_t> rowBlock{
      *this, "row-block", llvm::cl::init(4),
      llvm::cl::desc("rows of a product that are computed together")};
  Option<int64_t> columnLanes{
      *this, "column-lanes", llvm::cl::init(16),
      llvm::cl::desc("32-bit outputs of a product computed together")};
  Option<int64_t> eventLanes{
      *this, "event-lanes", llvm::cl::init(64),
      llvm::cl::desc("32-bit outputs that a spike is added to together")};
  Option<int64_t> stepsPerVisit{
      *this, "steps-per-visit", llvm::cl::init(4),
      llvm::cl::desc("steps that long rows of neurons are run for at once")};
  Option<int64_t> rowBytes{
      *this, "row-bytes", llvm::cl::init(4096),
      llvm::cl::desc("bytes of one step from which on a row is long")};
  Option<int64_t> cacheBytes{
      *this, "cache-bytes", llvm::cl::init(2 << 20),
      llvm::cl::desc("bytes of a sequence that comes from memory")};
  Option<int64_t> vectorLanes{
      *this, "vector-lanes", llvm::cl::init(8),
      llvm::cl::desc("32-bit lanes of a vector register")};
  Option<int64_t> chunkSteps{*this, "chunk-steps", llvm::cl::init(512),
                             llvm::cl::desc("least steps of a chunk of time")};
  Option<int64_t> chunkLanes{
      *this, "chunk-lanes", llvm::cl::init(0),
      llvm::cl::desc("most lanes that run in chunks of time; 0: two vectors")};
};

/// How the time of layers is rewritten.
struct TimeOptions {
  std::string strategy = "auto";    ///< auto, loop, scan, conv or speculate
  std::string numerics = "bounded"; ///< bounded, exact or fast
  std::string passes;     ///< a textual pipeline in place of them; or none
  bool packSpikes = true; ///< spikes between layers are words
  /// Neurons of a layer up to which time is worth running at once, of a GPU; 0:
  /// those of a processor. The code decides again when sizes are known.
  int64_t lanes = 0;
};

/// What becomes results, marked `snn.record`.
enum class RecordKind {
  None,
  Spikes, ///< of every layer
  All     ///< and every state at every step
};

/// Stages `verify`, `time` and `space`: the same for every processor.
void buildModelPipeline(OpPassManager &pm, bool optimize = true,
                        Stage last = Stage::Space,
                        RecordKind record = RecordKind::Spikes,
                        const TimeOptions &time = {});

/// Stage `lower`, for one processor.
void buildLowerPipeline(OpPassManager &pm, const LowerOptions &options);

/// Stage `upstream`.
void buildUpstreamPipeline(OpPassManager &pm);

/// The same two stages for GPUs. After them the function runs on the host and
/// launches (`gpu.launch_func`) the kernels of the `gpu.module` called kernels,
/// which are in the llvm and nvvm dialects.
void buildCudaLowerPipeline(OpPassManager &pm);

/// The part of stage `lower` for GPUs before the function gets the form in
/// which it is called: all layers have their kernels, which the report names.
void buildCudaKernelPipeline(OpPassManager &pm);
void buildCudaUpstreamPipeline(OpPassManager &pm);

/// Launches become calls of the runtime, and kernels, which must have been
/// taken out, go away.
void buildCudaLaunchPipeline(OpPassManager &pm);

/// Registers `snn-to-llvm-cpu` and `snn-to-llvm-cuda`, all stages, for snn-opt.
void registerPipelines();

} // namespace mlir::snn

#endif // SNN_PIPELINES_PIPELINES_H
