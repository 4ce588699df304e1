//===- ArithmeticTables.cpp - Random upstream ops on sequences ------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModuleBuilder.h"

using namespace mlir;
using namespace mlir::snn;
using namespace mlir::snn::testing;

static bool makeElementwise(ModuleBuilder &b, const Draw &draw) {
  Source x =
      b.pickSource(b.getElement(draw["dtype"]), draw["rank"] == "4" ? 2 : 1);
  if (!x.value)
    return false;
  Source y = b.makeSource(x.getNeurons(), x.getElement());
  if (!y.value)
    return false;
  Value result =
      applyFunction(b.builder, b.loc, draw["function"], x.value, y.value);
  b.addSource(result, 1);
  return true;
}

/// Sums and selections: what residual connections and gates are made of.
static bool makeArithmetic(ModuleBuilder &b, const Draw &draw) {
  Type element = b.getElement(draw["dtype"]);
  Source x = b.pickSource(element, draw["rank"] == "4" ? 2 : 1);
  if (!x.value)
    return false;
  Source y = b.makeSource(x.getNeurons(), element);
  if (!y.value)
    return false;
  StringRef kind = draw["op"];
  bool isFloat = isa<FloatType>(element);
  double scale = std::sqrt(x.scale * x.scale + y.scale * y.scale);
  Value result;
  if (kind == "add")
    result =
        isFloat
            ? Value(arith::AddFOp::create(b.builder, b.loc, x.value, y.value))
            : Value(arith::AddIOp::create(b.builder, b.loc, x.value, y.value));
  else if (kind == "mul")
    result =
        isFloat
            ? Value(arith::MulFOp::create(b.builder, b.loc, x.value, y.value))
            : Value(arith::MulIOp::create(b.builder, b.loc, x.value, y.value));
  else if (kind == "sub")
    result =
        isFloat
            ? Value(arith::SubFOp::create(b.builder, b.loc, x.value, y.value))
            : Value(arith::SubIOp::create(b.builder, b.loc, x.value, y.value));
  if (kind == "mul")
    scale = std::max(x.scale * y.scale, 1e-30);
  if (kind == "select") {
    Source gate = b.makeSource(x.getNeurons(), b.builder.getI1Type());
    if (!gate.value)
      return false;
    result =
        arith::SelectOp::create(b.builder, b.loc, gate.value, x.value, y.value);
  }
  b.addSource(result, element.isInteger(1) ? x.scale : scale);
  return true;
}

/// Changes the type of numbers.
static bool makeCast(ModuleBuilder &b, const Draw &draw) {
  Type from = b.getElement(draw["from"]), to = b.getElement(draw["to"]);
  Source x = b.pickSource(from, draw["rank"] == "4" ? 2 : 1);
  if (!x.value)
    return false;
  Type type = b.getSequence(x.getNeurons(), to);
  unsigned before = from.getIntOrFloatBitWidth(),
           after = to.getIntOrFloatBitWidth();
  Value result;
  if (isa<IntegerType>(from) && isa<IntegerType>(to))
    result =
        before < after
            ? Value(arith::ExtUIOp::create(b.builder, b.loc, type, x.value))
            : Value(arith::TruncIOp::create(b.builder, b.loc, type, x.value));
  else if (isa<IntegerType>(from))
    result =
        from.isInteger(1)
            ? Value(arith::UIToFPOp::create(b.builder, b.loc, type, x.value))
            : Value(arith::SIToFPOp::create(b.builder, b.loc, type, x.value));
  else if (before < after)
    result = arith::ExtFOp::create(b.builder, b.loc, type, x.value);
  else
    result = arith::TruncFOp::create(b.builder, b.loc, type, x.value);
  b.addSource(result, x.scale);
  return true;
}

/// The size of a dimension, for a tensor of the same size.
static OpFoldResult getSize(ModuleBuilder &b, Value value, int64_t dim) {
  return tensor::getMixedSize(b.builder, b.loc, value, dim);
}

/// A tensor of zeros with the sizes of `dims` of a sequence.
static Value makeZeros(ModuleBuilder &b, const Source &x,
                       ArrayRef<int64_t> dims) {
  SmallVector<OpFoldResult> sizes;
  for (int64_t dim : dims)
    sizes.push_back(getSize(b, x.value, dim));
  Value empty =
      tensor::EmptyOp::create(b.builder, b.loc, sizes, x.getElement());
  Value zero = arith::ConstantOp::create(
      b.builder, b.loc, b.builder.getFloatAttr(x.getElement(), 0));
  return linalg::FillOp::create(b.builder, b.loc, zero, empty).getResult(0);
}

/// Sums over neurons, subtracted from each; or sums over time, which every step
/// sees, so that the model is not causal.
static bool makeReduce(ModuleBuilder &b, const Draw &draw) {
  bool overTime = draw["over"] == "time";
  if (overTime && b.isInBody())
    return false;
  Source x = b.pickSource(b.getElement(draw["dtype"]), 1);
  if (!x.value)
    return false;
  SmallVector<int64_t> kept =
      overTime ? SmallVector<int64_t>{1, 2} : SmallVector<int64_t>{0, 1};
  int64_t reduced = overTime ? 0 : 2;
  auto reduce = linalg::ReduceOp::create(
      b.builder, b.loc, x.value, makeZeros(b, x, kept),
      ArrayRef<int64_t>{reduced},
      [](OpBuilder &builder, Location loc, ValueRange args) {
        Value sum = arith::AddFOp::create(builder, loc, args[0], args[1]);
        linalg::YieldOp::create(builder, loc, sum);
      });
  Value empty = tensor::EmptyOp::create(
      b.builder, b.loc,
      SmallVector<OpFoldResult>{getSize(b, x.value, 0), getSize(b, x.value, 1),
                                getSize(b, x.value, 2)},
      x.getElement());
  Value spread =
      linalg::BroadcastOp::create(b.builder, b.loc, reduce.getResult(0), empty,
                                  ArrayRef<int64_t>{reduced})
          ->getResult(0);
  Value centred = arith::SubFOp::create(b.builder, b.loc, x.value, spread);
  b.addSource(centred, x.scale * 3);
  return true;
}

static bool makeSoftmax(ModuleBuilder &b, const Draw &draw) {
  bool overTime = draw["over"] == "time";
  if (overTime && b.isInBody())
    return false;
  Source x = b.pickSource(b.getElement(draw["dtype"]), 1);
  if (!x.value)
    return false;
  Value empty = tensor::EmptyOp::create(
      b.builder, b.loc,
      SmallVector<OpFoldResult>{getSize(b, x.value, 0), getSize(b, x.value, 1),
                                getSize(b, x.value, 2)},
      x.getElement());
  Value result = linalg::SoftmaxOp::create(b.builder, b.loc, x.value.getType(),
                                           x.value, empty, overTime ? 0 : 2)
                     ->getResult(0);
  b.addSource(result, 0.2);
  return true;
}

void mlir::snn::testing::addArithmeticTables(std::vector<OpTable> &tables) {
  const std::vector<StringRef> ranks = {"3", "4"};
  const std::vector<StringRef> floats = {"f16", "bf16", "f32", "f64"};
  std::vector<StringRef> functions = getFunctionNames().drop_front().vec();
  tables.push_back(
      {"elementwise",
       {{"dtype", floats}, {"rank", ranks}, {"function", functions}},
       nullptr,
       makeElementwise});
  tables.push_back(
      {"arithmetic",
       {{"dtype", {"f16", "bf16", "f32", "f64", "i1", "i8", "i32"}},
        {"rank", ranks},
        {"op", {"add", "sub", "mul", "select"}}},
       [](const Draw &draw) {
         return draw["dtype"] != "i1" || draw["op"] == "select";
       },
       makeArithmetic});
  tables.push_back(
      {"cast",
       {{"from", {"f16", "bf16", "f32", "f64", "i1", "i8", "i32"}},
        {"rank", ranks},
        {"to", {"f16", "bf16", "f32", "f64", "i8", "i32"}}},
       [](const Draw &draw) {
         StringRef from = draw["from"], to = draw["to"];
         auto isHalf = [](StringRef type) {
           return type == "f16" || type == "bf16";
         };
         bool narrows = to.starts_with("i") && !from.starts_with("i");
         return from != to && !narrows && !(isHalf(from) && isHalf(to));
       },
       makeCast});
  tables.push_back({"reduce",
                    {{"dtype", floats}, {"over", {"time", "neurons"}}},
                    nullptr,
                    makeReduce});
  tables.push_back({"softmax",
                    {{"dtype", floats}, {"over", {"time", "neurons"}}},
                    nullptr,
                    makeSoftmax});
}
