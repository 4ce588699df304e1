//===- Program.h - Ops on numbers as a list of instructions -----*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The region of a neuron or of a structured op is executed once for each
// element, so it is turned into instructions over registers first.
//
//===----------------------------------------------------------------------===//

#ifndef SNN_LIB_REFERENCE_PROGRAM_H
#define SNN_LIB_REFERENCE_PROGRAM_H

#include "Scalar.h"

#include "llvm/ADT/DenseMap.h"

namespace mlir::snn::reference {

struct Frame;
struct Inst;
using Execute = void (*)(const Inst &, Frame &);

/// One instruction: the function that executes it, its registers, and a number
/// that the function knows the meaning of (a width, a table's index).
struct Inst {
  Execute execute = nullptr;
  uint32_t result = 0, a = 0, b = 0, c = 0;
  int64_t immediate = 0;
  Operation *op = nullptr;
};

/// A tensor that is read element by element.
struct TensorRead {
  Value tensor;
  LoadFn load;
  int64_t bytes;
  SmallVector<uint32_t> indices; ///< registers
};

/// The instructions of one op or one block, with the constants they need.
class Program {
public:
  explicit Program(Arithmetic arithmetic) : arithmetic(arithmetic) {}

  /// Appends a block of ops on numbers; `terminator` gives the results.
  LogicalResult compile(Block &block);
  /// Appends one op on tensors, as it applies to each of their elements.
  LogicalResult compileElementwise(Operation *op);

  /// Registers of arguments and results, in their order.
  SmallVector<uint32_t> arguments, results;
  /// Numbers and tensors from outside of the block.
  SmallVector<std::pair<Value, uint32_t>> captures;
  SmallVector<TensorRead> reads;
  std::vector<Inst> code;
  std::vector<Word> initial; ///< registers before the first instruction

private:
  uint32_t add(Word word = toWord(int64_t(0)));
  uint32_t find(Value value);
  LogicalResult compileOps(Block &block);
  LogicalResult compileOp(Operation &op);
  LogicalResult compileConstant(Operation &op, Attribute value);
  LogicalResult compileRead(Operation &op);
  LogicalResult compileIf(Operation &op);
  LogicalResult compileFor(Operation &op);
  LogicalResult compileFire(Operation &op);
  LogicalResult append(Operation &op, ArrayRef<uint32_t> operands);
  void copy(ArrayRef<uint32_t> from, ArrayRef<uint32_t> to, Operation *op);

  Arithmetic arithmetic;
  DenseMap<Value, uint32_t> registers;
};

/// One execution of a program, or many, one after the other.
struct Frame {
  explicit Frame(const Program &program)
      : program(program), registers(program.initial) {}

  /// Executes all instructions; fails at the op that cannot be.
  LogicalResult run();
  /// Notes that the op of the instruction cannot be executed.
  void fail(const Inst &inst, const char *message);

  const Program &program;
  std::vector<Word> registers;
  SmallVector<const Tensor *> tensors; ///< one for each of the reads
  SmallVector<int64_t> indices;        ///< of the structured op's loops
  size_t next = 0;
  bool failed = false;
};

/// Finds what executes an op on numbers of the op's types; null if nothing
/// does. Sets the instruction's number.
void selectArith(Operation &op, Arithmetic arithmetic, Inst &inst);
void selectMath(Operation &op, Arithmetic arithmetic, Inst &inst);
/// The parts of it: ops on integers of one type, and casts.
Execute selectInteger(Operation &op, Element element, Inst &inst);
bool selectCast(Operation &op, Arithmetic arithmetic, Inst &inst);
/// `u >= threshold`, or `>`, on numbers of the element.
void selectFire(Element element, bool isStrict, Inst &inst);

} // namespace mlir::snn::reference

#endif // SNN_LIB_REFERENCE_PROGRAM_H
