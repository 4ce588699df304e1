//===- CudaArrays.h - Arrays of a run on a GPU ------------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TEST_RUNTIME_CUDAARRAYS_H
#define TEST_RUNTIME_CUDAARRAYS_H

#include "CudaTest.h"

#include <cstring>
#include <vector>

namespace snn::test {

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

} // namespace snn::test

#endif // TEST_RUNTIME_CUDAARRAYS_H
