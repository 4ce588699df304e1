//===- Spikes.cpp - Collecting the spikes of one sample -------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Spikes.h"

#include "Runner.h"

#include <algorithm>
#include <cstring>

using namespace snn::rt;

/// Records are held for a part of the time of this many bytes.
static constexpr int64_t recordBudget = 16 << 20;

LayerSpikes LayerSpikes::create(std::string name, int64_t neurons,
                                int64_t steps) {
  constexpr int64_t maxColumns = 1000, maxRows = 320;
  LayerSpikes layer;
  layer.name = std::move(name);
  layer.neurons = neurons;
  layer.steps = steps;
  layer.stepsPerCell = std::max<int64_t>((steps - 1) / maxColumns + 1, 1);
  layer.neuronsPerCell = std::max<int64_t>((neurons - 1) / maxRows + 1, 1);
  if (steps > 0 && neurons > 0) {
    layer.cells.assign(layer.rows() * layer.columns(), 0);
    layer.columnSpikes.assign(layer.columns(), 0);
  }
  layer.neuronSpikes.assign(neurons, 0);
  return layer;
}

void LayerSpikes::add(int64_t step, int64_t neuron) {
  ++spikes;
  ++columnSpikes[step / stepsPerCell];
  ++neuronSpikes[neuron];
  cells[neuron / neuronsPerCell * columns() + step / stepsPerCell] = 1;
}

/// Batch element `sample` of an array with `batch` of them.
static Expected<Buffer> extractSample(const Buffer &array,
                                      const snn_tensor &tensor, int64_t steps,
                                      int64_t batch, int64_t sample) {
  auto shape = getShape(tensor, steps, 1);
  if (!shape)
    return shape.takeError();
  auto result = Buffer::allocate(shape->bytes());
  if (!result || shape->bytes() == 0)
    return result;
  int64_t rows = 1;
  for (int32_t d = 0; d < tensor.batch_dim; ++d)
    rows *= shape->dims()[d];
  int64_t bytes = shape->bytes() / rows;
  bool hasBatch = tensor.batch_dim >= 0;
  int64_t pitch = hasBatch ? bytes * batch : bytes;
  int64_t offset = hasBatch ? bytes * sample : 0;
  for (int64_t row = 0; row < rows; ++row)
    std::memcpy(result->data() + row * bytes,
                array.data() + row * pitch + offset, bytes);
  return result;
}

/// True if one element of the batch may run without the others.
static bool isSeparable(const snn_model &model) {
  auto isFree = [](const snn_tensor *tensors, int32_t count) {
    return std::all_of(tensors, tensors + count, [](const snn_tensor &tensor) {
      return tensor.batch_dim < 0 ||
             tensor.shape[tensor.batch_dim] == SNN_DIM_BATCH;
    });
  };
  return (model.flags & SNN_BATCH_SEPARABLE) &&
         isFree(model.inputs, model.num_inputs) &&
         isFree(model.states, model.num_states) &&
         isFree(model.outputs, model.num_outputs) &&
         isFree(model.records, model.num_records);
}

namespace {
/// A run of a session, or of one element of its batch, in pieces of time.
class SampleRun {
public:
  SampleRun(Session &full, int64_t sample)
      : full(full), model(*full.model), sample(sample) {}

  Expected<SampleSpikes> run();

private:
  Error prepare();
  Error allocateRecords();
  Error runPiece(int64_t start, int64_t steps);
  void collect(int64_t start, int64_t steps);

  Session &full;
  const snn_model &model;
  const int64_t sample;
  bool isAlone = false; ///< the session has only the sample
  Session session;      ///< inputs only where the sample is alone
  int64_t piece = 1;    ///< steps that are recorded at once
  std::vector<Buffer> records;
  std::vector<int64_t> neurons;
  SampleSpikes found;
};
} // namespace

/// Makes the session that runs: inputs and states of the sample, or of all.
Error SampleRun::prepare() {
  session.model = &model;
  session.runner = full.runner;
  session.steps = full.steps;
  session.position = full.position;
  isAlone = isSeparable(model);
  session.batch = isAlone ? 1 : full.batch;
  session.batchOffset = full.batchOffset + (isAlone ? sample : 0);
  auto extract = [&](std::vector<Buffer> &to, const std::vector<Buffer> &from,
                     const snn_tensor *tensors) -> Error {
    for (size_t i = 0; i < from.size(); ++i) {
      // All of the batch is one element of an array that is not cut.
      auto data = isAlone ? extractSample(from[i], tensors[i], full.steps,
                                          full.batch, sample)
                          : Buffer::allocate(from[i].size());
      if (!data)
        return data.takeError();
      if (!isAlone)
        std::memcpy(data->data(), from[i].data(), from[i].size());
      to.push_back(std::move(*data));
    }
    return Error::success();
  };
  if (isAlone)
    if (Error error = extract(session.inputs, full.inputs, model.inputs))
      return error;
  return extract(session.states, full.states, model.states);
}

/// Chooses the pieces and allocates for one of them.
Error SampleRun::allocateRecords() {
  int64_t stepBytes = 1;
  for (int32_t i = 0; i < model.num_records; ++i) {
    const snn_tensor &tensor = model.records[i];
    neurons.push_back(countNeurons(tensor));
    auto shape = CheckedShape::get({session.batch, neurons[i]},
                                   static_cast<ElementType>(tensor.dtype));
    if (!shape)
      return shape.takeError();
    stepBytes += shape->bytes();
    found.layers.push_back(
        LayerSpikes::create(tensor.name, neurons[i], full.steps));
  }
  bool isWhole = !(model.flags & SNN_CAUSAL) || hasFixedSteps(model);
  int64_t multiple = std::max<int64_t>(model.window_multiple, 1);
  piece = std::max(recordBudget / stepBytes / multiple, int64_t(1)) * multiple;
  if (isWhole || piece > full.steps)
    piece = full.steps;
  for (int32_t i = 0; i < model.num_records; ++i) {
    auto shape = getShape(model.records[i], piece, session.batch);
    if (!shape)
      return shape.takeError();
    auto buffer = Buffer::allocate(shape->bytes());
    if (!buffer)
      return buffer.takeError();
    records.push_back(std::move(*buffer));
  }
  return session.allocate(piece);
}

Error SampleRun::runPiece(int64_t start, int64_t steps) {
  session.steps = steps;
  session.position = full.position + start;
  snn_call call = session.makeCall();
  snn_call whole = full.makeCall();
  call.params = whole.params;
  std::vector<const void *> inputs;
  for (int32_t i = 0; i < model.num_inputs; ++i) {
    const snn_tensor &tensor = model.inputs[i];
    const auto *data =
        static_cast<const char *>(isAlone ? call.inputs[i] : whole.inputs[i]);
    if (tensor.is_sequence && start > 0) {
      auto shape = getShape(tensor, start, session.batch);
      if (!shape)
        return shape.takeError();
      data += shape->bytes();
    }
    inputs.push_back(data);
  }
  std::vector<void *> recordPointers;
  for (Buffer &record : records)
    recordPointers.push_back(record.data());
  call.inputs = inputs.data();
  call.records = recordPointers.data();
  return session.runner->run(call);
}

/// Marks the spikes of steps [start, start + steps).
void SampleRun::collect(int64_t start, int64_t steps) {
  for (int32_t i = 0; i < model.num_records; ++i) {
    const snn_tensor &tensor = model.records[i];
    int64_t width = elementBytes(static_cast<ElementType>(tensor.dtype));
    bool hasBatch = tensor.batch_dim >= 0;
    int64_t pitch = neurons[i] * width * (hasBatch ? session.batch : 1);
    int64_t offset = hasBatch && !isAlone ? neurons[i] * width * sample : 0;
    for (int64_t step = 0; step < steps; ++step) {
      const char *data = records[i].data() + step * pitch + offset;
      for (int64_t n = 0; n < neurons[i]; ++n, data += width)
        if (std::any_of(data, data + width, [](char c) { return c; }))
          found.layers[i].add(start + step, n);
    }
  }
}

Expected<SampleSpikes> SampleRun::run() {
  if (Error error = prepare())
    return error;
  if (Error error = allocateRecords())
    return error;
  for (int64_t start = 0; start < full.steps; start += piece) {
    int64_t steps = std::min(piece, full.steps - start);
    if (Error error = runPiece(start, steps))
      return error;
    collect(start, steps);
  }
  found.title = model.name;
  found.sample = sample;
  found.batch = full.batch;
  found.position = full.position;
  found.steps = full.steps;
  return std::move(found);
}

Expected<SampleSpikes> snn::rt::recordSample(Session &session, int64_t sample) {
  return SampleRun(session, sample).run();
}
