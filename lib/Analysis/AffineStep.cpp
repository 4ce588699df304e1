//===- AffineStep.cpp - A step as v' = A v + b ----------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/Analysis/AffineStep.h"
#include "snn/Analysis/StepValues.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::snn;

//===----------------------------------------------------------------------===//
// Coefficient
//===----------------------------------------------------------------------===//

struct Coefficient::Node {
  enum Kind { Constant, Leaf, Add, Mul, Neg, Div, Select } kind;
  double number = 0;
  Value leaf;                       ///< or the condition of a select
  std::shared_ptr<const Node> a, b; ///< null: zero
};

using Node = Coefficient::Node;
using NodeRef = std::shared_ptr<const Node>;

static NodeRef makeNode(Node::Kind kind, NodeRef a, NodeRef b = {},
                        Value leaf = {}) {
  return std::make_shared<const Node>(
      Node{kind, 0, leaf, std::move(a), std::move(b)});
}

static std::optional<double> getNumber(const NodeRef &node) {
  if (!node)
    return 0.0;
  if (node->kind == Node::Constant)
    return node->number;
  return std::nullopt;
}

Coefficient Coefficient::constant(double value) {
  if (value == 0)
    return {};
  return Coefficient(
      std::make_shared<const Node>(Node{Node::Constant, value, {}, {}, {}}));
}

Coefficient Coefficient::one() { return constant(1); }

/// What a parameter of a neuron's step is given; the value itself otherwise.
static Value getSource(Value value) {
  auto argument = dyn_cast<BlockArgument>(value);
  auto neuron = argument
                    ? dyn_cast<NeuronOp>(argument.getOwner()->getParentOp())
                    : NeuronOp();
  if (!neuron)
    return value;
  size_t index = argument.getArgNumber(), first = neuron.getInputs().size();
  if (index < first || index >= first + neuron.getParams().size())
    return value;
  return neuron.getParams()[index - first];
}

Coefficient Coefficient::of(Value value) {
  Value source = getSource(value);
  FloatAttr number;
  IntegerAttr integer;
  SplatElementsAttr splat;
  if (matchPattern(source, m_Constant(&number)))
    return constant(number.getValueAsDouble());
  if (matchPattern(source, m_Constant(&integer)) &&
      integer.getType().getIntOrFloatBitWidth() > 1)
    return constant(double(integer.getInt()));
  if (matchPattern(source, m_Constant(&splat)) &&
      isa<FloatType>(splat.getElementType()))
    return constant(splat.getSplatValue<APFloat>().convertToDouble());
  return Coefficient(makeNode(Node::Leaf, {}, {}, value));
}

bool Coefficient::isOne() const { return getConstant() == 1.0; }

std::optional<double> Coefficient::getConstant() const {
  return getNumber(node);
}

Coefficient Coefficient::operator+(const Coefficient &other) const {
  if (isZero() || other.isZero())
    return isZero() ? other : *this;
  return Coefficient(makeNode(Node::Add, node, other.node));
}

Coefficient Coefficient::operator*(const Coefficient &other) const {
  if (isZero() || other.isZero())
    return {};
  if (isOne() || other.isOne())
    return isOne() ? other : *this;
  return Coefficient(makeNode(Node::Mul, node, other.node));
}

Coefficient Coefficient::operator-() const {
  if (isZero())
    return {};
  if (std::optional<double> number = getConstant())
    return constant(-*number);
  return Coefficient(makeNode(Node::Neg, node));
}

Coefficient Coefficient::operator/(const Coefficient &divisor) const {
  if (isZero() || divisor.isOne())
    return *this;
  return Coefficient(makeNode(Node::Div, node, divisor.node));
}

Coefficient Coefficient::select(Value condition, const Coefficient &a,
                                const Coefficient &b) {
  if (a.node == b.node ||
      (a.getConstant() && a.getConstant() == b.getConstant()))
    return a;
  return Coefficient(makeNode(Node::Select, a.node, b.node, condition));
}

/// When a value of the region of a neuron is known that depends on no state.
static Known getKnownOf(Value value) {
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    auto neuron = dyn_cast<NeuronOp>(argument.getOwner()->getParentOp());
    if (!neuron)
      return Known::Layer;
    size_t index = argument.getArgNumber(), inputs = neuron.getInputs().size();
    bool isParam =
        index >= inputs && index < inputs + neuron.getParams().size();
    return isParam ? Known::Layer : Known::Step;
  }
  Operation *op = value.getDefiningOp();
  if (matchPattern(value, m_Constant()))
    return Known::Constant;
  if (!isa<NeuronOp>(op->getParentOp()))
    return Known::Layer;
  Known known = Known::Constant;
  for (Value operand : op->getOperands())
    known = std::max(known, getKnownOf(operand));
  return known;
}

static Known getKnownOf(const NodeRef &node) {
  if (!node || node->kind == Node::Constant)
    return Known::Constant;
  Known known = std::max(getKnownOf(node->a), getKnownOf(node->b));
  return node->leaf ? std::max(known, getKnownOf(node->leaf)) : known;
}

Known Coefficient::getKnown() const { return getKnownOf(node); }

namespace {
/// Writes an expression at a place.
struct Emitter {
  OpBuilder &builder;
  Location loc;
  Type type;
  IRMapping &map;
  function_ref<void(Operation &)> clone;

  Value constant(double number) {
    Type element = getElementTypeOrSelf(type);
    TypedAttr scalar =
        isa<FloatType>(element)
            ? TypedAttr(builder.getFloatAttr(element, number))
            : TypedAttr(builder.getIntegerAttr(element, int64_t(number)));
    TypedAttr value = scalar;
    if (auto vector = dyn_cast<VectorType>(type))
      value = DenseElementsAttr::get(vector, scalar);
    return arith::ConstantOp::create(builder, loc, value);
  }

  Value leaf(Value value) {
    if (Value mapped = map.lookupOrNull(value))
      return mapped;
    Operation *op = value.getDefiningOp();
    if (op && isa<NeuronOp>(op->getParentOp())) {
      for (Value operand : op->getOperands())
        (void)leaf(operand);
      clone(*op);
      return map.lookup(value);
    }
    return value;
  }

  /// A leaf in the type of the expression: as wide, of the same lanes.
  Value number(Value value) {
    Value found = leaf(value);
    Type from = getElementTypeOrSelf(found.getType()),
         to = getElementTypeOrSelf(type);
    if (isa<VectorType>(type) && !isa<VectorType>(found.getType()))
      found = vector::BroadcastOp::create(
          builder, loc,
          VectorType::get(cast<VectorType>(type).getShape(), from), found);
    if (from == to || !isa<FloatType>(from))
      return found;
    if (from.getIntOrFloatBitWidth() < to.getIntOrFloatBitWidth())
      return arith::ExtFOp::create(builder, loc, type, found);
    return arith::TruncFOp::create(builder, loc, type, found);
  }

  template <typename FloatOp, typename IntOp>
  Value binary(const NodeRef &node) {
    Value a = emit(node->a), b = emit(node->b);
    if (isa<FloatType>(getElementTypeOrSelf(type)))
      return FloatOp::create(builder, loc, a, b);
    return IntOp::create(builder, loc, a, b);
  }

  Value emit(const NodeRef &node) {
    if (!node)
      return constant(0);
    switch (node->kind) {
    case Node::Constant:
      return constant(node->number);
    case Node::Leaf:
      return number(node->leaf);
    case Node::Add:
      return binary<arith::AddFOp, arith::AddIOp>(node);
    case Node::Mul:
      return binary<arith::MulFOp, arith::MulIOp>(node);
    case Node::Div:
      return binary<arith::DivFOp, arith::DivSIOp>(node);
    case Node::Neg:
      if (isa<FloatType>(getElementTypeOrSelf(type)))
        return arith::NegFOp::create(builder, loc, emit(node->a));
      return arith::SubIOp::create(builder, loc, constant(0), emit(node->a));
    case Node::Select: {
      Value a = emit(node->a), b = emit(node->b);
      return arith::SelectOp::create(builder, loc, leaf(node->leaf), a, b);
    }
    }
    llvm_unreachable("unknown node");
  }
};
} // namespace

Value Coefficient::emit(OpBuilder &builder, Location loc, Type type,
                        IRMapping &map,
                        function_ref<void(Operation &)> clone) const {
  return Emitter{builder, loc, type, map, clone}.emit(node);
}

//===----------------------------------------------------------------------===//
// AffineStep
//===----------------------------------------------------------------------===//

AffineStep AffineStep::identity(size_t count) {
  SmallVector<AffineForm> rows(count);
  for (size_t i = 0; i != count; ++i) {
    rows[i].coefficients.resize(count);
    rows[i].coefficients[i] = Coefficient::one();
  }
  return AffineStep(std::move(rows));
}

Known AffineStep::getKnown() const {
  Known known = Known::Constant;
  for (const AffineForm &row : rows)
    for (const Coefficient &a : row.coefficients)
      known = std::max(known, a.getKnown());
  return known;
}

AffineStep AffineStep::compose(const AffineStep &earlier) const {
  SmallVector<AffineForm> composed(size());
  for (size_t i = 0; i != size(); ++i) {
    AffineForm &row = composed[i];
    row.coefficients.resize(size());
    row.bias = getB(i);
    for (size_t k = 0; k != size(); ++k) {
      row.bias = row.bias + getA(i, k) * earlier.getB(k);
      for (size_t j = 0; j != size(); ++j)
        row.coefficients[j] =
            row.coefficients[j] + getA(i, k) * earlier.getA(k, j);
    }
  }
  return AffineStep(std::move(composed));
}

SmallVector<Coefficient> AffineStep::apply(ArrayRef<Coefficient> states) const {
  SmallVector<Coefficient> result;
  for (size_t i = 0; i != size(); ++i) {
    Coefficient sum;
    for (size_t j = 0; j != size(); ++j)
      sum = sum + getA(i, j) * states[j];
    result.push_back(sum + getB(i));
  }
  return result;
}

std::optional<AffineStep>
AffineStep::get(NeuronOp op, ArrayRef<unsigned> indices, std::string *reason) {
  SmallVector<AffineForm> rows;
  std::string text;
  for (unsigned index : indices) {
    std::optional<AffineForm> form =
        getAffineForm(op, op.getYield().getStates()[index], indices, text);
    if (!form) {
      if (reason)
        *reason = text;
      return std::nullopt;
    }
    rows.push_back(std::move(*form));
  }
  return AffineStep(std::move(rows));
}

//===----------------------------------------------------------------------===//
// Named neurons
//===----------------------------------------------------------------------===//

NeuronOp mlir::snn::buildNeuron(OpBuilder &builder, NeuronOpInterface op) {
  auto sequence = cast<SequenceOpInterface>(op.getOperation());
  SmallVector<Value> inputs = op.getStepInputs(), params = op.getStepParams();
  size_t numStates = sequence.getFinalStates().size();
  TypeRange types = op->getResultTypes();
  auto neuron = NeuronOp::create(
      builder, op.getLoc(), types.drop_back(numStates),
      types.take_back(numStates), inputs, params, /*tables=*/ValueRange(),
      sequence.getInitialStates(), /*offset=*/Value(), op.isReverse(),
      op.getStepSchedule());
  neuron->setDiscardableAttrs(op->getDiscardableAttrDictionary());

  Block &step = neuron.getStep().emplaceBlock();
  for (ValueRange operands : {ValueRange(inputs), ValueRange(params)})
    for (Value operand : operands)
      step.addArgument(getElementTypeOrSelf(operand), operand.getLoc());
  for (Type type : types.take_back(numStates))
    step.addArgument(getElementTypeOrSelf(type), op.getLoc());
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToEnd(&step);
  SmallVector<Value> outputs, states;
  op.buildStep(builder, step.getArguments(), outputs, states);
  YieldOp::create(builder, op.getLoc(), outputs, ValueRange(), states);
  return neuron;
}
