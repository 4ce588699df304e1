//===- Plan.cpp - Checking a run ------------------------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Plan.h"

using namespace snn::rt;

/// Finds the bytes of an array; returns an snn_status. Sizes of zero count as
/// one, so that strides fit as well.
static int measure(const snn_tensor &tensor, int64_t steps, int64_t batch,
                   int64_t &result) {
  int64_t bytes = getElementBytes(tensor);
  bool isEmpty = false;
  for (int32_t d = 0; d < tensor.rank; ++d) {
    int64_t size = getSize(tensor, d, steps, batch);
    if (tensor.shape[d] >= 0 && tensor.shape[d] != size)
      return SNN_ERROR_SHAPE;
    isEmpty |= size == 0;
    if (__builtin_mul_overflow(bytes, size + (size == 0), &bytes))
      return SNN_ERROR_OVERFLOW;
  }
  result = isEmpty ? 0 : bytes;
  return SNN_OK;
}

/// Finds the bytes of all arrays, and of their descriptors; returns an
/// snn_status.
static int measureAll(Plan &plan) {
  int64_t ranks = 0;
  for (const TensorList &list : plan.lists) {
    for (int32_t i = 0; i < list.count; ++i) {
      int64_t bytes;
      ranks += list.tensors[i].rank;
      if (int status = measure(list.tensors[i], plan.call->steps,
                               plan.call->batch, bytes))
        return status;
      if (list.first + i < Plan::numKnown)
        plan.known[list.first + i] = bytes;
    }
  }
  const TensorList &last = plan.lists[Records];
  int64_t tensors = last.first + last.count;
  plan.layout.words = alignUp(8 * (tensors + 4));
  plan.layout.states =
      plan.layout.words + alignUp(8 * (3 * tensors + 2 * ranks));
  return SNN_OK;
}

/// Whether a tensor of this role may have no array.
static bool mayBeNull(const Plan &plan, Role role) {
  return role == Before || role == After ||
         (role == Records && !plan.call->records);
}

/// Whether a range overlaps an array of a list, of which only the first `count`
/// are looked at.
static bool overlapsAny(const Plan &plan, Range range, const TensorList &list,
                        int32_t count) {
  for (int32_t i = 0; i < count; ++i)
    if (range.overlaps(Range(list.getData(i), plan.getBytes(list, i))))
      return true;
  return false;
}

/// Whether something else is where an output is written.
static bool overlaps(const Plan &plan, Role role, int32_t index, Range range) {
  static constexpr Role roles[] = {Inputs, Params, Outputs, Records};
  for (Role other : roles) {
    const TensorList &others = plan.lists[other];
    if (other > role)
      break;
    if (overlapsAny(plan, range, others, other == role ? index : others.count))
      return true;
  }
  return false;
}

int snn::rt::checkPointers(const Plan &plan, Range workspace, Range state,
                           int64_t alignment) {
  if (workspace.overlaps(state))
    return SNN_ERROR_OVERLAP;
  for (const TensorList &list : plan.lists) {
    bool isWritten = list.role == Outputs || list.role == Records;
    bool isState = list.role == Before || list.role == After;
    if ((isState && state.end > 0) || (list.role == Records && !list.data))
      continue; // where they shall be, or nowhere
    for (int32_t i = 0; i < list.count; ++i) {
      const snn_tensor &tensor = list.tensors[i];
      const char *data = list.getData(i);
      Range range(data, plan.getBytes(list, i));
      if (!data && range.end > 0 && !mayBeNull(plan, list.role))
        return SNN_ERROR_NULL;
      if (!data)
        continue;
      if (uintptr_t(data) & (greatest(getElementBytes(tensor), alignment) - 1))
        return SNN_ERROR_ALIGNMENT;
      if (range.overlaps(workspace) || range.overlaps(state) ||
          (isWritten && overlaps(plan, list.role, i, range)))
        return SNN_ERROR_OVERLAP;
    }
  }
  return SNN_OK;
}

/// Whether windows can use the caller's states as they are: one window of one
/// tile, from arrays to others.
static bool canBeDirect(const Plan &plan) {
  if (plan.numTiles > 1 || plan.window < plan.call->steps)
    return false;
  const TensorList &before = plan.lists[Before], &after = plan.lists[After];
  for (int32_t i = 0; i < before.count; ++i)
    if (!before.getData(i) || !after.getData(i) ||
        before.getData(i) == after.getData(i))
      return false;
  return true;
}

static int checkNumbers(const snn_model &model, const snn_call &call) {
  if (model.abi_version != SNN_ABI_VERSION)
    return SNN_ERROR_ABI;
  if (call.steps < 0 || call.batch < 0 || call.position < 0 ||
      call.batch_offset < 0)
    return SNN_ERROR_SIZE;
  int64_t end;
  if (__builtin_add_overflow(call.position, call.steps, &end) ||
      __builtin_add_overflow(call.batch_offset, call.batch, &end))
    return SNN_ERROR_OVERFLOW;
  if (model.max_steps >= 0 && call.position + call.steps > model.max_steps)
    return SNN_ERROR_MAX_STEPS;
  return SNN_OK;
}

int snn::rt::measureCall(const snn_model &model, const snn_call &call,
                         Plan &plan) {
  if (int status = checkNumbers(model, call))
    return status;
  plan.model = &model;
  plan.call = &call;
  int32_t first = 0;
  auto setList = [&](Role role, const snn_tensor *tensors, int32_t count,
                     const void *const *data) {
    plan.lists[role] = {tensors, count, data, role, first};
    first += count;
  };
  setList(Inputs, model.inputs, model.num_inputs, call.inputs);
  setList(Params, model.params, model.num_params, call.params);
  setList(Before, model.states, model.num_states, call.states_before);
  setList(Outputs, model.outputs, model.num_outputs, call.outputs);
  setList(After, model.states, model.num_states, call.states_after);
  setList(Records, model.records, model.num_records, call.records);
  return measureAll(plan);
}

int snn::rt::makePlan(const snn_model &model, const snn_call &call,
                      Plan &plan) {
  if (int status = measureCall(model, call, plan))
    return status;
  plan.variant = call.variant ? call.variant : snn_best_variant(&model);
  if (!plan.variant)
    return SNN_ERROR_CPU;
  chooseCuts(plan);
  plan.numTiles = call.batch > 0; // a division is not for every step
  if (call.batch > plan.tile)
    plan.numTiles = (call.batch - 1) / plan.tile + 1;
  if (plan.numTiles > 1)
    plan.numSlots = int32_t(least(plan.numTiles, getThreads(model)));
  plan.isDirect = canBeDirect(plan);
  layOut(plan);
  return SNN_OK;
}

/// Bytes of the pieces of a list that have no place in an array of the caller.
static int64_t getScratchBytes(const Plan &plan, const TensorList &list,
                               bool always) {
  int64_t bytes = 0, steps = least(plan.window, plan.call->steps);
  if (!always && plan.numTiles <= 1)
    return 0;
  for (int32_t i = 0; i < list.count; ++i) {
    const snn_tensor &tensor = list.tensors[i];
    if (always || tensor.batch_dim < 0)
      bytes += alignUp(Plan::getBytes(tensor, steps, plan.tile));
  }
  return bytes;
}

/// Whether a run begins with the transpose of a parameter.
static bool isToTranspose(const TensorList &params, int32_t i) {
  const snn_tensor &tensor = params.tensors[i];
  bool isGiven = params.data && params.data[i];
  return tensor.is_transposed && (isGiven || !tensor.data);
}

/// Bytes of the transposes, and of a list of pointers to all parameters.
static int64_t countTransposedBytes(const Plan &plan) {
  const TensorList &params = plan.lists[Params];
  int64_t bytes = 0;
  if (!plan.call->transposes)
    return 0;
  for (int32_t i = 0; i < params.count; ++i)
    if (isToTranspose(params, i))
      bytes += alignUp(plan.getBytes(params, i));
  return bytes ? bytes + alignUp(8 * int64_t(params.count)) : 0;
}

void snn::rt::transposeParams(Plan &plan) {
  TensorList &params = plan.lists[Params];
  if (!plan.transposedBytes)
    return;
  auto **list = reinterpret_cast<const void **>(plan.transposed);
  char *next = plan.transposed + alignUp(8 * int64_t(params.count));
  for (int32_t i = 0; i < params.count; ++i) {
    const snn_tensor &tensor = params.tensors[i];
    list[i] = params.getData(i);
    if (!isToTranspose(params, i))
      continue;
    snn_transpose(list[i], next, tensor.shape[0], tensor.shape[1],
                  getElementBytes(tensor));
    list[i] = next;
    next += alignUp(plan.getBytes(params, i));
  }
  params.data = list;
}

void snn::rt::layOut(Plan &plan) {
  SlotLayout &layout = plan.layout;
  int64_t at = layout.states;
  if (!plan.isDirect)
    at += 2 * getScratchBytes(plan, plan.lists[Before], true);
  layout.outputs = at;
  at += getScratchBytes(plan, plan.lists[Outputs], false);
  layout.records = at;
  if (plan.isRecording())
    at += getScratchBytes(plan, plan.lists[Records], !plan.call->records);
  layout.arena = at;
  layout.arenaBytes = 64 + plan.variant->workspace_bytes(
                               least(plan.window, plan.call->steps), plan.tile);
  layout.bytes = alignUp(at + layout.arenaBytes);
  plan.transposedBytes = countTransposedBytes(plan);
  plan.sharedBytes = 0;
  if (plan.numTiles > 1)
    for (int32_t i = 0; i < plan.lists[Before].count; ++i)
      if (plan.lists[Before].tensors[i].batch_dim < 0)
        plan.sharedBytes += alignUp(plan.getBytes(plan.lists[Before], i));
}
