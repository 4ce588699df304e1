//===- GatePlanes.cpp - Counters of a gate as planes of bits --------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GatePlanes.h"

using namespace mlir;
using namespace mlir::snn;

static Value emitOr(Emit &emit, Value a, Value b) {
  return a ? arith::OrIOp::create(emit, a, b) : b;
}

static Value emitAnd(Emit &emit, Value a, Value b) {
  return arith::AndIOp::create(emit, a, b);
}

Value snn::getConstant(Emit &emit, Value like, int64_t value) {
  auto type = cast<VectorType>(like.getType());
  return arith::ConstantOp::create(
      emit, DenseElementsAttr::get(type, emit.getI32IntegerAttr(value)));
}

static Value emitNot(Emit &emit, Value value) {
  return arith::XOrIOp::create(emit, value, getConstant(emit, value, -1));
}

/// The counter of a neuron that was silenced `plane + 1` steps ago is
/// R - plane.
Value GatePlanes::test(Emit &emit, Value counters, int64_t plane) {
  if (isHistory)
    return arith::CmpIOp::create(emit, arith::CmpIPredicate::eq, counters,
                                 getConstant(emit, counters, period - plane));
  Value bit = emitAnd(emit, counters, getConstant(emit, counters, 1 << plane));
  return arith::CmpIOp::create(emit, arith::CmpIPredicate::ne, bit,
                               getConstant(emit, counters, 0));
}

/// The last plane is the oldest, which younger ones replace; bits are added.
Value GatePlanes::add(Emit &emit, Value counters, Value lanes, int64_t plane) {
  Value value =
      isHistory ? getConstant(emit, counters, period - plane)
                : Value(arith::OrIOp::create(
                      emit, counters, getConstant(emit, counters, 1 << plane)));
  return arith::SelectOp::create(emit, lanes, value, counters);
}

/// Counters less one where they are not zero; R where they are set.
void GatePlanes::count(Emit &emit, Value sets, Value busy,
                       MutableArrayRef<Value> planes) {
  Value borrow = busy, keeps = isEvent ? Value() : emitNot(emit, sets);
  for (auto [i, plane] : llvm::enumerate(planes)) {
    Value less = arith::XOrIOp::create(emit, plane, borrow);
    borrow = emitAnd(emit, borrow, emitNot(emit, plane));
    if (period >> i & 1)
      plane = emitOr(emit, less, sets);
    else // a neuron that may fire has a counter of zero
      plane = isEvent ? less : emitAnd(emit, less, keeps);
  }
}

Value GatePlanes::step(Emit &emit, Value candidates,
                       MutableArrayRef<Value> planes) {
  if (planes.empty())
    return candidates;
  Value busy;
  for (Value plane : planes)
    busy = emitOr(emit, busy, plane);
  Value spikes = emitAnd(emit, candidates, emitNot(emit, busy));
  Value sets = isEvent ? spikes : candidates;
  if (isHistory) {
    std::move_backward(planes.begin(), planes.end() - 1, planes.end());
    planes.front() = sets;
  } else {
    count(emit, sets, busy, planes);
  }
  return spikes;
}
