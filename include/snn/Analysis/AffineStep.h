//===- AffineStep.h - A step as v' = A v + b --------------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Two steps one after the other are one step of the same form, so the steps of
// a chunk of time are one map, which is known before its states are:
//
//   (A2, b2) after (A1, b1) = (A2 A1, A2 b1 + b2)
//
//===----------------------------------------------------------------------===//

#ifndef SNN_ANALYSIS_AFFINESTEP_H
#define SNN_ANALYSIS_AFFINESTEP_H

#include "snn/IR/SNN.h"

#include "mlir/IR/IRMapping.h"

#include <memory>

namespace mlir::snn {

/// When a number of a step is known.
enum class Known {
  Constant, ///< in the model
  Layer,    ///< before the run: parameters
  Step      ///< before the loop: inputs and tables
};

/// A number of a step that does not depend on its states: an expression of the
/// step's values, which is not part of the IR until it is emitted.
class Coefficient {
public:
  /// Zero.
  Coefficient() = default;
  static Coefficient one();
  static Coefficient constant(double value);
  /// A value of the step's region that depends on no state, or one from outside
  /// of it.
  static Coefficient of(Value value);

  bool isZero() const { return !node; }
  bool isOne() const;
  std::optional<double> getConstant() const;
  Known getKnown() const;

  Coefficient operator+(const Coefficient &other) const;
  Coefficient operator*(const Coefficient &other) const;
  Coefficient operator-() const;
  Coefficient operator/(const Coefficient &divisor) const;
  static Coefficient select(Value condition, const Coefficient &a,
                            const Coefficient &b);

  /// Emits the expression in `type`, a number or a vector. `map` has what the
  /// arguments of the region have become; ops of the region are cloned with
  /// `clone` where they are not mapped yet.
  Value emit(OpBuilder &builder, Location loc, Type type, IRMapping &map,
             function_ref<void(Operation &)> clone) const;

  struct Node;

private:
  explicit Coefficient(std::shared_ptr<const Node> node)
      : node(std::move(node)) {}

  std::shared_ptr<const Node> node;
};

/// A value of a step as a sum over the states, `coefficients[j] v_j`, and
/// `bias`.
struct AffineForm {
  SmallVector<Coefficient> coefficients;
  Coefficient bias;
};

/// The map of a step on some of its states.
class AffineStep {
public:
  /// Does nothing to `count` states.
  static AffineStep identity(size_t count);
  /// The step of the neuron on the states at `indices`; none, with a reason,
  /// where it is not affine in them, or depends on others.
  static std::optional<AffineStep> get(NeuronOp op, ArrayRef<unsigned> indices,
                                       std::string *reason = nullptr);

  explicit AffineStep(SmallVector<AffineForm> rows) : rows(std::move(rows)) {}

  size_t size() const { return rows.size(); }
  const Coefficient &getA(size_t i, size_t j) const {
    return rows[i].coefficients[j];
  }
  const Coefficient &getB(size_t i) const { return rows[i].bias; }
  /// When A is known.
  Known getKnown() const;

  /// This step after `earlier`.
  AffineStep compose(const AffineStep &earlier) const;
  /// What the step makes of states.
  SmallVector<Coefficient> apply(ArrayRef<Coefficient> states) const;

private:
  SmallVector<AffineForm> rows;
};

/// The named neuron as an `snn.neuron`, with its step as a region.
NeuronOp buildNeuron(OpBuilder &builder, NeuronOpInterface op);

} // namespace mlir::snn

#endif // SNN_ANALYSIS_AFFINESTEP_H
