//===- CudaInvokeTest.cpp - Arrays of a GPU that describe themselves ------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../../lib/Runtime/Invoke.h"
#include "CudaTest.h"

#include <cstring>
#include <functional>

using namespace snn::test;

namespace {
/// The arrays of one run of 4 steps of 2 elements, on GPU 1 of two.
struct Invocation {
  Invocation() {
    auto add = [&](int index, uint8_t code, uint8_t bits, int32_t rank,
                   int64_t elements) {
      DLTensor &tensor = tensors[index];
      tensor.data = fake->allocate(1, elements * bits / 8, false);
      tensor.device = {2, 1};
      tensor.ndim = rank;
      tensor.dtype = {code, bits, 1};
      tensor.shape = index == 2 ? shapes[0] + 1 : shapes[index == 4];
    };
    int64_t all = 4 * 2 * numNeurons;
    add(0, 2, 32, 3, all);
    add(1, 6, 8, 3, all);
    add(2, 2, 32, 2, 2 * numNeurons);
    add(3, 0, 64, 1, 4);
    add(4, 2, 32, 2, 6);
    add(5, 6, 8, 3, all);
    for (int64_t i = 0; i < all; ++i)
      static_cast<float *>(tensors[0].data)[i] = float(i % 7) / 4;
    given.inputs = inputs;
    given.outputs = outputs;
    given.records = records;
    given.steps = given.batch = -1;
    given.workspace_bytes = snn_cuda_workspace_bytes(&cudaModel, 4, 2);
    given.workspace = fake->allocate(1, given.workspace_bytes, false);
    given.message = text;
    given.message_bytes = sizeof(text);
  }
  int run(const snn_model &model = cudaModel) {
    return snn_cuda_invoke(&model, &given, nullptr);
  }

  int64_t shapes[2][3] = {{4, 2, numNeurons}, {2, 3}};
  DLTensor tensors[6] = {}; ///< x; s, rate, time; a matrix; the record
  const DLTensor *inputs[1] = {&tensors[0]}, *params[1] = {&tensors[4]};
  DLTensor *outputs[3] = {&tensors[1], &tensors[2], &tensors[3]};
  DLTensor *records[1] = {&tensors[5]};
  snn_invocation given = {};
  char text[256] = "";
};
} // namespace

static void expect(const std::string &name, int status, const char *text,
                   const std::function<void(Invocation &)> &change,
                   const snn_model &model = cudaModel) {
  runAlone("invoke: " + name, {"FAKE_CUDA_DEVICES=2"}, [&] {
    Invocation invocation;
    change(invocation);
    CHECK(invocation.run(model) == status);
    CHECK(contains(invocation.text, text));
    if (!contains(invocation.text, text))
      std::printf("  %s\n", invocation.text);
    CHECK(fake->get().launches == (status ? 0 : 2));
  });
}

static void testMatrices() {
  static const int64_t shape[] = {2, 3};
  static const snn_tensor matrix = {"m", SNN_F32, 2, shape, 0, -1, nullptr, 1};
  static snn_model model = cudaParamModel;
  model.params = &matrix;
  expect(
      "a row-major matrix", SNN_ERROR_ARGUMENT,
      "parameter 'm': expected a column-major array on a GPU, but got a "
      "row-major one",
      [](Invocation &i) { i.given.params = i.params; }, model);
}

void snn::test::testCudaInvoke() {
  runAlone("invoke: a run on the GPU of the arrays", {"FAKE_CUDA_DEVICES=2"},
           [] {
             Invocation invocation;
             CHECK(invocation.run() == SNN_OK);
             const auto *spikes =
                 static_cast<const char *>(invocation.tensors[1].data);
             CHECK(std::memcmp(spikes, invocation.tensors[5].data, 24) == 0);
             CHECK(std::memchr(spikes, 1, 24) != nullptr);
             CHECK(fake->get().launches == 2);
           });
  expect("managed memory", SNN_OK, "", [](Invocation &i) {
    i.tensors[0].device = {13, 0};
    i.tensors[0].data = fake->allocate(0, 96, true);
  });
  expect("an array of the CPU", SNN_ERROR_ARGUMENT,
         "input 'x': expected memory of a CUDA GPU, but got that of device "
         "type 1",
         [](Invocation &i) { i.tensors[0].device = {1, 0}; });
  expect("two GPUs", SNN_ERROR_ARGUMENT,
         "output 'rate': expected memory of GPU 1 as before it, but got that "
         "of GPU 0",
         [](Invocation &i) { i.tensors[2].device = {2, 0}; });
  expect("memory that is of the CPU after all", SNN_ERROR_CUDA_POINTER,
         "not in the memory of the GPU", [](Invocation &i) {
           alignas(64) static char host[96];
           i.tensors[0].data = host;
         });
  expect("a workspace that is too small", SNN_ERROR_WORKSPACE,
         "the workspace is too small",
         [](Invocation &i) { --i.given.workspace_bytes; });
  expect("a GPU that is not there", SNN_ERROR_CUDA_DEVICE,
         "no such GPU; nvidia-smi", [](Invocation &i) {
           for (DLTensor &tensor : i.tensors)
             tensor.device.id = 2;
         });
  expect(
      "no code for GPUs", SNN_ERROR_TARGET, "not compiled for GPUs",
      [](Invocation &) {}, embeddedModel);
  testMatrices();
}
