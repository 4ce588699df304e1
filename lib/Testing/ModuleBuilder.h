//===- ModuleBuilder.h - A random model under construction ------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SNN_LIB_TESTING_MODULEBUILDER_H
#define SNN_LIB_TESTING_MODULEBUILDER_H

#include "snn/IR/SNN.h"
#include "snn/Testing/Generator.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace mlir::snn::testing {

/// A sequence that later ops may read.
struct Source {
  Value value;
  double scale; ///< standard deviation of numbers, or rate of spikes

  RankedTensorType getType() const {
    return cast<RankedTensorType>(value.getType());
  }
  Type getElement() const { return getType().getElementType(); }
  ArrayRef<int64_t> getNeurons() const {
    return getType().getShape().drop_front(2);
  }
};

/// Builds a function, op by op. The ops of a recurrence's body are made in the
/// same way, with the body as the current scope.
class ModuleBuilder {
public:
  ModuleBuilder(MLIRContext *context, Random &random, TestModule &test);

  /// Makes the whole model.
  void build();
  ModuleOp getModule() { return *module; }

  MLIRContext *getContext() { return builder.getContext(); }
  Type getElement(StringRef name);
  /// The type of a sequence of neurons in this scope.
  RankedTensorType getSequence(ArrayRef<int64_t> neurons, Type element);
  RankedTensorType getState(ArrayRef<int64_t> neurons, Type element);
  bool isInBody() const { return scope.body != nullptr; }
  bool isStaticTime() const { return !ShapedType::isDynamic(steps); }
  /// Whether layers are so wide that neurons are run in pieces.
  bool isWide() const { return test.edge == "wide"; }
  int64_t getSteps() const { return steps; }
  /// Whether every run is of the same steps from 0, as many as in the types.
  bool isWholeRun() const {
    return isStaticTime() && llvm::all_of(test.runs, [](const RunSpec &run) {
             return run.position == 0 && run.split == 0;
           });
  }

  /// Neurons such that a sequence stays small.
  SmallVector<int64_t> pickNeurons(int64_t rank = 1);

  /// A sequence of the element type whose rank is 2 + `neuronRank`, or of any
  /// rank where that is 0: one that is there, or a new one.
  Source pickSource(Type element, int64_t neuronRank = 0);
  /// A sequence of just these neurons.
  Source makeSource(ArrayRef<int64_t> neurons, Type element);
  /// Later ops may read the value.
  void addSource(Value value, double scale) {
    scope.sources.push_back({value, scale});
  }

  /// A parameter of the model, new or shared.
  Value makeParam(ArrayRef<int64_t> shape, Type element, DataSpec data);
  /// Data of weights so that sums of `fanIn` products with a source have the
  /// scale `target`.
  DataSpec pickWeights(const Source &source, int64_t fanIn, double target,
                       Type element);
  /// A number for a threshold near `scale`, often one that sums can reach.
  double pickThreshold(double scale);

  /// Initial states as `choice` ("absent", "state") says; in a body always
  /// there. After the op is made, addFinals() says what they become.
  SmallVector<Value> makeInits(StringRef choice, TypeRange types);
  void addFinals(ValueRange finals);
  /// A sequence delayed in the form "layer", "source" or "groups".
  Value makeDelayed(const Source &input, ArrayRef<int64_t> delays,
                    StringRef form, bool reverse, StringRef init);
  /// The operand of absolute time: a constant, or null. In a body the window's.
  Value makeOffset(StringRef choice);
  /// Steps that a table needs.
  int64_t getTableLength(Value offset);

  /// Makes ops until the scope has `count` more; counts what was drawn.
  void addOps(int64_t count);
  bool makeRecurrent(const Draw &draw);
  /// A neuron without inputs, which runs as long as its tables.
  bool makeUndrivenNeuron();
  /// A neuron whose time is to be cut into chunks.
  bool makeChunkedNeuron();

  Random &random;
  OpBuilder builder;
  Location loc;
  TestModule &test;

private:
  struct State {
    Value initial, final;
  };
  /// What is under construction: the function, or a recurrence's body.
  struct Scope {
    Block *body = nullptr; ///< null: the function
    unsigned numFixedArguments = 0;
    SmallVector<Source> sources;
    SmallVector<State> states;
    Value position; ///< of a body
    unsigned depth = 0;
  };

  BlockArgument addArgument(Type type, DataSpec data, StringRef attr,
                            const Twine &name);
  Source makeInput(ArrayRef<int64_t> neurons, Type element);
  Source convert(Source source, ArrayRef<int64_t> neurons, Type element);
  void setModelChoices(Draw &draw) const;
  void followLast(Draw &draw);
  void closeFunction();
  SmallVector<Value> pickResults();

  OwningOpRef<ModuleOp> module;
  func::FuncOp function;
  SmallVector<DictionaryAttr> argumentAttrs;
  Scope scope;
  int64_t steps, batch;      ///< in types
  int64_t maxSteps, maxSize; ///< steps times batch of the largest run
  unsigned numStates = 0;

  friend struct BodyBuilder;
};

/// A function of the math or arith dialect by its name, applied to floats or to
/// tensors of them; the absolute value of x where it must be positive.
Value applyFunction(OpBuilder &builder, Location loc, StringRef name, Value x,
                    Value y);
ArrayRef<StringRef> getFunctionNames();

FloatAttr getF64Attr(OpBuilder &builder, double value);

// Tables, by file.
void addNeuronTables(std::vector<OpTable> &tables);
void addRegionTables(std::vector<OpTable> &tables);
void addSpikeTables(std::vector<OpTable> &tables);
void addTimeTables(std::vector<OpTable> &tables);
void addSynapseTables(std::vector<OpTable> &tables);
void addArithmeticTables(std::vector<OpTable> &tables);
void addRecurrentTables(std::vector<OpTable> &tables);

} // namespace mlir::snn::testing

#endif // SNN_LIB_TESTING_MODULEBUILDER_H
