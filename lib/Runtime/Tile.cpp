//===- Tile.cpp - Running the windows of one tile -------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Blocks.h"
#include "Plan.h"

#include <algorithm>
#include <cstring>

using namespace snn::rt;

static_assert(sizeof(void *) == sizeof(int64_t),
              "a memref descriptor is an array of 64-bit words");

namespace {
/// A memref descriptor being filled.
struct DescriptorWords {
  std::vector<int64_t> words;

  void set(char *data, const std::vector<int64_t> &sizes,
           const std::vector<int64_t> &strides) {
    size_t rank = sizes.size();
    words.assign(3 + 2 * rank, 0);
    std::memcpy(&words[0], &data, sizeof(data));
    std::memcpy(&words[1], &data, sizeof(data));
    std::copy(sizes.begin(), sizes.end(), words.begin() + 3);
    std::copy(strides.begin(), strides.end(), words.begin() + 3 + rank);
  }

  char *data() const {
    char *pointer;
    std::memcpy(&pointer, &words[1], sizeof(pointer));
    return pointer;
  }
};

/// The consecutive elements of one tile, window after window.
class TileRun {
public:
  TileRun(const Plan &plan, int64_t first, int64_t count)
      : plan(plan), first(first), count(count) {}

  /// Runs all windows; returns an snn_status.
  int run();

private:
  bool allocate();
  bool allocateScratch(const std::vector<ArrayView> &views,
                       std::vector<Block> &scratch, bool always);
  std::vector<int64_t> getSizes(const ArrayView &view) const;
  void runWindow();
  void addView(const ArrayView &view, const Block *scratch);
  void addDense(const ArrayView &view, char *data);
  void copyState(const ArrayView &view, char *dense, bool load) const;
  void countSpikes() const;

  const Plan &plan;
  const int64_t first, count;
  int64_t start = 0, steps = 0; ///< the window
  int current = 0;              ///< which of a pair of states is valid
  std::vector<Block> states[2];
  std::vector<Block> outputScratch, recordScratch;
  std::vector<DescriptorWords> descriptors;
};
} // namespace

/// Sizes of a piece: this window of this tile.
std::vector<int64_t> TileRun::getSizes(const ArrayView &view) const {
  std::vector<int64_t> sizes = view.shape.dims();
  if (view.tensor->is_sequence)
    sizes[0] = steps;
  if (view.tensor->batch_dim >= 0)
    sizes[view.tensor->batch_dim] = count;
  return sizes;
}

/// Allocates room for the pieces that have no place in an array of the caller:
/// all if `always`, else those that another tile writes there. The others stay
/// empty.
bool TileRun::allocateScratch(const std::vector<ArrayView> &views,
                              std::vector<Block> &scratch, bool always) {
  for (const ArrayView &view : views) {
    scratch.emplace_back();
    if (!always && (view.tensor->batch_dim >= 0 || first == 0))
      continue;
    int64_t bytes = view.elementBytes;
    for (int64_t size : getSizes(view))
      bytes *= size; // at most the bytes of the full array
    scratch.back() = Block(bytes);
    if (!scratch.back().data())
      return false;
  }
  return true;
}

bool TileRun::allocate() {
  steps = std::min(plan.window, plan.call->steps);
  bool unplaced = plan.isRecording() && !plan.call->records;
  return allocateScratch(plan.before, states[0], true) &&
         allocateScratch(plan.before, states[1], true) &&
         allocateScratch(plan.outputs, outputScratch, false) &&
         allocateScratch(plan.records, recordScratch, unplaced);
}

/// Copies this tile's part of a state from, or to, the caller's array.
void TileRun::copyState(const ArrayView &view, char *dense, bool load) const {
  bool hasBatch = view.tensor->batch_dim >= 0;
  int64_t rows = hasBatch ? view.outerElements() : 1;
  int64_t element =
      hasBatch ? view.innerElements() * view.elementBytes : view.shape.bytes();
  int64_t pitch = hasBatch ? element * plan.call->batch : element;
  int64_t bytes = hasBatch ? element * count : element;
  char *full = view.data + (hasBatch ? element * first : 0);
  for (int64_t row = 0; row < rows; ++row) {
    char *inner = dense + row * bytes, *outer = full + row * pitch;
    std::memcpy(load ? inner : outer, load ? outer : inner, bytes);
  }
}

void TileRun::addDense(const ArrayView &view, char *data) {
  std::vector<int64_t> sizes = getSizes(view), strides(sizes.size());
  int64_t stride = 1;
  for (size_t d = sizes.size(); d-- > 0;) {
    strides[d] = stride;
    stride *= sizes[d];
  }
  descriptors.emplace_back();
  descriptors.back().set(data, sizes, strides);
}

/// Adds a piece of a full array, or all of the scratch that stands for it.
void TileRun::addView(const ArrayView &view, const Block *scratch) {
  if (scratch && scratch->data())
    return addDense(view, scratch->data());
  char *data = view.data;
  if (data && view.tensor->is_sequence)
    data += start * view.strides[0] * view.elementBytes;
  if (data && view.tensor->batch_dim >= 0)
    data += first * view.strides[view.tensor->batch_dim] * view.elementBytes;
  descriptors.emplace_back();
  descriptors.back().set(data, getSizes(view), view.strides);
}

void TileRun::runWindow() {
  descriptors.clear();
  for (const ArrayView &view : plan.inputs)
    addView(view, nullptr);
  for (const ArrayView &view : plan.params)
    addView(view, nullptr);
  for (size_t i = 0; i < plan.before.size(); ++i)
    addDense(plan.before[i], states[current][i].data());
  for (size_t i = 0; i < plan.outputs.size(); ++i)
    addView(plan.outputs[i], &outputScratch[i]);
  for (size_t i = 0; i < plan.after.size(); ++i)
    addDense(plan.after[i], states[1 - current][i].data());
  for (size_t i = 0; i < plan.records.size(); ++i)
    addView(plan.records[i], &recordScratch[i]);

  int64_t position = plan.call->position + start;
  int64_t offset = plan.call->batch_offset + first;
  int8_t record = plan.isRecording();
  std::vector<void *> args;
  for (DescriptorWords &descriptor : descriptors)
    args.push_back(descriptor.words.data());
  args.push_back(&position);
  args.push_back(&offset);
  args.push_back(&record);
  plan.variant->run(args.data());
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
  for (int64_t i = 0; i < elements; ++i, data += elementBytes)
    sum += std::any_of(data, data + elementBytes, [](char c) { return c; });
  return sum;
}

/// Adds the spikes of the window that has just run.
void TileRun::countSpikes() const {
  size_t firstRecord = descriptors.size() - plan.records.size();
  for (size_t i = 0; i < plan.records.size(); ++i) {
    const ArrayView &view = plan.records[i];
    bool hasBatch = view.tensor->batch_dim >= 0;
    if (!hasBatch && first != 0)
      continue; // the first tile has counted it
    const DescriptorWords &piece = descriptors[firstRecord + i];
    int64_t stride = piece.words[3 + view.tensor->rank] * view.elementBytes;
    int64_t elements =
        hasBatch ? count * view.innerElements() : view.strides[0];
    int64_t sum = 0;
    for (int64_t step = 0; step < steps; ++step)
      sum += countNonZero(piece.data() + step * stride, elements,
                          view.elementBytes);
    __atomic_fetch_add(&plan.call->spike_counts[i], sum, __ATOMIC_RELAXED);
  }
}

int TileRun::run() {
  if (!allocate())
    return SNN_ERROR_MEMORY;
  for (size_t i = 0; i < plan.before.size(); ++i) {
    Block &state = states[0][i];
    if (plan.before[i].data)
      copyState(plan.before[i], state.data(), true);
    else
      std::memset(state.data(), 0, state.size());
  }
  do { // a run without steps has one window, which writes the static outputs
    steps = std::min(plan.window, plan.call->steps - start);
    runWindow();
    if (plan.call->spike_counts)
      countSpikes();
    start += steps;
    if (plan.call->progress)
      __atomic_fetch_add(plan.call->progress, steps * count, __ATOMIC_RELAXED);
  } while (start < plan.call->steps);
  for (size_t i = 0; i < plan.after.size(); ++i) {
    const ArrayView &view = plan.after[i];
    if (view.data && (view.tensor->batch_dim >= 0 || first == 0))
      copyState(view, states[current][i].data(), false);
  }
  return SNN_OK;
}

int snn::rt::runTile(const Plan &plan, int64_t first, int64_t count) {
  return TileRun(plan, first, count).run();
}
