//===- Replayer.h - Executes a model on the spikes of a run -----*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SNN_LIB_TESTING_REPLAY_REPLAYER_H
#define SNN_LIB_TESTING_REPLAY_REPLAYER_H

#include "Step.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/OwningOpRef.h"
#include "snn/IR/SNN.h"
#include "snn/Testing/Replay.h"

#include <memory>

namespace mlir::snn::testing {

/// A value of the model. Floats have values and errors, integers have numbers
/// and may be open.
struct Array {
  Type type; ///< of elements, as the model has it
  Format format;
  SmallVector<int64_t> shape;
  std::vector<double> values, errors;
  std::vector<int64_t> integers;
  std::vector<char> open;

  Array() = default;
  Array(Type type, ArrayRef<int64_t> shape);
  /// What a tensor holds, without errors.
  Array(Type type, const reference::Tensor &tensor);

  int64_t size() const;
  bool hasErrors() const;
  bool hasOpen() const;
  Number get(int64_t at) const {
    if (format.isFloat)
      return Number::ofFloat(values[at], errors[at]);
    return {0, 0, 0, integers[at], bool(open[at])};
  }
  void set(int64_t at, const Number &number) {
    if (format.isFloat) {
      values[at] = number.value;
      errors[at] = number.error;
    } else {
      integers[at] = number.integer;
      open[at] = number.isOpen;
    }
  }
};

using ArrayPtr = std::shared_ptr<const Array>;
using TensorPtr = std::shared_ptr<const reference::Tensor>;

/// What of an array becomes a tensor for the reference. Masks are -1 where an
/// integer is open, else 0.
enum class Part { Value, Error, Magnitude, Most, Mask, One };

int64_t getProduct(ArrayRef<int64_t> shape);
/// An element of a tensor of floats or of integers.
Number getElement(const reference::Tensor &tensor, Type type, int64_t at);

class Replayer {
public:
  Replayer(func::FuncOp model, const Recording &recording,
           const ReplayOptions &options)
      : model(model), recording(recording), options(options),
        names(getLayerNames(model)) {}

  /// Fills in the points, the bounds and the violation.
  LogicalResult run(ArrayRef<reference::Tensor> arguments,
                    ReplayResult &result);

private:
  LogicalResult call(func::FuncOp function, ArrayRef<ArrayPtr> arguments);
  LogicalResult runBlock(Block &block);
  LogicalResult runOp(Operation &op);
  LogicalResult runCall(Operation &op);
  LogicalResult runIf(scf::IfOp op);
  LogicalResult runFor(scf::ForOp op);
  LogicalResult runConstant(Operation &op);
  LogicalResult runElementwise(Operation &op);
  LogicalResult runStructured(linalg::LinalgOp op);
  LogicalResult runSoftmax(Operation &op);
  LogicalResult runGenerate(tensor::GenerateOp op);
  /// Ops that only move numbers: values, errors and masks in turn.
  LogicalResult runMovement(Operation &op);
  LogicalResult runSample(SampleOp op);
  LogicalResult runFire(FireOp op);
  LogicalResult runGate(RefractoryOp op);
  LogicalResult runNeuron(NeuronOp op);
  LogicalResult runLIF(LIFOp op);
  LogicalResult runLI(LIOp op);
  LogicalResult runCubaLIF(CubaLIFOp op);
  LogicalResult runScan(ScanOp op);
  LogicalResult runRecurrent(RecurrentOp op);
  /// Ops whose results are sums of products of their operands' numbers.
  LogicalResult runSums(Operation &op);

  const Array &get(Value value) const { return *values.find(value)->second; }
  /// Gives a value to a result, after comparing it with what is recorded.
  LogicalResult set(Operation *op, Value value, Array array);
  LogicalResult set(Operation *op, Value value, ArrayPtr array);
  void addDeclaredError(Operation *op, Array &array);
  void checkValues(Operation *op, Value value, Array &array);

  /// The spikes that are recorded of a value; null for none.
  const reference::Tensor *getKnown(Value value) const {
    auto found = known.find(value);
    return found == known.end() ? nullptr : found->second.get();
  }
  double getFactor(Operation *op) const;

  /// What a comparison gives, or what is recorded of it (-1: nothing).
  Number takeSpike(Operation *op, std::optional<bool> outcome, int known,
                   const Number &potential, const Number &threshold,
                   ArrayRef<int64_t> shape, int64_t at);
  /// Compares a state after a step with what is recorded of it, which takes its
  /// place now and then. `done` counts the steps of the op.
  void takeState(Operation *op, Value final, int64_t t, int64_t done, int64_t i,
                 Number &state);
  /// Notes how much of a bound a recorded number takes.
  void checkNumber(Operation *op, const Number &number, const Number &recorded,
                   ArrayRef<int64_t> shape, int64_t at, bool isSequence);
  void violate(Operation *op, const Number &potential,
               std::optional<double> threshold, double bound, double recorded,
               const std::string &place);
  /// Where an element of a sequence, or of a state, is.
  std::string getPlace(ArrayRef<int64_t> shape, int64_t at, bool isSequence);

  /// A parameter of a neuron: an attribute, or an operand.
  Number getParameter(std::optional<APFloat> attribute, Value operand,
                      const Format &format, int64_t neuron) const;
  /// The initial states of an op, zeros where absent.
  Array getState(OperandRange inits, unsigned index, Value final,
                 ArrayRef<int64_t> shape) const;
  Type getElementType(Value value) const {
    return getElementTypeOrSelf(value.getType());
  }

  /// Gives a frame what its step reads from outside.
  LogicalResult bind(Operation *op, Frame &frame);
  FailureOr<const Step *> getStep(Operation *op, Block *block);

  /// Runs one op on tensors, in f64, by the reference.
  FailureOr<std::vector<reference::Tensor>>
  evaluate(Operation *op, ArrayRef<reference::Tensor> operands,
           bool zeroPadding = false);
  FailureOr<std::vector<reference::Tensor>>
  evaluate(Operation *op, function_ref<Part(unsigned)> part);
  LogicalResult setAll(Operation *op, std::vector<Array> arrays);

  func::FuncOp model;
  const Recording &recording;
  const ReplayOptions &options;
  DenseMap<Operation *, std::string> names;
  ReplayResult *result = nullptr;
  DenseMap<Value, ArrayPtr> values;
  DenseMap<Value, TensorPtr> known;
  DenseMap<Operation *, std::unique_ptr<Step>> steps;
  DenseMap<std::pair<Operation *, int>, OwningOpRef<func::FuncOp>> wrappers;
  SmallVector<int64_t> windows; ///< steps of the recurrences that are running
  bool backwards = false;       ///< time of the body runs from the last step
};

} // namespace mlir::snn::testing

#endif // SNN_LIB_TESTING_REPLAY_REPLAYER_H
