//===- Plan.cpp - Checking a run ------------------------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Plan.h"

using namespace snn::rt;

int64_t snn::rt::getElementBytes(const snn_tensor &tensor) {
  static constexpr int8_t bytes[] = {1, 1, 2, 4, 8, 2, 2, 4, 8};
  return bytes[tensor.dtype];
}

/// The size of a dimension for T steps and B elements.
static int64_t getSize(const snn_tensor &tensor, int32_t dim, int64_t steps,
                       int64_t batch) {
  if (dim == 0 && tensor.is_sequence)
    return steps;
  return dim == tensor.batch_dim ? batch : tensor.shape[dim];
}

int64_t Plan::getBytes(const snn_tensor &tensor, int64_t steps, int64_t batch) {
  uint64_t bytes = getElementBytes(tensor); // which a checked size fits
  for (int32_t d = 0; d < tensor.rank; ++d)
    bytes *= getSize(tensor, d, steps, batch);
  return int64_t(bytes);
}

int64_t Plan::getBytes(const snn_tensor &tensor) const {
  return getBytes(tensor, call->steps, call->batch);
}

/// Checks the sizes of a tensor; returns an snn_status. Sizes of zero count as
/// one, so that strides fit as well.
static int checkSizes(const snn_tensor &tensor, int64_t steps, int64_t batch) {
  int64_t bytes = getElementBytes(tensor);
  for (int32_t d = 0; d < tensor.rank; ++d) {
    int64_t size = getSize(tensor, d, steps, batch);
    if (tensor.shape[d] >= 0 && tensor.shape[d] != size)
      return SNN_ERROR_SHAPE;
    if (__builtin_mul_overflow(bytes, greatest(size, 1), &bytes))
      return SNN_ERROR_OVERFLOW;
  }
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
    if (range.overlaps(Range(list.getData(i), plan.getBytes(list.tensors[i]))))
      return true;
  return false;
}

/// Whether something else is where an output is written.
static bool overlaps(const Plan &plan, Role role, int32_t index) {
  const TensorList &list = plan.lists[role];
  Range range(list.getData(index), plan.getBytes(list.tensors[index]));
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

int snn::rt::checkPointers(const Plan &plan, Range state) {
  Range workspace(plan.call->workspace,
                  plan.sharedBytes + plan.numSlots * plan.layout.bytes);
  if (workspace.overlaps(state))
    return SNN_ERROR_OVERLAP;
  for (const TensorList &list : plan.lists) {
    bool isWritten = list.role == Outputs || list.role == Records;
    for (int32_t i = 0; i < list.count; ++i) {
      const snn_tensor &tensor = list.tensors[i];
      const char *data = list.getData(i);
      Range range(data, plan.getBytes(tensor));
      if (!data && range.end > 0 && !mayBeNull(plan, list.role))
        return SNN_ERROR_NULL;
      if (!data)
        continue;
      if (uintptr_t(data) % getElementBytes(tensor))
        return SNN_ERROR_ALIGNMENT;
      bool isState = list.role == Before || list.role == After;
      if (range.overlaps(workspace) || (!isState && range.overlaps(state)) ||
          (isWritten && overlaps(plan, list.role, i)))
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

int snn::rt::makePlan(const snn_model &model, const snn_call &call,
                      Plan &plan) {
  if (int status = checkNumbers(model, call))
    return status;
  plan.model = &model;
  plan.call = &call;
  plan.variant = call.variant ? call.variant : snn_best_variant(&model);
  if (!plan.variant)
    return SNN_ERROR_CPU;
  plan.lists[Inputs] = {model.inputs, model.num_inputs, call.inputs, Inputs};
  plan.lists[Params] = {model.params, model.num_params, call.params, Params};
  plan.lists[Before] = {model.states, model.num_states, call.states_before,
                        Before};
  plan.lists[Outputs] = {model.outputs, model.num_outputs, call.outputs,
                         Outputs};
  plan.lists[After] = {model.states, model.num_states, call.states_after,
                       After};
  plan.lists[Records] = {model.records, model.num_records, call.records,
                         Records};
  for (const TensorList &list : plan.lists)
    for (int32_t i = 0; i < list.count; ++i)
      if (int status = checkSizes(list.tensors[i], call.steps, call.batch))
        return status;
  chooseCuts(plan);
  plan.numTiles = call.batch > 0 ? (call.batch - 1) / plan.tile + 1 : 0;
  plan.numSlots = int32_t(greatest(least(plan.numTiles, getThreads(model)), 1));
  plan.isDirect = canBeDirect(plan);
  layOut(plan);
  return SNN_OK;
}

/// Bytes of the pieces of a list that have no place in an array of the caller.
static int64_t getScratchBytes(const Plan &plan, const TensorList &list,
                               bool always) {
  int64_t bytes = 0, steps = least(plan.window, plan.call->steps);
  for (int32_t i = 0; i < list.count; ++i) {
    const snn_tensor &tensor = list.tensors[i];
    if (always || (tensor.batch_dim < 0 && plan.numTiles > 1))
      bytes += alignUp(Plan::getBytes(tensor, steps, plan.tile));
  }
  return bytes;
}

void snn::rt::layOut(Plan &plan) {
  SlotLayout &layout = plan.layout;
  int64_t tensors = 0, words = 0;
  for (const TensorList &list : plan.lists)
    for (int32_t i = 0; i < list.count; ++i, ++tensors)
      words += 3 + 2 * list.tensors[i].rank;
  int64_t at = alignUp(8 * (tensors + 4));
  layout.words = at;
  layout.states = at += alignUp(8 * words);
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
  plan.sharedBytes = 0;
  if (plan.numTiles > 1)
    for (int32_t i = 0; i < plan.lists[Before].count; ++i)
      if (plan.lists[Before].tensors[i].batch_dim < 0)
        plan.sharedBytes +=
            alignUp(plan.getBytes(plan.lists[Before].tensors[i]));
}
