//===- Plan.h - One run of a model, checked and cut -------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A run is checked once, into a Plan; what follows trusts it. A plan holds the
// full arrays with their sizes filled in, and the sizes of the pieces:
//
//             time ->   window   window   window
//     batch   tile     [   1   ][   2   ][  3   ]   one after the other
//       |     tile     [   1   ][   2   ][  3   ]   in parallel to the first
//       v
//
// A piece of an input, output or record is a view of the full array. States
// have a dense pair of buffers per tile, used in turns, so that the caller's
// arrays for before and after may be the same.
//
//===----------------------------------------------------------------------===//

#ifndef LIB_RUNTIME_PLAN_H
#define LIB_RUNTIME_PLAN_H

#include "snn/Formats/Tensor.h"
#include "snn/Runtime/Runtime.h"

namespace snn::rt {

/// The shape of a tensor for T steps and B elements. An error if the product
/// overflows or if a size is static and differs.
Expected<CheckedShape> resolveShape(const snn_tensor &tensor, int64_t steps,
                                    int64_t batch);

/// A full array of a call.
struct ArrayView {
  const snn_tensor *tensor;
  CheckedShape shape;
  int64_t elementBytes;
  std::vector<int64_t> strides; ///< of the dense array, in elements
  char *data;                   ///< null if there is none

  /// Product of the sizes before, and after, the batch dimension.
  int64_t outerElements() const;
  int64_t innerElements() const;
};

/// A call that may be executed.
struct Plan {
  const snn_model *model;
  const snn_call *call;
  const snn_variant *variant;
  std::vector<ArrayView> inputs, params, before, after, outputs, records;
  std::vector<Buffer> shared; ///< copies of states without a batch dimension
  int64_t window = 1;         ///< steps of a window
  int64_t tile = 1;           ///< batch elements of a tile

  /// True if the model shall write its records.
  bool isRecording() const { return call->records || call->spike_counts; }
};

/// Checks a call, but does not cut it; returns an snn_status.
int makePlan(const snn_model &model, const snn_call &call, Plan &plan);

/// Chooses `window` and `tile`.
void chooseCuts(Plan &plan);

/// Runs elements [first, first + count) of the batch; returns an snn_status.
int runTile(const Plan &plan, int64_t first, int64_t count);

} // namespace snn::rt

#endif // LIB_RUNTIME_PLAN_H
