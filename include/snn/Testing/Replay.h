//===- Replay.h - Whether a run is one that rounding allows -----*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Two correct runs of a spiking network may part for good where one rounding
// makes one spike, so a run is not compared with another one. It is replayed:
// the model is executed in f64 with the spikes of the run in place of its own.
// Given these, no error grows beyond what the leak lets through, and every
// number carries a bound of it (running error analysis: each operation adds its
// rounding in the type of the model to what its operands bring along; a sum is
// bounded for any order of its terms). Where a potential is farther from its
// threshold than its bound, the spike must be what the potential says. Within,
// in the band, either is right.
//
//===----------------------------------------------------------------------===//

#ifndef SNN_TESTING_REPLAY_H
#define SNN_TESTING_REPLAY_H

#include "snn/Reference/Reference.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"

#include <optional>
#include <string>

namespace mlir::snn::testing {

/// What is known of the run under test.
struct Recording {
  /// Results of ops of the model's block: spikes, which the replay takes, and
  /// numbers, which it compares. What is not here is inferred from what is, or
  /// decided by the replay, or left open where that cannot decide.
  llvm::DenseMap<Value, reference::Tensor> values;
  /// A final state of an op after every step: time, then the state's shape.
  llvm::DenseMap<Value, reference::Tensor> states;
};

/// What a rewrite adds to the error of a layer, of every one of its numbers.
struct ErrorTerm {
  /// Roundings count so many times, each of the sum of all terms' magnitudes:
  /// a recurrence that is composed in another order.
  double factor = 1;
  double absolute = 0;
  /// Times the largest magnitude of the layer's first operand: terms that were
  /// left away.
  double relative = 0;
  /// Times the 2-norm over time and the layer's weights of the first operand:
  /// transforms.
  double norm = 0;
};

struct ReplayOptions {
  int64_t position = 0;    ///< absolute time of step 0
  int64_t batchOffset = 0; ///< absolute index of batch element 0
  /// After so many steps a recorded state replaces that of the replay, whose
  /// bound would grow where nothing leaks.
  int64_t resyncSteps = 256;
  /// By the name of the layer (see `getLayerNames`).
  llvm::StringMap<ErrorTerm> bounds;
};

/// A point that no rounding explains.
struct Violation {
  std::string layer;
  std::string place; ///< "step 3, batch 0, neuron 7"
  /// What was replayed, and the bound of its error.
  double potential = 0, bound = 0;
  std::optional<double> threshold; ///< of a spike
  double recorded = 0;             ///< 0 or 1, or the number
  std::string toString() const;
};

/// E0: all outputs equal the reference bit for bit. E1: all spikes do. E2: no
/// violation.
enum class Level { E0, E1, E2, Violated };

struct ReplayResult {
  Level level = Level::Violated;
  int64_t points = 0; ///< potentials that were compared with thresholds
  int64_t band = 0;   ///< of which so many were too close to decide
  /// The largest part of a bound that a recorded number takes, and where.
  double largestUse = 0;
  std::string largestLayer, largestPlace;
  std::optional<Violation> violation; ///< the first
  std::string toString() const;
};

/// A name for every op of a model that makes numbers: its `snn.layer`, or the
/// kind of op and a number, as in the report of a model.
llvm::DenseMap<Operation *, std::string> getLayerNames(func::FuncOp model);

/// Replays a run of a model. Fails with an error at an op that it does not
/// know, or that cannot be run. A run whose results, but for states, are not
/// all recorded is no more than E1.
FailureOr<ReplayResult> replay(func::FuncOp model,
                               ArrayRef<reference::Tensor> arguments,
                               const Recording &recording,
                               const ReplayOptions &options = {});

} // namespace mlir::snn::testing

#endif // SNN_TESTING_REPLAY_H
