//===- StateFuzzer.cpp - Any bytes as the state of a stream ---------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fuzz.h"

#include "../../lib/Program/StateFile.h"

using namespace snn::rt;
using namespace snn::test;

static const int64_t perElement[] = {SNN_DIM_BATCH, 3};
static const int64_t history[] = {2, SNN_DIM_BATCH, 2};
static const snn_tensor states[] = {
    {"v", SNN_F32, 2, perElement, 0, 0, nullptr, 0},
    {"spikes", SNN_I1, 3, history, 0, 1, nullptr, 0},
    {"step", SNN_I64, 0, nullptr, 0, -1, nullptr, 0}};

/// A model of which only the states matter.
static snn_model makeModel() {
  snn_model model = {};
  model.abi_version = SNN_ABI_VERSION;
  model.name = "fuzzed";
  model.hash = 0x0123456789abcdef;
  model.states = states;
  model.num_states = 3;
  return model;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  constexpr int64_t headerBytes = 40;
  static const snn_model model = makeModel();
  MemorySource source("x.state", data, int64_t(size));
  auto state = readState(model, source);
  if (!state) {
    checkError(state.takeError(), "x.state");
    return 0;
  }
  require(state->batch >= 0 && state->position >= 0, "sizes");
  require(state->tensors.size() == 3, "every state");
  int64_t bytes = headerBytes;
  for (const Buffer &tensor : state->tensors) {
    touch(tensor.data(), tensor.size());
    bytes += tensor.size();
  }
  require(bytes == int64_t(size), "every byte in one state");
  return 0;
}
