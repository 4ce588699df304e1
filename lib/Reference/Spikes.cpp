//===- Spikes.cpp - Executes ops on spikes --------------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Interpreter.h"

using namespace mlir;
using namespace mlir::snn;
using namespace mlir::snn::reference;

/// A threshold of fewer dimensions is that of the trailing ones.
LogicalResult Interpreter::run(FireOp op) {
  const Tensor &input = *get(op.getInput());
  Element element = *getElement(input.elementType);
  Program program(options.arithmetic);
  program.initial.resize(3);
  Inst inst{nullptr, 2, 0, 1, 0, 0, op};
  selectFire(element, op.getCompare() == Compare::Gt, inst);
  program.code.push_back(inst);
  Frame frame(program);
  TensorRef thresholds;
  if (op.getThresholds())
    thresholds = get(op.getThresholds());
  else
    frame.registers[1] =
        roundTo(element.kind, op.getThreshold()->convertToDouble());
  LoadFn load = getLoad(element);
  int64_t bytes = element.getBytes(), count = input.getNumElements();
  Tensor spikes = makeTensor(getElementType(op.getSpikes()), input.shape);
  for (int64_t i = 0; i != count; ++i) {
    frame.registers[0] = load(input.data.data() + i * bytes);
    if (thresholds)
      frame.registers[1] = load(thresholds->data.data() +
                                i % thresholds->getNumElements() * bytes);
    if (failed(frame.run()))
      return failure();
    spikes.data[i] = char(frame.registers[2].i);
  }
  return set(op, op.getSpikes(), std::move(spikes));
}

LogicalResult Interpreter::run(RefractoryOp op) {
  const Tensor &input = *get(op.getInput());
  int64_t steps = input.shape[0], period = op.getPeriod();
  int64_t count = getProduct(ArrayRef(input.shape).drop_front());
  Tensor spikes = input;
  if (op.getKind() == RefractoryKind::Phase) {
    int64_t position = getPosition(op.getOffset());
    for (int64_t t = 0; t != steps; ++t) {
      int64_t phase = ((position + t) % period + period) % period;
      if (phase != int64_t(op.getPhase()))
        std::fill_n(spikes.data.begin() + t * count, count, 0);
    }
    return set(op, op.getSpikes(), std::move(spikes));
  }
  auto silent = getState<int64_t>(op.getInits(), 0, count);
  bool isEvent = op.getKind() == RefractoryKind::Event;
  for (int64_t at = 0; at != steps * count; ++at) {
    int64_t &left = silent[at % count];
    bool candidate = input.data[at], spike = candidate && left <= 0;
    spikes.data[at] = spike;
    if (isEvent ? spike : candidate)
      left = period;
    else
      left = std::max<int64_t>(left - 1, 0);
  }
  std::vector<Tensor> results;
  results.push_back(std::move(spikes));
  results.push_back(encode(silent, getElementType(op.getRest().front()),
                           ArrayRef(input.shape).drop_front()));
  return setResults(op, std::move(results));
}

/// Philox4x32-10 of Salmon et al., SC 2011: the first word of the result.
static uint32_t drawWord(std::array<uint32_t, 4> counter, uint64_t key) {
  uint32_t key0 = key, key1 = key >> 32;
  for (int round = 0; round != 10; ++round) {
    uint64_t first = uint64_t(0xD2511F53) * counter[0];
    uint64_t second = uint64_t(0xCD9E8D57) * counter[2];
    counter = {uint32_t(second >> 32) ^ counter[1] ^ key0, uint32_t(second),
               uint32_t(first >> 32) ^ counter[3] ^ key1, uint32_t(first)};
    key0 += 0x9E3779B9;
    key1 += 0xBB67AE85;
  }
  return counter[0];
}

LogicalResult Interpreter::run(SampleOp op) {
  const Tensor &input = *get(op.getInput());
  int64_t position = getPosition(op.getOffset());
  int64_t first = options.batchOffset;
  if (op.getBatch())
    first += getInteger(op.getBatch());
  uint64_t key = uint64_t(op.getSeed()) +
                 uint64_t(op.getId()) * uint64_t(0x9E3779B97F4A7C15);
  // The numbers are exact in every float type that is compared in.
  std::vector<double> p = decode<double>(input);
  int64_t steps = input.shape[0], batch = input.shape[1];
  int64_t neurons = getProduct(ArrayRef(input.shape).drop_front(2));
  Tensor spikes = makeTensor(getElementType(op.getSpikes()), input.shape);
  for (int64_t at = 0; at != steps * batch * neurons; ++at) {
    uint64_t t = position + at / (batch * neurons);
    uint32_t word =
        drawWord({uint32_t(at % neurons), uint32_t(t), uint32_t(t >> 32),
                  uint32_t(first + at / neurons % batch)},
                 key);
    spikes.data[at] = (word >> 8) * 0x1p-24 < p[at];
  }
  return set(op, op.getSpikes(), std::move(spikes));
}

LogicalResult Interpreter::run(PackOp op) {
  const Tensor &input = *get(op.getInput());
  int64_t neurons = input.shape.back(), words = (neurons + 31) / 32;
  SmallVector<int64_t> shape(input.shape);
  shape.back() = words;
  std::vector<int64_t> packed(getProduct(shape));
  for (size_t at = 0; at != input.data.size(); ++at) {
    int64_t row = at / neurons, neuron = at % neurons;
    packed[row * words + neuron / 32] |= int64_t(input.data[at])
                                         << (neuron % 32);
  }
  return set(op, op.getWords(),
             encode(packed, getElementType(op.getWords()), shape));
}

LogicalResult Interpreter::run(UnpackOp op) {
  const Tensor &input = *get(op.getInput());
  int64_t neurons = op.getNeurons(), words = input.shape.back();
  SmallVector<int64_t> shape(input.shape);
  shape.back() = neurons;
  std::vector<int64_t> packed = decode<int64_t>(input);
  Tensor spikes = makeTensor(getElementType(op.getSpikes()), shape);
  for (size_t at = 0; at != spikes.data.size(); ++at) {
    int64_t row = at / neurons, neuron = at % neurons;
    spikes.data[at] = packed[row * words + neuron / 32] >> (neuron % 32) & 1;
  }
  return set(op, op.getSpikes(), std::move(spikes));
}
