//===- Stream.cpp - Runs with a state blob --------------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Plan.h"

using namespace snn::rt;

static constexpr char kMagic[8] = {'S', 'N', 'N', 'S', 'T', 'A', 'T', 'E'};

/// More states than this have their pointers in the workspace.
static constexpr int32_t kFewStates = 16;

int64_t snn::rt::getCopyBytes(const snn_model &model, int64_t batch,
                              int64_t alignment) {
  int64_t bytes = 0;
  for (int32_t i = 0; i < model.num_states; ++i) {
    const snn_tensor &tensor = model.states[i];
    int64_t size = getElementBytes(tensor);
    for (int32_t d = 0; d < tensor.rank; ++d) {
      bool isBatch = d == tensor.batch_dim;
      int64_t length = isBatch ? batch : tensor.shape[d];
      if (isBatch && tensor.shape[d] >= 0 && tensor.shape[d] != batch)
        return -SNN_ERROR_SHAPE;
      if (__builtin_mul_overflow(size, length, &size))
        return -SNN_ERROR_OVERFLOW;
    }
    if (size > INT64_MAX / 4 - bytes)
      return -SNN_ERROR_OVERFLOW;
    bytes += alignUp(size, alignment);
  }
  return bytes;
}

int64_t snn_stream_state_bytes(const snn_model *model, int64_t batch) {
  if (!model)
    return -SNN_ERROR_NULL;
  if (batch < 0)
    return -SNN_ERROR_SIZE;
  int64_t bytes = getCopyBytes(*model, batch, 64);
  return bytes < 0 ? bytes : int64_t(sizeof(snn_state_header)) + 2 * bytes;
}

int snn_stream_reset(const snn_model *model, void *state, int64_t batch) {
  if (!model || !state)
    return SNN_ERROR_NULL;
  if (uintptr_t(state) % 8)
    return SNN_ERROR_ALIGNMENT;
  int64_t bytes = snn_stream_state_bytes(model, batch);
  if (bytes < 0)
    return int(-bytes);
  memset(state, 0, bytes);
  auto *header = static_cast<snn_state_header *>(state);
  memcpy(header->magic, kMagic, sizeof(kMagic));
  header->version = SNN_STATE_VERSION;
  header->hash = model->hash;
  header->bytes = bytes;
  header->batch = batch;
  return SNN_OK;
}

/// Whether a blob is one of this model and batch; returns an snn_status. Reads
/// nothing that a run changes, for another thread may be in one.
static int checkHeader(const snn_model &model, const snn_state_header &header,
                       int64_t batch, int64_t bytes) {
  if (memcmp(header.magic, kMagic, sizeof(kMagic)) != 0 ||
      header.version != SNN_STATE_VERSION || header.hash != model.hash)
    return SNN_ERROR_STATE;
  if (header.batch != batch)
    return SNN_ERROR_BATCH;
  return header.bytes == bytes ? SNN_OK : SNN_ERROR_STATE;
}

/// Points to the tensors of the copy that is valid, and of the one that will
/// be.
static void listStates(const snn_model &model, int64_t batch, char *valid,
                       char *next, void **before, void **after) {
  for (int32_t i = 0; i < model.num_states; ++i) {
    int64_t bytes = alignUp(Plan::getBytes(model.states[i], 0, batch));
    before[i] = valid;
    after[i] = next;
    valid += bytes;
    next += bytes;
  }
}

/// Whether the two copies of a blob have their pointers on the stack.
static bool hasFewStates(const snn_model &model) {
  return model.num_states <= kFewStates;
}

/// Fills in a call from the header of a state, which it has to itself now, and
/// runs it; returns an snn_status.
static int runFromState(const snn_model &model, snn_call &call,
                        snn_state_header &header, int64_t copyBytes) {
  if (header.position < 0 || header.current < 0 || header.current > 1)
    return SNN_ERROR_STATE;
  Range blob(&header, int64_t(sizeof(header)) + 2 * copyBytes);
  void *few[2][kFewStates];
  void **before = few[0], **after = few[1];
  if (!hasFewStates(model)) {
    int64_t padding = -uintptr_t(call.workspace) & 7;
    int64_t bytes = padding + 16 * int64_t(model.num_states);
    if (call.workspace_bytes < bytes)
      return SNN_ERROR_WORKSPACE;
    // Before the first byte of it is written.
    if (int status = checkCall(model, call, blob))
      return status;
    before = reinterpret_cast<void **>(static_cast<char *>(call.workspace) +
                                       padding);
    after = before + model.num_states;
    call.workspace = static_cast<char *>(call.workspace) + bytes;
    call.workspace_bytes -= bytes;
  }
  char *copies = reinterpret_cast<char *>(&header + 1);
  listStates(model, call.batch, copies + header.current * copyBytes,
             copies + (1 - header.current) * copyBytes, before, after);
  call.states_before = before;
  call.states_after = after;
  call.position = header.position;
  int status = runCall(model, call, blob);
  if (status == SNN_OK && call.batch > 0) {
    header.current = 1 - header.current;
    header.position += call.steps;
  }
  return status;
}

int snn::rt::runStream(const snn_model &model, snn_call &call, void *state) {
  int64_t copyBytes = getCopyBytes(model, call.batch, 64);
  if (copyBytes < 0)
    return int(-copyBytes);
  if (uintptr_t(state) % 8)
    return SNN_ERROR_ALIGNMENT;
  int64_t bytes = int64_t(sizeof(snn_state_header)) + 2 * copyBytes;
  if (!state)
    return runCall(model, call, Range());
  auto &header = *static_cast<snn_state_header *>(state);
  if (int status = checkHeader(model, header, call.batch, bytes))
    return status;
  if (__atomic_exchange_n(&header.owner, 1, __ATOMIC_ACQUIRE))
    return SNN_ERROR_BUSY;
  int status = runFromState(model, call, header, copyBytes);
  __atomic_store_n(&header.owner, 0, __ATOMIC_RELEASE);
  return status;
}

/// Bytes of workspace of a run, which may transpose parameters.
static int64_t getWorkspaceBytes(const snn_model *model, int64_t steps,
                                 int64_t batch, bool transposes) {
  if (!model)
    return -SNN_ERROR_NULL;
  snn_call call = {};
  call.steps = steps;
  call.batch = batch;
  call.transposes = transposes;
  int64_t bytes = snn_model_workspace_bytes(model, &call);
  if (bytes < 0 || hasFewStates(*model))
    return bytes;
  return bytes + 8 + 16 * int64_t(model->num_states);
}

int64_t snn_stream_workspace_bytes(const snn_model *model, int64_t steps,
                                   int64_t batch) {
  return getWorkspaceBytes(model, steps, batch, /*transposes=*/false);
}

int64_t snn_rows_workspace_bytes(const snn_model *model, int64_t steps,
                                 int64_t batch) {
  return getWorkspaceBytes(model, steps, batch, /*transposes=*/true);
}

/// Runs a call after the checks of its lists; returns an snn_status.
static int run(const snn_model *model, const void *const *inputs,
               void *const *outputs, int64_t steps, int64_t batch, void *state,
               void *workspace, const void *const *params, bool transposes) {
  if (!model || (!inputs && model->num_inputs) ||
      (!outputs && model->num_outputs) || !workspace)
    return SNN_ERROR_NULL;
  if (steps < 0 || batch < 0)
    return SNN_ERROR_SIZE;
  snn_call call = {};
  call.inputs = inputs;
  call.outputs = outputs;
  call.params = params;
  call.transposes = transposes;
  call.steps = steps;
  call.batch = batch;
  call.workspace = workspace;
  call.workspace_bytes = INT64_MAX; // as the caller was told
  return snn::rt::runStream(*model, call, state);
}

int snn_stream_run(const snn_model *model, const void *const *inputs,
                   void *const *outputs, int64_t steps, int64_t batch,
                   void *state, void *workspace, const void *const *params) {
  return run(model, inputs, outputs, steps, batch, state, workspace, params,
             /*transposes=*/false);
}

int snn_rows_run(const snn_model *model, const void *const *inputs,
                 void *const *outputs, int64_t steps, int64_t batch,
                 void *state, void *workspace, const void *const *params) {
  return run(model, inputs, outputs, steps, batch, state, workspace, params,
             /*transposes=*/true);
}
