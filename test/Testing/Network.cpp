//===- Network.cpp - A network in plain floats, with bugs -----------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Network.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <random>

using namespace snn::test;

static std::vector<float> draw(std::mt19937_64 &random, size_t count,
                               float least, float most, bool isDyadic) {
  std::uniform_real_distribution<float> uniform(least, most);
  std::vector<float> values(count);
  for (float &value : values) {
    value = uniform(random);
    if (isDyadic)
      value = std::nearbyint(value * 64) / 64;
  }
  return values;
}

Network::Network(uint64_t seed, float decay, bool isDyadic) : decay(decay) {
  std::mt19937_64 random(seed);
  x = draw(random, size_t(steps) * batch * inputs, -1, 1, isDyadic);
  weight1 = draw(random, size_t(hidden) * inputs, -0.3f, 0.4f, isDyadic);
  bias1 = draw(random, hidden, -0.1f, 0.2f, isDyadic);
  weight2 = draw(random, size_t(outputs) * hidden, -0.3f, 0.4f, isDyadic);
}

std::string Network::getText() const {
  static const char *format =
      "func.func @net(%%x: tensor<?x?x%dxf32>, %%w1: tensor<%dx%dxf32>, "
      "%%b1: tensor<%dxf32>, %%w2: tensor<%dx%dxf32>) -> (tensor<?x?x%dxi1>, "
      "tensor<?x?x%dxi1>, tensor<?x?x%dxf32>) {\n"
      "  %%i1 = snn.linear %%x, %%w1, %%b1 : tensor<?x?x%dxf32>, "
      "tensor<%dx%dxf32>, tensor<%dxf32>\n"
      "  %%s1, %%v1 = snn.lif %%i1 {decay = %.17e, threshold = 1.0, reset = "
      "#snn.reset<subtract>, snn.layer = \"first\"} : tensor<?x?x%dxf32>\n"
      "  %%i2 = snn.linear %%s1, %%w2 : tensor<?x?x%dxi1>, tensor<%dx%dxf32>\n"
      "  %%s2, %%p2, %%v2 = snn.lif %%i2 {decay = %.17e, threshold = 1.0, "
      "reset "
      "= #snn.reset<subtract>, potential = #snn.potential<after_reset>, "
      "snn.layer = \"second\"} : tensor<?x?x%dxf32>\n"
      "  return %%s1, %%s2, %%p2 : tensor<?x?x%dxi1>, tensor<?x?x%dxi1>, "
      "tensor<?x?x%dxf32>\n}\n";
  char text[2048];
  std::snprintf(text, sizeof(text), format, inputs, hidden, inputs, hidden,
                outputs, hidden, hidden, outputs, outputs, inputs, hidden,
                inputs, hidden, double(decay), hidden, hidden, outputs, hidden,
                double(decay), outputs, hidden, outputs, outputs);
  return text;
}

static float sumTerms(std::vector<float> terms, Order order) {
  if (order == Order::Descending)
    std::reverse(terms.begin(), terms.end());
  if (order != Order::Pairwise) {
    float sum = 0;
    for (float term : terms)
      sum += term;
    return sum;
  }
  while (terms.size() > 1) {
    for (size_t i = 0; i < terms.size() / 2; ++i)
      terms[i] = terms[2 * i] + terms[2 * i + 1];
    if (terms.size() % 2)
      terms[terms.size() / 2] = terms.back();
    terms.resize((terms.size() + 1) / 2);
  }
  return terms.empty() ? 0 : terms[0];
}

/// The upper half of the bits, to nearest.
static float toBF16(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, 4);
  bits = (bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000;
  std::memcpy(&value, &bits, 4);
  return value;
}

namespace {
/// One layer of leaky neurons.
struct Layer {
  std::vector<float> potentials;
  std::vector<bool> fired;

  /// A step of a neuron.
  bool step(size_t i, float input, const Network &network, Bug bug) {
    float decay =
        bug == Bug::Decay ? std::nextafter(network.decay, 2.0f) : network.decay;
    float v = potentials[i];
    float leaked = decay * v;
    v = leaked + input;
    if (bug == Bug::LateReset && fired[i]) // after the decay
      v -= network.threshold;
    bool spike = v >= network.threshold;
    if (spike && bug == Bug::WrongReset)
      v = 0;
    else if (spike && bug != Bug::LateReset)
      v -= network.threshold;
    potentials[i] = v;
    fired[i] = spike;
    return spike;
  }
};
} // namespace

Run snn::test::simulate(const Network &net, Order order, Bug bug) {
  Run run;
  std::vector<float> weight1 = net.weight1, weight2 = net.weight2;
  if (bug == Bug::Weights)
    for (auto *weights : {&weight1, &weight2})
      std::transform(weights->begin(), weights->end(), weights->begin(),
                     toBF16);
  Layer first{std::vector<float>(net.batch * net.hidden),
              std::vector<bool>(net.batch * net.hidden)};
  Layer second{std::vector<float>(net.batch * net.outputs),
               std::vector<bool>(net.batch * net.outputs)};
  std::vector<uint8_t> before(net.batch * net.hidden);
  for (int t = 0; t < net.steps; ++t) {
    std::vector<uint8_t> now(net.batch * net.hidden);
    for (int b = 0; b < net.batch; ++b)
      for (int n = 0; n < net.hidden; ++n) {
        std::vector<float> terms = {net.bias1[n]};
        int inputs = net.inputs - (bug == Bug::LastInput);
        for (int k = 0; k < inputs; ++k)
          terms.push_back(weight1[n * net.inputs + k] *
                          net.x[(t * net.batch + b) * net.inputs + k]);
        now[b * net.hidden + n] =
            first.step(b * net.hidden + n, sumTerms(terms, order), net, bug);
      }
    const std::vector<uint8_t> &read = bug == Bug::OldSpikes ? before : now;
    for (int b = 0; b < net.batch; ++b)
      for (int n = 0; n < net.outputs; ++n) {
        std::vector<float> terms;
        for (int k = 0; k < net.hidden; ++k)
          if (read[b * net.hidden + k])
            terms.push_back(weight2[n * net.hidden + k]);
        size_t at = b * net.outputs + n;
        run.spikes2.push_back(
            second.step(at, sumTerms(terms, order), net, bug));
        run.potentials2.push_back(second.potentials[at]);
      }
    run.spikes1.insert(run.spikes1.end(), now.begin(), now.end());
    before = now;
  }
  return run;
}
