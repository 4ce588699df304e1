//===- Invoke.cpp - Runs of arrays that describe themselves ---------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Invoke.h"

using namespace snn::rt;

static const char *const kTypeNames[] = {"i1",  "i8",   "i16", "i32", "i64",
                                         "f16", "bf16", "f32", "f64"};

static bool hasType(const snn_tensor &tensor, const DLTensor &array) {
  static constexpr struct {
    uint8_t code, bits;
  } types[] = {{6, 8},  {0, 8},  {0, 16}, {0, 32}, {0, 64},
               {2, 16}, {4, 16}, {2, 32}, {2, 64}};
  uint8_t code = array.dtype.code, bits = array.dtype.bits;
  auto type = types[tensor.dtype];
  bool isByteOfSpikes = tensor.dtype == SNN_I1 && code == 1 && bits == 8;
  return array.dtype.lanes == 1 &&
         ((code == type.code && bits == type.bits) || isByteOfSpikes);
}

/// Whether the elements are one after the other, row-major or column-major.
static bool isDense(const DLTensor &array, bool isByColumns) {
  if (!array.strides)
    return !isByColumns || array.shape[0] == 1 || array.shape[1] == 1;
  int64_t expected = 1;
  for (int32_t i = 0; i < array.ndim; ++i) {
    int32_t d = isByColumns ? i : array.ndim - 1 - i;
    if (array.shape[d] != 1 && array.strides[d] != expected)
      return false;
    expected *= array.shape[d];
  }
  return true;
}

int Invocation::unify(const snn_tensor &tensor, const char *symbol,
                      int64_t value, int64_t &size) {
  if (value < 0) {
    message << "input '" << tensor.name << "': expected " << symbol
            << " >= 0, but got " << value;
    return SNN_ERROR_ARGUMENT;
  }
  if (size >= 0 && size != value) {
    message << "input '" << tensor.name << "': expected " << symbol << " = "
            << size << " as before it, but got " << value;
    return SNN_ERROR_ARGUMENT;
  }
  size = value;
  return SNN_OK;
}

/// T and B, unless the caller has said them.
int Invocation::findSizes() {
  for (int32_t i = 0; i < model.num_inputs; ++i) {
    const snn_tensor &tensor = model.inputs[i];
    const DLTensor *array = given.inputs ? given.inputs[i] : nullptr;
    if (!array)
      return failMissing("input", tensor);
    if (array->ndim != tensor.rank) {
      fail("input", tensor);
      message << "expected " << tensor.rank << " dimensions, but got "
              << array->ndim;
      return SNN_ERROR_ARGUMENT;
    }
    if (tensor.is_sequence)
      if (int status = unify(tensor, "T", array->shape[0], steps))
        return status;
    if (tensor.batch_dim >= 0)
      if (int status =
              unify(tensor, "B", array->shape[tensor.batch_dim], batch))
        return status;
  }
  steps = steps < 0 ? model.max_steps : steps;
  batch = batch < 0 ? 1 : batch;
  if (steps >= 0)
    return SNN_OK;
  message << "expected a number of steps, because no input says how long to "
             "run";
  return SNN_ERROR_SIZE;
}

int Invocation::checkShape(const char *role, const snn_tensor &tensor,
                           const DLTensor &array) {
  bool matches = array.ndim == tensor.rank;
  for (int32_t d = 0; matches && d < tensor.rank; ++d) {
    int64_t size = d == 0 && tensor.is_sequence ? steps
                   : d == tensor.batch_dim      ? batch
                                                : tensor.shape[d];
    matches = array.shape[d] == size;
  }
  if (matches)
    return SNN_OK;
  int status = fail(role, tensor);
  message << "expected shape [";
  for (int32_t d = 0; d < tensor.rank; ++d) {
    message << (d ? ", " : "");
    if (d == 0 && tensor.is_sequence)
      message << steps;
    else
      message << (d == tensor.batch_dim ? batch : tensor.shape[d]);
  }
  message << "], but got [";
  for (int32_t d = 0; d < array.ndim; ++d)
    message << (d ? ", " : "") << array.shape[d];
  message << "]";
  return status;
}

/// Devices are those of dlpack.h: 1 the CPU, 2 a GPU, 13 managed memory.
int Invocation::checkDevice(const char *role, const snn_tensor &tensor,
                            const DLTensor &array) {
  int32_t type = array.device.type, id = array.device.id;
  if (type != (isCuda ? 2 : 1) && !(isCuda && type == 13)) {
    int status = fail(role, tensor);
    message << "expected memory of " << (isCuda ? "a CUDA GPU" : "the CPU")
            << ", but got that of device type " << type;
    return status;
  }
  if (type != 2)
    return SNN_OK;
  if (device >= 0 && device != id) {
    int status = fail(role, tensor);
    message << "expected memory of GPU " << device
            << " as before it, but got that of GPU " << id;
    return status;
  }
  device = id;
  return SNN_OK;
}

int Invocation::check(const char *role, const snn_tensor &tensor,
                      const DLTensor &array) {
  if (int status = checkDevice(role, tensor, array))
    return status;
  if (!hasType(tensor, array)) {
    static const char *const kinds[] = {"i",  "u",       "f",   "opaque",
                                        "bf", "complex", "bool"};
    int status = fail(role, tensor);
    uint8_t code = array.dtype.code;
    message << "expected elements of type " << kTypeNames[tensor.dtype]
            << ", but got " << (code < 7 ? kinds[code] : "type ")
            << array.dtype.bits;
    if (array.dtype.lanes != 1)
      message << "x" << array.dtype.lanes;
    return status;
  }
  if (int status = checkShape(role, tensor, array))
    return status;
  return checkLayout(role, tensor, array);
}

int Invocation::checkLayout(const char *role, const snn_tensor &tensor,
                            const DLTensor &array) {
  bool isByRows = isDense(array, false);
  bool isByColumns = tensor.is_transposed && isDense(array, true);
  if (!isByRows && !isByColumns) {
    int status = fail(role, tensor);
    message << "expected a dense row-major "
            << (tensor.is_transposed ? "or column-major " : "")
            << "array, but got strides";
    for (int32_t d = 0; d < array.ndim; ++d)
      message << (d ? ", " : " ") << array.strides[d];
    return status;
  }
  if (!tensor.is_transposed || (isByRows && isByColumns))
    return SNN_OK;
  if (hasMatrix && transposes != isByRows) {
    int status = fail(role, tensor);
    message << (isByRows ? "expected a column-major array as before it, but "
                           "got a row-major one"
                         : "expected a row-major array as before it, but got "
                           "a column-major one");
    return status;
  }
  hasMatrix = true;
  transposes = isByRows;
  return SNN_OK;
}

int Invocation::checkList(const char *role, const snn_tensor *tensors,
                          int32_t count, const DLTensor *const *arrays,
                          bool mayBeMissing, Range pointers) {
  for (int32_t i = 0; i < count; ++i) {
    const DLTensor *array = arrays ? arrays[i] : nullptr;
    if (!array && (mayBeMissing || tensors[i].data))
      continue;
    if (!array)
      return failMissing(role, tensors[i]);
    if (int status = check(role, tensors[i], *array))
      return status;
    int64_t bytes = Plan::getBytes(tensors[i], steps, batch);
    if (!array->data && bytes > 0) {
      fail(role, tensors[i]);
      message << "expected memory, but got a null pointer";
      return SNN_ERROR_NULL;
    }
    if (pointers.overlaps(Range(getData(*array), bytes))) {
      fail(role, tensors[i]);
      message << "expected an array that does not overlap the workspace";
      return SNN_ERROR_OVERLAP;
    }
  }
  return SNN_OK;
}

int Invocation::checkLists(Range pointers) {
  if (int status = checkList("input", model.inputs, model.num_inputs,
                             given.inputs, false, pointers))
    return status;
  if (int status = checkList("parameter", model.params, model.num_params,
                             given.params, false, pointers))
    return status;
  if (int status = checkList("output", model.outputs, model.num_outputs,
                             given.outputs, false, pointers))
    return status;
  return checkList("record", model.records, model.num_records, given.records,
                   !given.records, pointers);
}

void **snn::rt::addList(void **&next, const DLTensor *const *arrays,
                        int32_t count) {
  void **begin = next;
  for (int32_t i = 0; i < count; ++i)
    *next++ = arrays && arrays[i] ? getData(*arrays[i]) : nullptr;
  return begin;
}

namespace {
/// One that runs on the CPU.
class CpuInvocation : public Invocation {
public:
  CpuInvocation(const snn_model &model, const snn_invocation &given)
      : Invocation(model, given, /*isCuda=*/false) {}

  int run();
};
} // namespace

/// The pointers of all lists are at the beginning of the workspace, which is
/// not written before all has been checked.
int CpuInvocation::run() {
  int64_t count = int64_t(model.num_inputs) + model.num_params +
                  model.num_outputs + model.num_records;
  int64_t padding = -uintptr_t(given.workspace) & 7;
  int64_t used = padding + 8 * count;
  if (!given.workspace) {
    message << "expected a workspace";
    return SNN_ERROR_NULL;
  }
  if (given.workspace_bytes < used)
    return report(SNN_ERROR_WORKSPACE);
  if (int status = findSizes())
    return status;
  Range pointers(given.workspace, used);
  if (int status = checkLists(pointers))
    return status;
  snn_call call = {};
  call.transposes = transposes;
  call.steps = steps;
  call.batch = batch;
  int64_t stateBytes = given.state ? snn_stream_state_bytes(&model, batch) : 0;
  if (stateBytes < 0)
    return report(int(-stateBytes));
  if (pointers.overlaps(Range(given.state, stateBytes)))
    return report(SNN_ERROR_OVERLAP);
  auto *workspace = static_cast<char *>(given.workspace);
  auto **next = reinterpret_cast<void **>(workspace + padding);
  call.inputs = addList(next, given.inputs, model.num_inputs);
  call.params = addList(next, given.params, model.num_params);
  call.outputs = addList(next, given.outputs, model.num_outputs);
  void **records = addList(next, given.records, model.num_records);
  call.records = given.records ? records : nullptr;
  call.workspace = workspace + used;
  call.workspace_bytes = given.workspace_bytes - used;
  return report(runStream(model, call, given.state));
}

int snn_invoke(const snn_model *model, const snn_invocation *invocation) {
  if (!model || !invocation)
    return SNN_ERROR_NULL;
  return CpuInvocation(*model, *invocation).run();
}

int64_t snn_invoke_workspace_bytes(const snn_model *model, int64_t steps,
                                   int64_t batch) {
  int64_t bytes = snn_rows_workspace_bytes(model, steps, batch);
  if (bytes < 0)
    return bytes;
  return bytes + 8 +
         8 * (int64_t(model->num_inputs) + model->num_params +
              model->num_outputs + model->num_records);
}
