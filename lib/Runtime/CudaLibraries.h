//===- CudaLibraries.h - NVIDIA's libraries, opened at run time -*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The functions of libcublasLt.so that products of matrices need, declared
// here. Without the library, or where it refuses a product, the kernels of the
// model run instead.
//
//===----------------------------------------------------------------------===//

#ifndef LIB_RUNTIME_CUDALIBRARIES_H
#define LIB_RUNTIME_CUDALIBRARIES_H

#include "CudaDriver.h"

namespace snn::rt::cuda {

/// A cublasStatus_t; 0 is success.
using LibraryResult = int;

/// Numbers of cublasLt.h.
enum : int { kComputeF32 = 68, kTypeF32 = 0 };
enum : int32_t { kNotTransposed = 0, kTransposed = 1 };
enum : uint32_t { kEpilogueBias = 4 };
enum MatmulAttribute {
  kTransposeA = 3,
  kTransposeB = 4,
  kEpilogue = 7,
  kBiasPointer = 8
};
enum PreferenceAttribute {
  kWorkspaceBytes = 1, ///< none unless it is set
  kReductionSchemes = 3,
  kAlignmentA = 5,
  kAlignmentB = 6,
  kAlignmentC = 7,
  kAlignmentD = 8
};

/// A way to compute a product.
struct MatmulAlgorithm {
  uint64_t words[8];
};
struct MatmulHeuristic {
  MatmulAlgorithm algorithm;
  size_t workspaceBytes;
  LibraryResult state;
  float waves;
  int reserved[4];
};

/// The functions: name of the member, exported name, parameters. Matrices are
/// column-major.
#define SNN_CUBLASLT_FUNCTIONS(X)                                              \
  X(create, "cublasLtCreate", (void **handle))                                 \
  X(destroy, "cublasLtDestroy", (void *handle))                                \
  X(createMatmul, "cublasLtMatmulDescCreate",                                  \
    (void **matmul, int compute, int scale))                                   \
  X(setMatmul, "cublasLtMatmulDescSetAttribute",                               \
    (void *matmul, MatmulAttribute, const void *value, size_t bytes))          \
  X(destroyMatmul, "cublasLtMatmulDescDestroy", (void *matmul))                \
  X(createLayout, "cublasLtMatrixLayoutCreate",                                \
    (void **layout, int type, uint64_t rows, uint64_t columns,                 \
     int64_t stride))                                                          \
  X(destroyLayout, "cublasLtMatrixLayoutDestroy", (void *layout))              \
  X(createPreference, "cublasLtMatmulPreferenceCreate", (void **preference))   \
  X(setPreference, "cublasLtMatmulPreferenceSetAttribute",                     \
    (void *preference, PreferenceAttribute, const void *value, size_t bytes))  \
  X(destroyPreference, "cublasLtMatmulPreferenceDestroy", (void *preference))  \
  X(getHeuristic, "cublasLtMatmulAlgoGetHeuristic",                            \
    (void *handle, void *matmul, void *a, void *b, void *c, void *d,           \
     void *preference, int wanted, MatmulHeuristic *results, int *count))      \
  X(matmul, "cublasLtMatmul",                                                  \
    (void *handle, void *matmul, const void *alpha, const void *aMemory,       \
     void *a, const void *bMemory, void *b, const void *beta,                  \
     const void *cMemory, void *c, void *dMemory, void *d,                     \
     const MatmulAlgorithm *, void *workspace, size_t workspaceBytes,          \
     Stream stream))

/// One version of the library.
struct CublasLt {
#define SNN_CUBLASLT_MEMBER(member, name, params) LibraryResult(*member) params;
  SNN_CUBLASLT_FUNCTIONS(SNN_CUBLASLT_MEMBER)
#undef SNN_CUBLASLT_MEMBER
};

} // namespace snn::rt::cuda

#endif // LIB_RUNTIME_CUDALIBRARIES_H
