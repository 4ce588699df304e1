//===- CudaInvoke.cpp - Runs of arrays of a GPU that describe themselves --===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Cuda.h"
#include "Invoke.h"

using namespace snn::rt;
using namespace snn::rt::cuda;

namespace {
/// One that runs on a GPU.
class CudaInvocation : public Invocation {
public:
  CudaInvocation(const snn_model &model, const snn_invocation &given)
      : Invocation(model, given, /*isCuda=*/true) {}

  int run(Stream stream);

private:
  int checkMatrices();
  int finish(int status);
};
} // namespace

/// Matrices that the code reads by columns are not transposed on the way.
int CudaInvocation::checkMatrices() {
  if (!transposes)
    return SNN_OK;
  int32_t i = 0;
  while (!model.params[i].is_transposed || !given.params || !given.params[i])
    ++i;
  fail("parameter", model.params[i]);
  message << "expected a column-major array on a GPU, but got a row-major one";
  return SNN_ERROR_ARGUMENT;
}

/// Says what a status means, and what the driver calls it.
int CudaInvocation::finish(int status) {
  const char *name = getErrorName();
  report(status);
  if (status != SNN_OK && name)
    message << " (" << name << ")";
  return status;
}

int CudaInvocation::run(Stream stream) {
  if (int status = findSizes())
    return status;
  if (int status = checkLists(Range()))
    return status;
  if (int status = checkMatrices())
    return status;
  int64_t count = int64_t(model.num_inputs) + model.num_params +
                  model.num_outputs + model.num_records;
  auto **next = static_cast<void **>(__builtin_alloca(8 * (count + 1)));
  CudaCall call = {};
  call.call.inputs = addList(next, given.inputs, model.num_inputs);
  call.call.params = addList(next, given.params, model.num_params);
  call.call.outputs = addList(next, given.outputs, model.num_outputs);
  void **records = addList(next, given.records, model.num_records);
  call.call.records = given.records ? records : nullptr;
  call.call.steps = steps;
  call.call.batch = batch;
  call.call.workspace = given.workspace;
  call.state = static_cast<snn_cuda_state *>(given.state);
  call.workspaceBytes = given.workspace_bytes;
  call.stream = stream;
  call.device = device;
  return finish(runOnDevice(model, call));
}

int snn_cuda_invoke(const snn_model *model, const snn_invocation *invocation,
                    void *stream) {
  if (!model || !invocation)
    return SNN_ERROR_NULL;
  return CudaInvocation(*model, *invocation).run(static_cast<Stream>(stream));
}
