//===- CudaLibrariesTest.cpp - Tests of products by cuBLASLt --------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CudaTest.h"
#include "FakeCuda/FakeCublasLt.h"

#include <cstring>
#include <dlfcn.h>
#include <thread>

using namespace snn::test;

namespace {
/// y = x w' + bias of small integers, which no order of the sums changes.
struct Product {
  Product(int64_t rows, int64_t inputs, int64_t outputs)
      : rows(rows), inputs(inputs), outputs(outputs), xStride(inputs),
        wStride(inputs), yStride(outputs) {
    x = fill(0, rows * (inputs + 8));
    w = fill(1, (inputs + 8) * (outputs + 8));
    bias = fill(2, outputs);
    y = fill(3, rows * (outputs + 8));
  }

  static float *fill(int seed, int64_t count) {
    auto *data = static_cast<float *>(fake->allocate(0, 4 * count + 64, false));
    for (int64_t i = 0; i < count; ++i)
      data[i] = float((i * 7 + seed * 5) % 11 - 5);
    return data;
  }

  int64_t queue(void *run) {
    return snn_cuda_matmul(run, x, w, hasBias ? bias : nullptr, y, rows, inputs,
                           outputs, xStride, wStride, yStride, isInputMajor);
  }

  bool isRight() const {
    for (int64_t row = 0; row < rows; ++row)
      for (int64_t o = 0; o < outputs; ++o) {
        float sum = hasBias ? bias[o] : 0;
        for (int64_t k = 0; k < inputs; ++k)
          sum += x[row * xStride + k] *
                 (isInputMajor ? w[k * wStride + o] : w[o * wStride + k]);
        if (y[row * yStride + o] != sum)
          return false;
      }
    return true;
  }

  int64_t rows, inputs, outputs, xStride, wStride, yStride;
  bool hasBias = false, isInputMajor = false;
  float *x, *w, *bias, *y;
};
} // namespace

/// What a run of the model does.
static thread_local std::function<void(void *run)> window;

static void runWindow(void *const *args) { window(args[3]); }
static int64_t needNothing(int64_t, int64_t) { return 0; }

static const snn_cuda_image image = {90, 0, 6, "sm_90"};
static const snn_cuda code = {
    1, 0, &image, nullptr, runWindow, needNothing, 0, SNN_CUDA_CUBLASLT};
static const snn_cuda plainCode = {1,         0,           &image, nullptr,
                                   runWindow, needNothing, 0,      0};

static snn_model makeModel(const snn_cuda *code) {
  snn_model model = {};
  model.abi_version = SNN_ABI_VERSION;
  model.flags = SNN_CAUSAL | SNN_BATCH_SEPARABLE;
  model.name = "products";
  model.max_steps = -1;
  model.cuda = code;
  return model;
}

static const snn_model model = makeModel(&code),
                       plainModel = makeModel(&plainCode);

/// A run that does this; returns its status.
static int run(const std::function<void(void *run)> &body,
               void *stream = nullptr, const snn_model *which = &model) {
  window = body;
  return snn_cuda_run(which, nullptr, nullptr, 1, 1, nullptr,
                      fake->allocate(0, 1024, false), nullptr, stream);
}

/// Whether the library takes the product, in a run of its own.
static bool takes(Product &product, void *stream = nullptr,
                  const snn_model *which = &model) {
  int64_t isQueued = -1;
  CHECK(run([&](void *run) { isQueued = product.queue(run); }, stream, which) ==
        SNN_OK);
  CHECK(isQueued == 0 || isQueued == 1);
  return isQueued == 1;
}

static const std::string folder = "SNN_CUDA_LIBRARIES=" FAKE_CUDA_LIBRARIES;

/// What the library of the folder, which stays open, has been asked for.
static FakeCublasLt getCounts() {
  void *library = dlopen(FAKE_CUDA_LIBRARIES "/libcublasLt.so.13", RTLD_NOW);
  auto *get = library ? reinterpret_cast<GetFakeCublasLt *>(
                            dlsym(library, "getFakeCublasLt"))
                      : nullptr;
  CHECK(get);
  FakeCublasLt counts;
  if (get)
    get(&counts);
  return counts;
}

static void testProducts() {
  runAlone("products by cuBLASLt", {folder}, [] {
    for (int form = 0; form < 8; ++form) {
      Product product(5, 6, 7);
      product.hasBias = form & 1;
      if (form & 2) {
        product.isInputMajor = true;
        product.wStride = 7;
      }
      if (form & 4) {
        ++product.xStride;
        product.wStride += 2;
        product.yStride += 3;
      }
      CHECK(takes(product) && product.isRight());
    }
    CHECK(getCounts().products == 8 && getCounts().handles == 1);
  });
  runAlone("a known product is queued without a question", {folder}, [] {
    Product product(5, 6, 7);
    CHECK(takes(product));
    FakeCuda driver = fake->get();
    FakeCublasLt before = getCounts();
    for (int i = 0; i < 3; ++i)
      CHECK(run([&](void *run) { product.queue(run); }) == SNN_OK);
    CHECK(getCounts().products == 4);
    CHECK(getCounts().heuristics == 1 && before.heuristics == 1);
    CHECK(getCounts().objects == before.objects);
    CHECK(fake->get().allocations == driver.allocations + 3); // of the test
    CHECK(fake->get().waits == driver.waits);
  });
  runAlone("what is not for cuBLASLt", {folder}, [] {
    Product product(5, 6, 7);
    CHECK(!takes(product, nullptr, &plainModel)); // which does not say so
    CHECK(getCounts().handles == 0);
    for (int64_t Product::*stride :
         {&Product::xStride, &Product::wStride, &Product::yStride}) {
      Product uneven(5, 6, 7);
      uneven.*stride = 0;
      CHECK(!takes(uneven));
    }
    Product none(0, 6, 7);
    CHECK(takes(none)); // there is nothing to do
    CHECK(run([&](void *run) {
            void *arguments[] = {nullptr};
            snn_cuda_launch(run, 0, 1, 1, 1, 1, 1, 1, 0, 0, arguments);
            CHECK(product.queue(run) == 1); // of a run that has failed
          }) == SNN_ERROR_ABI);
    CHECK(getCounts().products == 0);
  });
  runAlone("addresses of cuBLASLt", {folder}, [] {
    Product product(5, 6, 7);
    CHECK(takes(product) && getCounts().alignment == 16);
    ++product.y;
    CHECK(takes(product) && product.isRight());
    CHECK(getCounts().alignment == 4);
  });
}

static void testLibraryLoading() {
  runAlone("cuBLASLt that the process has loaded", {}, [] {
    (void)getCounts();
    Product product(5, 6, 7);
    CHECK(takes(product) && product.isRight());
    CHECK(getCounts().products == 1);
  });
  runAlone("no cuBLASLt", {"SNN_CUDA_LIBRARIES=/nowhere"}, [] {
    (void)getCounts(); // which is not the one of the folder
    Product product(5, 6, 7);
    CHECK(!takes(product));
    CHECK(getCounts().handles == 0);
  });
  for (const char *name :
       {"cublasLtCreate", "cublasLtMatmulDescCreate",
        "cublasLtMatmulDescSetAttribute", "cublasLtMatrixLayoutCreate",
        "cublasLtMatmulPreferenceCreate",
        "cublasLtMatmulPreferenceSetAttribute",
        "cublasLtMatmulAlgoGetHeuristic", "cublasLtMatmul"})
    runAlone(std::string("a failure of ") + name,
             {folder, std::string("FAKE_CUBLASLT_FAIL=") + name}, [] {
               Product product(5, 6, 7);
               CHECK(!takes(product));
               CHECK(!takes(product));
               CHECK(getCounts().products == 0 && getCounts().heuristics <= 1);
               CHECK(snn_cuda_unload(&model) == SNN_OK);
               CHECK(getCounts().objects == 0);
             });
  runAlone("cuBLASLt is given back", {folder}, [] {
    for (int i = 1; i < 3; ++i) {
      Product product(5, 6, 7);
      CHECK(takes(product) && getCounts().objects > 0);
      CHECK(snn_cuda_unload(&model) == SNN_OK);
      CHECK(getCounts().objects == 0 && getCounts().handles == i);
    }
    void *context = fake->createContext(0);
    Product product(5, 6, 7);
    CHECK(takes(product, fake->createStream(context)));
    fake->destroyContext(context);
    CHECK(snn_cuda_unload(&model) == SNN_OK);
    CHECK(getCounts().objects == 1); // the handle, which the context had
  });
  runAlone("a capture of cuBLASLt", {folder}, [] {
    void *context = fake->createContext(0);
    void *stream = fake->createStream(context);
    fake->setCurrent(context);
    CHECK(snn_cuda_load(&model, 0) == SNN_OK);
    CHECK(getCounts().handles == 1); // before the first run
    fake->setCapturing(stream, true);
    Product product(5, 6, 7);
    CHECK(takes(product, stream) && product.isRight());
    CHECK(getCounts().stream == stream);
  });
}

static void testPlans() {
  runAlone("eight threads of one product", {folder}, [] {
    std::vector<std::thread> threads;
    std::vector<int> results(8, -1);
    for (int i = 0; i < 8; ++i)
      threads.emplace_back([&, i] {
        Product product(5, 6, 7);
        results[i] = takes(product) && product.isRight();
      });
    for (std::thread &thread : threads)
      thread.join();
    for (int result : results)
      CHECK(result == 1);
    CHECK(getCounts().handles == 1 && getCounts().heuristics == 1);
  });
  runAlone("more shapes than are kept", {folder}, [] {
    for (int64_t rows = 1; rows <= 300; ++rows) {
      Product product(rows, 2, 3);
      CHECK(takes(product) && product.isRight());
    }
    CHECK(getCounts().heuristics == 300);
    CHECK(getCounts().objects == 1 + 256 * 4);
    Product late(300, 2, 3), kept(1, 2, 3);
    CHECK(takes(late) && late.isRight() && takes(kept));
    CHECK(getCounts().heuristics == 301);
    CHECK(snn_cuda_unload(&model) == SNN_OK);
    CHECK(getCounts().objects == 0);
  });
}

void snn::test::testCudaLibraries() {
  testProducts();
  testLibraryLoading();
  testPlans();
}
