//===- TransposeTest.cpp - Tests of parameters that are transposed --------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Formats/Check.h"
#include "snn/Runtime/Runtime.h"

#include <cstring>
#include <string>
#include <vector>

using namespace snn::test;

namespace {
constexpr int64_t numInputs = 3, numOutputs = 2, steps = 5, batch = 4;

/// y = W x, of which the code reads the transpose. Every number is exact.
constexpr float matrix[] = {1, 2, 3, 4, 5, 6};
constexpr float transposed[] = {1, 4, 2, 5, 3, 6};

/// An argument of the window function.
struct View {
  const int64_t *words;

  View(void *const *args, int index)
      : words(static_cast<const int64_t *>(args[index])) {}
  float *data() const { return reinterpret_cast<float *>(words[1]); }
  int64_t size(int64_t d) const { return words[3 + d]; }
};
} // namespace

/// inputs x; params w; outputs y. Batches are not cut, so x and y are dense.
static void runMatrix(void *const *args) {
  View x(args, 0), w(args, 1), y(args, 2);
  bool isTransposed = w.size(0) == numInputs && w.size(1) == numOutputs &&
                      w.words[5] == numOutputs && w.words[6] == 1;
  for (int64_t row = 0; row < x.size(0) * x.size(1); ++row)
    for (int64_t o = 0; o < numOutputs; ++o) {
      float sum = isTransposed ? 0 : -1;
      for (int64_t k = 0; k < numInputs; ++k)
        sum += w.data()[k * numOutputs + o] * x.data()[row * numInputs + k];
      y.data()[row * numOutputs + o] = sum;
    }
}

static const int64_t xShape[] = {SNN_DIM_TIME, SNN_DIM_BATCH, numInputs};
static const int64_t yShape[] = {SNN_DIM_TIME, SNN_DIM_BATCH, numOutputs};
static const int64_t wShape[] = {numOutputs, numInputs};
static const snn_tensor xTensor = {"x", SNN_F32, 3, xShape, 1, 1, nullptr, 0};
static const snn_tensor yTensor = {"y", SNN_F32, 3, yShape, 1, 1, nullptr, 0};
static const snn_tensor wTensor = {"w", SNN_F32, 2, wShape, 0, -1, nullptr, 1};
static const snn_tensor wEmbedded = {"w", SNN_F32, 2,          wShape,
                                     0,   -1,      transposed, 1};
static const snn_variant variant = {
    "any", 0, runMatrix, [](int64_t, int64_t) -> int64_t { return 0; }};

static snn_model makeModel(const snn_tensor &param) {
  snn_model model = {};
  model.abi_version = SNN_ABI_VERSION;
  model.flags = SNN_CAUSAL;
  model.name = "matrix";
  model.num_inputs = model.num_params = model.num_outputs = 1;
  model.num_variants = 1;
  model.inputs = &xTensor;
  model.params = &param;
  model.outputs = &yTensor;
  model.variants = &variant;
  model.max_steps = -1;
  model.window_multiple = 1;
  return model;
}

namespace {
/// One run, in a workspace of exactly the bytes that it takes.
struct Run {
  std::vector<float> x = std::vector<float>(steps * batch * numInputs);
  std::vector<float> y = std::vector<float>(steps * batch * numOutputs);
  std::vector<char> workspace;
  const void *inputs[1], *params[1] = {nullptr};
  void *outputs[1];
  snn_call call = {};

  Run(const float *w, bool transposes) {
    for (size_t i = 0; i < x.size(); ++i)
      x[i] = float(i % 7);
    inputs[0] = x.data();
    params[0] = w;
    outputs[0] = y.data();
    call.inputs = inputs;
    call.params = params;
    call.outputs = outputs;
    call.steps = steps;
    call.batch = batch;
    call.transposes = transposes;
  }
  int run(const snn_model &model) {
    workspace.resize(snn_model_workspace_bytes(&model, &call));
    call.workspace = workspace.data();
    call.workspace_bytes = int64_t(workspace.size());
    return snn_model_run(&model, &call);
  }
  bool isRight() const {
    for (size_t i = 0; i < y.size(); ++i) {
      const float *row = &x[i / numOutputs * numInputs];
      const float *w = &matrix[i % numOutputs * numInputs];
      if (y[i] != w[0] * row[0] + w[1] * row[1] + w[2] * row[2])
        return false;
    }
    return true;
  }
};
} // namespace

/// The transpose, element by element.
static bool transposes(int64_t rows, int64_t columns, int64_t bytes) {
  std::vector<char> from(rows * columns * bytes), to(from.size() + 1, 'x');
  for (size_t i = 0; i < from.size(); ++i)
    from[i] = char(i * 37 + i / 251);
  snn_transpose(from.data(), to.data(), rows, columns, bytes);
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t c = 0; c < columns; ++c)
      if (std::memcmp(&to[(c * rows + r) * bytes],
                      &from[(r * columns + c) * bytes], bytes) != 0)
        return false;
  return to.back() == 'x';
}

static void testRuns() {
  const snn_model model = makeModel(wTensor), embedded = makeModel(wEmbedded);
  runTest("parameters are transposed once, by the caller or the run", [&] {
    Run given(matrix, true), prepared(transposed, false), none(nullptr, true);
    CHECK(given.run(model) == SNN_OK && given.isRight());
    CHECK(prepared.run(model) == SNN_OK && prepared.isRight());
    CHECK(given.workspace.size() > prepared.workspace.size());
    CHECK(none.run(model) == SNN_ERROR_NULL);
    CHECK(none.run(embedded) == SNN_OK && none.isRight());
    CHECK(none.workspace.size() == prepared.workspace.size());
    CHECK(given.run(embedded) == SNN_OK && given.isRight());
  });
  runTest("a workspace that is too small, or overlaps, stays as it is", [&] {
    Run run(matrix, true);
    CHECK(run.run(model) == SNN_OK);
    std::vector<char> before(run.workspace.size(), 'x');
    run.workspace = before;
    run.call.workspace_bytes -= 64;
    CHECK(snn_model_run(&model, &run.call) == SNN_ERROR_WORKSPACE);
    run.call.workspace_bytes += 64;
    auto first = -uintptr_t(run.call.workspace) & 63;
    run.inputs[0] = &run.workspace[first + 64]; // where the transpose goes
    CHECK(snn_model_run(&model, &run.call) == SNN_ERROR_OVERLAP);
    CHECK(run.workspace == before);
  });
}

static void testStreams() {
  const snn_model model = makeModel(wTensor);
  runTest("functions of the header take matrices as they are declared", [&] {
    Run given(matrix, false), prepared(transposed, false);
    int64_t bytes = snn_rows_workspace_bytes(&model, steps, batch);
    std::vector<char> workspace(bytes);
    CHECK(bytes > snn_stream_workspace_bytes(&model, steps, batch));
    CHECK(snn_rows_run(&model, given.inputs, given.outputs, steps, batch,
                       nullptr, workspace.data(), given.params) == SNN_OK);
    CHECK(given.isRight());
    CHECK(snn_stream_run(&model, prepared.inputs, prepared.outputs, steps,
                         batch, nullptr, workspace.data(),
                         prepared.params) == SNN_OK);
    CHECK(prepared.isRight());
  });
}

void testTransposes() {
  runTest("transposes of all sizes around a square", [] {
    for (int64_t bytes : {1, 2, 4, 8})
      for (int64_t rows : {1, 2, 15, 16, 17, 33, 64})
        for (int64_t columns : {1, 3, 16, 31, 32, 50})
          CHECK(transposes(rows, columns, bytes));
  });
  testRuns();
  testStreams();
}
