//===- Program.cpp - Ops on numbers as a list of instructions -------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Program.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Index/IR/IndexOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "snn/IR/SNN.h"

using namespace mlir;
using namespace mlir::snn;
using namespace mlir::snn::reference;

LogicalResult Frame::run() {
  next = 0;
  const std::vector<Inst> &code = program.code;
  while (next < code.size()) {
    const Inst &inst = code[next++];
    inst.execute(inst, *this);
  }
  return failure(failed);
}

void Frame::fail(const Inst &inst, const char *message) {
  if (!failed)
    inst.op->emitOpError(message);
  failed = true;
  next = program.code.size();
}

//===----------------------------------------------------------------------===//
// Instructions
//===----------------------------------------------------------------------===//

static void executeCopy(const Inst &inst, Frame &frame) {
  frame.registers[inst.result] = frame.registers[inst.a];
}

static void executeJump(const Inst &inst, Frame &frame) {
  frame.next = inst.immediate;
}

static void executeJumpIfZero(const Inst &inst, Frame &frame) {
  if (frame.registers[inst.a].i == 0)
    frame.next = inst.immediate;
}

/// Leaves a loop whose counter `a` has reached `b`.
static void executeJumpIfDone(const Inst &inst, Frame &frame) {
  if (frame.registers[inst.a].i >= frame.registers[inst.b].i)
    frame.next = inst.immediate;
}

static void executeStep(const Inst &inst, Frame &frame) {
  if (frame.registers[inst.b].i <= 0)
    return frame.fail(inst, "expected a step > 0");
  frame.registers[inst.result].i = int64_t(uint64_t(frame.registers[inst.a].i) +
                                           uint64_t(frame.registers[inst.b].i));
}

static void executeIndex(const Inst &inst, Frame &frame) {
  frame.registers[inst.result].i = frame.indices[inst.immediate];
}

static void executeRead(const Inst &inst, Frame &frame) {
  const TensorRead &read = frame.program.reads[inst.immediate];
  const Tensor &tensor = *frame.tensors[inst.immediate];
  int64_t offset = 0;
  for (auto [index, size] : llvm::zip_equal(read.indices, tensor.shape)) {
    int64_t at = frame.registers[index].i;
    if (at < 0 || at >= size)
      return frame.fail(inst, "expected indices inside of the tensor");
    offset = offset * size + at;
  }
  frame.registers[inst.result] =
      read.load(tensor.data.data() + offset * read.bytes);
}

//===----------------------------------------------------------------------===//
// Compilation
//===----------------------------------------------------------------------===//

uint32_t Program::add(Word word) {
  initial.push_back(word);
  return initial.size() - 1;
}

uint32_t Program::find(Value value) {
  auto [place, isNew] = registers.try_emplace(value, 0);
  if (isNew) {
    place->second = add();
    captures.emplace_back(value, place->second);
  }
  return place->second;
}

void Program::copy(ArrayRef<uint32_t> from, ArrayRef<uint32_t> to,
                   Operation *op) {
  // Through temporaries: a value may go to where another one is read.
  SmallVector<uint32_t> temporaries;
  for (uint32_t source : from) {
    temporaries.push_back(add());
    code.push_back({executeCopy, temporaries.back(), source, 0, 0, 0, op});
  }
  for (auto [source, target] : llvm::zip_equal(temporaries, to))
    code.push_back({executeCopy, target, source, 0, 0, 0, op});
}

LogicalResult Program::compile(Block &block) {
  for (Value argument : block.getArguments())
    arguments.push_back(registers[argument] = add());
  if (failed(compileOps(block)))
    return failure();
  for (Value value : block.getTerminator()->getOperands())
    results.push_back(find(value));
  return success();
}

LogicalResult Program::compileOps(Block &block) {
  for (Operation &op : block.without_terminator())
    if (failed(compileOp(op)))
      return failure();
  return success();
}

LogicalResult Program::compileElementwise(Operation *op) {
  SmallVector<uint32_t> operands;
  for (unsigned i = 0; i != op->getNumOperands(); ++i)
    operands.push_back(add());
  arguments = operands;
  if (failed(append(*op, operands)))
    return failure();
  for (Value result : op->getResults())
    results.push_back(registers[result]);
  return success();
}

/// Appends the one instruction of an arithmetic op.
LogicalResult Program::append(Operation &op, ArrayRef<uint32_t> operands) {
  Inst inst;
  inst.op = &op;
  for (Type type :
       llvm::concat<const Type>(SmallVector<Type>(op.getOperandTypes()),
                                SmallVector<Type>(op.getResultTypes())))
    if (!getElement(getElementTypeOrSelf(type)))
      return op.emitOpError("expected numbers of f16, bf16, f32, f64, index or "
                            "at most 64 bits, but got ")
             << type;
  selectArith(op, arithmetic, inst);
  if (!inst.execute)
    selectMath(op, arithmetic, inst);
  if (!inst.execute)
    return op.emitOpError("expected an op that the interpreter knows, but got "
                          "this one");
  if (operands.size() > 0)
    inst.a = operands[0];
  if (operands.size() > 1)
    inst.b = operands[1];
  if (operands.size() > 2)
    inst.c = operands[2];
  // A second result is in the register after the first.
  for (Value result : op.getResults())
    registers[result] = add();
  inst.result = registers[op.getResult(0)];
  code.push_back(inst);
  return success();
}

LogicalResult Program::compileOp(Operation &op) {
  if (auto constant = dyn_cast<arith::ConstantOp>(op))
    return compileConstant(op, constant.getValue());
  if (auto constant = dyn_cast<index::ConstantOp>(op))
    return compileConstant(op, constant.getValueAttr());
  if (auto constant = dyn_cast<index::BoolConstantOp>(op))
    return compileConstant(op, constant.getValueAttr());
  if (isa<tensor::ExtractOp>(op))
    return compileRead(op);
  if (isa<scf::IfOp>(op))
    return compileIf(op);
  if (isa<scf::ForOp>(op))
    return compileFor(op);
  if (isa<FireOp>(op))
    return compileFire(op);
  if (auto index = dyn_cast<linalg::IndexOp>(op)) {
    uint32_t result = registers[index.getResult()] = add();
    code.push_back(
        {executeIndex, result, 0, 0, 0, int64_t(index.getDim()), &op});
    return success();
  }
  SmallVector<uint32_t> operands;
  for (Value operand : op.getOperands())
    operands.push_back(find(operand));
  return append(op, operands);
}

LogicalResult Program::compileConstant(Operation &op, Attribute value) {
  std::optional<Element> element =
      getElement(getComputedType(op.getResult(0).getType(), arithmetic));
  Word word;
  if (auto number = dyn_cast<FloatAttr>(value); number && element) {
    word = roundTo(element->kind, number.getValueAsDouble());
  } else if (auto number = dyn_cast<IntegerAttr>(value); number && element) {
    APInt bits = number.getValue();
    word = toWord(wrap(bits.getSExtValue(), element->width));
  } else {
    return op.emitOpError("expected a number, but got ") << value;
  }
  registers[op.getResult(0)] = add(word);
  return success();
}

LogicalResult Program::compileRead(Operation &op) {
  auto extract = cast<tensor::ExtractOp>(op);
  Type type = getComputedType(extract.getType(), arithmetic);
  std::optional<Element> element = getElement(type);
  if (!element)
    return op.emitOpError("expected numbers, but got ") << type;
  TensorRead read{
      extract.getTensor(), getLoad(*element), element->getBytes(), {}};
  for (Value index : extract.getIndices())
    read.indices.push_back(find(index));
  uint32_t result = registers[extract.getResult()] = add();
  code.push_back({executeRead, result, 0, 0, 0, int64_t(reads.size()), &op});
  reads.push_back(std::move(read));
  return success();
}

LogicalResult Program::compileIf(Operation &op) {
  auto branch = cast<scf::IfOp>(op);
  SmallVector<uint32_t> targets;
  for (Value result : op.getResults())
    targets.push_back(registers[result] = add());
  auto compileBranch = [&](Region &region) -> LogicalResult {
    if (region.empty())
      return success();
    if (failed(compileOps(region.front())))
      return failure();
    SmallVector<uint32_t> values;
    for (Value value : region.front().getTerminator()->getOperands())
      values.push_back(find(value));
    copy(values, targets, &op);
    return success();
  };
  size_t toElse = code.size();
  code.push_back(
      {executeJumpIfZero, 0, find(branch.getCondition()), 0, 0, 0, &op});
  if (failed(compileBranch(branch.getThenRegion())))
    return failure();
  size_t toEnd = code.size();
  code.push_back({executeJump, 0, 0, 0, 0, 0, &op});
  code[toElse].immediate = code.size();
  if (failed(compileBranch(branch.getElseRegion())))
    return failure();
  code[toEnd].immediate = code.size();
  return success();
}

LogicalResult Program::compileFor(Operation &op) {
  auto loop = cast<scf::ForOp>(op);
  SmallVector<uint32_t> before, carried, after;
  for (Value value : loop.getInitArgs())
    before.push_back(find(value));
  for (Value argument : loop.getRegionIterArgs())
    carried.push_back(registers[argument] = add());
  for (auto [result, place] : llvm::zip_equal(op.getResults(), carried))
    registers[result] = place;
  uint32_t counter = registers[loop.getInductionVar()] = add();
  uint32_t end = find(loop.getUpperBound()), step = find(loop.getStep());
  copy(before, carried, &op);
  copy({find(loop.getLowerBound())}, {counter}, &op);
  size_t head = code.size();
  code.push_back({executeJumpIfDone, 0, counter, end, 0, 0, &op});
  if (failed(compileOps(*loop.getBody())))
    return failure();
  for (Value value : loop.getBody()->getTerminator()->getOperands())
    after.push_back(find(value));
  copy(after, carried, &op);
  code.push_back({executeStep, counter, counter, step, 0, 0, &op});
  code.push_back({executeJump, 0, 0, 0, 0, int64_t(head), &op});
  code[head].immediate = code.size();
  return success();
}

LogicalResult Program::compileFire(Operation &op) {
  auto fire = cast<FireOp>(op);
  std::optional<Element> element =
      getElement(getComputedType(fire.getInput().getType(), arithmetic));
  if (!element)
    return op.emitOpError("expected numbers, but got ")
           << fire.getInput().getType();
  Inst inst;
  inst.op = &op;
  inst.a = find(fire.getInput());
  if (fire.getThresholds())
    inst.b = find(fire.getThresholds());
  else
    inst.b =
        add(roundTo(element->kind, fire.getThreshold()->convertToDouble()));
  selectFire(*element, fire.getCompare() == Compare::Gt, inst);
  inst.result = registers[fire.getSpikes()] = add();
  code.push_back(inst);
  return success();
}
