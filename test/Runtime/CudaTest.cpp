//===- CudaTest.cpp - Tests of models on GPUs -----------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CudaArrays.h"

#include <cstring>
#include <dlfcn.h>
#include <functional>
#include <sys/wait.h>
#include <thread>
#include <vector>

using namespace snn::test;

const FakeCudaControl *snn::test::fake = nullptr;

void snn::test::runAlone(const std::string &name,
                         const std::vector<std::string> &environment,
                         const std::function<void()> &body) {
  runTest(name, [&] {
    pid_t child = ::fork();
    if (child == 0) {
      for (const std::string &entry : environment)
        ::putenv(const_cast<char *>(entry.c_str()));
      numFailures = 0;
      body();
      std::fflush(stdout);
      ::_exit(numFailures ? 1 : 0);
    }
    int status = 0;
    CHECK(child > 0 && ::waitpid(child, &status, 0) == child && status == 0);
  });
}

static void testRuns() {
  runAlone("a run equals that of the CPU", {}, [] {
    Arrays arrays;
    arrays.runOnCpu(nullptr);
    CHECK(arrays.run() == SNN_OK);
    CHECK(arrays.isEqual());
    CHECK(fake->get().launches == 2);
    CHECK(fake->get().image == "sm_90");
  });
  runAlone("states over calls", {}, [] {
    Arrays arrays;
    std::vector<char> state(snn_stream_state_bytes(&cudaModel, 2));
    CHECK(snn_stream_reset(&cudaModel, state.data(), 2) == SNN_OK);
    CHECK(arrays.reset() == SNN_OK);
    for (int i = 0; i < 3; ++i) {
      arrays.runOnCpu(state.data());
      CHECK(arrays.run() == SNN_OK);
      CHECK(arrays.isEqual());
    }
    CHECK(arrays.handle.header.position == 15);
    CHECK(arrays.handle.header.current == 0);
  });
  runAlone("states that nobody has given", {}, [] {
    Arrays arrays;
    auto bytes = size_t(snn_cuda_workspace_bytes(&cudaModel, arrays.steps, 2));
    arrays.runOnCpu(nullptr);
    std::memset(arrays.workspace, 1, bytes);
    CHECK(arrays.run() == SNN_OK && arrays.isEqual());
    CHECK(cudaHasState == 0);
    // The code clears what it asks for: here, the second of three.
    cudaCleared[0] = cudaCleared[1] = 1;
    std::memset(arrays.workspace, 1, bytes);
    CHECK(arrays.run() == SNN_OK);
    auto *states = reinterpret_cast<const char *>(
        (uintptr_t(arrays.workspace) + 255) & ~uintptr_t(255));
    CHECK(states[0] == 1 && states[255] == 1);
    CHECK(states[256] == 0 && states[511] == 0 && states[512] == 1);
    // What a caller has given stays.
    CHECK(arrays.reset() == SNN_OK);
    std::memset(arrays.memory, 1, snn_cuda_state_bytes(&cudaModel, 2));
    std::memset(arrays.workspace, 1, bytes);
    CHECK(arrays.run() == SNN_OK && cudaHasState == 1);
    CHECK(states[0] == 1 && states[256] == 1);
    float count;
    std::memcpy(&count, static_cast<char *>(arrays.memory) + 256, 4);
    CHECK(count != 0);
  });
  runAlone("nothing is allocated or waited for after loading", {}, [] {
    Arrays arrays;
    CHECK(snn_cuda_load(&cudaModel, 0) == SNN_OK);
    CHECK(arrays.reset() == SNN_OK);
    FakeCuda before = fake->get();
    for (int i = 0; i < 4; ++i)
      CHECK(arrays.run() == SNN_OK);
    FakeCuda after = fake->get();
    CHECK(before.allocations == after.allocations);
    CHECK(before.waits == after.waits && before.loads == 1 && after.loads == 1);
    CHECK(fake->getCurrent() == nullptr);
  });
  runAlone("no steps, and no elements", {}, [] {
    Arrays none(0, 2), empty(5, 0);
    none.runOnCpu(nullptr);
    CHECK(none.run() == SNN_OK && none.isEqual());
    CHECK(empty.run() == SNN_OK);
    CHECK(fake->get().launches == 2);
  });
  runAlone("a parameter of the caller", {}, [] {
    Arrays arrays;
    const float w[] = {0.5f, 0.625f, 0.8125f};
    CHECK(arrays.run() == SNN_OK);
    arrays.runOnCpu(nullptr);
    arrays.param = arrays.allocate(sizeof(w));
    std::memcpy(arrays.param, w, sizeof(w));
    std::memset(arrays.outputs[0], 7, arrays.sizes[0]);
    CHECK(arrays.run() == SNN_OK);
    CHECK(arrays.isEqual());
  });
}

static constexpr int64_t manyBlocks = 5000;

/// A window that takes very many blocks twice, each at a place of its own.
static void takeManyBlocks(void *const *args) {
  void *run = args[15];
  std::vector<void *> first, again;
  for (int64_t site = 0; site < manyBlocks; ++site)
    first.push_back(snn_cuda_alloc(run, 100, site));
  for (void *block : first)
    snn_cuda_free(run, block);
  for (int64_t site = 0; site < manyBlocks; ++site)
    again.push_back(snn_cuda_alloc(run, 100, site));
  CHECK(first == again);
  for (size_t i = 1; i < first.size(); ++i)
    CHECK(static_cast<char *>(first[i]) - static_cast<char *>(first[i - 1]) ==
          128);
}

static void testBlocks() {
  runAlone("blocks beyond those of nearly all models", {}, [] {
    cudaCode.run = takeManyBlocks;
    cudaCode.workspace_bytes = [](int64_t, int64_t) {
      return 128 * manyBlocks;
    };
    Arrays arrays;
    CHECK(arrays.run() == SNN_OK);
  });
}

static void testLoading() {
  runAlone("unload and load again", {}, [] {
    Arrays arrays;
    int64_t before = fake->get().allocations;
    CHECK(arrays.run() == SNN_OK);
    CHECK(fake->get().modules == 1 && fake->get().retained == 1);
    CHECK(fake->get().allocations == before + 1);
    CHECK(snn_cuda_unload(&cudaModel) == SNN_OK);
    CHECK(fake->get().modules == 0 && fake->get().retained == 0);
    CHECK(fake->get().allocations == before);
    arrays.runOnCpu(nullptr);
    CHECK(arrays.run() == SNN_OK && arrays.isEqual());
    CHECK(fake->get().loads == 2);
  });
  runAlone("eight threads load once", {}, [] {
    std::vector<std::thread> threads;
    std::vector<int> results(8, -1);
    for (int i = 0; i < 8; ++i)
      threads.emplace_back([&, i] {
        Arrays arrays(5 + i, 2);
        arrays.runOnCpu(nullptr);
        results[i] = arrays.run() == SNN_OK && arrays.isEqual();
      });
    for (std::thread &thread : threads)
      thread.join();
    for (int result : results)
      CHECK(result == 1);
    CHECK(fake->get().loads == 1);
  });
  runAlone("two contexts", {"FAKE_CUDA_DEVICES=2"}, [] {
    Arrays first, second(5, 2, 1);
    void *contexts[] = {fake->createContext(0), fake->createContext(1)};
    void *streams[] = {fake->createStream(contexts[0]),
                       fake->createStream(contexts[1])};
    fake->setCurrent(contexts[0]);
    CHECK(first.run(streams[0]) == SNN_OK);
    CHECK(second.run(streams[1]) == SNN_OK); // although 0 is current
    CHECK(fake->getCurrent() == contexts[0]);
    CHECK(fake->get().loads == 2 && fake->get().last.stream == streams[1]);
    CHECK(second.run() == SNN_ERROR_CUDA_POINTER); // which 0 is not of
    // A context that is gone takes what was loaded with it.
    fake->destroyContext(contexts[1]);
    fake->setCurrent(nullptr);
    CHECK(snn_cuda_unload(&cudaModel) == SNN_OK);
    CHECK(fake->get().modules == 1);
  });
  runAlone("a run of a capture needs the model loaded", {}, [] {
    Arrays arrays;
    void *context = fake->createContext(0);
    void *stream = fake->createStream(context);
    fake->setCapturing(stream, true);
    CHECK(arrays.run(stream) == SNN_ERROR_CUDA_LOAD);
    CHECK(fake->get().loads == 0 && fake->get().launches == 0);
    fake->setCurrent(context);
    CHECK(snn_cuda_load(&cudaModel, 0) == SNN_OK);
    CHECK(arrays.run(stream) == SNN_OK);
    CHECK(fake->get().loads == 1 && fake->get().launches == 2);
  });
  runAlone("a run that waits is not captured", {}, [] {
    cudaCode.waits = 1;
    Arrays arrays;
    void *context = fake->createContext(0);
    void *stream = fake->createStream(context);
    fake->setCurrent(context);
    CHECK(arrays.reset(stream) == SNN_OK);
    fake->setCapturing(stream, true);
    FakeCuda before = fake->get();
    CHECK(arrays.run(stream) == SNN_ERROR_CUDA_CAPTURE);
    CHECK(arrays.handle.header.position == 0);
    CHECK(fake->get().loads == 0 && fake->get().launches == 0);
    CHECK(fake->get().sets == before.sets);
    CHECK(contains(snn_strerror(SNN_ERROR_CUDA_CAPTURE), "learned span"));
    fake->setCapturing(stream, false);
    CHECK(arrays.run(stream) == SNN_OK);
    CHECK(fake->get().launches == 2);
  });
}

static void testLaunches() {
  auto expect = [](const char *name, std::vector<int64_t> launch, int status,
                   unsigned blocks) {
    runAlone(name, {}, [&] {
      std::memcpy(cudaLaunch, launch.data(), sizeof(cudaLaunch));
      Arrays arrays;
      CHECK(arrays.run() == status);
      CHECK(fake->get().launches == (blocks ? 2 : 0));
      CHECK(fake->get().last.blocks[0] == blocks);
      CHECK(fake->get().last.isCooperative == (blocks && launch[7]));
    });
  };
  // 4 multiprocessors of 2048 threads.
  expect("many blocks", {INT32_MAX, 1, 1, 32, 1, 1, 0, 0}, SNN_OK, INT32_MAX);
  expect("too many blocks", {int64_t(INT32_MAX) + 1, 1, 1, 32, 1, 1, 0, 0},
         SNN_ERROR_CUDA_LAUNCH, 0);
  expect("too many rows", {1, 65536, 1, 32, 1, 1, 0, 0}, SNN_ERROR_CUDA_LAUNCH,
         0);
  expect("too many threads", {1, 1, 1, 1024, 2, 1, 0, 0}, SNN_ERROR_CUDA_LAUNCH,
         0);
  expect("no blocks", {0, 1, 1, 32, 1, 1, 0, 0}, SNN_OK, 0);
  expect("no blocks, which would not fit",
         {0, 1, 1, 32, 1, 1, (226 << 10) + 1, 0}, SNN_OK, 0);
  expect("all shared memory", {1, 1, 1, 32, 1, 1, 226 << 10, 0}, SNN_OK, 1);
  expect("too much shared memory", {1, 1, 1, 32, 1, 1, (226 << 10) + 1, 0},
         SNN_ERROR_CUDA_LAUNCH, 0);
  expect("cooperative", {8, 1, 1, 1024, 1, 1, 0, 1}, SNN_OK, 8);
  expect("more than fit at once", {9, 1, 1, 1024, 1, 1, 0, 1},
         SNN_ERROR_CUDA_LAUNCH, 0);
  expect("as many as fit", {0, 2, 1, 512, 1, 1, 0, 1}, SNN_OK, 8);
}

/// Without a driver, all else works.
static void testNone() {
  runAlone("no driver", {}, [] {
    CHECK(snn_cuda_device_count() == -SNN_ERROR_CUDA_DRIVER);
    CHECK(snn_cuda_load(&cudaModel, 0) == SNN_ERROR_CUDA_DRIVER);
    CHECK(snn_cuda_unload(&cudaModel) == SNN_OK);
    CHECK(snn_cuda_state_bytes(&cudaModel, 2) == 3 * 256);
    CHECK(contains(snn_strerror(SNN_ERROR_CUDA_DRIVER), "no CUDA driver"));
    alignas(64) static char memory[1 << 16];
    snn_cuda_state state;
    CHECK(snn_cuda_reset(&cudaModel, &state, memory, 2, nullptr) ==
          SNN_ERROR_CUDA_DRIVER);
    const void *inputs[] = {memory};
    void *outputs[] = {memory + 1024, memory + 2048, memory + 4096};
    CHECK(snn_cuda_run(&cudaModel, inputs, outputs, 5, 2, nullptr,
                       memory + 8192, nullptr,
                       nullptr) == SNN_ERROR_CUDA_DRIVER);
    CHECK(snn_stream_run(&cudaModel, inputs, outputs, 5, 2, nullptr,
                         memory + 8192, nullptr) == SNN_OK);
  });
}

int main(int argc, char **argv) {
  bool isNone = argc > 1 && std::strcmp(argv[1], "none") == 0;
  if (!isNone) {
    void *library = dlopen("libcuda.so.1", RTLD_NOW);
    fake = library ? static_cast<const FakeCudaControl *>(
                         dlsym(library, "fakeCudaControl"))
                   : nullptr;
    if (!fake) {
      std::printf("expected LD_LIBRARY_PATH with libcuda.so.1 of FakeCuda\n");
      return 1;
    }
    testRuns();
    testBlocks();
    testLoading();
    testLaunches();
    testCudaErrors();
    testCudaInvoke();
    testCudaLibraries();
  } else {
    testNone();
  }
  testCudaProgram(isNone);
  return finish();
}
