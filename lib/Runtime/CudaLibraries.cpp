//===- CudaLibraries.cpp - NVIDIA's libraries, opened at run time ---------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A model that may use cuBLASLt has a handle in each context, made when it is
// loaded. What the library says of a shape is kept, so that a run with a known
// shape only queues; a new shape is asked for on the host, in a capture as
// well, and takes no memory of the GPU.
//
//===----------------------------------------------------------------------===//

#include "CudaLibraries.h"

#include "Cuda.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>

using namespace snn::rt;
using namespace snn::rt::cuda;

namespace {
/// A product as the caller of snn_cuda_matmul() describes it.
struct Shape {
  int64_t rows, inputs, outputs, xStride, wStride, yStride;
  const void *bias;
  int32_t isInputMajor;
  uint32_t alignment; ///< of all matrices

  bool operator==(const Shape &other) const {
    int64_t different = (rows ^ other.rows) | (inputs ^ other.inputs) |
                        (outputs ^ other.outputs) | (xStride ^ other.xStride) |
                        (wStride ^ other.wStride) | (yStride ^ other.yStride);
    return different == 0 && bias == other.bias &&
           isInputMajor == other.isInputMajor && alignment == other.alignment;
  }
};

/// How the library computes a product.
struct MatmulPlan {
  Shape shape;
  void *matmul, *weight, *input, *output;
  MatmulAlgorithm algorithm;
  bool isUsable; ///< false: the library has no algorithm for it
  MatmulPlan *next;
};
} // namespace

struct cuda::Products {
  CublasLt library;
  void *handle;
  MatmulPlan *plans; ///< which runs read without the mutex
  int32_t numPlans;
};

/// Shapes whose plans are kept.
static constexpr int32_t kMostPlans = 256;

/// Protects plans against other writers.
static pthread_mutex_t planning = PTHREAD_MUTEX_INITIALIZER;

//===----------------------------------------------------------------------===//
// The library
//===----------------------------------------------------------------------===//

/// Finds all functions; false if one is not there.
static bool findFunctions(void *library, CublasLt &functions) {
  void *const found[] = {
#define SNN_CUBLASLT_FIND(member, name, params) dlsym(library, name),
      SNN_CUBLASLT_FUNCTIONS(SNN_CUBLASLT_FIND)
#undef SNN_CUBLASLT_FIND
  };
  static_assert(sizeof(functions) == sizeof(found), "one member each");
  for (void *function : found)
    if (!function)
      return false;
  memcpy(&functions, found, sizeof(found));
  return true;
}

/// Opens a library of the folder that the user names, if any does. Else one
/// that the process has loaded, wherever it is from, goes before others.
static void *openFile(const char *name, bool isLoaded) {
  const char *folder = getenv("SNN_CUDA_LIBRARIES");
  if (!folder)
    return dlopen(name, RTLD_NOW | RTLD_LOCAL | (isLoaded ? RTLD_NOLOAD : 0));
  char path[4096];
  size_t length = strlen(folder), nameBytes = strlen(name) + 1;
  if (length + 1 + nameBytes > sizeof(path))
    return nullptr;
  memcpy(path, folder, length);
  path[length] = '/';
  memcpy(path + length + 1, name, nameBytes);
  return dlopen(path, RTLD_NOW | RTLD_LOCAL);
}

/// A handle for the current context; null where there is none.
static Products *openProducts(const char *name, bool isLoaded) {
  void *file = openFile(name, isLoaded);
  if (!file)
    return nullptr;
  auto *products = static_cast<Products *>(calloc(1, sizeof(Products)));
  bool isFound = products && findFunctions(file, products->library);
  if (isFound && products->library.create(&products->handle) == 0)
    return products; // whose file stays open
  free(products);
  dlclose(file);
  return nullptr;
}

void cuda::openLibraries(LoadedModel &loaded) {
  static constexpr const char *names[] = {"libcublasLt.so.13",
                                          "libcublasLt.so.12"};
  if (!(loaded.model->cuda->libraries & SNN_CUDA_CUBLASLT))
    return;
  for (int isLoaded = 1; isLoaded >= 0; --isLoaded)
    for (const char *name : names)
      if (!loaded.products)
        loaded.products = openProducts(name, isLoaded);
}

//===----------------------------------------------------------------------===//
// Plans
//===----------------------------------------------------------------------===//

static void destroyPlan(const CublasLt &library, MatmulPlan *plan) {
  void *const layouts[] = {plan->weight, plan->input, plan->output};
  for (void *layout : layouts)
    if (layout)
      library.destroyLayout(layout);
  if (plan->matmul)
    library.destroyMatmul(plan->matmul);
  free(plan);
}

void cuda::closeLibraries(LoadedModel &loaded, bool isAlive) {
  Products *products = loaded.products;
  if (!products)
    return;
  for (MatmulPlan *plan = products->plans; plan;) {
    MatmulPlan *next = plan->next;
    destroyPlan(products->library, plan);
    plan = next;
  }
  if (isAlive) // else its context has taken it along
    products->library.destroy(products->handle);
  free(products);
}

/// Describes x, w and y = x w' + bias, which column by column is y' = w x':
/// x' is inputs by rows, y' outputs by rows, and w either way round.
static bool describe(const CublasLt &library, MatmulPlan &plan) {
  const Shape &s = plan.shape;
  int32_t transposed = s.isInputMajor ? kNotTransposed : kTransposed;
  uint64_t wRows = s.isInputMajor ? s.outputs : s.inputs,
           wColumns = s.isInputMajor ? s.inputs : s.outputs;
  if (library.createMatmul(&plan.matmul, kComputeF32, kTypeF32) ||
      library.createLayout(&plan.weight, kTypeF32, wRows, wColumns,
                           s.wStride) ||
      library.createLayout(&plan.input, kTypeF32, s.inputs, s.rows,
                           s.xStride) ||
      library.createLayout(&plan.output, kTypeF32, s.outputs, s.rows,
                           s.yStride) ||
      library.setMatmul(plan.matmul, kTransposeA, &transposed,
                        sizeof(transposed)))
    return false;
  uint32_t epilogue = kEpilogueBias;
  return !s.bias || (!library.setMatmul(plan.matmul, kEpilogue, &epilogue,
                                        sizeof(epilogue)) &&
                     !library.setMatmul(plan.matmul, kBiasPointer, &s.bias,
                                        sizeof(s.bias)));
}

/// Chooses an algorithm without a workspace, and with one order of the sums
/// for a shape.
static bool chooseAlgorithm(const Products &products, MatmulPlan &plan) {
  const CublasLt &library = products.library;
  void *preference = nullptr;
  if (library.createPreference(&preference))
    return false;
  uint32_t none = 0, alignment = plan.shape.alignment;
  bool isSet =
      !library.setPreference(preference, kReductionSchemes, &none, 4) &&
      !library.setPreference(preference, kAlignmentA, &alignment, 4) &&
      !library.setPreference(preference, kAlignmentB, &alignment, 4) &&
      !library.setPreference(preference, kAlignmentC, &alignment, 4) &&
      !library.setPreference(preference, kAlignmentD, &alignment, 4);
  MatmulHeuristic found = {};
  int count = 0;
  bool isFound = isSet &&
                 !library.getHeuristic(
                     products.handle, plan.matmul, plan.weight, plan.input,
                     plan.output, plan.output, preference, 1, &found, &count) &&
                 count > 0 && found.state == 0 && found.workspaceBytes == 0;
  plan.algorithm = found.algorithm;
  library.destroyPreference(preference);
  return isFound;
}

static MatmulPlan *makePlan(const Driver &driver, const Products &products,
                            const Shape &shape) {
  auto *plan = static_cast<MatmulPlan *>(calloc(1, sizeof(MatmulPlan)));
  if (!plan)
    return nullptr;
  RelaxedCapture relaxed(driver); // the library may load code of its own
  plan->shape = shape;
  plan->isUsable =
      describe(products.library, *plan) && chooseAlgorithm(products, *plan);
  return plan;
}

static const MatmulPlan *findPlan(const Products &products,
                                  const Shape &shape) {
  const MatmulPlan *plan = __atomic_load_n(&products.plans, __ATOMIC_ACQUIRE);
  while (plan && !(plan->shape == shape))
    plan = plan->next;
  return plan;
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

namespace {
struct Matrices {
  const void *x, *w;
  void *y;
};
} // namespace

static bool queue(const Frame &frame, const MatmulPlan &plan,
                  const Matrices &matrices) {
  const Products &products = *frame.loaded->products;
  const float one = 1, zero = 0;
  return plan.isUsable &&
         products.library.matmul(
             products.handle, plan.matmul, &one, matrices.w, plan.weight,
             matrices.x, plan.input, &zero, matrices.y, plan.output, matrices.y,
             plan.output, &plan.algorithm, nullptr, 0, frame.stream) == 0;
}

/// A product of a shape without a plan.
static bool planAndQueue(const Frame &frame, const Shape &shape,
                         const Matrices &matrices) {
  Products &products = *frame.loaded->products;
  pthread_mutex_lock(&planning);
  const MatmulPlan *plan = findPlan(products, shape); // of another thread
  MatmulPlan *made = plan ? nullptr : makePlan(*frame.driver, products, shape);
  bool isKept = made && products.numPlans < kMostPlans;
  if (isKept) {
    made->next = products.plans;
    ++products.numPlans;
    __atomic_store_n(&products.plans, made, __ATOMIC_RELEASE);
  }
  pthread_mutex_unlock(&planning);
  bool isQueued =
      (plan || made) && queue(frame, plan ? *plan : *made, matrices);
  if (made && !isKept)
    destroyPlan(products.library, made);
  return isQueued;
}

int64_t snn_cuda_matmul(void *run, const void *x, const void *w,
                        const void *bias, void *y, int64_t rows, int64_t inputs,
                        int64_t outputs, int64_t x_stride, int64_t w_stride,
                        int64_t y_stride, int64_t is_input_major) {
  Frame &frame = *static_cast<Frame *>(run);
  if (frame.status != SNN_OK || rows == 0)
    return 1; // there is nothing to do
  bool areDense = x_stride >= inputs && y_stride >= outputs &&
                  w_stride >= (is_input_major ? outputs : inputs);
  if (!frame.loaded->products || !areDense)
    return 0;
  uintptr_t low = uintptr_t(x) | uintptr_t(w) | uintptr_t(y) | uintptr_t(bias);
  Shape shape = {rows,
                 inputs,
                 outputs,
                 x_stride,
                 w_stride,
                 y_stride,
                 bias,
                 int32_t(is_input_major),
                 low % 16 == 0 ? 16u : 4u};
  Matrices matrices = {x, w, y};
  const MatmulPlan *plan = findPlan(*frame.loaded->products, shape);
  return plan ? queue(frame, *plan, matrices)
              : planAndQueue(frame, shape, matrices);
}
