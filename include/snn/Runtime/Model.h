//===- Model.h - What a compiled model tells the runtime ----------*- C -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The compiler emits one constant `snn_model` per model; the runtime runs it.
// Nothing here knows LLVM, and nothing here allocates: what a window needs for
// its intermediates is part of a workspace that the caller owns.
//
// A model is a *window function*: it takes `steps` consecutive time steps of
// every input sequence for some consecutive elements of the batch, and the
// state before them; it writes the output sequences and the state after them.
// Because the state is explicit, a run of T steps may be cut anywhere in time
// and, where `SNN_BATCH_SEPARABLE` is set, anywhere in the batch, and gives the
// same bits. The runtime chooses the cuts so that intermediates stay in cache.
//
//===----------------------------------------------------------------------===//

#ifndef SNN_RUNTIME_MODEL_H
#define SNN_RUNTIME_MODEL_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SNN_ABI_VERSION 5

/// Placeholders in a shape for the two sizes that a caller chooses.
#define SNN_DIM_TIME (-1)
#define SNN_DIM_BATCH (-2)

/// Element types. Spikes (`i1`) are one byte each, 0 or 1.
typedef enum snn_dtype {
  SNN_I1 = 0,
  SNN_I8 = 1,
  SNN_I16 = 2,
  SNN_I32 = 3,
  SNN_I64 = 4,
  SNN_F16 = 5,
  SNN_BF16 = 6,
  SNN_F32 = 7,
  SNN_F64 = 8
} snn_dtype;

/// One tensor at the boundary of a model. Arrays are dense and row-major.
/// A sequence has time as dimension 0 and batch as dimension 1.
typedef struct snn_tensor {
  const char *name;
  int32_t dtype;        ///< an `snn_dtype`
  int32_t rank;         ///< number of dimensions, 0 for a scalar
  const int64_t *shape; ///< `rank` sizes, or SNN_DIM_TIME, SNN_DIM_BATCH
  int32_t is_sequence;  ///< 1: dimension 0 is time (its size may be static)
  int32_t batch_dim; ///< the dimension that is the batch, -1 if there is none
  const void *data;  ///< embedded value of a parameter, else null
  /// 1: the code reads the matrix by columns, so `data` and the array of a call
  /// hold its transpose; see snn_transpose(). The shape is that of the matrix.
  int32_t is_transposed;
} snn_tensor;

/// A memref descriptor as MLIR lays it out, for a tensor of `rank` dimensions:
///   void *allocated; void *aligned; int64_t offset;
///   int64_t sizes[rank]; int64_t strides[rank];
///
/// `args` holds one pointer for each of, in this order:
///   inputs, params, states before, outputs, states after, records
///       pointer to a memref descriptor. Strides of the dimensions before the
///       batch dimension are free (a batch slice of a larger array); all other
///       strides are those of a dense array of the sizes given.
///       "states before" and "states after" must not overlap.
///   position       pointer to int64_t: absolute time of the window's step 0
///   batch offset   pointer to int64_t: index of the window's batch element 0
///   record         pointer to int8_t: 1 to write the records, 0 to leave them
///                  untouched (their descriptors may then have null pointers)
///   workspace      pointer that snn_workspace_open() has returned
typedef void (*snn_window_fn)(void *const *args);

/// Instruction sets that a variant needs, as bits; see snn_cpu_features().
#define SNN_CPU_AVX2 1u   ///< x86-64-v3: AVX2, FMA, BMI2, F16C
#define SNN_CPU_AVX512 2u ///< x86-64-v4: AVX-512 F, BW, CD, DQ, VL

typedef struct snn_variant {
  const char *name;  ///< "x86-64-v4", "x86-64-v3", "x86-64-v2", ...
  uint32_t features; ///< SNN_CPU_* bits that must all be present
  snn_window_fn run;
  /// Bytes of workspace that windows of up to `steps` steps and `batch`
  /// elements take.
  int64_t (*workspace_bytes)(int64_t steps, int64_t batch);
} snn_variant;

/// Kernels as one kind of GPU reads them.
typedef struct snn_cuda_image {
  int32_t architecture; ///< 90 for sm_90
  int32_t is_ptx;       ///< 1: PTX, a text that ends in a zero, which this and
                        ///< newer GPUs compile when it is loaded; 0: a cubin,
                        ///< for this GPU and later ones of its generation
  int64_t bytes;        ///< with the zero
  const void *data;
} snn_cuda_image;

#define SNN_CUDA_CUBLASLT 1 ///< snn_cuda_matmul() is called

/// The code of a model for GPUs. A run is one window: it launches kernels on a
/// stream and, unless `waits`, does not wait for them.
typedef struct snn_cuda {
  int32_t num_images, num_kernels;
  const snn_cuda_image *images; ///< of the same kernels, in any order
  const char *const *kernels;   ///< their names
  /// As that of a variant, on the host: descriptors hold addresses of memory
  /// of the GPU, dense and aligned to 16 bytes, position and offset are read
  /// here, and `workspace` is for snn_cuda_alloc() and snn_cuda_launch().
  snn_window_fn run;
  /// Bytes of GPU memory that a run takes.
  int64_t (*workspace_bytes)(int64_t steps, int64_t batch);
  int32_t waits; ///< 1: a run waits for a parameter that the host reads, so it
                 ///< cannot be captured
  /// Libraries that runs use where they are there, SNN_CUDA_* bits.
  int32_t libraries;
} snn_cuda;

#define SNN_CAUSAL 1u          ///< time may be cut; `step` and streaming exist
#define SNN_BATCH_SEPARABLE 2u ///< batch may be cut

/// A compiled model. `records` are the spike sequences of its layers,
/// [T, B, neurons...], written only on request.
typedef struct snn_model {
  uint32_t abi_version; ///< SNN_ABI_VERSION
  uint32_t flags;       ///< SNN_CAUSAL | SNN_BATCH_SEPARABLE
  const char *name;     ///< C identifier, unique prefix of exported symbols
  const char *compiler; ///< name and version of the compiler
  uint64_t hash;        ///< of the model: a state blob is bound to it
  int32_t num_inputs, num_params, num_states, num_outputs, num_records;
  int32_t num_variants;
  const snn_tensor *inputs, *params, *states, *outputs, *records;
  const snn_variant *variants; ///< best first; the last needs no features
  int64_t max_steps;           ///< position + T may not exceed it; -1: no limit
  int64_t bytes_per_step;  ///< intermediates of one step of one batch element
  int64_t window_multiple; ///< windows should be a multiple of it (>= 1)
  int32_t threads; ///< of a run unless the caller says; 0: all processors
  const char *weights_file; ///< of parameters without a value; null: none
  const char *report;   ///< how it was compiled, as JSON; null: nothing is said
  const snn_cuda *cuda; ///< null: the model was not compiled for GPUs
} snn_model;

#ifdef __cplusplus
} // extern "C"
#endif

#endif // SNN_RUNTIME_MODEL_H
