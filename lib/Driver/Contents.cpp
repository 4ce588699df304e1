//===- Contents.cpp - What a model file may hold ===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Contents.h"
#include "snn/IR/SNN.h"

#include "mlir/Analysis/CallGraph.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/AttrTypeSubElements.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/ADT/SCCIterator.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/CheckedArithmetic.h"
#include "llvm/Support/ConvertUTF.h"

using namespace mlir;
using namespace mlir::snn;

constexpr const char *kDialects =
    "func, arith, math, linalg, tensor, scf or snn";

void mlir::snn::prepareToRead(MLIRContext &context) {
  context.loadDialect<arith::ArithDialect, func::FuncDialect,
                      linalg::LinalgDialect, math::MathDialect, scf::SCFDialect,
                      tensor::TensorDialect, SNNDialect>();
  context.disableMultithreading();
  context.printOpOnDiagnostic(false); // the source line says enough
}

static std::string describeForeignOp(StringRef op, StringRef dialect) {
  return ("expected an op of dialect " + Twine(kDialects) + ", but got '" + op +
          "' of dialect '" + dialect + "' (--trust-ir compiles it)")
      .str();
}

LogicalResult mlir::snn::rewordForeignOp(Diagnostic &diagnostic) {
  std::string text = diagnostic.str();
  auto [head, tail] = StringRef(text).split("' not found for custom op '");
  if (!head.consume_front("Dialect `") || !tail.consume_back("' "))
    return failure();
  mlir::emitError(diagnostic.getLocation()) << describeForeignOp(tail, head);
  return success();
}

static bool isAllowed(StringRef dialect) {
  return llvm::is_contained(
      {"builtin", "func", "arith", "math", "linalg", "tensor", "scf", "snn"},
      dialect);
}

//===----------------------------------------------------------------------===//
// Ops, types and attributes
//===----------------------------------------------------------------------===//

namespace {
class ContentsChecker {
public:
  ContentsChecker();

  /// Skips what is in an op that does not belong here.
  WalkResult check(Operation *op);
  bool hasFailed = false;

private:
  InFlightDiagnostic fail(Operation *op) {
    hasFailed = true;
    return op->emitError("expected ");
  }
  void checkAttributes(Operation *op);
  void checkArguments(Operation *op, ArrayAttr lists);
  void checkName(Operation *op, StringRef what, Attribute name);
  WalkResult addForeign(StringRef what, StringRef dialect);

  AttrTypeWalker walker;
  std::string foreign; ///< what the walk of an op's attributes has found
};
} // namespace

ContentsChecker::ContentsChecker() {
  walker.addWalk([this](Type type) {
    auto opaque = dyn_cast<OpaqueType>(type);
    return addForeign("a type", opaque ? opaque.getDialectNamespace().strref()
                                       : type.getDialect().getNamespace());
  });
  walker.addWalk([this](Attribute attr) {
    if (isa<DenseResourceElementsAttr>(attr)) {
      foreign = "values in the text, but got a resource, whose values may lie "
                "outside of it";
      return WalkResult::interrupt();
    }
    auto opaque = dyn_cast<OpaqueAttr>(attr);
    return addForeign("an attribute",
                      opaque ? opaque.getDialectNamespace().strref()
                             : attr.getDialect().getNamespace());
  });
}

WalkResult ContentsChecker::addForeign(StringRef what, StringRef dialect) {
  if (isAllowed(dialect))
    return WalkResult::advance();
  foreign = (what + " of dialect " + kDialects + ", but got one of '" +
             dialect + "' (--trust-ir compiles it)")
                .str();
  return WalkResult::interrupt();
}

/// Names are printed, and end up in tables of the program.
void ContentsChecker::checkName(Operation *op, StringRef what, Attribute attr) {
  auto name = dyn_cast_if_present<StringAttr>(attr);
  if (!name)
    return; // the verifier says so
  StringRef text = name;
  const auto *begin = reinterpret_cast<const llvm::UTF8 *>(text.begin());
  if (text.empty() || text.size() > 4096)
    fail(op) << "a name of " << what << " of 1 to 4096 bytes, but got "
             << text.size() << " bytes";
  else if (!llvm::isLegalUTF8String(&begin, begin + text.size()))
    fail(op) << "a name of " << what << " in UTF-8, but got " << attr;
  else if (llvm::any_of(text,
                        [](char c) { return uint8_t(c) < 0x20 || c == 0x7f; }))
    fail(op) << "a name of " << what << " without control characters, but got "
             << attr;
}

/// What is said of arguments and results is said in our dialect: others tell
/// LLVM what code to make.
void ContentsChecker::checkArguments(Operation *op, ArrayAttr lists) {
  if (!lists)
    return;
  for (auto list : lists.getAsRange<DictionaryAttr>())
    for (NamedAttribute attr : list) {
      StringRef name = attr.getName();
      if (!name.starts_with("snn."))
        fail(op) << "attributes of dialect snn on arguments and results, but "
                 << "got '" << name << "'";
      else if (name == kParamAttr || name == kStateAttr || name == kRecordAttr)
        checkName(op, "a parameter, state or record", attr.getValue());
    }
}

/// An attribute that an op does not know is a slip of the pen, or it is meant
/// for LLVM.
void ContentsChecker::checkAttributes(Operation *op) {
  bool isFunction = isa<ModuleOp, func::FuncOp>(op);
  for (NamedAttribute attr : op->getDiscardableAttrs()) {
    StringRef name = attr.getName();
    auto [dialect, rest] = name.split('.');
    if (rest.empty() || !isAllowed(dialect) || (isFunction && dialect != "snn"))
      fail(op) << "an attribute of '" << op->getName()
               << "' or of dialect snn, but got '" << name << "'";
    else if (name == kLayerAttr)
      checkName(op, "a layer", attr.getValue());
  }
  if (auto called = dyn_cast<ArgAndResultAttrsOpInterface>(op)) {
    checkArguments(op, called.getArgAttrsAttr());
    checkArguments(op, called.getResAttrsAttr());
  }
}

WalkResult ContentsChecker::check(Operation *op) {
  StringRef dialect = op->getName().getDialectNamespace();
  if (!isAllowed(dialect) || (dialect == "builtin" && !isa<ModuleOp>(op))) {
    hasFailed = true;
    op->emitError(describeForeignOp(op->getName().getStringRef(), dialect));
    return WalkResult::skip();
  }
  Operation *parent = op->getParentOp();
  if (isa<func::FuncOp>(op) != isa_and_present<ModuleOp>(parent) ||
      (isa<ModuleOp>(op) && parent)) {
    fail(op) << "functions at the top of a model file only, but got '"
             << op->getName() << "'";
    return WalkResult::skip();
  }
  // Words that nobody has checked would be written to anywhere.
  if (isa<SparseLinearOp>(op) && op->getNumOperands() > 1 &&
      !op->getOperand(1).getDefiningOp<arith::ConstantOp>())
    fail(op) << "constant edges of '" << op->getName() << "' in a model";
  if (isa<func::FuncOp>(op))
    checkName(op, "a function", op->getAttr(SymbolTable::getSymbolAttrName()));
  checkAttributes(op);
  foreign.clear();
  (void)walker.walk(op->getAttrDictionary());
  for (Type type : op->getResultTypes())
    (void)walker.walk(type);
  for (Region &region : op->getRegions())
    for (Block &block : region)
      for (Type type : block.getArgumentTypes())
        (void)walker.walk(type);
  if (!foreign.empty())
    fail(op) << foreign;
  return WalkResult::advance();
}

LogicalResult mlir::snn::checkContents(ModuleOp module) {
  ContentsChecker checker;
  module->walk<WalkOrder::PreOrder>(
      [&](Operation *op) { return checker.check(op); });
  return failure(checker.hasFailed);
}

//===----------------------------------------------------------------------===//
// Calls and sizes
//===----------------------------------------------------------------------===//

using OpCounts = llvm::StringMap<int64_t>;

/// The number of ops of a function and of those that it calls, whose numbers
/// are known.
static int64_t countOps(func::FuncOp function, const OpCounts &counts) {
  int64_t count = 0;
  function.walk([&](Operation *op) {
    int64_t added = 1;
    if (auto call = dyn_cast<func::CallOp>(op))
      added = counts.lookup(call.getCallee());
    count = llvm::checkedAdd(count, added)
                .value_or(std::numeric_limits<int64_t>::max());
  });
  return count;
}

static LogicalResult checkCallees(func::FuncOp function,
                                  const SymbolTable &symbols) {
  WalkResult result = function.walk([&](Operation *op) -> WalkResult {
    if (isa<func::CallIndirectOp, func::ConstantOp>(op))
      return op->emitOpError("expected a call of a function by its name");
    auto call = dyn_cast<func::CallOp>(op);
    if (!call)
      return WalkResult::advance();
    auto callee = symbols.lookup<func::FuncOp>(call.getCallee());
    if (callee && !callee.isExternal())
      return WalkResult::advance();
    return call.emitOpError("expected a function with a body, but got '")
           << call.getCallee() << "'";
  });
  return failure(result.wasInterrupted());
}

/// The functions that are called from a node, and itself.
static llvm::SetVector<const CallGraphNode *>
findCalled(const CallGraphNode *node) {
  llvm::SetVector<const CallGraphNode *> found;
  found.insert(node);
  for (size_t i = 0; i < found.size(); ++i)
    for (const CallGraphNode::Edge &edge : *found[i])
      found.insert(edge.getTarget());
  return found;
}

ExitCode mlir::snn::checkCalls(func::FuncOp model, int64_t maxOps) {
  auto module = model->getParentOfType<ModuleOp>();
  SymbolTable symbols(module);
  OpCounts counts;
  CallGraph graph(module);
  auto called = findCalled(graph.lookupNode(&model.getBody()));
  // Functions come after those that they call.
  for (auto cycle = llvm::scc_begin(&std::as_const(graph)); !cycle.isAtEnd();
       ++cycle) {
    if (cycle->front()->isExternal() || !called.contains(cycle->front()))
      continue;
    auto function = dyn_cast<func::FuncOp>(
        cycle->front()->getCallableRegion()->getParentOp());
    if (!function)
      continue;
    if (failed(checkCallees(function, symbols)))
      return ExitCode::UserError;
    if (cycle.hasCycle()) {
      function.emitOpError("expected a function that does not call itself, but "
                           "got a cycle of calls through '")
          << function.getName() << "'";
      return ExitCode::UserError;
    }
    int64_t count = counts[function.getName()] = countOps(function, counts);
    if (count > maxOps) {
      function.emitOpError("expected a model of at most ")
          << maxOps << " ops with all calls inlined, but got " << count
          << " (--max-ops=N sets the limit)";
      return ExitCode::ResourceError;
    }
  }
  return ExitCode::Ok;
}

/// The bytes of a tensor, dynamic sizes counted as 1; none if there are too
/// many to count.
static std::optional<int64_t> countBytes(ShapedType type) {
  Type element = type.getElementType();
  std::optional<int64_t> bytes =
      element.isIntOrFloat()
          ? llvm::divideCeil(element.getIntOrFloatBitWidth(), 8)
          : 8;
  if (!type.hasRank() || llvm::is_contained(type.getShape(), 0))
    return 0;
  for (int64_t size : type.getShape())
    if (bytes && !ShapedType::isDynamic(size))
      bytes = llvm::checkedMul(*bytes, size);
  return bytes;
}

static LogicalResult checkCountable(Operation *op, TypeRange types) {
  for (Type type : types)
    if (auto shaped = dyn_cast<ShapedType>(type))
      if (!countBytes(shaped))
        return op->emitOpError("expected a tensor of less than 2^63 bytes, but "
                               "got ")
               << type;
  return success();
}

/// MLIR takes a dimension that a tensor does not have for undefined behaviour.
static LogicalResult checkDimension(Operation *op) {
  auto dim = dyn_cast<tensor::DimOp>(op);
  auto type = dim ? dyn_cast<RankedTensorType>(dim.getSource().getType())
                  : RankedTensorType();
  std::optional<int64_t> index = type ? dim.getConstantIndex() : std::nullopt;
  if (!index || (*index >= 0 && *index < type.getRank()))
    return success();
  return op->emitOpError("expected a dimension of ")
         << type << ", but got " << *index;
}

ExitCode mlir::snn::checkSizes(func::FuncOp model, int64_t maxBytes) {
  if (failed(checkCountable(model, model.getArgumentTypes())))
    return ExitCode::UserError;
  int64_t total = 0;
  auto add = [&](Type type) {
    std::optional<int64_t> bytes;
    if (auto shaped = dyn_cast<ShapedType>(type))
      bytes = countBytes(shaped);
    total = llvm::checkedAdd(total, bytes.value_or(0))
                .value_or(std::numeric_limits<int64_t>::max());
  };
  for (auto [i, type] : llvm::enumerate(model.getArgumentTypes()))
    if (model.getArgAttr(i, kParamAttr))
      add(type);
  WalkResult result =
      model->getParentOp()->walk([&](Operation *op) -> WalkResult {
        if (isa<arith::ConstantOp>(op))
          add(op->getResult(0).getType());
        if (failed(checkDimension(op)))
          return failure();
        return checkCountable(op, op->getResultTypes());
      });
  if (result.wasInterrupted())
    return ExitCode::UserError;
  if (total <= maxBytes)
    return ExitCode::Ok;
  model.emitOpError("expected parameters and constants of at most ")
      << maxBytes << " bytes, but got " << total
      << " (--max-param-bytes=N sets the limit)";
  return ExitCode::ResourceError;
}
