//===- Interpreter.h - Executes ops on tensors ------------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SNN_LIB_REFERENCE_INTERPRETER_H
#define SNN_LIB_REFERENCE_INTERPRETER_H

#include "Program.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "snn/IR/SNN.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/MapVector.h"

#include <memory>

namespace mlir::snn::reference {

/// A value once it is known; a number is a tensor without dimensions.
using TensorRef = std::shared_ptr<const Tensor>;

/// Advances indices in row-major order; false after the last.
bool advance(MutableArrayRef<int64_t> indices, ArrayRef<int64_t> shape);
/// Row-major strides, in elements.
SmallVector<int64_t> getStrides(ArrayRef<int64_t> shape);
int64_t getProduct(ArrayRef<int64_t> shape);

class Interpreter {
public:
  explicit Interpreter(const Options &options) : options(options) {}

  FailureOr<std::vector<TensorRef>> call(func::FuncOp function,
                                         ArrayRef<TensorRef> arguments);
  TensorRef get(Value value) const { return values.lookup(value); }
  Arithmetic getArithmetic() const { return options.arithmetic; }

private:
  /// Gives a value to an op's result or a block's argument; fails at `op` if
  /// the type does not allow its shape.
  LogicalResult set(Operation *op, Value value, TensorRef tensor);
  LogicalResult set(Operation *op, Value value, Tensor tensor) {
    return set(op, value, std::make_shared<const Tensor>(std::move(tensor)));
  }
  /// Sets all results of an op.
  LogicalResult setResults(Operation *op, std::vector<Tensor> tensors);

  int64_t getInteger(Value value) const;
  SmallVector<int64_t> getIntegers(ArrayRef<OpFoldResult> values) const;
  /// The element type in which a value is computed.
  Type getElementType(Value value) const;
  /// An error unless a tensor of that shape can be had.
  LogicalResult checkSize(Operation *op, Type element,
                          ArrayRef<int64_t> shape) const;
  /// The program of an op, made when it is first asked for.
  FailureOr<const Program *>
  getProgram(Operation *op, function_ref<LogicalResult(Program &)> compile);
  FailureOr<const Program *> getProgram(Operation *op, Block &block);
  /// Gives a frame what its program reads from outside.
  LogicalResult bind(Operation *op, Frame &frame) const;

  LogicalResult runBlock(Block &block);
  LogicalResult runOp(Operation &op);
  LogicalResult runSNN(Operation &op);
  LogicalResult runTensor(Operation &op);
  LogicalResult runConstant(arith::ConstantOp op);
  LogicalResult runElementwise(Operation &op);
  LogicalResult runCall(func::CallOp op);
  LogicalResult run(scf::IfOp op);
  LogicalResult run(scf::ForOp op);

  LogicalResult run(tensor::EmptyOp op);
  LogicalResult run(tensor::SplatOp op);
  LogicalResult run(tensor::FromElementsOp op);
  LogicalResult run(tensor::DimOp op);
  LogicalResult run(tensor::RankOp op);
  LogicalResult run(tensor::CastOp op);
  LogicalResult run(tensor::ExtractOp op);
  LogicalResult run(tensor::InsertOp op);
  LogicalResult run(tensor::ExtractSliceOp op);
  LogicalResult run(tensor::InsertSliceOp op);
  LogicalResult run(tensor::ExpandShapeOp op);
  LogicalResult run(tensor::CollapseShapeOp op);
  LogicalResult run(tensor::ConcatOp op);
  LogicalResult run(tensor::PadOp op);
  LogicalResult run(tensor::GenerateOp op);

  LogicalResult run(linalg::LinalgOp op);
  LogicalResult run(linalg::SoftmaxOp op);

  LogicalResult run(NeuronOp op);
  LogicalResult run(LIFOp op);
  LogicalResult run(LIOp op);
  LogicalResult run(CubaLIFOp op);
  LogicalResult run(FireOp op);
  LogicalResult run(RefractoryOp op);
  LogicalResult run(SampleOp op);
  LogicalResult run(PackOp op);
  LogicalResult run(UnpackOp op);
  LogicalResult run(ScanOp op);
  LogicalResult run(TemporalConvOp op);
  LogicalResult run(DelayOp op);
  LogicalResult run(RecurrentOp op);
  /// Runs the body of a recurrence for step `t`, at an absolute time.
  LogicalResult runWindow(RecurrentOp op, int64_t t, int64_t position,
                          ArrayRef<Tensor> feedback,
                          ArrayRef<TensorRef> states);
  LogicalResult run(LinearOp op);
  LogicalResult run(SparseLinearOp op);
  LogicalResult run(Conv2dOp op);
  LogicalResult run(SumPool2dOp op);
  LogicalResult run(AvgPool2dOp op);

  /// The same with T, in which floats, or integers, are added.
  template <typename T> LogicalResult runLIF(LIFOp op);
  template <typename T> LogicalResult runLI(LIOp op);
  template <typename T> LogicalResult runCubaLIF(CubaLIFOp op);
  template <typename T> LogicalResult runScan(ScanOp op);
  template <typename T> LogicalResult runTemporalConv(TemporalConvOp op);
  template <typename T> LogicalResult runLinear(LinearOp op);
  template <typename T> LogicalResult runSparseLinear(SparseLinearOp op);
  template <typename T> LogicalResult runConv2d(Conv2dOp op);
  template <typename T, typename OpTy> LogicalResult runPool(OpTy op);

  /// The values of an attribute or an operand, one for each neuron.
  template <typename T>
  std::vector<T> getParameter(std::optional<APFloat> attribute, Value operand,
                              int64_t neurons) const;
  /// The values of an initial state; zeros where there is none.
  template <typename T>
  std::vector<T> getState(OperandRange inits, unsigned index,
                          int64_t count) const;
  /// Absolute time of step 0 of an op's sequences.
  int64_t getPosition(Value offset) const;
  /// Whether the floats of an op are computed as f64.
  bool isDouble(Type element) const;
  /// Fails unless the rows [position, position + steps) are in a table.
  LogicalResult checkTable(Operation *op, int64_t position, int64_t steps,
                           int64_t size) const;
  /// A sequence after (or, in reverse, before) its history, zeros if absent.
  Tensor joinHistory(const Tensor &sequence, OperandRange inits, int64_t steps,
                     bool reverse) const;

  const Options &options;
  DenseMap<Value, TensorRef> values;
  DenseMap<Operation *, std::unique_ptr<Program>> programs;
  SmallVector<func::FuncOp> calls; ///< functions that are being executed
  unsigned bodies = 0;             ///< recurrences that are being executed
  bool backwards = false;          ///< time of the body runs from the last step
};

} // namespace mlir::snn::reference

#endif // SNN_LIB_REFERENCE_INTERPRETER_H
