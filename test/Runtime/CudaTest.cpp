//===- CudaTest.cpp - Tests of models on GPUs -----------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CudaTest.h"

#include <cstring>
#include <dlfcn.h>
#include <functional>
#include <sys/wait.h>
#include <thread>
#include <vector>

using namespace snn::test;

const FakeCudaControl *snn::test::fake = nullptr;

namespace {
/// Arrays of a run of `cudaModel` on the CPU and on a GPU.
struct Arrays {
  explicit Arrays(int64_t steps = 5, int64_t batch = 2, int device = 0)
      : steps(steps), batch(batch), device(device),
        x(steps * batch * numNeurons) {
    for (size_t i = 0; i < x.size(); ++i)
      x[i] = float(i * 2654435761u % 1024) / 512;
    sizes[0] = steps * batch * numNeurons;
    sizes[1] = 4 * batch * numNeurons;
    sizes[2] = 8 * steps;
    input = allocate(4 * sizes[0]);
    if (!x.empty())
      std::memcpy(input, x.data(), 4 * sizes[0]);
    for (int i = 0; i < 3; ++i) {
      outputs[i] = allocate(sizes[i]);
      expected[i].resize(sizes[i]);
    }
    workspace = allocate(snn_cuda_workspace_bytes(&cudaModel, steps, batch));
    memory = allocate(snn_cuda_state_bytes(&cudaModel, batch));
  }

  void *allocate(int64_t bytes) const {
    return fake->allocate(device, bytes, false);
  }
  int run(void *stream = nullptr) {
    const void *inputs[] = {input}, *params[] = {param};
    return snn_cuda_run(param ? &cudaParamModel : &cudaModel, inputs, outputs,
                        steps, batch, state, workspace,
                        param ? params : nullptr, stream);
  }
  int reset(void *stream = nullptr) {
    state = &handle;
    return snn_cuda_reset(&cudaModel, state, memory, batch, stream);
  }
  /// The same on the CPU.
  void runOnCpu(void *cpuState) {
    const void *inputs[] = {x.data()};
    void *results[] = {expected[0].data(), expected[1].data(),
                       expected[2].data()};
    std::vector<char> space(
        snn_stream_workspace_bytes(&cudaModel, steps, batch));
    CHECK(snn_stream_run(&cudaModel, inputs, results, steps, batch, cpuState,
                         space.data(), nullptr) == SNN_OK);
  }
  bool isEqual() const {
    for (int i = 0; i < 3; ++i)
      if (sizes[i] > 0 &&
          std::memcmp(outputs[i], expected[i].data(), sizes[i]) != 0)
        return false;
    return true;
  }

  int64_t steps, batch;
  int device;
  std::vector<float> x;
  int64_t sizes[3];
  void *input, *outputs[3], *workspace, *memory, *param = nullptr;
  std::vector<char> expected[3];
  snn_cuda_state handle = {}, *state = nullptr;
};
} // namespace

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
}

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
    testLoading();
    testImages();
    testPointers();
    testFailures();
    testLaunches();
    testCudaInvoke();
    testCudaLibraries();
  } else {
    testNone();
  }
  testCudaProgram(isNone);
  return finish();
}
