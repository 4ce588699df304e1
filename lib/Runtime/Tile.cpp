//===- Tile.cpp - Running the windows of one tile -------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Plan.h"

using namespace snn::rt;

static_assert(sizeof(void *) == sizeof(int64_t),
              "a memref descriptor is an array of 64-bit words");

namespace {
/// The consecutive elements of one tile, window after window.
class TileRun {
public:
  TileRun(const Plan &plan, char *slot, int64_t first, int64_t count)
      : plan(plan), slot(slot), first(first), count(count) {
    pieceSteps = least(plan.window, plan.call->steps);
    for (int64_t i = 0; i < 2; ++i)
      states[i] = slot + plan.layout.states +
                  i * (plan.layout.outputs - plan.layout.states) / 2;
  }

  void run();

private:
  void loadStates();
  void storeStates();
  void copyState(const snn_tensor &tensor, char *full, char *dense, bool load,
                 int64_t fullBatch, int64_t fullFirst) const;
  void runWindow();
  void addList(const TensorList &list, char *scratch, bool always);
  void addStates(const TensorList &list, char *copy);
  void addView(const snn_tensor &tensor, char *data, int64_t fullSteps,
               int64_t fullBatch, int64_t firstStep, int64_t firstElement);
  void addDense(const snn_tensor &tensor, char *data) {
    addView(tensor, data, steps, count, 0, 0);
  }
  int64_t getPieceBytes(const snn_tensor &tensor) const {
    return alignUp(Plan::getBytes(tensor, pieceSteps, plan.tile));
  }
  void countSpikes() const;

  const Plan &plan;
  char *const slot;
  const int64_t first, count;
  int64_t pieceSteps;           ///< of the largest window
  int64_t start = 0, steps = 0; ///< the window
  int current = 0;              ///< which copy of the states is valid
  char *states[2];
  void **args = nullptr;    ///< the next argument of the window
  int64_t *words = nullptr; ///< where its descriptor goes
};
} // namespace

/// Adds the descriptor of the piece of a dense array of `fullSteps` steps of
/// `fullBatch` elements that begins at the given step and element.
void TileRun::addView(const snn_tensor &tensor, char *data, int64_t fullSteps,
                      int64_t fullBatch, int64_t firstStep,
                      int64_t firstElement) {
  int32_t rank = tensor.rank;
  int64_t *sizes = words + 3, *strides = sizes + rank, stride = 1, offset = 0;
  for (int32_t d = rank; d-- > 0;) {
    strides[d] = stride;
    sizes[d] = tensor.shape[tensor.is_transposed ? rank - 1 - d : d];
    if (d == tensor.batch_dim) {
      sizes[d] = count;
      offset += firstElement * stride;
      stride *= fullBatch;
    } else if (d == 0 && tensor.is_sequence) {
      sizes[d] = steps;
      offset += firstStep * stride;
      stride *= fullSteps;
    } else {
      stride *= sizes[d];
    }
  }
  if (data)
    data += offset * getElementBytes(tensor);
  words[0] = words[1] = reinterpret_cast<int64_t>(data);
  words[2] = 0;
  *args++ = words;
  words = strides + rank;
}

/// Adds pieces of full arrays. What another tile writes there, or nobody keeps
/// (`always`), goes to the scratch memory instead.
void TileRun::addList(const TensorList &list, char *scratch, bool always) {
  for (int32_t i = 0; i < list.count; ++i) {
    const snn_tensor &tensor = list.tensors[i];
    bool isScratch =
        scratch && (always || (tensor.batch_dim < 0 && plan.numTiles > 1));
    if (isScratch && (always || first > 0))
      addDense(tensor, scratch);
    else
      addView(tensor, list.getData(i), plan.call->steps, plan.call->batch,
              start, first);
    if (isScratch)
      scratch += getPieceBytes(tensor);
  }
}

void TileRun::addStates(const TensorList &list, char *copy) {
  for (int32_t i = 0; i < list.count; ++i) {
    addDense(list.tensors[i], plan.isDirect ? list.getData(i) : copy);
    if (!plan.isDirect)
      copy += getPieceBytes(list.tensors[i]);
  }
}

/// Copies this tile's part of a state from, or to, an array of `fullBatch`
/// elements in which the tile begins at `fullFirst`.
void TileRun::copyState(const snn_tensor &tensor, char *full, char *dense,
                        bool load, int64_t fullBatch, int64_t fullFirst) const {
  int64_t rows = 1, element = getElementBytes(tensor);
  for (int32_t d = 0; d < tensor.rank; ++d) {
    if (d < tensor.batch_dim)
      rows *= tensor.shape[d];
    else if (d != tensor.batch_dim)
      element *= tensor.shape[d];
  }
  bool hasBatch = tensor.batch_dim >= 0;
  int64_t bytes = hasBatch ? element * count : element;
  int64_t pitch = hasBatch ? element * fullBatch : element;
  full += hasBatch ? element * fullFirst : 0;
  for (int64_t row = 0; row < rows; ++row) {
    char *inner = dense + row * bytes, *outer = full + row * pitch;
    memcpy(load ? inner : outer, load ? outer : inner, bytes);
  }
}

void TileRun::loadStates() {
  const TensorList &before = plan.lists[Before];
  char *dense = states[0], *shared = plan.shared;
  for (int32_t i = 0; i < before.count; ++i) {
    const snn_tensor &tensor = before.tensors[i];
    char *data = before.getData(i);
    if (tensor.batch_dim < 0 && plan.numTiles > 1) {
      data = data ? shared : nullptr;
      shared += alignUp(plan.getBytes(before, i));
    }
    if (data)
      copyState(tensor, data, dense, true, plan.call->batch, first);
    else
      memset(dense, 0, Plan::getBytes(tensor, steps, count));
    dense += getPieceBytes(tensor);
  }
}

void TileRun::storeStates() {
  const TensorList &after = plan.lists[After];
  char *dense = states[current];
  for (int32_t i = 0; i < after.count; ++i) {
    const snn_tensor &tensor = after.tensors[i];
    if (after.getData(i) && (tensor.batch_dim >= 0 || first == 0))
      copyState(tensor, after.getData(i), dense, false, plan.call->batch,
                first);
    dense += getPieceBytes(tensor);
  }
}

void TileRun::runWindow() {
  args = reinterpret_cast<void **>(slot);
  words = reinterpret_cast<int64_t *>(slot + plan.layout.words);
  addList(plan.lists[Inputs], nullptr, false);
  addList(plan.lists[Params], nullptr, false);
  addStates(plan.lists[Before], states[current]);
  addList(plan.lists[Outputs], slot + plan.layout.outputs, false);
  addStates(plan.lists[After], states[1 - current]);
  bool unplaced = plan.isRecording() && !plan.call->records;
  addList(plan.lists[Records],
          plan.isRecording() ? slot + plan.layout.records : nullptr, unplaced);

  int64_t position = plan.call->position + start;
  int64_t offset = plan.call->batch_offset + first;
  int8_t record = plan.isRecording();
  args[0] = &position;
  args[1] = &offset;
  args[2] = &record;
  args[3] =
      snn_workspace_open(slot + plan.layout.arena, plan.layout.arenaBytes);
  plan.variant->run(reinterpret_cast<void **>(slot));
  current = 1 - current;
}

/// Number of elements that are not zero.
static int64_t countNonZero(const char *data, int64_t elements,
                            int64_t elementBytes) {
  int64_t sum = 0;
  if (elementBytes == 1) {
    for (int64_t i = 0; i < elements; ++i)
      sum += data[i] != 0;
    return sum;
  }
  for (int64_t i = 0; i < elements; ++i, data += elementBytes) {
    char any = 0;
    for (int64_t k = 0; k < elementBytes; ++k)
      any |= data[k];
    sum += any != 0;
  }
  return sum;
}

/// Adds the spikes of the window that has just run.
void TileRun::countSpikes() const {
  const TensorList &records = plan.lists[Records];
  void **descriptors = args - records.count;
  for (int32_t i = 0; i < records.count; ++i) {
    const snn_tensor &tensor = records.tensors[i];
    if (tensor.batch_dim < 0 && first != 0)
      continue; // the first tile has counted it
    auto *piece = static_cast<const int64_t *>(descriptors[i]);
    int64_t bytes = getElementBytes(tensor), elements = 1;
    for (int32_t d = 1; d < tensor.rank; ++d)
      elements *= piece[3 + d];
    int64_t stride = piece[3 + tensor.rank] * bytes, sum = 0;
    for (int64_t step = 0; step < steps; ++step)
      sum += countNonZero(reinterpret_cast<char *>(piece[1]) + step * stride,
                          elements, bytes);
    __atomic_fetch_add(&plan.call->spike_counts[i], sum, __ATOMIC_RELAXED);
  }
}

void TileRun::run() {
  if (!plan.isDirect)
    loadStates();
  do { // a run without steps has one window, which writes the static outputs
    steps = least(plan.window, plan.call->steps - start);
    runWindow();
    if (plan.call->spike_counts)
      countSpikes();
    start += steps;
    if (plan.call->progress)
      __atomic_fetch_add(plan.call->progress, steps * count, __ATOMIC_RELAXED);
  } while (start < plan.call->steps);
  if (!plan.isDirect)
    storeStates();
}

void snn::rt::runTile(const Plan &plan, char *slot, int64_t first,
                      int64_t count) {
  TileRun(plan, slot, first, count).run();
}
