//===- CudaDeviceTest.cpp - The runtime on a GPU --------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A model written by hand as PTX, y[t] = v[t] = decay * v[t-1] + x[t]: loading,
// states, streams, graphs, kinds of memory and of launches. Needs a GPU, and
// nothing of the compiler; without one it says SKIPPED.
//
//===----------------------------------------------------------------------===//

#include "../../lib/Runtime/CudaDriver.h"
#include "../Formats/Check.h"

#include <cstring>
#include <dlfcn.h>
#include <vector>

using namespace snn::test;
using namespace snn::rt::cuda;

static const char ptx[] = R"(
.version 7.0
.target sm_80
.address_size 64
.visible .entry leak(.param .u64 px, .param .u64 pv, .param .u64 py,
                     .param .u64 pw, .param .u64 pd, .param .u32 psteps,
                     .param .u32 pwidth)
{
  .reg .pred %p<3>;
  .reg .b32 %r<8>;
  .reg .b64 %x, %v, %y, %w, %d, %at, %pitch;
  .reg .f32 %f<4>;
  ld.param.u64 %x, [px];
  ld.param.u64 %v, [pv];
  ld.param.u64 %y, [py];
  ld.param.u64 %w, [pw];
  ld.param.u64 %d, [pd];
  ld.param.u32 %r5, [pwidth];
  ld.param.u32 %r6, [psteps];
  mov.u32 %r1, %ctaid.x;
  mov.u32 %r2, %ntid.x;
  mov.u32 %r3, %tid.x;
  mad.lo.u32 %r4, %r1, %r2, %r3;
  setp.ge.u32 %p1, %r4, %r5;
  @%p1 bra DONE;
  mul.wide.u32 %at, %r4, 4;
  mul.wide.u32 %pitch, %r5, 4;
  add.u64 %x, %x, %at;
  add.u64 %v, %v, %at;
  add.u64 %y, %y, %at;
  add.u64 %w, %w, %at;
  ld.global.f32 %f1, [%v];
  ld.global.f32 %f2, [%d];
LOOP:
  setp.eq.u32 %p2, %r6, 0;
  @%p2 bra END;
  ld.global.f32 %f3, [%x];
  mul.rn.f32 %f1, %f1, %f2;
  add.rn.f32 %f1, %f1, %f3;
  st.global.f32 [%y], %f1;
  add.u64 %x, %x, %pitch;
  add.u64 %y, %y, %pitch;
  sub.u32 %r6, %r6, 1;
  bra LOOP;
END:
  st.global.f32 [%w], %f1;
DONE:
  ret;
}
)";

//===----------------------------------------------------------------------===//
// The model
//===----------------------------------------------------------------------===//

static constexpr int64_t width = 100, batch = 3, steps = 7;

/// How the next launches are: shared memory, blocks, cooperative.
static int64_t sharedBytes = 0, blocks = 3, cooperative = 0;

static void runLeak(void *const *args) {
  auto data = [&](int i) { return static_cast<void **>(args[i])[1]; };
  auto *x = static_cast<const int64_t *>(args[0]);
  uint32_t numSteps = uint32_t(x[3]), lanes = uint32_t(x[4] * x[5]);
  void *run = args[8];
  // The states before are copied through the workspace.
  snn_cuda_clear_states(run, 0, 1);
  auto *block = snn_cuda_alloc(run, 4 * lanes, 1);
  snn_cuda_zero(run, block, 4 * lanes);
  snn_cuda_copy(run, block, data(2), 4 * lanes);
  void *values[] = {data(0), block, data(3), data(4), data(1)};
  void *arguments[] = {&values[0], &values[1], &values[2], &values[3],
                       &values[4], &numSteps,  &lanes};
  snn_cuda_launch(run, 0, blocks, 1, 1, 128, 1, 1, sharedBytes,
                  int32_t(cooperative), arguments);
  snn_cuda_free(run, block);
}

static int64_t countBytes(int64_t, int64_t elements) {
  return 4 * elements * width + 128;
}

static const int64_t sequence[] = {SNN_DIM_TIME, SNN_DIM_BATCH, width};
static const int64_t element[] = {SNN_DIM_BATCH, width}, one[] = {1};
alignas(64) static const float decay[] = {0.9f};
static const snn_tensor input = {"x", SNN_F32, 3, sequence, 1, 1, nullptr, 0};
static const snn_tensor param = {"decay", SNN_F32, 1, one, 0, -1, decay, 0};
static const snn_tensor memory = {"v", SNN_F32, 2, element, 0, 0, nullptr, 0};
static const snn_tensor output = {"y", SNN_F32, 3, sequence, 1, 1, nullptr, 0};
static const snn_cuda_image image = {80, 1, sizeof(ptx), ptx};
static const char *const kernels[] = {"leak"};
static const snn_cuda code = {1, 1, &image, kernels, runLeak, countBytes, 0, 0};

static snn_model makeModel() {
  snn_model model = {};
  model.abi_version = SNN_ABI_VERSION;
  model.flags = SNN_CAUSAL | SNN_BATCH_SEPARABLE;
  model.name = "leak";
  model.hash = 7;
  model.num_inputs = model.num_params = model.num_states = model.num_outputs =
      1;
  model.inputs = &input;
  model.params = &param;
  model.states = &memory;
  model.outputs = &output;
  model.max_steps = -1;
  model.cuda = &code;
  return model;
}

static const snn_model model = makeModel();

//===----------------------------------------------------------------------===//
// Runs
//===----------------------------------------------------------------------===//

static const Driver *driver = nullptr;

/// A function of the driver that the runtime has no use for.
template <typename... Args> static Result call(const char *name, Args... args) {
  void *function = dlsym(dlopen("libcuda.so.1", RTLD_NOW), name);
  return reinterpret_cast<Result (*)(Args...)>(function)(args...);
}

static void *allocate(int64_t bytes) {
  Address address = 0;
  CHECK(driver->allocate(&address, size_t(bytes)) == kSuccess);
  return reinterpret_cast<void *>(address);
}

namespace {
/// The arrays of a run, and what they should be.
struct Arrays {
  Arrays() {
    for (int64_t i = 0; i < size; ++i)
      values[i] = float(i * 37 % 101) / 16;
    CHECK(driver->copyToDevice(Address(x), values.data(), 4 * size, nullptr) ==
          kSuccess);
  }
  int run(void *stream, snn_cuda_state *state) {
    const void *inputs[] = {x};
    void *outputs[] = {y};
    return snn_cuda_run(&model, inputs, outputs, steps, batch, state, workspace,
                        nullptr, stream);
  }
  /// Computes the next run.
  void advance() {
    for (int64_t t = 0; t < steps; ++t)
      for (int64_t i = 0; i < batch * width; ++i) {
        volatile float product = v[i] * decay[0];
        v[i] = product + values[t * batch * width + i];
        expected[t * batch * width + i] = v[i];
      }
  }
  bool isEqual(Stream stream) {
    std::vector<float> result(size);
    CHECK(driver->copyToHost(result.data(), Address(y), 4 * size, stream) ==
          kSuccess);
    CHECK(driver->synchronize(stream) == kSuccess);
    return std::memcmp(result.data(), expected.data(), 4 * size) == 0;
  }

  static constexpr int64_t size = steps * batch * width;
  void *x = allocate(4 * size), *y = allocate(4 * size),
       *workspace = allocate(snn_cuda_workspace_bytes(&model, steps, batch)),
       *states = allocate(snn_cuda_state_bytes(&model, batch));
  std::vector<float> values = std::vector<float>(size),
                     expected = std::vector<float>(size),
                     v = std::vector<float>(batch * width);
};
} // namespace

static void testStates(Stream stream) {
  Arrays arrays;
  snn_cuda_state state;
  CHECK(snn_cuda_reset(&model, &state, arrays.states, batch, stream) == SNN_OK);
  for (int i = 0; i < 3; ++i) {
    arrays.advance();
    CHECK(arrays.run(stream, &state) == SNN_OK);
    CHECK(arrays.isEqual(stream));
  }
  CHECK(state.header.position == 3 * steps);
  arrays.v.assign(arrays.v.size(), 0);
  arrays.advance();
  CHECK(arrays.run(stream, nullptr) == SNN_OK);
  CHECK(arrays.isEqual(stream));
}

/// A graph that is launched three times continues from state to state.
static void testGraph(Stream stream) {
  Arrays arrays;
  snn_cuda_state state;
  CHECK(snn_cuda_reset(&model, &state, arrays.states, batch, stream) == SNN_OK);
  void *graph = nullptr, *executable = nullptr;
  CHECK(snn_cuda_unload(&model) == SNN_OK);
  CHECK(call("cuStreamBeginCapture_v2", stream, 0) == kSuccess);
  CHECK(arrays.run(stream, &state) == SNN_ERROR_CUDA_LOAD);
  CHECK(call("cuStreamEndCapture", stream, &graph) == kSuccess);
  CHECK(snn_cuda_load(&model, 0) == SNN_OK);
  CHECK(call("cuStreamBeginCapture_v2", stream, 0) == kSuccess);
  CHECK(arrays.run(stream, &state) == SNN_OK);
  CHECK(call("cuStreamEndCapture", stream, &graph) == kSuccess);
  CHECK(call("cuGraphInstantiateWithFlags", &executable, graph, 0ULL) ==
        kSuccess);
  for (int i = 0; i < 3; ++i) {
    arrays.advance();
    CHECK(call("cuGraphLaunch", executable, stream) == kSuccess);
    CHECK(arrays.isEqual(stream));
  }
}

static void testMemory(Stream stream) {
  Arrays arrays;
  void *device = arrays.x;
  arrays.x = arrays.values.data();
  CHECK(arrays.run(stream, nullptr) == SNN_ERROR_CUDA_POINTER);
  arrays.x = static_cast<char *>(device) + 4;
  CHECK(arrays.run(stream, nullptr) == SNN_ERROR_ALIGNMENT);
  arrays.x = device;
  arrays.advance();
  CHECK(arrays.run(stream, nullptr) == SNN_OK && arrays.isEqual(stream));
  void *managed = nullptr, *pinned = nullptr;
  size_t bytes = 4 * Arrays::size;
  CHECK(call("cuMemAllocManaged", &managed, bytes, 1U) == kSuccess);
  CHECK(call("cuMemAllocHost_v2", &pinned, bytes) == kSuccess);
  for (void *other : {managed, pinned}) {
    std::memcpy(other, arrays.values.data(), bytes);
    arrays.x = other;
    CHECK(driver->setBytes(Address(arrays.y), 0, bytes, stream) == kSuccess);
    CHECK(arrays.run(stream, nullptr) == SNN_OK && arrays.isEqual(stream));
  }
}

static void testLaunches(Stream stream) {
  Arrays arrays;
  arrays.advance();
  auto expect = [&](int64_t shared, int64_t wanted, bool all, int status) {
    sharedBytes = shared;
    blocks = wanted;
    cooperative = all;
    CHECK(driver->setBytes(Address(arrays.y), 0, 4 * Arrays::size, stream) ==
          kSuccess);
    int result = arrays.run(stream, nullptr);
    CHECK(result == status);
    CHECK(arrays.isEqual(stream) == (status == SNN_OK));
  };
  expect(64 << 10, 3, false, SNN_OK);
  expect(1 << 20, 3, false, SNN_ERROR_CUDA_LAUNCH);
  expect(0, 3, true, SNN_OK);
  expect(0, 0, true, SNN_OK);
  expect(0, 1 << 20, true, SNN_ERROR_CUDA_LAUNCH);
  expect(0, 3, false, SNN_OK);
}

int main() {
  int devices = snn_cuda_device_count();
  if (devices <= 0) {
    std::printf("SKIPPED: %s\n",
                devices ? snn_strerror(-devices) : "there is no GPU");
    return 0;
  }
  CHECK(openDriver(driver) == SNN_OK);
  runTest("load", [] {
    int status = snn_cuda_load(&model, 0);
    CHECK(status == SNN_OK);
    if (status)
      std::printf("  %s (%s)\n", snn_strerror(status), getErrorName());
  });
  Context context;
  Stream stream;
  CHECK(driver->retainPrimary(&context, 0) == kSuccess);
  CHECK(driver->pushCurrent(context) == kSuccess);
  CHECK(driver->createStream(&stream, kNonBlocking) == kSuccess);
  runTest("states on the default stream", [] { testStates(nullptr); });
  runTest("states on a stream", [&] { testStates(stream); });
  runTest("graph", [&] { testGraph(stream); });
  runTest("memory", [&] { testMemory(stream); });
  runTest("launches", [&] { testLaunches(stream); });
  runTest("unload", [&] {
    CHECK(snn_cuda_unload(&model) == SNN_OK);
    testStates(stream);
    Context current;
    CHECK(driver->getCurrent(&current) == kSuccess && current == context);
  });
  return finish();
}
