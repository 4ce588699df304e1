//===- Cuda.h - Models on GPUs ----------------------------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A model is loaded once for each context of the driver that it runs in: its
// code, and its embedded parameters. What is loaded stays until it is given
// back, so that runs find it without a lock. A run is a Frame on the stack of
// the host; the code that was generated for the host queues kernels with it.
//
//===----------------------------------------------------------------------===//

#ifndef LIB_RUNTIME_CUDA_H
#define LIB_RUNTIME_CUDA_H

#include "CudaDriver.h"
#include "Plan.h"

namespace snn::rt::cuda {

/// Memory of a GPU begins and is laid out at multiples of this.
constexpr int64_t kAlignment = 256;

/// A kernel in a context.
struct Kernel {
  Function function;
  int32_t mostShared; ///< bytes of dynamic shared memory
};

struct Products; // see CudaLibraries.cpp

/// A model in a context.
struct LoadedModel {
  const snn_model *model;
  Context context;
  unsigned long long contextId; ///< of no other context, even a later one
  Device device;
  Module module;
  Address memory;      ///< of the embedded parameters
  const void **params; ///< in it, null for others
  Kernel *kernels;
  Products *products; ///< of a library; null where there is none
  int64_t limits[4];  ///< see snn_cuda_get_limit()
  bool isCooperative;
  LoadedModel *next;
};

/// Makes a context current for as long as it lives.
class ContextScope {
public:
  explicit ContextScope(const Driver &driver) : driver(driver) {}
  ContextScope(const ContextScope &) = delete;
  ~ContextScope();

  /// That of a stream, else the current one, else that of GPU 0; returns an
  /// snn_status.
  int enter(Stream stream);
  /// The current one if it is of this GPU, else the primary one.
  int enterDevice(int device);

  Context context = nullptr;
  Device device = 0;

private:
  int push(Context wanted, Context current);

  const Driver &driver;
  bool isPushed = false;
};

/// Lets this thread load something while a stream is captured elsewhere.
struct RelaxedCapture {
  explicit RelaxedCapture(const Driver &driver) : driver(driver) {
    driver.exchangeCaptureMode(&mode);
  }
  RelaxedCapture(const RelaxedCapture &) = delete;
  ~RelaxedCapture() { driver.exchangeCaptureMode(&mode); }

  const Driver &driver;
  CaptureMode mode = kRelaxed;
};

/// Opens the libraries that a model uses, for the current context, as far as
/// they are there; and gives that back, if the context is still there.
void openLibraries(LoadedModel &loaded);
void closeLibraries(LoadedModel &loaded, bool isAlive);

/// True for a stream that the caller has made: others are those of whatever
/// context is current.
inline bool isOwnStream(const void *stream) { return uintptr_t(stream) > 2; }

/// True if a stream is being captured, or none may be used because another is.
bool isCaptured(const Driver &driver, Stream stream);

/// Finds a model in the current context, or loads it, unless for a stream that
/// is being captured; returns an snn_status.
int findModel(const Driver &driver, const snn_model &model,
              const ContextScope &scope, const Stream *stream,
              const LoadedModel *&loaded);

/// A block of a run's workspace.
struct Block {
  uintptr_t address;
  int64_t bytes, site;
  int32_t next; ///< free block, or -1
};

/// A run. What launches of one stream leave in memory is there for those after
/// it, so a block may be used again as soon as it is free.
struct Frame {
  const Driver *driver;
  const LoadedModel *loaded;
  Stream stream;
  const Plan *plan;
  bool hasState;       ///< of the caller
  Address before;      ///< states
  int status;          ///< the first that is not SNN_OK
  uintptr_t next, end; ///< memory that is not taken yet
  int32_t free;        ///< the first free block, or -1
  int32_t numBlocks, maxBlocks;
  Block *blocks; ///< in the order of their addresses
  /// Room for those of nearly all models; more go to memory of the host.
  static constexpr int32_t fewBlocks = 1024;
  Block room[fewBlocks];
};

/// The arguments of a run.
struct CudaCall {
  snn_call call;
  snn_cuda_state *state;
  int64_t workspaceBytes; ///< -1: as the caller was told
  Stream stream;
  int device; ///< of the arrays; -1: not known
};

/// Whether the GPU of a context reads memory at this address; returns an
/// snn_status.
int checkMemory(const Driver &driver, Device device, const void *data);

/// Runs a call on a GPU; returns an snn_status.
int runOnDevice(const snn_model &model, CudaCall &given);

} // namespace snn::rt::cuda

#endif // LIB_RUNTIME_CUDA_H
