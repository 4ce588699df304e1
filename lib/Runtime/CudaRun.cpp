//===- CudaRun.cpp - Running a model on a GPU -----------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A run is one window over all steps and the whole batch. Its workspace has
//
//   [ states before a run without one | states after it | intermediates ]
//
// States are read where the caller has them, and copied there in the end, in
// the order of the stream, so that a run can be captured and repeated. Without
// a state, the generated code clears what it reads, and leaves out what only
// the next run would read.
//
//===----------------------------------------------------------------------===//

#include "Cuda.h"

#include <stdlib.h>

using namespace snn::rt;
using namespace snn::rt::cuda;

static constexpr char kMagic[8] = {'S', 'N', 'N', 'C', 'U', 'D', 'A', 'S'};

/// What a caller's memory is aligned to.
static constexpr int64_t kCallerAlignment = 16;

//===----------------------------------------------------------------------===//
// States
//===----------------------------------------------------------------------===//

/// Whether a state is one of this model and batch; returns an snn_status.
static int checkState(const snn_model &model, const snn_cuda_state &state,
                      int64_t batch, int64_t bytes) {
  const snn_state_header &header = state.header;
  if (memcmp(header.magic, kMagic, sizeof(kMagic)) != 0 ||
      header.version != SNN_STATE_VERSION || header.hash != model.hash)
    return SNN_ERROR_STATE;
  if (header.batch != batch)
    return SNN_ERROR_BATCH;
  if (header.bytes != bytes)
    return SNN_ERROR_STATE;
  if (!state.memory && bytes > 0)
    return SNN_ERROR_NULL;
  return uintptr_t(state.memory) % kCallerAlignment ? SNN_ERROR_ALIGNMENT
                                                    : SNN_OK;
}

int64_t snn_cuda_state_bytes(const snn_model *model, int64_t batch) {
  if (!model)
    return -SNN_ERROR_NULL;
  if (!model->cuda)
    return -SNN_ERROR_TARGET;
  return batch < 0 ? -SNN_ERROR_SIZE : getCopyBytes(*model, batch, kAlignment);
}

int snn_cuda_reset(const snn_model *model, snn_cuda_state *state, void *memory,
                   int64_t batch, void *streamHandle) {
  clearError();
  if (!model || !state)
    return SNN_ERROR_NULL;
  int64_t bytes = snn_cuda_state_bytes(model, batch);
  if (bytes < 0)
    return int(-bytes);
  if (!memory && bytes > 0)
    return SNN_ERROR_NULL;
  if (uintptr_t(state) % 8 || uintptr_t(memory) % kCallerAlignment)
    return SNN_ERROR_ALIGNMENT;
  const Driver *driver;
  if (int status = openDriver(driver))
    return status;
  auto *stream = static_cast<Stream>(streamHandle);
  ContextScope scope(*driver);
  if (int status = scope.enter(stream))
    return status;
  if (bytes > 0) {
    if (int status = checkMemory(*driver, scope.device, memory))
      return status;
    if (int status =
            toStatus(driver->setBytes(Address(memory), 0, bytes, stream)))
      return status;
  }
  memset(state, 0, sizeof(*state));
  memcpy(state->header.magic, kMagic, sizeof(kMagic));
  state->header.version = SNN_STATE_VERSION;
  state->header.hash = model->hash;
  state->header.bytes = bytes;
  state->header.batch = batch;
  state->memory = memory;
  return SNN_OK;
}

//===----------------------------------------------------------------------===//
// The workspace
//===----------------------------------------------------------------------===//

/// Bytes of all of the workspace at any address that a caller may give, or
/// minus an snn_status.
static int64_t countBytes(const snn_model &model, int64_t steps,
                          int64_t batch) {
  int64_t copy = getCopyBytes(model, batch, kAlignment), bytes;
  if (copy < 0)
    return copy;
  int64_t own = model.cuda->workspace_bytes(steps, batch);
  if (own < 0 || __builtin_add_overflow(own, 2 * copy + kAlignment, &bytes))
    return -SNN_ERROR_OVERFLOW;
  return bytes;
}

int64_t snn_cuda_workspace_bytes(const snn_model *model, int64_t steps,
                                 int64_t batch) {
  if (!model)
    return -SNN_ERROR_NULL;
  if (!model->cuda)
    return -SNN_ERROR_TARGET;
  Plan plan;
  snn_call call = {};
  call.steps = steps;
  call.batch = batch;
  if (int status = measureCall(*model, call, plan))
    return -status;
  return countBytes(*model, steps, batch);
}

//===----------------------------------------------------------------------===//
// Checks
//===----------------------------------------------------------------------===//

int cuda::checkMemory(const Driver &driver, Device device, const void *data) {
  unsigned type = 0, isManaged = 0;
  int ordinal = -1;
  Address address = 0;
  PointerAttribute attributes[] = {kMemoryType, kIsManaged, kDeviceOrdinal,
                                   kDevicePointer};
  void *values[] = {&type, &isManaged, &ordinal, &address};
  if (int status = toStatus(
          driver.getPointerAttributes(4, attributes, values, Address(data))))
    return status;
  bool isReadable = isManaged || (type == kDeviceMemory && ordinal == device) ||
                    (type == kHostMemory && address == Address(data));
  return isReadable ? SNN_OK : SNN_ERROR_CUDA_POINTER;
}

/// Whether the GPU reads the arrays of a list; returns an snn_status.
static int checkList(const Driver &driver, Device device, const Plan &plan,
                     const TensorList &list, const void *const *given) {
  for (int32_t i = 0; given && i < list.count; ++i)
    if (given[i] && plan.getBytes(list, i) > 0)
      if (int status = checkMemory(driver, device, given[i]))
        return status;
  return SNN_OK;
}

/// Checks everything that a run reads or writes; returns an snn_status.
static int checkArrays(const Driver &driver, Device device, const Plan &plan,
                       int64_t workspaceBytes, const snn_cuda_state *state) {
  const snn_call &call = *plan.call;
  Range workspace(call.workspace, workspaceBytes), memory;
  if (state)
    memory = Range(state->memory, state->header.bytes);
  if (uintptr_t(call.workspace) % kCallerAlignment)
    return SNN_ERROR_ALIGNMENT;
  if (int status = checkPointers(plan, workspace, memory, kCallerAlignment))
    return status;
  const struct {
    Role role;
    const void *const *given;
  } lists[] = {{Inputs, call.inputs},
               {Params, call.params},
               {Outputs, call.outputs},
               {Records, call.records}};
  for (auto [role, given] : lists)
    if (int status = checkList(driver, device, plan, plan.lists[role], given))
      return status;
  if (int status = checkMemory(driver, device, call.workspace))
    return status;
  return state && state->header.bytes > 0
             ? checkMemory(driver, device, state->memory)
             : SNN_OK;
}

//===----------------------------------------------------------------------===//
// A run
//===----------------------------------------------------------------------===//

namespace {
/// Writes the arguments of a window: see snn_window_fn.
class ArgumentWriter {
public:
  ArgumentWriter(void **args, int64_t *words, const Plan &plan)
      : args(args), words(words), plan(plan) {}

  void addList(const TensorList &list) {
    for (int32_t i = 0; i < list.count; ++i)
      add(list.tensors[i], list.getData(i));
  }
  /// States that follow each other.
  void addStates(const TensorList &list, Address copy) {
    for (int32_t i = 0; i < list.count; ++i) {
      add(list.tensors[i], reinterpret_cast<void *>(copy));
      copy += alignUp(plan.getBytes(list, i), kAlignment);
    }
  }
  void add(const void *value) { *args++ = const_cast<void *>(value); }

private:
  /// Adds the descriptor of a dense array.
  void add(const snn_tensor &tensor, void *data) {
    int32_t rank = tensor.rank;
    int64_t *sizes = words + 3, *strides = sizes + rank, stride = 1;
    for (int32_t d = rank; d-- > 0;) {
      strides[d] = stride;
      sizes[d] = getSize(tensor, tensor.is_transposed ? rank - 1 - d : d,
                         plan.call->steps, plan.call->batch);
      stride *= sizes[d];
    }
    words[0] = words[1] = reinterpret_cast<int64_t>(data);
    words[2] = 0;
    *args++ = words;
    words = strides + rank;
  }

  void **args;
  int64_t *words;
  const Plan &plan;
};
} // namespace

/// Runs the window, whose arguments go to `memory` of the host.
static void runWindow(const Plan &plan, Frame &frame, char *memory,
                      Address after) {
  auto **args = reinterpret_cast<void **>(memory);
  ArgumentWriter writer(
      args, reinterpret_cast<int64_t *>(memory + plan.layout.words), plan);
  writer.addList(plan.lists[Inputs]);
  writer.addList(plan.lists[Params]);
  writer.addStates(plan.lists[Before], frame.before);
  writer.addList(plan.lists[Outputs]);
  writer.addStates(plan.lists[After], after);
  writer.addList(plan.lists[Records]);
  int64_t position = plan.call->position, offset = plan.call->batch_offset;
  int8_t record = plan.call->records != nullptr;
  writer.add(&position);
  writer.add(&offset);
  writer.add(&record);
  writer.add(&frame);
  plan.model->cuda->run(args);
}

/// Copies the states after a run to those before it. What lies between two
/// tensors has never been written.
static void copyStates(const Plan &plan, Frame &frame, Address to,
                       Address from) {
  const TensorList &list = plan.lists[Before];
  int64_t begin = 0, end = 0;
  for (int32_t i = 0; i < list.count; ++i) {
    int64_t bytes = plan.getBytes(list, i), next = end + bytes;
    end += alignUp(bytes, kAlignment);
    if (next == end && i + 1 < list.count)
      continue; // one copy for both
    snn_cuda_copy(&frame, reinterpret_cast<void *>(to + begin),
                  reinterpret_cast<void *>(from + begin), next - begin);
    begin = end;
  }
}

int32_t snn_cuda_has_state(void *run) {
  return static_cast<Frame *>(run)->hasState;
}

void snn_cuda_clear_states(void *run, int64_t first, int64_t count) {
  auto &frame = *static_cast<Frame *>(run);
  const Plan &plan = *frame.plan;
  const TensorList &list = plan.lists[Before];
  if (frame.hasState)
    return;
  int64_t begin = 0, bytes = 0;
  for (int64_t i = 0; i < first + count && i < list.count; ++i)
    (i < first ? begin : bytes) +=
        alignUp(plan.getBytes(list, int32_t(i)), kAlignment);
  snn_cuda_zero(run, reinterpret_cast<void *>(frame.before + begin), bytes);
}

/// Queues all of a run whose arguments are right; returns an snn_status.
static int queue(const Plan &plan, const CudaCall &given, const Driver &driver,
                 const LoadedModel &loaded, int64_t workspaceBytes) {
  Frame frame; // whose room is not set
  frame.driver = &driver;
  frame.loaded = &loaded;
  frame.stream = given.stream;
  frame.plan = &plan;
  frame.hasState = given.state != nullptr;
  frame.status = SNN_OK;
  frame.free = -1;
  frame.numBlocks = 0;
  frame.maxBlocks = Frame::fewBlocks;
  frame.blocks = frame.room;
  auto begin = Address(given.call.workspace);
  Address own = alignUp(int64_t(begin), kAlignment);
  int64_t copyBytes = getCopyBytes(*plan.model, plan.call->batch, kAlignment);
  Address after = own + copyBytes;
  frame.before = given.state ? Address(given.state->memory) : own;
  frame.next = after + copyBytes;
  frame.end = begin + workspaceBytes;
  auto *memory = static_cast<char *>(__builtin_alloca(plan.layout.states));
  runWindow(plan, frame, memory, after);
  if (given.state)
    copyStates(plan, frame, frame.before, after);
  if (frame.blocks != frame.room)
    free(frame.blocks);
  return frame.status;
}

/// Runs a call in a context that is current; returns an snn_status.
static int runInContext(Plan &plan, const CudaCall &given, const Driver &driver,
                        const ContextScope &scope) {
  const snn_model &model = *plan.model;
  const LoadedModel *loaded;
  if (model.cuda->waits && isCaptured(driver, given.stream))
    return SNN_ERROR_CUDA_CAPTURE;
  if (int status = findModel(driver, model, scope, &given.stream, loaded))
    return status;
  const void *const *params = given.call.params;
  auto **merged = static_cast<const void **>(
      __builtin_alloca(8 * size_t(model.num_params) + 8));
  for (int32_t i = 0; i < model.num_params; ++i)
    merged[i] = params && params[i] ? params[i] : loaded->params[i];
  plan.lists[Params].data = merged;
  int64_t bytes = countBytes(model, given.call.steps, given.call.batch);
  if (bytes < 0)
    return int(-bytes);
  if (given.workspaceBytes >= 0 && given.workspaceBytes < bytes)
    return SNN_ERROR_WORKSPACE;
  if (int status = checkArrays(driver, scope.device, plan, bytes, given.state))
    return status;
  return plan.call->batch == 0 ? int(SNN_OK)
                               : queue(plan, given, driver, *loaded, bytes);
}

/// Runs a call whose state it has to itself; returns an snn_status.
static int runOwned(const snn_model &model, const CudaCall &given) {
  Plan plan;
  if (int status = measureCall(model, given.call, plan))
    return status;
  const Driver *driver;
  if (int status = openDriver(driver))
    return status;
  ContextScope scope(*driver);
  bool isKnown = given.device >= 0 && !isOwnStream(given.stream);
  if (int status =
          isKnown ? scope.enterDevice(given.device) : scope.enter(given.stream))
    return status;
  return runInContext(plan, given, *driver, scope);
}

int cuda::runOnDevice(const snn_model &model, CudaCall &given) {
  clearError();
  if (model.abi_version != SNN_ABI_VERSION)
    return SNN_ERROR_ABI;
  if (!model.cuda)
    return SNN_ERROR_TARGET;
  if (!given.call.workspace)
    return SNN_ERROR_NULL;
  if (given.call.steps < 0 || given.call.batch < 0)
    return SNN_ERROR_SIZE;
  if (!given.state)
    return runOwned(model, given);
  int64_t bytes = getCopyBytes(model, given.call.batch, kAlignment);
  if (bytes < 0)
    return int(-bytes);
  if (uintptr_t(given.state) % 8)
    return SNN_ERROR_ALIGNMENT;
  if (int status = checkState(model, *given.state, given.call.batch, bytes))
    return status;
  snn_state_header &header = given.state->header;
  if (__atomic_exchange_n(&header.owner, 1, __ATOMIC_ACQUIRE))
    return SNN_ERROR_BUSY;
  given.call.position = header.position;
  int status =
      header.position < 0 ? int(SNN_ERROR_STATE) : runOwned(model, given);
  if (status == SNN_OK && given.call.batch > 0)
    header.position += given.call.steps;
  __atomic_store_n(&header.owner, 0, __ATOMIC_RELEASE);
  return status;
}

int snn_cuda_run(const snn_model *model, const void *const *inputs,
                 void *const *outputs, int64_t steps, int64_t batch,
                 snn_cuda_state *state, void *workspace,
                 const void *const *params, void *stream) {
  if (!model || (!inputs && model->num_inputs) ||
      (!outputs && model->num_outputs) || !workspace)
    return SNN_ERROR_NULL;
  CudaCall given = {};
  given.call.inputs = inputs;
  given.call.outputs = outputs;
  given.call.params = params;
  given.call.steps = steps;
  given.call.batch = batch;
  given.call.workspace = workspace;
  given.state = state;
  given.workspaceBytes = -1;
  given.stream = static_cast<Stream>(stream);
  given.device = -1;
  return runOnDevice(*model, given);
}
