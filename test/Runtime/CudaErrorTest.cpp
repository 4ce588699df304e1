//===- CudaErrorTest.cpp - What a run on a GPU refuses --------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CudaArrays.h"

using namespace snn::test;

static const snn_cuda_image newImages[] = {{90, 0, 6, "sm_90"},
                                           {100, 1, 12, "compute_100"}};
static const snn_cuda_image brokenImages[] = {{90, 0, 13, "sm_90 broken"},
                                              {90, 1, 11, "compute_90"}};
static const snn_cuda_image brokenPtx[] = {{90, 1, 18, "compute_90 broken"}};

static void testImages() {
  auto use = [](const snn_cuda_image *images, int32_t count) {
    cudaCode.images = images;
    cudaCode.num_images = count;
  };
  auto choose = [](const char *capability, const char *image) {
    runAlone(std::string("code for compute capability ") + capability,
             {std::string("FAKE_CUDA_CAPABILITY=") + capability}, [&] {
               Arrays arrays;
               CHECK(arrays.run() == SNN_OK);
               CHECK(fake->get().image == image);
             });
  };
  choose("80", "sm_80");
  choose("89", "sm_80");
  choose("90", "sm_90");
  choose("100", "compute_80");
  runAlone("a GPU that is too old", {"FAKE_CUDA_CAPABILITY=75"}, [] {
    Arrays arrays;
    CHECK(arrays.run() == SNN_ERROR_CUDA_CODE);
    CHECK(fake->get().launches == 0);
  });
  runAlone("PTX for newer GPUs only", {"FAKE_CUDA_CAPABILITY=89"}, [&] {
    use(newImages, 2);
    Arrays arrays;
    CHECK(arrays.run() == SNN_ERROR_CUDA_CODE);
  });
  runAlone("PTX instead of a cubin that does not load", {}, [&] {
    use(brokenImages, 2);
    Arrays arrays;
    CHECK(arrays.run() == SNN_OK);
    CHECK(fake->get().image == "compute_90");
  });
  runAlone("PTX that the driver refuses", {}, [&] {
    use(brokenPtx, 1);
    Arrays arrays;
    CHECK(arrays.run() == SNN_ERROR_CUDA_CODE);
    CHECK(fake->get().modules == 0);
  });
}

static void testPointers() {
  auto expect = [](const char *name, int status,
                   const std::function<void(Arrays &)> &change) {
    runAlone(name, {"FAKE_CUDA_DEVICES=2"}, [&] {
      Arrays arrays;
      CHECK(arrays.reset() == SNN_OK);
      change(arrays);
      int64_t sets = fake->get().sets;
      CHECK(arrays.run() == status);
      if (status)
        CHECK(fake->get().launches == 0 && fake->get().sets == sets);
      CHECK(arrays.handle.header.owner == 0);
    });
  };
  static char host[4096] __attribute__((aligned(64)));
  expect("a null pointer", SNN_ERROR_NULL,
         [](Arrays &a) { a.outputs[1] = nullptr; });
  expect("an input of the host", SNN_ERROR_CUDA_POINTER,
         [](Arrays &a) { a.input = host; });
  expect("an output of the host", SNN_ERROR_CUDA_POINTER,
         [](Arrays &a) { a.outputs[2] = host; });
  expect("a workspace of the host", SNN_ERROR_CUDA_POINTER,
         [](Arrays &a) { a.workspace = host; });
  expect("a state of the host", SNN_ERROR_CUDA_POINTER,
         [](Arrays &a) { a.state->memory = host; });
  expect("memory of another GPU", SNN_ERROR_CUDA_POINTER,
         [](Arrays &a) { a.input = fake->allocate(1, 4096, false); });
  expect("managed memory of another GPU", SNN_OK,
         [](Arrays &a) { a.input = fake->allocate(1, 4096, true); });
  expect("an array at 8", SNN_ERROR_ALIGNMENT, [](Arrays &a) {
    a.input = static_cast<char *>(a.allocate(4096)) + 8;
  });
  expect("a workspace at 8", SNN_ERROR_ALIGNMENT,
         [](Arrays &a) { a.workspace = static_cast<char *>(a.workspace) + 8; });
  expect("a workspace at 16", SNN_OK, [](Arrays &a) {
    auto bytes = snn_cuda_workspace_bytes(&cudaModel, a.steps, a.batch);
    a.workspace = static_cast<char *>(a.allocate(bytes + 16)) + 16;
  });
  expect("an output in an input", SNN_ERROR_OVERLAP,
         [](Arrays &a) { a.outputs[0] = a.input; });
  expect("an output in the workspace", SNN_ERROR_OVERLAP,
         [](Arrays &a) { a.outputs[0] = a.workspace; });
  expect("an output in the state", SNN_ERROR_OVERLAP,
         [](Arrays &a) { a.outputs[0] = a.memory; });
  expect("a state in the workspace", SNN_ERROR_OVERLAP,
         [](Arrays &a) { a.state->memory = a.workspace; });
  expect("a state of another batch", SNN_ERROR_BATCH,
         [](Arrays &a) { a.handle.header.batch = 3; });
  expect("a state of another model", SNN_ERROR_STATE,
         [](Arrays &a) { a.handle.header.hash = 3; });
  expect("more steps than there are", SNN_ERROR_MAX_STEPS,
         [](Arrays &a) { a.handle.header.position = 996; });
  expect("negative steps", SNN_ERROR_SIZE, [](Arrays &a) { a.steps = -1; });
}

static void testFailures() {
  auto expect = [](const char *fail, int status, int again) {
    runAlone(fail, {std::string("FAKE_CUDA_FAIL=") + fail}, [&] {
      Arrays arrays;
      CHECK(arrays.reset() == SNN_OK);
      int64_t before = fake->get().allocations;
      CHECK(arrays.run() == status);
      CHECK(arrays.handle.header.position == 0);
      if (fake->get().loads == 0)
        CHECK(fake->get().allocations == before);
      CHECK(arrays.run() == again);
      CHECK(arrays.handle.header.position == (again ? 0 : 5));
      CHECK(fake->getCurrent() == nullptr || again);
    });
  };
  expect("cuMemAlloc_v2:1:2", SNN_ERROR_CUDA_MEMORY, SNN_OK);
  expect("cuModuleLoadDataEx:1:2", SNN_ERROR_CUDA_MEMORY, SNN_OK);
  expect("cuModuleGetFunction:1:500", SNN_ERROR_CUDA, SNN_OK);
  expect("cuMemcpyHtoDAsync_v2:1:1", SNN_ERROR_CUDA, SNN_OK);
  expect("cuLaunchKernel:2:1", SNN_ERROR_CUDA, SNN_OK);
  expect("cuMemcpyDtoDAsync_v2:3:1", SNN_ERROR_CUDA, SNN_OK);
  expect("cuLaunchKernel:1:700", SNN_ERROR_CUDA, SNN_ERROR_CUDA);
  runAlone("a driver that does not fit", {"FAKE_CUDA_FAIL=cuInit:1:803"}, [] {
    CHECK(snn_cuda_device_count() == -SNN_ERROR_CUDA_DRIVER);
    CHECK(snn_cuda_device_count() == 1); // it is asked again
  });
  runAlone("no GPU", {"FAKE_CUDA_DEVICES=0"}, [] {
    Arrays arrays;
    CHECK(snn_cuda_device_count() == 0);
    CHECK(arrays.run() == SNN_ERROR_CUDA_DEVICE);
    CHECK(snn_cuda_load(&cudaModel, 0) == SNN_ERROR_CUDA_DEVICE);
  });
  runAlone("a GPU that is not there", {"FAKE_CUDA_DEVICES=2"}, [] {
    CHECK(snn_cuda_device_count() == 2);
    CHECK(snn_cuda_load(&cudaModel, 1) == SNN_OK);
    CHECK(snn_cuda_load(&cudaModel, 2) == SNN_ERROR_CUDA_DEVICE);
    CHECK(snn_cuda_load(&cudaModel, -1) == SNN_ERROR_CUDA_DEVICE);
    CHECK(snn_cuda_load(&lifModel, 0) == SNN_ERROR_TARGET);
    CHECK(snn_cuda_workspace_bytes(&lifModel, 1, 1) == -SNN_ERROR_TARGET);
  });
}

void snn::test::testCudaErrors() {
  testImages();
  testPointers();
  testFailures();
}
