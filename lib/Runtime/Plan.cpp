//===- Plan.cpp - Checking a run ------------------------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Plan.h"

#include <cstring>

using namespace snn::rt;

Expected<CheckedShape> snn::rt::resolveShape(const snn_tensor &tensor,
                                             int64_t steps, int64_t batch) {
  std::vector<int64_t> dims(tensor.shape, tensor.shape + tensor.rank);
  auto resolve = [&](size_t dim, int64_t size, const char *what) {
    if (dims[dim] >= 0 && dims[dim] != size)
      return makeError(ErrorCode::Input,
                       "%s was compiled for %lld %s, but got %lld", tensor.name,
                       static_cast<long long>(dims[dim]), what,
                       static_cast<long long>(size));
    dims[dim] = size;
    return Error::success();
  };
  if (tensor.is_sequence)
    if (Error error = resolve(0, steps, "steps"))
      return error;
  if (tensor.batch_dim >= 0)
    if (Error error = resolve(tensor.batch_dim, batch, "batch elements"))
      return error;
  return CheckedShape::get(std::move(dims),
                           static_cast<ElementType>(tensor.dtype));
}

static int64_t product(const std::vector<int64_t> &dims, size_t begin,
                       size_t end) {
  int64_t result = 1;
  for (size_t d = begin; d < end; ++d)
    result *= dims[d];
  return result;
}

int64_t ArrayView::outerElements() const {
  return product(shape.dims(), 0, tensor->batch_dim);
}

int64_t ArrayView::innerElements() const {
  return product(shape.dims(), tensor->batch_dim + 1, shape.dims().size());
}

/// Adds the full array of every tensor; returns an snn_status.
static int addViews(std::vector<ArrayView> &views, const snn_tensor *tensors,
                    int32_t count, const void *const *data, bool mayBeNull,
                    const snn_call &call) {
  for (int32_t i = 0; i < count; ++i) {
    const snn_tensor &tensor = tensors[i];
    auto shape = resolveShape(tensor, call.steps, call.batch);
    if (!shape)
      return shape.takeError().code == ErrorCode::Input ? SNN_ERROR_SHAPE
                                                        : SNN_ERROR_OVERFLOW;
    const void *pointer = data ? data[i] : nullptr;
    if (!pointer)
      pointer = tensor.data;
    if (!pointer && !mayBeNull && shape->bytes() > 0)
      return SNN_ERROR_NULL;
    ArrayView view{&tensor, std::move(*shape),
                   elementBytes(static_cast<ElementType>(tensor.dtype)),
                   std::vector<int64_t>(tensor.rank),
                   static_cast<char *>(const_cast<void *>(pointer))};
    int64_t stride = 1;
    for (int32_t d = tensor.rank; d-- > 0;) {
      view.strides[d] = stride;
      stride *= view.shape.dims()[d];
    }
    views.push_back(std::move(view));
  }
  return SNN_OK;
}

/// Copies the states that all tiles read, so that the tile that writes them
/// may write the caller's array.
static int shareStates(Plan &plan) {
  for (ArrayView &view : plan.before) {
    if (view.tensor->batch_dim >= 0 || !view.data)
      continue;
    auto copy = Buffer::allocate(view.shape.bytes());
    if (!copy)
      return SNN_ERROR_MEMORY;
    std::memcpy(copy->data(), view.data, view.shape.bytes());
    view.data = copy->data();
    plan.shared.push_back(std::move(*copy));
  }
  return SNN_OK;
}

static int addAllViews(const snn_model &model, const snn_call &call,
                       Plan &plan) {
  struct Group {
    std::vector<ArrayView> &views;
    const snn_tensor *tensors;
    int32_t count;
    const void *const *data;
    bool mayBeNull;
  } groups[] = {
      {plan.inputs, model.inputs, model.num_inputs, call.inputs, false},
      {plan.params, model.params, model.num_params, call.params, false},
      {plan.before, model.states, model.num_states, call.states_before, true},
      {plan.after, model.states, model.num_states, call.states_after, true},
      {plan.outputs, model.outputs, model.num_outputs, call.outputs, false},
      {plan.records, model.records, model.num_records, call.records,
       !call.records}};
  for (Group &group : groups)
    if (int status = addViews(group.views, group.tensors, group.count,
                              group.data, group.mayBeNull, call))
      return status;
  return SNN_OK;
}

int snn::rt::makePlan(const snn_model &model, const snn_call &call,
                      Plan &plan) {
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
  plan.model = &model;
  plan.call = &call;
  plan.variant = call.variant ? call.variant : snn_best_variant(&model);
  if (!plan.variant)
    return SNN_ERROR_CPU;
  if (int status = addAllViews(model, call, plan))
    return status;
  return shareStates(plan);
}
