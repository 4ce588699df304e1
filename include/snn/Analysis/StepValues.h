//===- StepValues.h - What the values of a step may be ----------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SNN_ANALYSIS_STEPVALUES_H
#define SNN_ANALYSIS_STEPVALUES_H

#include "snn/Analysis/AffineStep.h"

namespace mlir::snn {

/// The form of the op's result, from those of its operands (of a select: of the
/// two that it chooses from); none, with a reason, where it is not affine.
std::optional<AffineForm>
combineForms(Operation *op, ArrayRef<AffineForm> forms, std::string &reason);

/// Whether a value of the step depends on a state of the neuron.
class StateDependence {
public:
  explicit StateDependence(NeuronOp op) : op(op) {}
  bool operator()(Value value);

private:
  NeuronOp op;
  DenseMap<Value, bool> known;
};

/// The affine form of a value in the states at `indices`, if it is affine in
/// them and depends on no other.
std::optional<AffineForm> getAffineForm(NeuronOp op, Value value,
                                        ArrayRef<unsigned> indices,
                                        std::string &reason);

/// Integers and booleans of a step under assumptions about some of them.
class IntegerValues {
public:
  void assume(Value value, int64_t number) { numbers[value] = number; }
  /// The number; none where the assumptions do not tell.
  std::optional<int64_t> find(Value value);

private:
  std::optional<int64_t> findOp(Operation *op);

  DenseMap<Value, std::optional<int64_t>> numbers;
};

/// The values that an integer state takes from 0 on, if they are at most `most`
/// and booleans alone drive it.
std::optional<SmallVector<int64_t>> findReachable(NeuronOp op, unsigned index,
                                                  size_t most);

/// Whether states, in some order, depend only on themselves and earlier ones;
/// `depends(i, j)` tells whether state i depends on state j.
bool isTriangular(size_t count, function_ref<bool(size_t, size_t)> depends);

/// The next value of a state as affine forms in all states, one for each way in
/// which comparisons may turn out.
using StepPieces = SmallVector<AffineForm>;

/// The pieces of the float states of a neuron, with some integer states known.
class StepValues {
public:
  explicit StepValues(NeuronOp op,
                      ArrayRef<std::pair<Value, int64_t>> known = {});

  /// By state; none of integer states.
  ArrayRef<StepPieces> getPieces() const { return pieces; }
  /// Why there are no pieces; empty where there are.
  StringRef getObstacle() const { return obstacle; }
  /// Whether states, in some order, depend only on themselves and earlier ones.
  bool isTriangular() const;
  /// Whether a boolean is known, and false.
  bool isFalse(Value value) { return integers.find(value) == 0; }

private:
  StepPieces find(Value value);
  StepPieces findOp(Operation *op);
  void checkThresholds();

  NeuronOp op;
  StateDependence dependsOnState;
  IntegerValues integers;
  SmallVector<StepPieces> pieces;
  std::string obstacle;
};

/// A comparison of a potential with a threshold that is a number or a value.
struct ThresholdTest {
  Value potential, threshold;
  std::optional<double> number;
  bool isStrict = false; ///< > rather than >=
};
std::optional<ThresholdTest> matchThreshold(Value spike);

/// Whether the value is the threshold of the test.
bool isThreshold(Value value, const ThresholdTest &test);

} // namespace mlir::snn

#endif // SNN_ANALYSIS_STEPVALUES_H
