//===- CudaDriver.h - The CUDA driver, opened at run time -------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The few functions of libcuda.so.1 that runs on a GPU need, declared here, so
// that neither building nor starting a program takes anything of CUDA.
//
//===----------------------------------------------------------------------===//

#ifndef LIB_RUNTIME_CUDADRIVER_H
#define LIB_RUNTIME_CUDADRIVER_H

#include "snn/Runtime/Runtime.h"

namespace snn::rt::cuda {

using Result = int; ///< a CUresult
using Device = int;
using Address = uint64_t; ///< of memory of a GPU
using Context = struct ContextTag *;
using Stream = struct StreamTag *;
using Module = struct ModuleTag *;
using Function = struct FunctionTag *;

/// Codes of the driver.
enum : Result {
  kSuccess = 0,
  kOutOfMemory = 2,
  kNoDevice = 100,
  kInvalidDevice = 101,
  kInvalidImage = 200,
  kNoBinaryForGpu = 209,
  kInvalidPtx = 218,
  kNoPtxCompiler = 221,
  kUnsupportedPtx = 222,
  kPtxDisabled = 223
};

/// Attributes of a GPU.
enum DeviceAttribute {
  kMultiprocessors = 16,
  kLevel2Bytes = 38,
  kThreadsPerMultiprocessor = 39,
  kMajor = 75,
  kMinor = 76,
  kCooperativeLaunch = 95,
  kMostSharedBytes = 97
};

/// Attributes of a kernel.
enum FunctionAttribute { kStaticSharedBytes = 1, kDynamicSharedBytes = 8 };

/// Attributes of a pointer.
enum PointerAttribute {
  kMemoryType = 2,
  kDevicePointer = 3,
  kIsManaged = 8,
  kDeviceOrdinal = 9
};
enum MemoryType : unsigned { kHostMemory = 1, kDeviceMemory = 2 };

/// How a log of the compiler of PTX is asked for.
enum JitOption { kErrorLog = 5, kErrorLogBytes = 6 };

/// A stream of its own, and a thread that may do what a capture elsewhere in
/// the process would forbid.
enum : unsigned { kNonBlocking = 1 };
enum CaptureMode { kRelaxed = 2 };

/// The functions: name of the member, exported name, parameters.
#define SNN_CUDA_FUNCTIONS(X)                                                  \
  X(init, "cuInit", (unsigned))                                                \
  X(getErrorName, "cuGetErrorName", (Result, const char **))                   \
  X(getDeviceCount, "cuDeviceGetCount", (int *))                               \
  X(getDevice, "cuDeviceGet", (Device *, int))                                 \
  X(getDeviceAttribute, "cuDeviceGetAttribute",                                \
    (int *, DeviceAttribute, Device))                                          \
  X(retainPrimary, "cuDevicePrimaryCtxRetain", (Context *, Device))            \
  X(releasePrimary, "cuDevicePrimaryCtxRelease_v2", (Device))                  \
  X(getCurrent, "cuCtxGetCurrent", (Context *))                                \
  X(pushCurrent, "cuCtxPushCurrent_v2", (Context))                             \
  X(popCurrent, "cuCtxPopCurrent_v2", (Context *))                             \
  X(getContextDevice, "cuCtxGetDevice", (Device *))                            \
  X(getContextId, "cuCtxGetId", (Context, unsigned long long *))               \
  X(getStreamContext, "cuStreamGetCtx", (Stream, Context *))                   \
  X(createStream, "cuStreamCreate", (Stream *, unsigned))                      \
  X(destroyStream, "cuStreamDestroy_v2", (Stream))                             \
  X(synchronize, "cuStreamSynchronize", (Stream))                              \
  X(isCapturing, "cuStreamIsCapturing", (Stream, int *))                       \
  X(exchangeCaptureMode, "cuThreadExchangeStreamCaptureMode", (CaptureMode *)) \
  X(getPointerAttributes, "cuPointerGetAttributes",                            \
    (unsigned, PointerAttribute *, void **, Address))                          \
  X(loadModule, "cuModuleLoadDataEx",                                          \
    (Module *, const void *, unsigned, JitOption *, void **))                  \
  X(unloadModule, "cuModuleUnload", (Module))                                  \
  X(getFunction, "cuModuleGetFunction", (Function *, Module, const char *))    \
  X(setFunctionAttribute, "cuFuncSetAttribute",                                \
    (Function, FunctionAttribute, int))                                        \
  X(getFunctionAttribute, "cuFuncGetAttribute",                                \
    (int *, FunctionAttribute, Function))                                      \
  X(countActiveBlocks, "cuOccupancyMaxActiveBlocksPerMultiprocessor",          \
    (int *, Function, int, size_t))                                            \
  X(launch, "cuLaunchKernel",                                                  \
    (Function, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned,     \
     unsigned, Stream, void **, void **))                                      \
  X(launchCooperative, "cuLaunchCooperativeKernel",                            \
    (Function, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned,     \
     unsigned, Stream, void **))                                               \
  X(allocate, "cuMemAlloc_v2", (Address *, size_t))                            \
  X(free, "cuMemFree_v2", (Address))                                           \
  X(copyToDevice, "cuMemcpyHtoDAsync_v2",                                      \
    (Address, const void *, size_t, Stream))                                   \
  X(copyToHost, "cuMemcpyDtoHAsync_v2", (void *, Address, size_t, Stream))     \
  X(copyOnDevice, "cuMemcpyDtoDAsync_v2", (Address, Address, size_t, Stream))  \
  X(setBytes, "cuMemsetD8Async", (Address, unsigned char, size_t, Stream))

/// The driver of this machine.
struct Driver {
#define SNN_CUDA_MEMBER(member, name, params) Result(*member) params;
  SNN_CUDA_FUNCTIONS(SNN_CUDA_MEMBER)
#undef SNN_CUDA_MEMBER
};

/// Opens the driver, once; returns an snn_status.
int openDriver(const Driver *&driver);

/// The snn_status of a result, whose name getErrorName() then tells.
int toStatus(Result result);

/// What the driver calls the last error of this thread; null if that was none
/// of the driver's.
const char *getErrorName();

/// Forgets it.
void clearError();

} // namespace snn::rt::cuda

#endif // LIB_RUNTIME_CUDADRIVER_H
