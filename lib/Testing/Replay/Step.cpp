//===- Step.cpp - Ops on numbers with bounds ------------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Step.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Index/IR/IndexOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "snn/IR/SNN.h"

using namespace mlir;
using namespace mlir::snn;
using namespace mlir::snn::testing;

//===----------------------------------------------------------------------===//
// Execution
//===----------------------------------------------------------------------===//

Number testing::decide(const Instruction &inst, Frame &frame,
                       std::optional<bool> outcome) {
  frame.points.all += frame.counts;
  frame.points.open += frame.counts && !outcome;
  if (!outcome && frame.forced[inst.result] >= 0)
    outcome = frame.forced[inst.result];
  return outcome ? Number::ofInt(*outcome) : Number::open();
}

void Frame::run(const std::vector<Instruction> &code) {
  for (const Instruction &inst : code) {
    if (failed)
      return;
    if (inst.execute)
      registers[inst.result] = inst.execute(inst, *this);
    else if (isa<scf::IfOp>(inst.op))
      runBranch(inst);
    else
      runLoop(inst);
  }
}

/// Both sides of a branch that is open are run.
void Frame::runBranch(const Instruction &inst) {
  Number condition = registers[inst.operands[0]];
  SmallVector<SmallVector<Number>> values;
  for (int side : {0, 1}) {
    if (!condition.isOpen && bool(condition.integer) == bool(side))
      continue;
    run(inst.blocks[side]);
    values.push_back(llvm::map_to_vector(
        inst.yields[side], [&](uint32_t place) { return registers[place]; }));
  }
  for (auto [i, place] : llvm::enumerate(inst.results)) {
    Number &result = registers[place] = values[0][i];
    if (values.size() == 1)
      continue;
    const Number &other = values[1][i];
    if (!Format::get(inst.op->getResult(i).getType()).isFloat)
      result = result.isOpen || other.isOpen || result.integer != other.integer
                   ? Number::open()
                   : result;
    else
      result = join(result, other);
  }
}

void Frame::runLoop(const Instruction &inst) {
  auto take = [&](ArrayRef<uint32_t> places) {
    return llvm::map_to_vector(
        places, [&](uint32_t place) { return registers[place]; });
  };
  auto give = [&](ArrayRef<uint32_t> places, ArrayRef<Number> values) {
    for (auto [place, value] : llvm::zip_equal(places, values))
      registers[place] = value;
  };
  ArrayRef<uint32_t> operands = inst.operands;
  Number begin = registers[operands[0]], end = registers[operands[1]],
         step = registers[operands[2]];
  if (begin.isOpen || end.isOpen || step.isOpen || step.integer <= 0) {
    inst.op->emitOpError("expected a loop with known bounds and a step > 0");
    failed = true;
    return;
  }
  ArrayRef<uint32_t> carried = ArrayRef(inst.arguments).drop_front();
  give(carried, take(operands.drop_front(3)));
  for (int64_t i = begin.integer; i < end.integer && !failed;
       i += step.integer) {
    registers[inst.arguments[0]] = Number::ofInt(i);
    run(inst.blocks[0]);
    give(carried, take(inst.yields[0]));
  }
  give(inst.results, take(carried));
}

LogicalResult Frame::run() {
  run(step.code);
  return failure(failed);
}

FailureOr<int64_t> Frame::run(ArrayRef<std::pair<unsigned, bool>> recorded) {
  if (mlir::failed(run()))
    return failure();
  bool wasOpen = false;
  for (auto [index, spike] : recorded) {
    wasOpen |= result(index).isOpen;
    if (!step.require(*this, step.results[index], spike))
      return index;
  }
  if (!wasOpen)
    return -1;
  // Again, with the comparisons as the spikes have decided them.
  counts = false;
  LogicalResult ran = run();
  counts = true;
  llvm::fill(forced, -1);
  if (mlir::failed(ran))
    return failure();
  for (auto [index, spike] : recorded) {
    if (result(index).isOpen)
      result(index) = Number::ofInt(spike);
    if (result(index).integer != spike)
      return index;
  }
  return -1;
}

//===----------------------------------------------------------------------===//
// Inference
//===----------------------------------------------------------------------===//

const Instruction *Step::getDefinition(uint32_t place) const {
  const auto *found = llvm::find_if(code, [&](const Instruction &inst) {
                        return inst.execute && inst.result == place;
                      }).base();
  return found == code.data() + code.size() ? nullptr : found;
}

static bool isCompare(Operation *op) { return isa<arith::CmpFOp, FireOp>(op); }

bool Step::require(Frame &frame, uint32_t place, bool wanted) const {
  Number &number = frame.registers[place];
  if (!number.isOpen)
    return number.integer == int64_t(wanted);
  const Instruction *inst = getDefinition(place);
  if (!inst)
    return true;
  auto get = [&](unsigned i) { return frame.registers[inst->operands[i]]; };
  auto requireOperand = [&](unsigned i, bool value) {
    return require(frame, inst->operands[i], value);
  };
  if (isCompare(inst->op)) {
    frame.forced[place] = wanted;
    number = Number::ofInt(wanted);
    return true;
  }
  if (isa<arith::AndIOp, arith::OrIOp>(inst->op)) {
    bool isAnd = isa<arith::AndIOp>(inst->op);
    if (wanted == isAnd) // both operands are
      return requireOperand(0, wanted) && requireOperand(1, wanted);
    for (unsigned i : {0, 1}) // one is, and it is not the other
      if (!get(i).isOpen && get(i).integer == int64_t(isAnd))
        return requireOperand(1 - i, wanted);
    return true;
  }
  if (isa<arith::XOrIOp>(inst->op)) {
    for (unsigned i : {0, 1})
      if (!get(i).isOpen)
        return requireOperand(1 - i, wanted != bool(get(i).integer));
    return true;
  }
  if (isa<arith::SelectOp>(inst->op)) {
    if (!get(0).isOpen)
      return requireOperand(get(0).integer ? 1 : 2, wanted);
    for (unsigned i : {1, 2}) // the side that is not wanted was not taken
      if (!get(i).isOpen && get(i).integer != int64_t(wanted))
        return requireOperand(0, i == 2) && requireOperand(3 - i, wanted);
    return true;
  }
  return true;
}

const Instruction *Step::findCompare(uint32_t place) const {
  const Instruction *inst = getDefinition(place);
  if (!inst || isCompare(inst->op))
    return inst;
  for (uint32_t operand : inst->operands)
    if (const Instruction *found = findCompare(operand))
      return found;
  return nullptr;
}

//===----------------------------------------------------------------------===//
// Compilation
//===----------------------------------------------------------------------===//

uint32_t Step::add(Number number) {
  initial.push_back(number);
  return initial.size() - 1;
}

uint32_t Step::find(Value value) {
  auto [place, isNew] = registers.try_emplace(value, 0);
  if (isNew) {
    uint32_t added = add();
    registers[value] = added;
    captures.emplace_back(value, added);
    return added;
  }
  return place->second;
}

LogicalResult Step::compile(Block &block) {
  for (Value argument : block.getArguments())
    arguments.push_back(registers[argument] = add());
  for (Operation &op : block.without_terminator())
    if (failed(compileOp(op, code)))
      return failure();
  for (Value value : block.getTerminator()->getOperands())
    results.push_back(find(value));
  return success();
}

LogicalResult Step::compile(Operation &op) {
  Instruction inst;
  for (unsigned i = 0; i != op.getNumOperands(); ++i)
    inst.operands.push_back(add());
  arguments.assign(inst.operands.begin(), inst.operands.end());
  if (failed(append(op, std::move(inst), code)))
    return failure();
  for (Value result : op.getResults())
    results.push_back(registers.lookup(result));
  return success();
}

static Format getFormat(Value value) {
  return Format::get(getElementTypeOrSelf(value.getType()));
}

/// The threshold of an attribute, rounded to the type that it is compared in.
static Number getThreshold(FireOp fire) {
  APFloat value = *fire.getThreshold();
  Type type = getElementTypeOrSelf(fire.getInput().getType());
  bool losesInfo = false;
  value.convert(cast<FloatType>(type).getFloatSemantics(),
                APFloat::rmNearestTiesToEven, &losesInfo);
  return Number::ofFloat(value.convertToDouble());
}

static Number getFire(const Instruction &inst, Frame &frame) {
  const Number &u = frame.registers[inst.operands[0]],
               &threshold = frame.registers[inst.operands[1]];
  if (inst.from.isFloat)
    return decide(inst, frame, compare(u, threshold, inst.number));
  if (u.isOpen || threshold.isOpen)
    return Number::open();
  return Number::ofInt(inst.number ? u.integer > threshold.integer
                                   : u.integer >= threshold.integer);
}

static Number getIndex(const Instruction &inst, Frame &frame) {
  return Number::ofInt(frame.indices[inst.number]);
}

static Number getElement(const Instruction &inst, Frame &frame) {
  SmallVector<int64_t> indices;
  for (uint32_t place : inst.operands)
    indices.push_back(
        frame.registers[place].isOpen ? -1 : frame.registers[place].integer);
  auto extract = cast<tensor::ExtractOp>(inst.op);
  std::optional<Number> number = frame.read(extract.getTensor(), indices);
  if (number)
    return *number;
  inst.op->emitOpError("expected known indices inside of the tensor");
  frame.failed = true;
  return {};
}

/// Finds what executes an op and gives its result a register.
LogicalResult Step::append(Operation &op, Instruction inst,
                           std::vector<Instruction> &to) {
  inst.op = &op;
  inst.to = getFormat(op.getResult(0));
  inst.from = op.getNumOperands() ? getFormat(op.getOperand(0)) : inst.to;
  if (auto fire = dyn_cast<FireOp>(op)) {
    if (!fire.getThresholds())
      inst.operands.push_back(add(getThreshold(fire)));
    inst.number = fire.getCompare() == Compare::Gt;
    inst.execute = getFire;
  }
  if (!inst.execute)
    inst.execute = selectFloat(op, inst);
  if (!inst.execute)
    inst.execute = selectInteger(op, inst);
  if (!inst.execute || op.getNumResults() != 1)
    return op.emitOpError("expected an op that the replay knows, but got this "
                          "one");
  inst.result = add();
  if (isCompare(&op) && &to == &code) {
    std::vector<int64_t> key(inst.operands.begin(), inst.operands.end());
    key.push_back(inst.number);
    key.push_back(isa<FireOp>(op));
    auto [place, isNew] = compares.try_emplace(key, inst.result);
    registers[op.getResult(0)] = place->second;
    if (!isNew)
      return success();
  }
  registers[op.getResult(0)] = inst.result;
  to.push_back(std::move(inst));
  return success();
}

LogicalResult Step::compileConstant(Operation &op, Attribute value) {
  if (auto number = dyn_cast<FloatAttr>(value))
    registers[op.getResult(0)] =
        add(Number::ofFloat(number.getValueAsDouble()));
  else if (auto number = dyn_cast<IntegerAttr>(value))
    registers[op.getResult(0)] = add(Number::ofInt(
        wrapInteger(number.getValue().getSExtValue(),
                    Format::get(op.getResult(0).getType()).width)));
  else
    return op.emitOpError("expected a number, but got ") << value;
  return success();
}

LogicalResult Step::compileOp(Operation &op, std::vector<Instruction> &to) {
  if (auto constant = dyn_cast<arith::ConstantOp>(op))
    return compileConstant(op, constant.getValue());
  if (auto constant = dyn_cast<index::ConstantOp>(op))
    return compileConstant(op, constant.getValueAttr());
  if (auto constant = dyn_cast<index::BoolConstantOp>(op))
    return compileConstant(op, constant.getValueAttr());
  if (isa<scf::IfOp>(op))
    return compileBranch(op, to);
  if (isa<scf::ForOp>(op))
    return compileLoop(op, to);
  Instruction inst;
  if (auto index = dyn_cast<linalg::IndexOp>(op)) {
    inst.number = index.getDim();
    inst.execute = getIndex;
    return append(op, std::move(inst), to);
  }
  if (auto extract = dyn_cast<tensor::ExtractOp>(op)) {
    for (Value index : extract.getIndices())
      inst.operands.push_back(find(index));
    inst.execute = getElement;
    return append(op, std::move(inst), to);
  }
  for (Value operand : op.getOperands())
    inst.operands.push_back(find(operand));
  return append(op, std::move(inst), to);
}

LogicalResult Step::compileBranch(Operation &op, std::vector<Instruction> &to) {
  auto branch = cast<scf::IfOp>(op);
  Instruction inst;
  inst.op = &op;
  inst.operands.push_back(find(branch.getCondition()));
  Region *regions[] = {&branch.getThenRegion(), &branch.getElseRegion()};
  for (auto [side, region] : llvm::enumerate(regions)) {
    if (region->empty())
      continue;
    for (Operation &inner : region->front().without_terminator())
      if (failed(compileOp(inner, inst.blocks[side])))
        return failure();
    for (Value value : region->front().getTerminator()->getOperands())
      inst.yields[side].push_back(find(value));
  }
  for (Value result : op.getResults())
    inst.results.push_back(registers[result] = add());
  to.push_back(std::move(inst));
  return success();
}

LogicalResult Step::compileLoop(Operation &op, std::vector<Instruction> &to) {
  auto loop = cast<scf::ForOp>(op);
  Instruction inst;
  inst.op = &op;
  for (Value operand : op.getOperands())
    inst.operands.push_back(find(operand));
  for (Value argument : loop.getBody()->getArguments())
    inst.arguments.push_back(registers[argument] = add());
  for (Operation &inner : loop.getBody()->without_terminator())
    if (failed(compileOp(inner, inst.blocks[0])))
      return failure();
  for (Value value : loop.getBody()->getTerminator()->getOperands())
    inst.yields[0].push_back(find(value));
  for (Value result : op.getResults())
    inst.results.push_back(registers[result] = add());
  to.push_back(std::move(inst));
  return success();
}
