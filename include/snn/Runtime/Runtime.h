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
// stream is in the caller's arrays, so any number of threads may run any
// number of streams of one model.
//
//===----------------------------------------------------------------------===//

#ifndef SNN_RUNTIME_RUNTIME_H
#define SNN_RUNTIME_RUNTIME_H

#include "snn/Runtime/Model.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Results of snn_model_run().
typedef enum snn_status {
  SNN_OK = 0,
  SNN_ERROR_ABI = 1,       ///< compiled for another version of this header
  SNN_ERROR_NULL = 2,      ///< a pointer that is needed is null
  SNN_ERROR_SIZE = 3,      ///< a negative number of steps or of elements
  SNN_ERROR_SHAPE = 4,     ///< the model was compiled for another T or B
  SNN_ERROR_MAX_STEPS = 5, ///< position + steps is beyond the model's tables
  SNN_ERROR_OVERFLOW = 6,  ///< an array of this size cannot exist
  SNN_ERROR_MEMORY = 7,    ///< not enough memory for the states of a window
  SNN_ERROR_CPU = 8        ///< no variant runs on this processor
} snn_status;

/// What a status means, as a static text.
const char *snn_strerror(int status);

/// The arguments of one run of `steps` steps of `batch` sequences. Every list
/// of pointers has one entry per tensor, in the order of the model. Arrays are
/// dense, row-major, aligned to their element; pointers to arrays without
/// elements may be null, and so may a list without entries.
typedef struct snn_call {
  const void *const *inputs;
  const void *const *params;        ///< null, list or entry: the embedded value
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
} snn_call;

/// Runs a model. The arrays are checked for null, sizes for overflow; nothing
/// is written if the result is not SNN_OK, except for SNN_ERROR_MEMORY.
///
/// The run is cut into tiles of the batch, which run in parallel, and windows
/// of time, so that what one window of one tile needs stays in the second-level
/// cache; the result does not depend on the cuts. Two environment variables
/// choose them for tests: SNN_WINDOW (steps) and SNN_BATCH_TILE (elements).
/// They are ignored where the model may not be cut.
int snn_model_run(const snn_model *model, const snn_call *call);

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
/// threads; null brings our pool back. Not while a model runs.
void snn_set_parallel_for(void (*function)(int64_t n, int64_t grain,
                                           snn_loop_body body, void *ctx));

/// Number of threads to use, the calling one included: 1 at the start (no
/// thread is created), 0 for all processors. Takes effect at the next loop.
void snn_set_threads(int threads);

/// The number of threads in use.
int snn_get_threads(void);

/// The main function of a compiled executable; returns its exit code.
int snn_main(const snn_model *model, int argc, char **argv);

#ifdef __cplusplus
} // extern "C"
#endif

#endif // SNN_RUNTIME_RUNTIME_H
