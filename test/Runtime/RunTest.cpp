//===- RunTest.cpp - Tests of runs, cuts and threads ----------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../../lib/Runtime/Cpu.h"
#include "../Formats/Check.h"
#include "Models.h"

#include <atomic>
#include <cstring>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace snn::test;

/// Tests of the executable; see CommandLineTest.cpp.
void testCommandLine();
void testProgramFormats();
/// Tests of parameters that are transposed; see TransposeTest.cpp.
void testTransposes();

/// Runs a call in a workspace of exactly the bytes that it takes.
static int runInWorkspace(const snn_model &model, snn_call call) {
  int64_t bytes = snn_model_workspace_bytes(&model, &call);
  if (bytes < 0)
    return int(-bytes);
  std::vector<char> workspace(bytes);
  call.workspace = workspace.data();
  call.workspace_bytes = bytes;
  return snn_model_run(&model, &call);
}

/// Everything that a run of a model with one input x reads and writes, as
/// floats; arrays of smaller or larger elements have room enough.
struct Run {
  explicit Run(const snn_model &model, int64_t steps, int64_t batch)
      : model(model), steps(steps), batch(batch),
        x(steps * batch * numNeurons) {
    for (size_t i = 0; i < x.size(); ++i)
      x[i] = float(i * 2654435761u % 1024) / 512;
    for (auto *list : {&states, &outputs, &records})
      list->assign(3, std::vector<float>(8 * (steps + delaySpan) * (batch + 1) *
                                         numNeurons));
  }

  /// The call of steps [start, start + count).
  int run(int64_t start, int64_t count) {
    const float *input = x.data() + start * batch * numNeurons;
    const void *inputs[] = {input}, *params[] = {w};
    void *statePointers[3], *outputPointers[3], *recordPointers[3];
    int64_t row = start * batch * numNeurons;
    for (int i = 0; i < 3; ++i) {
      statePointers[i] = states[i].data();
      outputPointers[i] = outputs[i].data();
      recordPointers[i] = records[i].data();
    }
    if (&model == &lifModel) { // rate, output 1, is not a sequence
      outputPointers[0] = reinterpret_cast<char *>(outputs[0].data()) + row;
      outputPointers[2] =
          reinterpret_cast<int64_t *>(outputs[2].data()) + start;
      recordPointers[0] = reinterpret_cast<char *>(records[0].data()) + row;
    } else {
      outputPointers[0] = outputs[0].data() + row;
    }
    snn_call call = {};
    call.inputs = inputs;
    call.params = params;
    call.states_before = call.states_after = statePointers;
    call.outputs = outputPointers;
    call.records = record ? recordPointers : nullptr;
    call.spike_counts = isCounting ? counts : nullptr;
    call.steps = count;
    call.batch = batch;
    call.position = start;
    call.batch_offset = 7;
    call.progress = &progress;
    return runInWorkspace(model, call);
  }

  bool operator==(const Run &other) const {
    return states == other.states && outputs == other.outputs;
  }

  const snn_model &model;
  int64_t steps, batch;
  const float w[numNeurons] = {0.5f, 0.625f, 0.8125f};
  std::vector<float> x;
  std::vector<std::vector<float>> states, outputs, records;
  int64_t counts[3] = {}, progress = 0;
  bool record = false, isCounting = false;
};

/// Sets the cuts for the next runs; 0 leaves the choice to the runtime.
static void setCuts(int64_t window, int64_t tile) {
  setenv("SNN_WINDOW", std::to_string(window).c_str(), 1);
  setenv("SNN_BATCH_TILE", std::to_string(tile).c_str(), 1);
}

static int64_t countSpikes(const Run &run) {
  int64_t sum = 0;
  const auto *spikes = reinterpret_cast<const int8_t *>(run.outputs[0].data());
  for (int64_t i = 0; i < run.steps * run.batch * numNeurons; ++i)
    sum += spikes[i];
  return sum;
}

static void testCuts(const snn_model &model) {
  runTest(std::string("cuts and threads: ") + model.name, [&] {
    setCuts(1 << 20, 1 << 20);
    snn_set_threads(1);
    constexpr int64_t steps = 29, batch = 9;
    Run whole(model, steps, batch);
    CHECK(whole.run(0, steps) == SNN_OK);
    for (int64_t window : {0, 1, 2, 3, 7, 28, 29, 100})
      for (int64_t tile : {0, 1, 2, 4, 9, 16})
        for (int threads : {1, 2, 5}) {
          setCuts(window, tile);
          snn_set_threads(threads);
          Run cut(model, steps, batch);
          cut.record = threads == 2 && model.num_records;
          cut.isCounting = tile == 2 && model.num_records;
          CHECK(cut.run(0, steps) == SNN_OK);
          CHECK(cut == whole);
          CHECK(cut.progress == steps * batch);
          if (cut.record)
            CHECK(cut.records[0] == cut.outputs[0]);
          if (cut.isCounting)
            CHECK(cut.counts[0] == countSpikes(whole));
        }
    setCuts(0, 0);
    snn_set_threads(1);
    if (!(model.flags & SNN_CAUSAL))
      return;
    Run parts(model, steps, batch); // calls instead of windows
    for (int64_t start = 0; start < steps; ++start)
      CHECK(parts.run(start, 1) == SNN_OK);
    CHECK(parts == whole);
  });
}

static void testPieces() {
  runTest("pieces are what the model allows", [] {
    setCuts(4, 2);
    numCalls = maxSteps = maxBatch = 0;
    CHECK(Run(lifModel, 10, 5).run(0, 10) == SNN_OK);
    CHECK(numCalls == 3 * 3 && maxSteps == 4 && maxBatch == 2);
    numCalls = maxSteps = maxBatch = 0;
    CHECK(Run(meanModel, 10, 5).run(0, 10) == SNN_OK);
    CHECK(numCalls == 3 && maxSteps == 4 && maxBatch == 5);
    numCalls = maxSteps = maxBatch = 0;
    CHECK(Run(reverseModel, 10, 5).run(0, 10) == SNN_OK);
    CHECK(numCalls == 3 && maxSteps == 10 && maxBatch == 2);
    setCuts(0, 0);
  });
  runTest("the runtime cuts for the cache", [] {
    snn_model large = lifModel;
    large.bytes_per_step = 1 << 20;
    numCalls = maxSteps = maxBatch = 0;
    CHECK(Run(large, 100, 40).run(0, 100) == SNN_OK);
    CHECK(maxBatch == 1 && maxSteps >= 8 &&
          maxSteps % large.window_multiple == 0);
    large.bytes_per_step = 64;
    numCalls = maxSteps = maxBatch = 0;
    CHECK(Run(large, 100, 40).run(0, 100) == SNN_OK);
    CHECK(maxBatch == 14 && maxSteps == 100 && numCalls == 3);
    numCalls = maxSteps = maxBatch = 0; // no intermediates, nothing to cut
    CHECK(Run(delayModel, 100, 40).run(0, 100) == SNN_OK);
    CHECK(maxBatch == 40 && maxSteps == 100 && numCalls == 1);
  });
}

static void testEmpty() {
  runTest("no steps: static outputs and states are written", [] {
    numCalls = 0;
    Run run(lifModel, 0, 2);
    float *count = run.states[1].data();
    count[0] = count[5] = 3;
    CHECK(run.run(0, 0) == SNN_OK);
    CHECK(numCalls == 1);
    CHECK(run.outputs[1][0] == 3 && run.outputs[1][5] == 3);
    CHECK(count[0] == 3 && count[5] == 3 && count[1] == 0);
  });
  runTest("no elements: no call", [] {
    numCalls = 0;
    CHECK(Run(lifModel, 4, 0).run(0, 4) == SNN_OK);
    CHECK(numCalls == 0);
  });
  runTest("states and parameters may be absent", [] {
    Run run(embeddedModel, 4, 2), reference(lifModel, 4, 2);
    CHECK(reference.run(0, 4) == SNN_OK);
    const void *inputs[] = {run.x.data()};
    void *outputs[] = {run.outputs[0].data(), run.outputs[1].data(),
                       run.outputs[2].data()};
    snn_call call = {};
    call.inputs = inputs;
    call.outputs = outputs;
    call.steps = 4;
    call.batch = 2;
    call.batch_offset = 7;
    CHECK(runInWorkspace(embeddedModel, call) == SNN_OK);
    CHECK(run.outputs == reference.outputs);
  });
}

static void testStatuses() {
  runTest("statuses", [] {
    const float x[60] = {};
    float room[256];
    const void *inputs[] = {x}, *params[] = {x};
    void *outputs[] = {room, room + 64, room + 128};
    snn_call good = {};
    good.inputs = inputs;
    good.params = params;
    good.outputs = outputs;
    good.steps = good.batch = 2;
    auto run = [&](auto change, const snn_model &model = lifModel) {
      snn_call call = good;
      change(call);
      return runInWorkspace(model, call);
    };
    CHECK(run([](snn_call &) {}) == SNN_OK);
    CHECK(run([](snn_call &c) { c.inputs = nullptr; }) == SNN_ERROR_NULL);
    CHECK(run([](snn_call &c) { c.params = nullptr; }) == SNN_ERROR_NULL);
    CHECK(run([](snn_call &c) { c.outputs = nullptr; }) == SNN_ERROR_NULL);
    CHECK(run([](snn_call &c) { c.steps = -1; }) == SNN_ERROR_SIZE);
    CHECK(run([](snn_call &c) { c.batch = -1; }) == SNN_ERROR_SIZE);
    CHECK(run([](snn_call &c) { c.position = -1; }) == SNN_ERROR_SIZE);
    CHECK(run([](snn_call &c) { c.batch_offset = -1; }) == SNN_ERROR_SIZE);
    CHECK(run([](snn_call &c) { c.position = 998; }) == SNN_OK);
    CHECK(run([](snn_call &c) { c.position = 999; }) == SNN_ERROR_MAX_STEPS);
    CHECK(run([](snn_call &c) { c.position = INT64_MAX; }) ==
          SNN_ERROR_OVERFLOW);
    CHECK(run([](snn_call &c) { c.batch = INT64_MAX / 2; }) ==
          SNN_ERROR_OVERFLOW);
    CHECK(run([](snn_call &c) { c.steps = 4; }, clockModel) == SNN_ERROR_SHAPE);
    CHECK(run([](snn_call &c) { c.steps = 5; }, clockModel) == SNN_OK);
    snn_model future = lifModel;
    future.abi_version++;
    CHECK(run([](snn_call &) {}, future) == SNN_ERROR_ABI);
    snn_model picky = lifModel;
    snn_variant variant = {"other", 1u << 30, lifModel.variants->run,
                           lifModel.variants->workspace_bytes};
    picky.variants = &variant;
    picky.num_variants = 1;
    CHECK(run([](snn_call &) {}, picky) == SNN_ERROR_CPU);
    CHECK(snn_model_run(nullptr, &good) == SNN_ERROR_NULL);
    CHECK(snn_model_run(&lifModel, nullptr) == SNN_ERROR_NULL);
    for (int status = -1; status <= SNN_ERROR_ARGUMENT + 1; ++status)
      CHECK(*snn_strerror(status));
  });
}

/// The features that a new process finds where SNN_CPU is `level`.
static uint32_t findFeatures(const char *level) {
  pid_t child = fork();
  if (child == 0) {
    setenv("SNN_CPU", level, 1);
    uint32_t features = snn_cpu_features();
    bool isBest = snn_best_variant(&lifModel)->features == features;
    _exit(isBest ? int(features) : 255);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? uint32_t(WEXITSTATUS(status)) : 255;
}

static void testCpu() {
  runTest("processor features can be capped, not invented", [] {
    uint32_t machine = snn::rt::detectCpuFeatures();
    CHECK(findFeatures("x86-64-v2") == 0);
    CHECK(findFeatures("x86-64-v3") == (machine & SNN_CPU_AVX2));
    CHECK(findFeatures("x86-64-v4") == machine);
    CHECK(findFeatures("z80") == machine);
  });
}

/// Adds each index to a sum.
static void addIndices(void *ctx, int64_t begin, int64_t end) {
  for (int64_t i = begin; i < end; ++i)
    static_cast<std::atomic<int64_t> *>(ctx)->fetch_add(i);
}

static int64_t numReplaced = 0;

static void testPool() {
  runTest("parallel loops", [] {
    for (int threads : {1, 4, 2, 3, 1, 8}) {
      snn_set_threads(threads);
      CHECK(snn_get_threads() == threads);
      for (int64_t n : {0, 1, 2, 7, 1000})
        for (int64_t grain : {0, 1, 3, 2000}) {
          std::atomic<int64_t> sum{0};
          snn_parallel_for(n, grain, addIndices, &sum);
          CHECK(sum == n * (n - 1) / 2);
        }
    }
    snn_set_threads(0);
    CHECK(snn_get_threads() >= 1);
  });
  runTest("nested and concurrent loops", [] {
    snn_set_threads(4);
    auto outer = [](void *ctx, int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i)
        snn_parallel_for(10, 1, addIndices, ctx);
    };
    std::atomic<int64_t> sum{0};
    std::vector<std::thread> hosts;
    for (int i = 0; i < 3; ++i)
      hosts.emplace_back([&] {
        for (int k = 0; k < 20; ++k)
          snn_parallel_for(10, 1, outer, &sum);
      });
    for (std::thread &host : hosts)
      host.join();
    CHECK(sum == 3 * 20 * 10 * 45);
  });
}

static void testHosts() {
  runTest("a host's loop replaces ours", [] {
    snn_set_parallel_for([](int64_t n, int64_t, snn_loop_body body, void *ctx) {
      ++numReplaced;
      for (int64_t i = n; i-- > 0;)
        body(ctx, i, i + 1);
    });
    Run replaced(lifModel, 5, 40), usual(lifModel, 5, 40);
    CHECK(replaced.run(0, 5) == SNN_OK && numReplaced == 1);
    snn_set_parallel_for(nullptr);
    CHECK(usual.run(0, 5) == SNN_OK && numReplaced == 1);
    CHECK(usual == replaced);
  });
  runTest("16 streams at once", [] {
    snn_set_threads(3);
    Run reference(lifModel, 6, 4);
    CHECK(reference.run(0, 6) == SNN_OK);
    std::atomic<int> numDifferent{0};
    std::vector<std::thread> hosts;
    for (int i = 0; i < 16; ++i)
      hosts.emplace_back([&] {
        for (int k = 0; k < 20; ++k) {
          Run run(lifModel, 6, 4);
          if (run.run(0, 6) != SNN_OK || !(run == reference))
            ++numDifferent;
        }
      });
    for (std::thread &host : hosts)
      host.join();
    CHECK(numDifferent == 0);
    snn_set_threads(1);
  });
}

int main() {
  testCpu(); // before this process asks for its features
  testCommandLine();
  testProgramFormats(); // both fork, which threads do not survive
  for (const snn_model *model :
       {&lifModel, &meanModel, &delayModel, &reverseModel})
    testCuts(*model);
  testPieces();
  testEmpty();
  testStatuses();
  testTransposes();
  testPool();
  testHosts();
  return finish();
}
