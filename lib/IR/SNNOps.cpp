//===- SNNOps.cpp - Accessors and structure of the ops --------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Verifiers.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::snn;

static ParseResult
parseFireTypes(OpAsmParser &parser, Type &input,
               std::optional<OpAsmParser::UnresolvedOperand> threshold,
               Type &thresholdType) {
  if (parser.parseType(input))
    return failure();
  if (!threshold)
    return success();
  thresholdType = input;
  if (succeeded(parser.parseOptionalComma()))
    return parser.parseType(thresholdType);
  return success();
}

static void printFireTypes(OpAsmPrinter &printer, Operation *, Type input,
                           Value, Type thresholdType) {
  printer << input;
  if (thresholdType && thresholdType != input)
    printer << ", " << thresholdType;
}

/// An enum attribute printed as its bare keyword.
template <typename EnumAttr>
static ParseResult parseKeyword(OpAsmParser &parser, EnumAttr &attr) {
  using Enum = decltype(attr.getValue());
  StringRef keyword;
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseKeyword(&keyword))
    return failure();
  std::optional<Enum> value = symbolizeEnum<Enum>(keyword);
  if (!value)
    return parser.emitError(loc, "unknown kind '") << keyword << "'";
  attr = EnumAttr::get(parser.getContext(), *value);
  return success();
}

template <typename EnumAttr>
static void printKeyword(OpAsmPrinter &printer, Operation *, EnumAttr attr) {
  printer << stringifyEnum(attr.getValue());
}

using SpanOperands = SmallVectorImpl<OpAsmParser::UnresolvedOperand>;

/// `( %operand : type )`, the operand of a span known at run time.
static ParseResult parseSpanOperand(OpAsmParser &parser, SpanOperands &operands,
                                    SmallVectorImpl<Type> &types) {
  return failure(
      parser.parseLParen() || parser.parseOperand(operands.emplace_back()) ||
      parser.parseColonType(types.emplace_back()) || parser.parseRParen());
}

static ParseResult parseSpan(OpAsmParser &parser,
                             SmallVectorImpl<Attribute> &out,
                             SpanOperands &operands,
                             SmallVectorImpl<Type> &types) {
  SMLoc loc = parser.getCurrentLocation();
  SpanKind kind = SpanKind::Layer;
  SmallVector<int64_t> values;
  auto parseValue = [&] { return parser.parseInteger(values.emplace_back()); };
  if (succeeded(parser.parseOptionalKeyword("taps"))) {
    kind = SpanKind::Taps;
    if (parseSpanOperand(parser, operands, types))
      return failure();
    auto type = dyn_cast<RankedTensorType>(types.back());
    if (!type || type.getRank() != 1 || !type.hasStaticShape())
      return parser.emitError(loc, "expected taps tensor<K x f>, but got ")
             << types.back();
    values.push_back(type.getDimSize(0));
  } else if (succeeded(parser.parseOptionalKeyword("upto"))) {
    kind = SpanKind::Operand;
    if (parseValue() || parseSpanOperand(parser, operands, types))
      return failure();
  } else if (succeeded(parser.parseOptionalLSquare())) {
    kind = SpanKind::Sources;
    if (parser.parseCommaSeparatedList(parseValue) || parser.parseRSquare())
      return failure();
  } else if (parseValue()) {
    return failure();
  }
  auto emitError = [&] { return parser.emitError(loc); };
  auto attr = SpanAttr::getChecked(emitError, parser.getContext(), kind,
                                   ArrayRef<int64_t>(values));
  out.push_back(attr);
  return success(attr != nullptr);
}

static ParseResult parseSpans(OpAsmParser &parser, ArrayAttr &spans,
                              SpanOperands &operands,
                              SmallVectorImpl<Type> &types) {
  SmallVector<Attribute> attrs;
  if (succeeded(parser.parseOptionalKeyword("skip")) &&
      parser.parseCommaSeparatedList(
          [&] { return parseSpan(parser, attrs, operands, types); }))
    return failure();
  spans = ArrayAttr::get(parser.getContext(), attrs);
  return success();
}

static void printSpans(OpAsmPrinter &printer, Operation *, ArrayAttr spans,
                       OperandRange operands, TypeRange types) {
  if (spans.empty())
    return;
  size_t operand = 0;
  auto printOperand = [&] {
    printer << "(" << operands[operand] << " : " << types[operand] << ")";
    ++operand;
  };
  printer << "skip ";
  llvm::interleaveComma(spans.getAsRange<SpanAttr>(), printer, [&](SpanAttr s) {
    if (s.getKind() == SpanKind::Taps) {
      printer << "taps ";
      printOperand();
    } else if (s.getKind() == SpanKind::Operand) {
      printer << "upto " << s.getMax() << " ";
      printOperand();
    } else if (s.getKind() == SpanKind::Sources) {
      printer << "[";
      llvm::interleaveComma(s.getValues(), printer);
      printer << "]";
    } else {
      printer << s.getMax();
    }
  });
}

/// Infers result types. While an op is parsed, the attributes of its dictionary
/// are not yet among its properties.
template <typename OpTy>
static LogicalResult inferFrom(MLIRContext *context,
                               std::optional<Location> loc, ValueRange operands,
                               DictionaryAttr attributes,
                               OpaqueProperties properties, RegionRange regions,
                               SmallVectorImpl<Type> &types) {
  typename OpTy::Properties merged;
  if (properties)
    merged = *properties.as<typename OpTy::Properties *>();
  auto emitError = [&] {
    return mlir::emitError(loc.value_or(UnknownLoc::get(context)));
  };
  if (attributes &&
      failed(OpTy::setPropertiesFromAttr(merged, attributes, emitError)))
    return failure();
  typename OpTy::Adaptor adaptor(operands, attributes, merged, regions);
  if (failed(OpTy::inferReturnTypes(context, loc, adaptor, types)))
    return failure();
  for (Type type : llvm::concat<const Type>(operands.getTypes(), types))
    if (!isCountable(type))
      return emitError()
             << "expected a tensor of less than 2^63 bytes, but got " << type;
  return success();
}

#define GET_OP_CLASSES
#include "snn/IR/SNNOps.cpp.inc"

//===----------------------------------------------------------------------===//
// Accessors
//===----------------------------------------------------------------------===//

YieldOp NeuronOp::getYield() {
  return cast<YieldOp>(getStep().front().getTerminator());
}

Block::BlockArgListType NeuronOp::getStateArguments() {
  return getStep().getArguments().take_back(getNumStates());
}

ArrayRef<int64_t> NeuronOp::getNeuronShape() {
  if (!getInputs().empty())
    return cast<RankedTensorType>(getInputs().front().getType())
        .getShape()
        .drop_front(2);
  return cast<RankedTensorType>(getFinals().front().getType())
      .getShape()
      .drop_front(1);
}

int64_t ScanOp::getNumComponents() {
  switch (getKind()) {
  case ScanKind::Real:
    return 1;
  case ScanKind::Complex:
    return 2;
  case ScanKind::Dense:
    break;
  }
  int64_t components = 1;
  while (components * components < int64_t(getCoefficients().size()))
    ++components;
  return components;
}

int64_t TemporalConvOp::getBlockSize() {
  return std::max<int64_t>(llvm::PowerOf2Ceil(2 * getNumTaps()), 16);
}

int64_t TemporalConvOp::getNumTaps() {
  return getKernel().getType().getDimSize(getPerStep() ? 1 : 0);
}

int64_t DelayOp::getHistory() {
  return getDelays().empty() ? 0 : *llvm::max_element(getDelays());
}

YieldOp RecurrentOp::getYield() {
  return cast<YieldOp>(getBody().front().getTerminator());
}

SmallVector<SpanAttr> RecurrentOp::getSpanAttrs() {
  return llvm::to_vector(getSkip().getAsRange<SpanAttr>());
}

Value RecurrentOp::getSpanOperand(int64_t i) {
  size_t operand = 0;
  SmallVector<SpanAttr> attrs = getSpanAttrs();
  for (SpanAttr span : ArrayRef(attrs).take_front(i))
    operand += span.hasOperand();
  return attrs[i].hasOperand() ? Value(getSpans()[operand]) : Value();
}

Block::BlockArgListType RecurrentOp::getInputArguments() {
  return getBody().getArguments().take_front(getInputs().size());
}

Block::BlockArgListType RecurrentOp::getFeedbackArguments() {
  return getBody().getArguments().slice(getInputs().size(), getNumFeedbacks());
}

Block::BlockArgListType RecurrentOp::getStateArguments() {
  return getBody().getArguments().slice(getInputs().size() + getNumFeedbacks(),
                                        getFinals().size());
}

Value RecurrentOp::getPositionArgument() {
  return getPosition() ? Value(getBody().getArguments().back()) : Value();
}

/// The first taps that are 0, of spikes: a value that is not finite makes NaN
/// of a tap of 0.
static int64_t countLeadingZeroTaps(RecurrentOp op, int64_t i) {
  DenseElementsAttr taps;
  auto history = cast<ShapedType>(op.getFinalHistories()[i].getType());
  if (!history.getElementType().isInteger(1) ||
      !matchPattern(op.getSpanOperand(i), m_Constant(&taps)))
    return 0;
  auto values = taps.getValues<APFloat>();
  return llvm::find_if(values, [](APFloat tap) { return !tap.isZero(); }) -
         values.begin();
}

int64_t RecurrentOp::getLongestWindow(int64_t i) {
  SpanAttr span = getSpanAttrs()[i];
  if (span.getKind() != SpanKind::Taps)
    return span.getMin();
  return std::min(countLeadingZeroTaps(*this, i) + 1, span.getMax());
}

int64_t RecurrentOp::getLongestWindow() {
  int64_t window = std::numeric_limits<int64_t>::max();
  for (int64_t i = 0; i < getNumFeedbacks(); ++i)
    window = std::min(window, getLongestWindow(i));
  return window;
}
