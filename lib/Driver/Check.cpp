//===- Check.cpp - Every problem of a model file at once ===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Check.h"
#include "Contents.h"
#include "Source.h"
#include "snn/IR/SNN.h"

#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace mlir::snn;

//===----------------------------------------------------------------------===//
// Warnings
//===----------------------------------------------------------------------===//

/// The steps of a run, where the type of a sequence fixes them.
static std::optional<int64_t> getSteps(Value sequence) {
  auto type = dyn_cast<RankedTensorType>(sequence.getType());
  if (!type || type.getRank() == 0 || type.isDynamicDim(0))
    return std::nullopt;
  return type.getDimSize(0);
}

static void warnBeyond(Operation *op, StringRef what, int64_t value,
                       std::optional<int64_t> steps) {
  if (steps && value > *steps)
    op->emitWarning("expected ") << what << " of at most the " << *steps
                                 << " steps of a run, but got " << value;
}

void mlir::snn::warnAboutModel(func::FuncOp model) {
  model.walk([](RecurrentOp op) {
    for (SpanAttr span : op.getSpanAttrs())
      warnBeyond(op, "a skip span", span.getMax(),
                 getSteps(op.getInputs().front()));
  });
  model.walk([](LIFOp op) {
    warnBeyond(op, "a refractory period", op.getRefractory(),
               getSteps(op.getInput()));
  });
  model.walk([](RefractoryOp op) {
    warnBeyond(op, "a refractory period", op.getPeriod(),
               getSteps(op.getInput()));
  });
}

void mlir::snn::warnAboutWeights(func::FuncOp model,
                                 const ModelInterface &interface,
                                 StringRef file) {
  for (const BoundaryTensor &param : interface.params) {
    if (param.shape.size() > 1 && !param.data.empty() &&
        llvm::all_of(param.data, [](char byte) { return byte == 0; }))
      model.emitWarning("expected parameter '")
          << param.name << "' to have a value other than 0, but all are 0 in "
          << file;
    if (size_t count = countSubnormal(param))
      model.emitWarning("expected no subnormal values in parameter '")
          << param.name << "', but got " << count << " in " << file
          << "; arithmetic with them is many times slower on some processors";
  }
}

/// Programs use no name of a function as a symbol, but libraries do.
static void warnAboutName(func::FuncOp model) {
  StringRef name = model.getName();
  bool isIdentifier =
      !llvm::isDigit(name.front()) &&
      llvm::all_of(name, [](char c) { return llvm::isAlnum(c) || c == '_'; });
  if (!isIdentifier)
    model.emitWarning("expected the name of the model to be a C identifier, "
                      "which a library or header needs, but got '")
        << name << "' (--name=NAME gives another)";
}

//===----------------------------------------------------------------------===//
// Errors
//===----------------------------------------------------------------------===//

namespace {
class Checker {
public:
  explicit Checker(const CompileRequest &request)
      : request(request), printer(sources, context),
        counter(&context, [this](Diagnostic &diag) { return count(diag); }) {
    request.trustIr ? prepareContext(context) : prepareToRead(context);
  }

  ExitCode run();

private:
  LogicalResult count(Diagnostic &diagnostic);
  void verifyEach(ModuleOp module);
  ExitCode checkWhole(ModelFile &file);
  ExitCode checkWeights(ModelFile &file);

  const CompileRequest &request;
  MLIRContext context;
  llvm::SourceMgr sources;
  MessagePrinter printer;
  ScopedDiagnosticHandler counter; ///< sees messages before the printer
  llvm::StringSet<> seen;
  int64_t numErrors = 0, numWarnings = 0;
};
} // namespace

/// Counts a message and lets it be printed; the second of two equal ones, which
/// an op and those around it may give, is neither.
LogicalResult Checker::count(Diagnostic &diagnostic) {
  std::string text;
  llvm::raw_string_ostream(text)
      << diagnostic.getLocation() << ": " << diagnostic;
  if (!seen.insert(text).second)
    return success();
  if (diagnostic.getSeverity() == DiagnosticSeverity::Error)
    ++numErrors;
  else if (diagnostic.getSeverity() == DiagnosticSeverity::Warning)
    ++numWarnings;
  return failure();
}

/// Verifies every op on its own. What a region is verified for takes the ops in
/// it to be valid; functions and the module do not.
void Checker::verifyEach(ModuleOp module) {
  llvm::SmallPtrSet<Operation *, 8> failedOps;
  module->walk([&](Operation *op) {
    bool isTop = isa<ModuleOp, func::FuncOp>(op);
    bool isBad = !op->isRegistered() || (!isTop && failedOps.contains(op)) ||
                 failed(verify(op, /*verifyRecursively=*/false));
    if (isBad && op->getParentOp())
      failedOps.insert(op->getParentOp());
  });
}

/// What only all parameters can be checked for: the tensors of a file.
ExitCode Checker::checkWeights(ModelFile &file) {
  std::optional<rt::TensorFile> weights;
  if (ExitCode code = readWeights(request.weights, weights);
      code != ExitCode::Ok || !weights) {
    numErrors += code != ExitCode::Ok;
    return code;
  }
  prepareContext(context);
  std::vector<ParamRange> ranges = getParamRanges(file.model);
  std::string name = file.model.getName().str();
  PassManager pm(&context);
  buildModelPipeline(
      pm, request.optimize, Stage::Space, RecordKind::Spikes,
      TimeOptions{request.strategy, request.numerics, request.timePasses});
  if (failed(pm.run(*file.module)))
    return ExitCode::UserError;
  auto model = file.module->lookupSymbol<func::FuncOp>(name);
  SmallVector<size_t> slots;
  ModelInterface interface = describeModel(model, file.names, slots);
  if (failed(embedWeights(model, *weights, request.weights, ranges, interface)))
    return ExitCode::UserError;
  warnAboutWeights(model, interface, request.weights);
  return ExitCode::Ok;
}

/// What only a model of valid ops can be checked for.
ExitCode Checker::checkWhole(ModelFile &file) {
  file.model = findModel(*file.module, request.function);
  if (!file.model)
    return ExitCode::UserError;
  if (ExitCode code = checkCalls(file.model, request.limits.maxOps);
      code != ExitCode::Ok)
    return code;
  warnAboutName(file.model);
  warnAboutModel(file.model);
  if (ExitCode code = checkSizes(file.model, request.limits.maxParamBytes);
      code != ExitCode::Ok)
    return code;
  if (failed(checkModel(file.model)))
    return ExitCode::UserError;
  file.names = readNames(file.model, file.text);
  return checkWeights(file);
}

ExitCode Checker::run() {
  ExitCode code = readSource(request.input, request, sources);
  if (code == ExitCode::IOError)
    return code;
  numErrors += code != ExitCode::Ok;
  ModelFile file;
  if (code == ExitCode::Ok)
    code = parseModel(sources, context, request, file);
  if (code == ExitCode::Ok) {
    if (!request.trustIr)
      (void)checkContents(*file.module);
    verifyEach(*file.module);
    code = numErrors ? ExitCode::UserError : checkWhole(file);
  }
  auto print = [](int64_t count, StringRef what) {
    llvm::errs() << count << " " << what << (count == 1 ? "" : "s");
  };
  print(numErrors, "error");
  llvm::errs() << ", ";
  print(numWarnings, "warning");
  llvm::errs() << "\n";
  return code;
}

ExitCode mlir::snn::checkFile(const CompileRequest &request) {
  return Checker(request).run();
}
