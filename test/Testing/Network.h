//===- Network.h - A network in plain floats, with bugs ---------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef TEST_TESTING_NETWORK_H
#define TEST_TESTING_NETWORK_H

#include <cstdint>
#include <string>
#include <vector>

namespace snn::test {

/// In which order a sum is taken.
enum class Order { Ascending, Descending, Pairwise };

/// What is wrong with a run.
enum class Bug {
  None,
  WrongReset, ///< to zero instead of by subtraction
  LateReset,  ///< in the step after the spike
  LastInput,  ///< is never added
  OldSpikes,  ///< the second layer reads those of the step before
  Decay,      ///< is one unit in the last place too large
  Weights     ///< are rounded to bf16
};

/// Two layers of leaky neurons with soft reset.
struct Network {
  int steps = 60, batch = 2, inputs = 40, hidden = 48, outputs = 16;
  float decay = 0.9f, threshold = 1;
  std::vector<float> x, weight1, bias1, weight2;

  /// Random data; on a grid of 1/64 if `isDyadic`.
  Network(uint64_t seed, float decay, bool isDyadic);
  /// The model as a text.
  std::string getText() const;
};

/// What a run gives: spikes of both layers and potentials of the second.
struct Run {
  std::vector<uint8_t> spikes1, spikes2;
  std::vector<float> potentials2;
};

Run simulate(const Network &network, Order order, Bug bug);

} // namespace snn::test

#endif // TEST_TESTING_NETWORK_H
