//===- GridCertificate.h - Sums that no order changes -----------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A sum of multiples of 2^q whose every partial sum is less than 2^(q + p) in
// magnitude is exact in a type of p bits, in any order. Where weights are known
// and inputs are declared to be on a grid (`snn.grid = {step, max}`, with an
// optional `min`, on a sequence argument), this is proven of synapses and of
// neurons without leak. A rewrite that re-associates such a sum keeps all bits.
//
// It is to run on a model in which initial states are absent or constant: a
// state argument may hold any number.
//
//===----------------------------------------------------------------------===//

#ifndef SNN_ANALYSIS_GRIDCERTIFICATE_H
#define SNN_ANALYSIS_GRIDCERTIFICATE_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/DenseMap.h"

#include <optional>
#include <string>
#include <vector>

namespace mlir::snn {

class GridCertificate {
public:
  /// The value of a parameter, row-major, exact as f64; none if it is not known
  /// when the model is compiled.
  using GetWeights =
      llvm::function_ref<std::optional<std::vector<double>>(BlockArgument)>;

  GridCertificate(func::FuncOp function, GetWeights getWeights);

  /// Whether every sum of the op is exact in any order. Of a neuron with reset:
  /// whether its potentials are, in every step; sums of its inputs over many
  /// steps, which a closed form takes, may be larger.
  bool isExact(Operation *op) const;
  /// Why it is not, or what the proof rests on.
  std::string getReason(Operation *op) const;

  /// What is known of the numbers of a value: multiples of 2^bit, within
  /// [least, most].
  struct Grid {
    int bit = 0;
    double least = 0, most = 0;

    double getMagnitude() const;
    /// The numbers of both.
    Grid join(const Grid &other) const;
    static Grid ofNumbers(llvm::ArrayRef<double> numbers);
  };
  /// What is known of a value; none if nothing is.
  std::optional<Grid> get(Value value) const;

private:
  struct Verdict {
    bool isExact;
    std::string reason;
  };
  using Result = std::optional<Grid>;

  void visitBlock(Block &block);
  void visit(Operation *op);
  Result visitSum(Operation *op, Value input, Value weight, Value bias);
  Result visitPool(Operation *op);
  Result visitIntegrator(Operation *op, Value input);
  Result visitLIF(Operation *op);
  Result visitElementwise(Operation *op);
  void visitRecurrent(Operation *op);

  /// All numbers of a parameter or a constant; none if they are not known.
  std::optional<std::vector<double>> getNumbers(Value value) const;
  bool isOne(std::optional<llvm::APFloat> attribute, Value operand) const;
  /// The grid of an initial state, which a window has from the last one.
  Result getState(Operation *op, unsigned index) const;
  /// Steps of a run, if they are known.
  std::optional<int64_t> getSteps(Operation *op) const;
  Result fail(Operation *op, const Twine &reason);
  /// The grid where its type holds all of its numbers.
  Result prove(Operation *op, Type element, const Grid &grid,
               const Twine &what);

  mutable func::FuncOp function;
  GetWeights getWeights;
  llvm::DenseMap<Value, Grid> grids;
  llvm::DenseMap<Operation *, Verdict> verdicts;
};

} // namespace mlir::snn

#endif // SNN_ANALYSIS_GRIDCERTIFICATE_H
