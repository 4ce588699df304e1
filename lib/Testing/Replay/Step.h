//===- Step.h - Ops on numbers with bounds ----------------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The region of a neuron is executed once for each neuron and step, so it is
// turned into instructions over registers first. What a comparison of floats
// gives may be open; a recorded spike that depends on it then decides it.
//
//===----------------------------------------------------------------------===//

#ifndef SNN_LIB_TESTING_REPLAY_STEP_H
#define SNN_LIB_TESTING_REPLAY_STEP_H

#include "Number.h"

#include "mlir/IR/Operation.h"
#include "llvm/ADT/DenseMap.h"

#include <functional>
#include <map>
#include <vector>

namespace mlir::snn::testing {

struct Frame;
struct Instruction;
using Execute = Number (*)(const Instruction &, Frame &);

struct Instruction {
  Operation *op = nullptr;
  Execute execute = nullptr; ///< null: a branch or a loop
  uint32_t result = 0;
  SmallVector<uint32_t, 3> operands;
  Format from, to;    ///< of the first operand and of the result
  int64_t number = 0; ///< that `execute` knows the meaning of
  /// The blocks of a branch or a loop, what they yield and where it goes.
  std::vector<Instruction> blocks[2];
  SmallVector<uint32_t> yields[2], arguments, results;
};

/// Points that were compared, and those that were left open.
struct Points {
  int64_t all = 0, open = 0;
};

/// The instructions of a block, or of one op.
class Step {
public:
  /// Fails with an error at an op that it does not know.
  LogicalResult compile(Block &block);
  LogicalResult compile(Operation &op);

  SmallVector<uint32_t> arguments, results;
  /// Numbers from outside of the block.
  SmallVector<std::pair<Value, uint32_t>> captures;
  std::vector<Instruction> code;
  std::vector<Number> initial; ///< registers before the first instruction

  /// Makes a register what is recorded, and with it the comparisons that it
  /// depends on and that are open. False if they say something else.
  bool require(Frame &frame, uint32_t place, bool wanted) const;
  /// The comparison that a register depends on, the nearest; null for none.
  const Instruction *findCompare(uint32_t place) const;

private:
  uint32_t add(Number number = {});
  uint32_t find(Value value);
  LogicalResult compileOp(Operation &op, std::vector<Instruction> &to);
  LogicalResult compileConstant(Operation &op, Attribute value);
  LogicalResult compileBranch(Operation &op, std::vector<Instruction> &to);
  LogicalResult compileLoop(Operation &op, std::vector<Instruction> &to);
  LogicalResult append(Operation &op, Instruction inst,
                       std::vector<Instruction> &to);
  const Instruction *getDefinition(uint32_t place) const;

  DenseMap<Value, uint32_t> registers;
  /// Comparisons that are there already, so that one spike decides all equal
  /// ones.
  std::map<std::vector<int64_t>, uint32_t> compares;
};

/// One execution of a step, or many, one after the other.
struct Frame {
  explicit Frame(const Step &step)
      : step(step), registers(step.initial), forced(step.initial.size(), -1) {}

  LogicalResult run();
  /// Runs with results of which some are recorded: pairs of an index and a
  /// spike. Returns the index of the first that is wrong, or -1.
  FailureOr<int64_t> run(ArrayRef<std::pair<unsigned, bool>> recorded);

  Number &result(unsigned index) { return registers[step.results[index]]; }

  const Step &step;
  std::vector<Number> registers;
  std::vector<int8_t> forced; ///< outcomes of open comparisons; -1: none
  double factor = 1;          ///< of the layer's ErrorTerm
  SmallVector<int64_t> indices;
  /// Reads an element of a tensor from outside.
  std::function<std::optional<Number>(Value, ArrayRef<int64_t>)> read;
  Points points;
  bool counts = true;
  bool failed = false;

private:
  void run(const std::vector<Instruction> &code);
  void runBranch(const Instruction &inst);
  void runLoop(const Instruction &inst);
};

/// What executes an op on numbers; null for an op that is not known.
Execute selectFloat(Operation &op, Instruction &inst);
Execute selectInteger(Operation &op, Instruction &inst);

/// An integer as it stands in a register: an i1 is 0 or 1, others have a sign.
int64_t wrapInteger(int64_t value, unsigned width);

/// The outcome of a comparison in a frame, which it counts.
Number decide(const Instruction &inst, Frame &frame,
              std::optional<bool> outcome);

} // namespace mlir::snn::testing

#endif // SNN_LIB_TESTING_REPLAY_STEP_H
