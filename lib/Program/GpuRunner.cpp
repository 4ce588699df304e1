//===- GpuRunner.cpp - The calls of an executable on a GPU ----------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A call is copied to the GPU, run there as one window, and copied back: in
// pieces one after the other where it would take much memory.
//
//===----------------------------------------------------------------------===//

#include "../Runtime/Cuda.h"
#include "Progress.h"
#include "Runner.h"
#include "snn/Formats/Tensor.h"

#include <algorithm>

using namespace snn::rt;
using namespace snn::rt::cuda;

/// Bytes of the GPU that a piece of several steps may take: enough to keep the
/// largest busy for a while.
static constexpr int64_t kPieceBytes = int64_t(1) << 30;

namespace {
/// Memory of the GPU, which is current, that grows to what it has to hold.
class GpuBuffer {
public:
  explicit GpuBuffer(const Driver &driver) : driver(driver) {}
  GpuBuffer(GpuBuffer &&other)
      : driver(other.driver), memory(other.memory), size(other.size) {
    other.memory = 0;
  }
  ~GpuBuffer() {
    if (memory)
      driver.free(memory);
  }

  /// Makes room for so many bytes, whose values are lost.
  Error reserve(int64_t bytes);
  void *data() const { return reinterpret_cast<void *>(memory); }

private:
  const Driver &driver;
  Address memory = 0;
  int64_t size = 0;
};

/// Runs calls on a GPU.
class GpuRunner : public Runner {
public:
  GpuRunner(const snn_model &model, const Driver &driver, int device)
      : model(model), driver(driver), device(device), scope(driver),
        workspace(driver), memory(driver) {}
  ~GpuRunner() override;

  Error open();
  Error run(snn_call call) override;
  std::string describe() const override {
    return "cuda:" + std::to_string(device);
  }

private:
  /// The arrays of one kind.
  struct List {
    const snn_tensor *tensors;
    int32_t count;
    std::vector<GpuBuffer> buffers;
    std::vector<void *> pointers;
  };
  struct Piece;
  void setList(List &list, const snn_tensor *tensors, int32_t count);
  Error reserve(List &list, const snn_call &call);
  Error copyIn(List &list, const snn_call &call, const void *const *from);
  Error copyOut(const List &list, const snn_call &call, void *const *to);
  Error copyStates(const snn_call &call, bool isIn);
  Error countSpikes(const snn_call &call);
  int64_t countBytes(const snn_call &call, int64_t steps);
  int64_t choosePiece(const Plan &plan);
  Error begin(const snn_call &call);
  Error prepare(const snn_call &call);
  Error runPiece(const snn_call &call);
  Error finish(const snn_call &call);
  Error check(int status);

  const snn_model &model;
  const Driver &driver;
  const int device;
  ContextScope scope; ///< outlives the memory below
  Stream stream = nullptr;
  List inputs, params, outputs, records;
  GpuBuffer workspace, memory;
  snn_cuda_state state = {};
  int64_t paramBatch = -1; ///< of the parameters, which do not change
};
} // namespace

/// The status of a call as an error, with what the driver calls it.
static Error describeStatus(int status) {
  Error error = makeStatusError(status);
  if (const char *name = getErrorName(); name && error)
    error.message += std::string(" (") + name + ")";
  if (status == SNN_ERROR_CUDA_MEMORY)
    error.message += "; try a smaller --batch or fewer --steps";
  return error;
}

Error GpuBuffer::reserve(int64_t bytes) {
  if (bytes <= size)
    return Error::success();
  if (memory)
    driver.free(memory);
  memory = 0;
  size = 0;
  if (int status = toStatus(driver.allocate(&memory, size_t(bytes))))
    return describeStatus(status);
  size = bytes;
  return Error::success();
}

GpuRunner::~GpuRunner() {
  if (stream)
    driver.destroyStream(stream);
}

Error GpuRunner::check(int status) {
  return status ? describeStatus(status) : Error::success();
}

void GpuRunner::setList(List &list, const snn_tensor *tensors, int32_t count) {
  list.tensors = tensors;
  list.count = count;
  list.pointers.assign(count, nullptr);
  for (int32_t i = 0; i < count; ++i)
    list.buffers.emplace_back(driver);
}

Error GpuRunner::open() {
  if (Error error = check(scope.enterDevice(device)))
    return error;
  if (Error error = check(snn_cuda_load(&model, device)))
    return error;
  if (Error error = check(toStatus(driver.createStream(&stream, kNonBlocking))))
    return error;
  setList(inputs, model.inputs, model.num_inputs);
  setList(params, model.params, model.num_params);
  setList(outputs, model.outputs, model.num_outputs);
  setList(records, model.records, model.num_records);
  return Error::success();
}

Error GpuRunner::reserve(List &list, const snn_call &call) {
  for (int32_t i = 0; i < list.count; ++i) {
    int64_t bytes = Plan::getBytes(list.tensors[i], call.steps, call.batch);
    if (Error error = list.buffers[i].reserve(bytes))
      return error;
    list.pointers[i] = list.buffers[i].data();
  }
  return Error::success();
}

/// Parameters that are embedded have no array.
Error GpuRunner::copyIn(List &list, const snn_call &call,
                        const void *const *from) {
  for (int32_t i = 0; i < list.count; ++i) {
    int64_t bytes = Plan::getBytes(list.tensors[i], call.steps, call.batch);
    if (!from[i])
      continue;
    if (Error error = list.buffers[i].reserve(bytes))
      return error;
    list.pointers[i] = list.buffers[i].data();
    if (bytes > 0)
      if (Error error = check(toStatus(driver.copyToDevice(
              Address(list.pointers[i]), from[i], size_t(bytes), stream))))
        return error;
  }
  return Error::success();
}

Error GpuRunner::copyOut(const List &list, const snn_call &call,
                         void *const *to) {
  for (int32_t i = 0; i < list.count; ++i) {
    int64_t bytes = Plan::getBytes(list.tensors[i], call.steps, call.batch);
    if (bytes > 0)
      if (Error error = check(toStatus(driver.copyToHost(
              to[i], Address(list.pointers[i]), size_t(bytes), stream))))
        return error;
  }
  return Error::success();
}

/// Copies the states of a call to the memory of the GPU's, or back.
Error GpuRunner::copyStates(const snn_call &call, bool isIn) {
  auto at = Address(state.memory);
  for (int32_t i = 0; i < model.num_states; ++i) {
    int64_t bytes = Plan::getBytes(model.states[i], call.steps, call.batch);
    Result result = kSuccess;
    if (bytes > 0)
      result = isIn ? driver.copyToDevice(at, call.states_before[i],
                                          size_t(bytes), stream)
                    : driver.copyToHost(call.states_after[i], at, size_t(bytes),
                                        stream);
    if (Error error = check(toStatus(result)))
      return error;
    at += alignUp(bytes, kAlignment);
  }
  return Error::success();
}

/// Some steps of a call.
struct GpuRunner::Piece {
  Piece(const snn_model &model, const snn_call &whole, int64_t begin,
        int64_t steps)
      : call(whole) {
    auto shift = [&](const snn_tensor *tensors, int32_t count, auto *arrays,
                     auto &shifted) {
      for (int32_t i = 0; i < count; ++i) {
        int64_t bytes = tensors[i].is_sequence
                            ? Plan::getBytes(tensors[i], begin, whole.batch)
                            : 0;
        auto array = reinterpret_cast<uintptr_t>(arrays[i]);
        shifted.push_back(reinterpret_cast<void *>(array + bytes));
      }
    };
    shift(model.inputs, model.num_inputs, whole.inputs, inputs);
    shift(model.outputs, model.num_outputs, whole.outputs, outputs);
    if (whole.records)
      shift(model.records, model.num_records, whole.records, records);
    call.inputs = inputs.data();
    call.outputs = outputs.data();
    call.records = whole.records ? records.data() : nullptr;
    call.steps = steps;
    call.position += begin;
  }
  Piece(const Piece &) = delete;

  std::vector<const void *> inputs;
  std::vector<void *> outputs, records;
  snn_call call;
};

/// Bytes of the GPU that so many steps take, or minus an snn_status.
int64_t GpuRunner::countBytes(const snn_call &call, int64_t steps) {
  int64_t bytes = snn_cuda_workspace_bytes(&model, steps, call.batch);
  if (bytes < 0)
    return bytes;
  bool isRecording = call.records || call.spike_counts;
  for (const List *list : {&inputs, &outputs, &records})
    for (int32_t i = 0; (list != &records || isRecording) && i < list->count;
         ++i)
      if (__builtin_add_overflow(
              bytes, Plan::getBytes(list->tensors[i], steps, call.batch),
              &bytes))
        return INT64_MAX;
  return bytes;
}

/// Steps that run at once.
int64_t GpuRunner::choosePiece(const Plan &plan) {
  int64_t steps = plan.call->steps;
  if (!mayCutTime(plan))
    return steps;
  if (int64_t override = readOverride("SNN_WINDOW"))
    return override;
  int64_t multiple = std::max<int64_t>(model.window_multiple, 1);
  while (steps > multiple && countBytes(*plan.call, steps) > kPieceBytes)
    steps = ((steps + 1) / 2 + multiple - 1) / multiple * multiple;
  return steps;
}

/// Makes room for the states of a call and copies them.
Error GpuRunner::begin(const snn_call &call) {
  int64_t stateBytes = snn_cuda_state_bytes(&model, call.batch);
  if (stateBytes < 0)
    return check(int(-stateBytes));
  if (Error error = memory.reserve(stateBytes))
    return error;
  if (Error error = check(
          snn_cuda_reset(&model, &state, memory.data(), call.batch, stream)))
    return error;
  state.header.position = call.position;
  return copyStates(call, /*isIn=*/true);
}

/// Makes room for a piece and copies what it reads.
Error GpuRunner::prepare(const snn_call &call) {
  int64_t bytes = snn_cuda_workspace_bytes(&model, call.steps, call.batch);
  if (bytes < 0)
    return check(int(-bytes));
  if (Error error = workspace.reserve(bytes))
    return error;
  if (Error error = copyIn(inputs, call, call.inputs))
    return error;
  if (paramBatch != call.batch)
    if (Error error = copyIn(params, call, call.params))
      return error;
  paramBatch = call.batch;
  if (Error error = reserve(outputs, call))
    return error;
  if (call.records || call.spike_counts)
    if (Error error = reserve(records, call))
      return error;
  return Error::success();
}

/// Adds the elements of the records that are not zero.
Error GpuRunner::countSpikes(const snn_call &call) {
  for (int32_t i = 0; i < model.num_records; ++i) {
    const snn_tensor &tensor = model.records[i];
    int64_t bytes = Plan::getBytes(tensor, call.steps, call.batch);
    auto copy = Buffer::allocate(bytes);
    if (!copy)
      return copy.takeError();
    if (bytes == 0)
      continue;
    if (Error error = check(toStatus(
            driver.copyToHost(copy->data(), Address(records.pointers[i]),
                              size_t(bytes), stream))))
      return error;
    if (Error error = check(toStatus(driver.synchronize(stream))))
      return error;
    int64_t width = getElementBytes(tensor);
    for (const char *at = copy->data(); at < copy->data() + bytes; at += width)
      call.spike_counts[i] +=
          std::any_of(at, at + width, [](char c) { return c != 0; });
  }
  return Error::success();
}

/// Copies what a piece has written.
Error GpuRunner::finish(const snn_call &call) {
  if (Error error = copyOut(outputs, call, call.outputs))
    return error;
  if (call.records)
    if (Error error = copyOut(records, call, call.records))
      return error;
  if (call.spike_counts)
    if (Error error = countSpikes(call))
      return error;
  if (Error error = check(toStatus(driver.synchronize(stream))))
    return error;
  if (call.progress)
    __atomic_fetch_add(call.progress, call.steps * call.batch,
                       __ATOMIC_RELAXED);
  return Error::success();
}

Error GpuRunner::runPiece(const snn_call &call) {
  if (Error error = prepare(call))
    return error;
  if (Error error = check(toStatus(driver.synchronize(stream))))
    return error;
  CudaCall given = {};
  given.call.inputs = inputs.pointers.data();
  given.call.params = params.pointers.data();
  given.call.outputs = outputs.pointers.data();
  if (call.records || call.spike_counts)
    given.call.records = records.pointers.data();
  given.call.steps = call.steps;
  given.call.batch = call.batch;
  given.call.batch_offset = call.batch_offset;
  given.call.workspace = workspace.data();
  given.state = &state;
  given.workspaceBytes = -1;
  given.stream = stream;
  given.device = device;
  double started = getSeconds();
  if (Error error = check(runOnDevice(model, given)))
    return error;
  if (Error error = check(toStatus(driver.synchronize(stream))))
    return error;
  seconds += getSeconds() - started;
  // A run of no elements writes nothing.
  return call.batch > 0 ? finish(call) : Error::success();
}

Error GpuRunner::run(snn_call call) {
  clearError();
  Plan plan;
  if (Error error = check(measureCall(model, call, plan)))
    return error;
  if (Error error = begin(call))
    return error;
  seconds = 0;
  int64_t steps = choosePiece(plan), done = 0;
  do {
    Piece piece(model, call, done, std::min(steps, call.steps - done));
    if (Error error = runPiece(piece.call))
      return error;
    done += piece.call.steps;
  } while (done < call.steps);
  if (call.batch == 0)
    return Error::success();
  if (Error error = copyStates(call, /*isIn=*/false))
    return error;
  return check(toStatus(driver.synchronize(stream)));
}

Expected<std::unique_ptr<Runner>> snn::rt::makeGpuRunner(const snn_model &model,
                                                         int device) {
  const Driver *driver;
  clearError();
  if (!model.cuda)
    return describeStatus(SNN_ERROR_TARGET);
  if (int status = openDriver(driver))
    return describeStatus(status);
  auto runner = std::make_unique<GpuRunner>(model, *driver, device);
  if (Error error = runner->open())
    return error;
  return std::unique_ptr<Runner>(std::move(runner));
}
