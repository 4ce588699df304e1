//===- Plan.h - One run of a model, checked and cut -------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A run is checked once, into a Plan; what follows trusts it. A plan holds the
// sizes of the pieces:
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
// This library is linked into firmware and into C programs: it allocates
// nothing, and needs neither the C++ library nor, with SNN_FREESTANDING, more
// of the C library than memcpy and memset.
//
//===----------------------------------------------------------------------===//

#ifndef LIB_RUNTIME_PLAN_H
#define LIB_RUNTIME_PLAN_H

#include "snn/Runtime/Runtime.h"

#ifdef SNN_FREESTANDING
extern "C" {
void *memcpy(void *to, const void *from, size_t bytes);
void *memset(void *to, int value, size_t bytes);
int memcmp(const void *a, const void *b, size_t bytes);
}
#else
#include <string.h>
#endif

namespace snn::rt {

/// Bytes of one element.
inline int64_t getElementBytes(const snn_tensor &tensor) {
  static constexpr int8_t bytes[] = {1, 1, 2, 4, 8, 2, 2, 4, 8};
  return bytes[tensor.dtype];
}

/// The size of a dimension for T steps and B elements.
inline int64_t getSize(const snn_tensor &tensor, int32_t dim, int64_t steps,
                       int64_t batch) {
  if (dim == 0 && tensor.is_sequence)
    return steps;
  return dim == tensor.batch_dim ? batch : tensor.shape[dim];
}

/// What is at the boundary of a model.
enum Role { Inputs, Params, Before, Outputs, After, Records, NumRoles };

/// The tensors of one role, in the order of a window's arguments.
struct TensorList {
  const snn_tensor *tensors;
  int32_t count;
  const void *const *data; ///< null: none has an array
  Role role;
  int32_t first; ///< tensors of the lists before it

  /// The full array of a tensor; null if there is none.
  char *getData(int32_t i) const {
    const void *pointer = data ? data[i] : nullptr;
    return static_cast<char *>(
        const_cast<void *>(pointer ? pointer : tensors[i].data));
  }
};

/// Where the parts of a tile's memory begin.
struct SlotLayout {
  int64_t words;   ///< of memref descriptors
  int64_t states;  ///< two copies
  int64_t outputs; ///< what another tile writes to the caller's array
  int64_t records; ///< what nobody keeps
  int64_t arena;   ///< of the window's own intermediates
  int64_t arenaBytes;
  int64_t bytes; ///< of all
};

/// A call that may be executed.
struct Plan {
  const snn_model *model;
  const snn_call *call;
  const snn_variant *variant;
  TensorList lists[NumRoles];
  int64_t window = 1;          ///< steps of a window
  int64_t tile = 1;            ///< batch elements of a tile
  int64_t numTiles = 1;        ///< of the batch
  int32_t numSlots = 1;        ///< tiles that run at the same time
  bool isDirect = false;       ///< windows read and write the caller's states
  int64_t transposedBytes = 0; ///< of parameters to transpose, with pointers
  char *transposed = nullptr;  ///< where they go
  char *shared = nullptr;      ///< copies of states without a batch dimension
  int64_t sharedBytes = 0;
  char *slots = nullptr; ///< memory of the tiles that run
  SlotLayout layout = {};
  /// Bytes of the first arrays of all lists: one step of a small model takes
  /// less time than a few multiplications for each of its tensors.
  static constexpr int32_t numKnown = 32;
  int64_t known[numKnown];

  /// True if the model shall write its records.
  bool isRecording() const { return call->records || call->spike_counts; }
  /// Bytes of the full array of a tensor; checked when the plan was made.
  int64_t getBytes(const TensorList &list, int32_t i) const {
    if (list.first + i < numKnown)
      return known[list.first + i];
    return getBytes(list.tensors[i], call->steps, call->batch);
  }
  /// Bytes of its piece for `steps` steps of `batch` elements.
  static int64_t getBytes(const snn_tensor &tensor, int64_t steps,
                          int64_t batch) {
    uint64_t bytes = getElementBytes(tensor); // which a checked size fits
    for (int32_t d = 0; d < tensor.rank; ++d)
      bytes *= getSize(tensor, d, steps, batch);
    return int64_t(bytes);
  }
};

/// Checks the numbers of a call and finds the sizes of its arrays; returns an
/// snn_status.
int measureCall(const snn_model &model, const snn_call &call, Plan &plan);

/// The same, and cuts the call for a variant. Pointers and the workspace are
/// left out.
int makePlan(const snn_model &model, const snn_call &call, Plan &plan);

/// Transposes the parameters that a call has as they are declared.
void transposeParams(Plan &plan);

/// An interval of memory.
struct Range {
  uintptr_t begin = 0, end = 0;

  Range() = default;
  Range(const void *data, int64_t bytes)
      : begin(uintptr_t(data)), end(begin + bytes) {}
  bool overlaps(const Range &other) const {
    return begin < other.end && other.begin < end;
  }
};

/// Checks arrays for null, alignment to their elements or to more, and overlap
/// of what is written with other arrays, the workspace and the blob of the
/// states; returns an snn_status.
int checkPointers(const Plan &plan, Range workspace, Range state,
                  int64_t alignment = 1);

/// Checks a call, whose states may be absent still, and writes nothing; returns
/// an snn_status.
int checkCall(const snn_model &model, const snn_call &call, Range state);

/// Runs a call whose states are in a blob; returns an snn_status.
int runCall(const snn_model &model, const snn_call &call, Range state);

/// Whether steps may run in several calls with the same results.
bool mayCutTime(const Plan &plan);

/// The positive number in an environment variable, else 0.
int64_t readOverride(const char *name);

/// Chooses `window` and `tile`.
void chooseCuts(Plan &plan);

/// Computes what a plan takes of a workspace.
void layOut(Plan &plan);

/// Runs elements [first, first + count) of the batch in the memory at `slot`.
void runTile(const Plan &plan, char *slot, int64_t first, int64_t count);

/// Bytes of one copy of all states, each at a multiple of `alignment`, or minus
/// an snn_status.
int64_t getCopyBytes(const snn_model &model, int64_t batch, int64_t alignment);

/// Runs a call from a state blob, which may be null, after the checks of raw
/// pointers; returns an snn_status. The states of the call are left out.
int runStream(const snn_model &model, snn_call &call, void *state);

/// The threads that a run of a model uses.
int32_t getThreads(const snn_model &model);

inline int64_t alignUp(int64_t value, int64_t alignment = 64) {
  return (value + alignment - 1) & -alignment; // which is a power of two
}
inline int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }
inline int64_t greatest(int64_t a, int64_t b) { return a > b ? a : b; }

} // namespace snn::rt

#endif // LIB_RUNTIME_PLAN_H
