//===- FakeCublasLt.cpp - A cuBLASLt without a GPU ------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FakeCublasLt.h"

#include "../../../lib/Runtime/CudaLibraries.h"

#include <cstdlib>
#include <cstring>
#include <mutex>
#include <vector>

using namespace snn::rt::cuda;
using namespace snn::test;

namespace {
constexpr LibraryResult invalidValue = 7, notSupported = 15;

struct Matmul {
  int32_t transposeA = kNotTransposed, transposeB = kNotTransposed;
  uint32_t epilogue = 1; // none
  const float *bias = nullptr;
};
struct Layout {
  uint64_t rows, columns;
  int64_t stride;
};
/// A matrix as the product reads it: column-major, or its transpose.
struct Matrix {
  const float *memory;
  const Layout *layout;
  bool isTransposed;

  uint64_t rows() const {
    return isTransposed ? layout->columns : layout->rows;
  }
  uint64_t columns() const {
    return isTransposed ? layout->rows : layout->columns;
  }
  float at(uint64_t row, uint64_t column) const {
    if (isTransposed)
      std::swap(row, column);
    return memory[row + column * uint64_t(layout->stride)];
  }
};
struct Preference {
  uint64_t workspaceBytes = 0;
  uint32_t schemes = 3, alignments[4] = {256, 256, 256, 256};
};

std::mutex mutex;
FakeCublasLt counts;
} // namespace

static LibraryResult enter(const char *name) {
  const char *text = getenv("FAKE_CUBLASLT_FAIL");
  return text && std::strcmp(text, name) == 0 ? notSupported : 0;
}

/// Begins a function of the library.
#define ENTER(name)                                                            \
  std::lock_guard<std::mutex> lock(mutex);                                     \
  if (LibraryResult result = enter(name))                                      \
  return result
#define FAKE extern "C" __attribute__((visibility("default"))) LibraryResult

template <typename T> static LibraryResult make(void **object, T value) {
  *object = new T(value);
  ++counts.objects;
  return 0;
}

template <typename T> static LibraryResult destroy(void *object) {
  delete static_cast<T *>(object);
  --counts.objects;
  return 0;
}

FAKE cublasLtCreate(void **handle) {
  ENTER("cublasLtCreate");
  ++counts.handles;
  return make<int>(handle, 0);
}

FAKE cublasLtDestroy(void *handle) {
  ENTER("cublasLtDestroy");
  return destroy<int>(handle);
}

FAKE cublasLtMatmulDescCreate(void **matmul, int compute, int scale) {
  ENTER("cublasLtMatmulDescCreate");
  return compute == kComputeF32 && scale == kTypeF32
             ? make<Matmul>(matmul, Matmul())
             : notSupported;
}

FAKE cublasLtMatmulDescSetAttribute(void *object, MatmulAttribute attribute,
                                    const void *value, size_t bytes) {
  ENTER("cublasLtMatmulDescSetAttribute");
  auto &matmul = *static_cast<Matmul *>(object);
  void *member = attribute == kTransposeA   ? &matmul.transposeA
                 : attribute == kTransposeB ? &matmul.transposeB
                 : attribute == kEpilogue
                     ? static_cast<void *>(&matmul.epilogue)
                 : attribute == kBiasPointer ? &matmul.bias
                                             : nullptr;
  if (!member || bytes != (attribute == kBiasPointer ? 8 : 4))
    return invalidValue;
  std::memcpy(member, value, bytes);
  return 0;
}

FAKE cublasLtMatmulDescDestroy(void *matmul) {
  ENTER("cublasLtMatmulDescDestroy");
  return destroy<Matmul>(matmul);
}

FAKE cublasLtMatrixLayoutCreate(void **layout, int type, uint64_t rows,
                                uint64_t columns, int64_t stride) {
  ENTER("cublasLtMatrixLayoutCreate");
  if (type != kTypeF32 || stride < int64_t(rows))
    return invalidValue;
  return make<Layout>(layout, {rows, columns, stride});
}

FAKE cublasLtMatrixLayoutDestroy(void *layout) {
  ENTER("cublasLtMatrixLayoutDestroy");
  return destroy<Layout>(layout);
}

FAKE cublasLtMatmulPreferenceCreate(void **preference) {
  ENTER("cublasLtMatmulPreferenceCreate");
  return make<Preference>(preference, Preference());
}

FAKE cublasLtMatmulPreferenceSetAttribute(void *object,
                                          PreferenceAttribute attribute,
                                          const void *value, size_t bytes) {
  ENTER("cublasLtMatmulPreferenceSetAttribute");
  auto &preference = *static_cast<Preference *>(object);
  if (bytes != (attribute == kWorkspaceBytes ? 8 : 4))
    return invalidValue;
  if (attribute == kWorkspaceBytes)
    std::memcpy(&preference.workspaceBytes, value, 8);
  else if (attribute == kReductionSchemes)
    std::memcpy(&preference.schemes, value, 4);
  else if (attribute >= kAlignmentA && attribute <= kAlignmentD)
    std::memcpy(&preference.alignments[attribute - kAlignmentA], value, 4);
  else
    return invalidValue;
  return 0;
}

FAKE cublasLtMatmulPreferenceDestroy(void *preference) {
  ENTER("cublasLtMatmulPreferenceDestroy");
  return destroy<Preference>(preference);
}

FAKE cublasLtMatmulAlgoGetHeuristic(void *, void *, void *, void *, void *,
                                    void *, void *object, int wanted,
                                    MatmulHeuristic *results, int *count) {
  ENTER("cublasLtMatmulAlgoGetHeuristic");
  const auto &preference = *static_cast<Preference *>(object);
  ++counts.heuristics;
  counts.alignment = preference.alignments[0];
  for (uint32_t alignment : preference.alignments)
    if (alignment != counts.alignment)
      return invalidValue;
  // Parts of a sum would need a workspace, or an order that varies.
  *count =
      wanted > 0 && preference.schemes == 0 && preference.workspaceBytes == 0;
  if (*count)
    results[0] = {{{counts.alignment}}, 0, 0, 1, {}};
  return 0;
}

FAKE cublasLtMatmul(void *, void *object, const void *alpha,
                    const void *aMemory, void *aLayout, const void *bMemory,
                    void *bLayout, const void *beta, const void *cMemory,
                    void *, void *dMemory, void *dLayout,
                    const MatmulAlgorithm *algorithm, void *, size_t bytes,
                    Stream stream) {
  ENTER("cublasLtMatmul");
  const auto &matmul = *static_cast<Matmul *>(object);
  Matrix a = {static_cast<const float *>(aMemory),
              static_cast<Layout *>(aLayout), matmul.transposeA == kTransposed},
         b = {static_cast<const float *>(bMemory),
              static_cast<Layout *>(bLayout), matmul.transposeB == kTransposed};
  const auto &d = *static_cast<Layout *>(dLayout);
  auto *out = static_cast<float *>(dMemory);
  for (const void *memory : {aMemory, bMemory, cMemory})
    if (uintptr_t(memory) % algorithm->words[0])
      return invalidValue;
  if (a.rows() != d.rows || b.columns() != d.columns ||
      a.columns() != b.rows() || bytes != 0 ||
      *static_cast<const float *>(alpha) != 1 ||
      *static_cast<const float *>(beta) != 0)
    return invalidValue;
  for (uint64_t column = 0; column < d.columns; ++column)
    for (uint64_t row = 0; row < d.rows; ++row) {
      float sum = 0;
      for (uint64_t k = 0; k < b.rows(); ++k)
        sum += a.at(row, k) * b.at(k, column);
      if (matmul.epilogue == kEpilogueBias)
        sum += matmul.bias[row];
      out[row + column * uint64_t(d.stride)] = sum;
    }
  ++counts.products;
  counts.stream = stream;
  return 0;
}

extern "C" __attribute__((visibility("default"))) void
getFakeCublasLt(FakeCublasLt *result) {
  std::lock_guard<std::mutex> lock(mutex);
  *result = counts;
}
