//===- Runtime.h - The C interface of compiled models -------------*- C -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// How a host runs a model: fill an `snn_call` with pointers to its own arrays
// and hand it to snn_model_run(). Nothing is kept between calls; the state of a
// stream and the workspace are the caller's, so any number of threads may run
// any number of streams of one model. Nothing allocates, exits or aborts.
//
// The functions of a generated header (`lif_run`, `lif_step`, ...) are these
// with a *state blob*: one block of memory with the states of a stream, its
// position, and the hash of the model that it belongs to.
//
//===----------------------------------------------------------------------===//

#ifndef SNN_RUNTIME_RUNTIME_H
#define SNN_RUNTIME_RUNTIME_H

#include "snn/Runtime/Model.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Results of all functions here.
typedef enum snn_status {
  SNN_OK = 0,
  SNN_ERROR_ABI = 1,       ///< compiled for another version of this header
  SNN_ERROR_NULL = 2,      ///< a pointer that is needed is null
  SNN_ERROR_SIZE = 3,      ///< a negative number of steps or of elements
  SNN_ERROR_SHAPE = 4,     ///< the model was compiled for another T or B
  SNN_ERROR_MAX_STEPS = 5, ///< position + steps is beyond the model's tables
  SNN_ERROR_OVERFLOW = 6,  ///< an array of this size cannot exist
  SNN_ERROR_WORKSPACE = 7, ///< the workspace is too small
  SNN_ERROR_CPU = 8,       ///< no variant runs on this processor
  SNN_ERROR_ALIGNMENT = 9, ///< a pointer is not aligned to its elements
  SNN_ERROR_OVERLAP = 10,  ///< what is written overlaps another argument
  SNN_ERROR_STATE = 11,    ///< not a state of this model and version
  SNN_ERROR_BATCH = 12,    ///< a state of another batch
  SNN_ERROR_BUSY = 13,     ///< another thread is running this state
  SNN_ERROR_ARGUMENT = 14, ///< an array of another rank, shape, type or device
  SNN_ERROR_TARGET = 15,   ///< the model was not compiled for GPUs
  SNN_ERROR_CUDA_DRIVER = 16,  ///< there is no CUDA driver, or one too old
  SNN_ERROR_CUDA_DEVICE = 17,  ///< there is no such GPU
  SNN_ERROR_CUDA_CODE = 18,    ///< no code for a GPU as old as this one
  SNN_ERROR_CUDA_MEMORY = 19,  ///< the GPU has too little memory left
  SNN_ERROR_CUDA_POINTER = 20, ///< an array is not in the memory of the GPU
  SNN_ERROR_CUDA_LAUNCH = 21,  ///< more elements than a launch can have
  SNN_ERROR_CUDA_LOAD = 22,    ///< a stream is being captured, and the model is
                               ///< not loaded yet; see snn_cuda_load()
  SNN_ERROR_CUDA = 23,        ///< the driver reports an error, which an earlier
                              ///< launch may have caused
  SNN_ERROR_CUDA_CAPTURE = 24 ///< a stream is being captured, but the host
                              ///< reads a parameter in each run
} snn_status;

/// What a status means, as a static text.
const char *snn_strerror(int status);

/// The arguments of one run of `steps` steps of `batch` sequences. Every list
/// of pointers has one entry per tensor, in the order of the model. Arrays are
/// dense, row-major, aligned to their element; pointers to arrays without
/// elements may be null, and so may a list without entries.
typedef struct snn_call {
  const void *const *inputs;
  const void *const *params; ///< null, list or entry: the embedded value
  int32_t transposes; ///< 1: no matrix in `params` is transposed yet; the run
                      ///< does that first, in the workspace
  const void *const *states_before; ///< null, list or entry: zeros
  void *const *states_after; ///< null, list or entry: dropped. An entry may be
                             ///< the same array as the one in states_before
  void *const *outputs;
  void *const *records;  ///< null: not recorded. [T, B, neurons...]
  int64_t *spike_counts; ///< null, or one sum per record, which is added to:
                         ///< its elements that are not zero
  int64_t steps;         ///< T; with 0, states and static outputs are written
  int64_t batch;         ///< B; with 0, nothing is written
  int64_t position;      ///< absolute time of step 0
  int64_t batch_offset;  ///< absolute index of batch element 0
  const snn_variant *variant; ///< of the model; null: the best that runs here
  int64_t *progress; ///< null, or a count of finished steps times elements
                     ///< that is added to atomically while the model runs
  void *workspace;   ///< of any alignment; not read before it is written
  int64_t workspace_bytes; ///< at least snn_model_workspace_bytes()
} snn_call;

/// Bytes of workspace that a call takes with the number of threads in use, or
/// minus an snn_status. Of the call only the sizes, the variant, `transposes`,
/// and whether its pointers are null, matter.
int64_t snn_model_workspace_bytes(const snn_model *model, const snn_call *call);

/// Runs a model. The arrays are checked for null, sizes for overflow; nothing
/// is written if the result is not SNN_OK. A workspace that is too small for
/// all threads, but not for one, is used by as many as it is large enough for.
///
/// The run is cut into tiles of the batch, which run in parallel, and windows
/// of time, so that what one window of one tile needs stays in the second-level
/// cache; the result does not depend on the cuts. Two environment variables
/// choose them for tests: SNN_WINDOW (steps) and SNN_BATCH_TILE (elements).
/// They are ignored where the model may not be cut.
int snn_model_run(const snn_model *model, const snn_call *call);

/// Writes the transpose of a dense matrix of elements of 1, 2, 4 or 8 bytes,
/// as the code wants a parameter whose `is_transposed` is set: once, where it
/// is loaded. The two must not overlap.
void snn_transpose(const void *matrix, void *transpose, int64_t rows,
                   int64_t columns, int64_t element_bytes);

/// The SNN_CPU_* bits of this processor. The environment variable SNN_CPU
/// (x86-64-v2, x86-64-v3 or x86-64-v4) can take bits away, never add any.
uint32_t snn_cpu_features(void);

/// The first variant of a model that this processor runs, or null.
const snn_variant *snn_best_variant(const snn_model *model);

/// A part of a loop: iterations [begin, end).
typedef void (*snn_loop_body)(void *ctx, int64_t begin, int64_t end);

/// Runs `n` iterations in chunks of about `grain`, in any order and possibly
/// in parallel, and returns when all are done. A call inside a body, or while
/// another thread uses the pool, runs inline.
void snn_parallel_for(int64_t n, int64_t grain, snn_loop_body body, void *ctx);

/// Replaces what snn_parallel_for() does, so that a host can use its own
/// threads; null brings our pool back. Not while a model runs. A run is cut for
/// snn_get_threads() threads all the same.
void snn_set_parallel_for(void (*function)(int64_t n, int64_t grain,
                                           snn_loop_body body, void *ctx));

/// Number of threads to use, the calling one included: 1 at the start (no
/// thread is created), 0 for all processors. Takes effect at the next loop.
void snn_set_threads(int threads);

/// The number of threads in use.
int snn_get_threads(void);

//===----------------------------------------------------------------------===//
// Streams
//===----------------------------------------------------------------------===//

/// The beginning of a state blob, 64 bytes. Two copies of all states follow,
/// the one before and the one after a run in turns; each tensor is at a
/// multiple of 64 bytes.
typedef struct snn_state_header {
  char magic[8];    ///< "SNNSTATE"
  uint32_t version; ///< of this layout
  uint32_t owner;   ///< not 0 while a run uses it
  uint64_t hash;    ///< of the model
  int64_t bytes;    ///< of the blob
  int64_t batch;
  int64_t position; ///< absolute time of the next step
  int64_t current;  ///< which copy is valid: 0 or 1
  int64_t reserved;
} snn_state_header;

#define SNN_STATE_VERSION 2

/// Bytes of the state blob of `batch` sequences, or minus an snn_status.
int64_t snn_stream_state_bytes(const snn_model *model, int64_t batch);

/// Makes `state` (aligned to 8) the initial state: zeros, position 0.
int snn_stream_reset(const snn_model *model, void *state, int64_t batch);

/// Bytes of workspace of snn_stream_run(), or minus an snn_status.
int64_t snn_stream_workspace_bytes(const snn_model *model, int64_t steps,
                                   int64_t batch);

/// Runs `steps` steps of `batch` sequences from a state, which it advances. A
/// null state stands for the initial one, and what it becomes is dropped.
/// `params` may be null where all are embedded, and holds transposes where the
/// model says so. Pointers are checked for null, alignment and overlap with
/// what is written; the state for its model, batch and for another thread that
/// runs it.
int snn_stream_run(const snn_model *model, const void *const *inputs,
                   void *const *outputs, int64_t steps, int64_t batch,
                   void *state, void *workspace, const void *const *params);

//===----------------------------------------------------------------------===//
// Arrays that describe themselves
//===----------------------------------------------------------------------===//

/// The DLTensor of dlpack.h, which this header does not include.
struct DLTensor;

/// The arguments of one run as DLTensors, one per tensor of the model. Arrays
/// are on the CPU, dense, row-major and of the type of the model (i1: bool or
/// uint8). Parameters whose `is_transposed` is set may all be column-major: the
/// memory of the transpose, with the shape of the matrix. Otherwise each run
/// begins with transposing them.
typedef struct snn_invocation {
  const struct DLTensor *const *inputs;
  const struct DLTensor *const *params; ///< null, list or entry: embedded
  struct DLTensor *const *outputs;
  struct DLTensor *const *records; ///< null: not recorded
  int64_t steps;                   ///< T; -1: that of the inputs
  int64_t batch;                   ///< B; -1: that of the inputs
  void *state;                     ///< a blob; null: initial, and dropped
  void *workspace;
  int64_t workspace_bytes;
  char *message; ///< null, or room for what is wrong
  int64_t message_bytes;
} snn_invocation;

/// Checks rank, shape, type, strides and device of every array and runs them.
int snn_invoke(const snn_model *model, const snn_invocation *invocation);

/// Bytes of workspace of an invocation, or minus an snn_status.
int64_t snn_invoke_workspace_bytes(const snn_model *model, int64_t steps,
                                   int64_t batch);

//===----------------------------------------------------------------------===//
// GPUs
//===----------------------------------------------------------------------===//
//
// The CUDA driver is opened by the first call of a function here, so a binary
// with code for GPUs starts on a machine without one, where these functions
// return SNN_ERROR_CUDA_DRIVER. A `stream` is a CUstream (cudaStream_t) of the
// caller; null is the default stream of the current context, and if there is
// none, of GPU 0. Runs only queue work on the stream: nothing waits and nothing
// is allocated but by the first use of a model on a GPU, which loads its code
// and its embedded parameters. A run can be captured into a CUDA graph, unless
// it `waits`: see snn_cuda. The context that is current stays so.

/// The number of GPUs, or minus an snn_status.
int snn_cuda_device_count(void);

/// Loads the code and the embedded parameters of a model for GPU `device`, if
/// they are not loaded yet.
int snn_cuda_load(const snn_model *model, int device);

/// Gives back what snn_cuda_load() and runs have loaded for all GPUs. No run
/// may be under way.
int snn_cuda_unload(const snn_model *model);

/// Bytes of GPU memory that a run takes, or minus an snn_status.
int64_t snn_cuda_workspace_bytes(const snn_model *model, int64_t steps,
                                 int64_t batch);

/// What a stream of steps is, beside its states in the memory of a GPU: the
/// caller's, on the host.
typedef struct snn_cuda_state {
  snn_state_header header; ///< `bytes` are those of `memory`, `current` is 0
  void *memory;            ///< of the GPU, snn_cuda_state_bytes()
} snn_cuda_state;

/// Bytes of GPU memory for the states of `batch` sequences, or minus an
/// snn_status. Each tensor is at a multiple of 256 bytes.
int64_t snn_cuda_state_bytes(const snn_model *model, int64_t batch);

/// Makes `state` the initial state, zeros at position 0, in `memory` (aligned
/// to 16), which `stream` sets.
int snn_cuda_reset(const snn_model *model, snn_cuda_state *state, void *memory,
                   int64_t batch, void *stream);

/// Runs `steps` steps of `batch` sequences from a state, which it advances, as
/// snn_stream_run() does. All arrays are in the memory of one GPU (or managed,
/// or registered, memory of the host), dense and aligned to 16 bytes; `params`
/// whose `is_transposed` is set hold the transpose. The position is advanced
/// here, so replaying a captured run of a model with tables or samples repeats
/// the same positions; states are read and written where they are, so replaying
/// goes on from them.
int snn_cuda_run(const snn_model *model, const void *const *inputs,
                 void *const *outputs, int64_t steps, int64_t batch,
                 snn_cuda_state *state, void *workspace,
                 const void *const *params, void *stream);

/// The same for arrays that describe themselves: of device type kDLCUDA (or
/// kDLCUDAManaged) and one device, whose primary context a default stream is
/// that of, unless the current context is of that device. Parameters whose
/// `is_transposed` is set must be column-major. `state` of the invocation is an
/// snn_cuda_state, and its workspace is memory of the GPU. Records are written
/// where they are given.
int snn_cuda_invoke(const snn_model *model, const snn_invocation *invocation,
                    void *stream);

//===----------------------------------------------------------------------===//
// For loaders
//===----------------------------------------------------------------------===//

/// What a shared library of a model exports as `snn_model_v1`, so that a loader
/// needs no code for each model.
typedef struct snn_model_table {
  uint32_t abi_version; ///< SNN_ABI_VERSION
  uint32_t bytes;       ///< sizeof(snn_model_table)
  const snn_model *model;
  int64_t (*state_bytes)(const snn_model *, int64_t batch);
  int (*reset)(const snn_model *, void *state, int64_t batch);
  int64_t (*workspace_bytes)(const snn_model *, int64_t steps, int64_t batch);
  int (*run)(const snn_model *, const void *const *inputs, void *const *outputs,
             int64_t steps, int64_t batch, void *state, void *workspace,
             const void *const *params);
  int (*invoke)(const snn_model *, const snn_invocation *);
  int64_t (*invoke_workspace_bytes)(const snn_model *, int64_t steps,
                                    int64_t batch);
  const char *(*strerror)(int status);
  void (*set_threads)(int threads);
  int (*get_threads)(void);
  uint32_t (*cpu_features)(void);
  void (*transpose)(const void *matrix, void *transpose, int64_t rows,
                    int64_t columns, int64_t element_bytes);
  int (*cuda_device_count)(void);
  int (*cuda_load)(const snn_model *, int device);
  int (*cuda_unload)(const snn_model *);
  int64_t (*cuda_workspace_bytes)(const snn_model *, int64_t steps,
                                  int64_t batch);
  int64_t (*cuda_state_bytes)(const snn_model *, int64_t batch);
  int (*cuda_reset)(const snn_model *, snn_cuda_state *state, void *memory,
                    int64_t batch, void *stream);
  int (*cuda_invoke)(const snn_model *, const snn_invocation *, void *stream);
} snn_model_table;

//===----------------------------------------------------------------------===//
// For generated code
//===----------------------------------------------------------------------===//

/// The same as snn_stream_run() and its workspace for parameters as the header
/// declares them: no matrix is transposed yet, so each run begins with that.
int snn_rows_run(const snn_model *model, const void *const *inputs,
                 void *const *outputs, int64_t steps, int64_t batch,
                 void *state, void *workspace, const void *const *params);
int64_t snn_rows_workspace_bytes(const snn_model *model, int64_t steps,
                                 int64_t batch);

/// Memory of one window's intermediates from `bytes` bytes at `memory`, which
/// is aligned to 64. What is allocated before is free again.
void *snn_workspace_open(void *memory, int64_t bytes);

/// A block of the workspace, aligned to 64, for the place `site` of the code. A
/// compiler that has bounded the workspace correctly never exhausts it;
/// otherwise this traps.
void *snn_workspace_alloc(void *workspace, size_t bytes, int64_t site);

/// Gives a block back to the workspace that it is from; null is none.
void snn_workspace_free(void *block);

/// GPU memory of a run for the place `site` of the code, aligned to 128, and
/// its return. `run` is the last argument of snn_cuda::run().
void *snn_cuda_alloc(void *run, size_t bytes, int64_t site);
void snn_cuda_free(void *run, void *block);

/// Launches kernel `kernel` of the model on a grid of blocks with `shared`
/// bytes of dynamic shared memory. `arguments[i]` points to argument i. With
/// `cooperative`, all blocks run at once: there are no more than fit, so the
/// kernel loops; `blocksX` = 0 asks for as many as fit. Otherwise a grid
/// without blocks launches nothing. Does nothing once something has failed,
/// which the run reports.
void snn_cuda_launch(void *run, int32_t kernel, int64_t blocksX,
                     int64_t blocksY, int64_t blocksZ, int64_t threadsX,
                     int64_t threadsY, int64_t threadsZ, int64_t shared,
                     int32_t cooperative, void **arguments);

/// y = x w' + bias by cuBLASLt, where it is there and takes such a product;
/// returns whether it does, else nothing is queued. All are f32 in the memory
/// of the GPU: x has `rows` rows of `inputs`, y of `outputs`; w has a row for
/// each output, or, with `is_input_major`, for each input; bias has `outputs`
/// elements, or is null. Strides are those of rows. The sums have any order.
int64_t snn_cuda_matmul(void *run, const void *x, const void *w,
                        const void *bias, void *y, int64_t rows, int64_t inputs,
                        int64_t outputs, int64_t x_stride, int64_t w_stride,
                        int64_t y_stride, int64_t is_input_major);

/// A number of the GPU of a run: 0 the multiprocessors, 1 the bytes of its
/// second-level cache, 2 the most threads of a multiprocessor, 3 the most bytes
/// of shared memory of a block; 0 for any other.
int64_t snn_cuda_get_limit(void *run, int32_t which);

/// Copies `bytes` bytes within the memory of the GPU, or sets them to zero.
void snn_cuda_copy(void *run, void *to, const void *from, int64_t bytes);
void snn_cuda_zero(void *run, void *to, int64_t bytes);

/// 1 if the caller of a run has given a state. If not, the states before the
/// run hold anything, and nobody reads those after it.
int32_t snn_cuda_has_state(void *run);

/// Sets `count` states before the run, from number `first` on, to zero where
/// the caller has given none.
void snn_cuda_clear_states(void *run, int64_t first, int64_t count);

/// Reads bytes of the memory of the GPU when the stream has come that far,
/// which the host waits for; zeros once something has failed. Of models that
/// `wait`, whose windows are as long as a parameter says.
void snn_cuda_read(void *run, void *to, const void *from, int64_t bytes);

/// The main function of a compiled executable; returns its exit code.
int snn_main(const snn_model *model, int argc, char **argv);

#ifdef __cplusplus
} // extern "C"
#endif

#endif // SNN_RUNTIME_RUNTIME_H
