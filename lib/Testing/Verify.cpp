//===- Verify.cpp - Whether an artifact computes its model ----------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/Testing/Verify.h"
#include "../Driver/Model.h"
#include "../Driver/Source.h"
#include "Artifact.h"
#include "InMemoryModel.h"
#include "Recorded.h"
#include "snn/Formats/Npy.h"
#include "snn/IR/SNN.h"
#include "snn/Runtime/Runtime.h"
#include "snn/Testing/Replay.h"

#include "llvm/Support/JSON.h"
#include "llvm/Support/WithColor.h"

using namespace mlir;
using namespace mlir::snn;
using namespace mlir::snn::testing;

static ExitCode report(ExitCode code, const Twine &message) {
  llvm::WithColor::error(llvm::errs(), "snn-verify") << message << "\n";
  return code;
}

static ExitCode report(const rt::Error &error) {
  return report(ExitCode(int(error.code)), error.message);
}

namespace {
class Verification {
public:
  explicit Verification(const VerifyRequest &request)
      : request(request), handler(sources, context) {
    prepareContext(context);
  }

  ExitCode run();
  ExitCode printNamed();

private:
  ExitCode readReport();
  ExitCode parse();
  ExitCode readData();
  ExitCode readInput(unsigned index, StringRef path);
  ExitCode readParam(unsigned index);
  ExitCode findSizes();
  ExitCode compile();
  ExitCode runModels();
  ExitCode readOutputs();
  void makeOutputs(const ModelInterface &interface);
  ExitCode replayRun(const ModelInterface &interface);

  bool isParam(unsigned index) {
    return bool(model.getArgAttr(index, kParamAttr));
  }
  bool isInput(unsigned index) {
    return !isParam(index) && !model.getArgAttr(index, kStateAttr);
  }

  const VerifyRequest &request;
  CompileRequest how;
  std::unique_ptr<Artifact> artifact;
  bool isEmbedded = false; ///< the artifact has the values of parameters
  MLIRContext context;
  llvm::SourceMgr sources;
  MessagePrinter handler;
  ModelFile file;
  func::FuncOp model;
  std::string text; ///< of the model, with names of its layers
  std::optional<rt::TensorFile> weights;
  std::vector<reference::Tensor> arguments;
  ArtifactRun artifactRun;
  int64_t steps = -1, batch = -1;
  std::unique_ptr<InMemoryModel> compiled;
  std::vector<reference::Tensor> outputs;
  SmallVector<unsigned> results; ///< of the function that are outputs
};
} // namespace

//===----------------------------------------------------------------------===//
// Files
//===----------------------------------------------------------------------===//

/// Takes the options that choose schedules from the artifact.
ExitCode Verification::readReport() {
  auto opened = Artifact::open(request.artifact);
  if (!opened)
    return report(ExitCode::IOError, llvm::toString(opened.takeError()));
  artifact = std::move(*opened);
  auto text = artifact->getReport();
  if (!text)
    return report(ExitCode::UserError, llvm::toString(text.takeError()));
  auto parsed = llvm::json::parse(*text);
  const llvm::json::Object *object = nullptr;
  if (parsed)
    object = parsed->getAsObject();
  else
    llvm::consumeError(parsed.takeError());
  if (!object || !object->getString("numerics"))
    return report(ExitCode::UserError,
                  "expected an artifact with a report, but "
                  "got none from '" +
                      request.artifact + "'");
  how.input = request.model;
  how.weights = request.weights;
  how.targets = {"native"};
  how.record = RecordKind::All;
  how.numerics = object->getString("numerics").value_or("bounded").str();
  how.strategy = object->getString("strategy").value_or("auto").str();
  how.function = object->getString("function").value_or("").str();
  how.optimize = object->getBoolean("optimize").value_or(true);
  if (const llvm::json::Array *allow = object->getArray("allow"))
    for (const llvm::json::Value &rewrite : *allow)
      how.allow.push_back(rewrite.getAsString().value_or("").str());
  isEmbedded = object->getString("weights").has_value();
  return ExitCode::Ok;
}

ExitCode Verification::parse() {
  if (ExitCode code = readSource(request.model, how, sources, "snn-verify");
      code != ExitCode::Ok)
    return code;
  if (ExitCode code = readModel(sources, context, how, file);
      code != ExitCode::Ok)
    return code;
  model = file.model;
  SmallVector<std::string *> names;
  for (unsigned i = 0; i != model.getNumArguments(); ++i)
    if (isInput(i))
      names.push_back(&file.names.arguments[i]);
  makeDistinct(names);
  names.clear();
  for (unsigned i = 0; i != model.getNumResults(); ++i)
    if (!model.getResultAttr(i, kStateAttr)) {
      names.push_back(&file.names.results[i]);
      results.push_back(i);
    }
  makeDistinct(names);
  nameLayers(model);
  llvm::raw_string_ostream(text) << *file.module;
  if (ExitCode code = readWeights(request.weights, weights);
      code != ExitCode::Ok || !weights || how.allow.empty())
    return code;
  // What is replayed is the model that was compiled.
  return narrowWeights(model, how.allow, *weights);
}

/// A tensor of a file in the type of an argument.
static ExitCode convert(StringRef path, RankedTensorType type, bool isSequence,
                        rt::ElementType from, const char *data,
                        const rt::CheckedShape &shape,
                        reference::Tensor &tensor) {
  tensor.elementType = type.getElementType();
  tensor.shape = SmallVector<int64_t>(ArrayRef<int64_t>(shape.dims()));
  if (failed(verifyCompatibleShape(type.getShape(), tensor.shape))) {
    std::string text;
    llvm::raw_string_ostream(text) << type;
    return report(ExitCode::UserError, "'" + path + "': expected " + text +
                                           ", but got " +
                                           rt::formatShape(shape.dims()));
  }
  rt::ElementType to = rt::ElementType(*getDType(type.getElementType()));
  auto converted =
      rt::convertElements(path.str(), from, data, shape.elements(), to);
  if (!converted)
    return report(converted.takeError());
  tensor.data.assign(converted->data(),
                     converted->data() +
                         shape.elements() * rt::elementBytes(to));
  return ExitCode::Ok;
}

ExitCode Verification::readInput(unsigned index, StringRef path) {
  auto array = rt::readNpy(path.str());
  if (!array)
    return report(array.takeError());
  auto type = cast<RankedTensorType>(model.getArgumentTypes()[index]);
  return convert(path, type, true, array->type, array->data.data(),
                 array->shape, arguments[index]);
}

ExitCode Verification::readParam(unsigned index) {
  auto name = model.getArgAttrOfType<StringAttr>(index, kParamAttr);
  const rt::NamedTensor *tensor = weights ? weights->find(name.str()) : nullptr;
  if (!tensor)
    return report(weights ? ExitCode::UserError : ExitCode::UsageError,
                  "parameter '" + name.getValue() +
                      "' has no value; give --weights=embed:FILE with it");
  auto type = cast<RankedTensorType>(model.getArgumentTypes()[index]);
  return convert(request.weights, type, false, tensor->type, tensor->data,
                 tensor->shape, arguments[index]);
}

ExitCode Verification::readData() {
  arguments.resize(model.getNumArguments());
  SmallVector<unsigned> open;
  for (unsigned i = 0; i != model.getNumArguments(); ++i)
    if (isInput(i))
      open.push_back(i);
  llvm::StringMap<std::string> paths;
  for (const std::string &text : request.inputs) {
    auto [name, path] = StringRef(text).split('=');
    bool hasName = StringRef(text).contains('=');
    if (!hasName && open.size() != 1)
      return report(ExitCode::UsageError,
                    "--input " + text + ": expected NAME=FILE");
    std::string key = hasName ? name.str() : file.names.arguments[open[0]];
    bool isKnown = llvm::any_of(
        open, [&](unsigned i) { return file.names.arguments[i] == key; });
    if (!isKnown || !paths.try_emplace(key, hasName ? path.str() : text).second)
      return report(ExitCode::UsageError,
                    "--input " + text + ": expected one file for each input");
  }
  for (unsigned i = 0; i != model.getNumArguments(); ++i) {
    const std::string &name = file.names.arguments[i];
    ExitCode code = ExitCode::Ok;
    if (isParam(i)) {
      code = readParam(i);
      artifactRun.params.push_back({name, request.weights, arguments[i].data});
    } else if (isInput(i)) {
      if (!paths.contains(name))
        return report(ExitCode::UsageError,
                      "input '" + name + "' has no value; give --input " +
                          name + "=FILE.npy");
      code = readInput(i, paths[name]);
      artifactRun.inputs.push_back({name, paths[name], arguments[i].data});
    }
    if (code != ExitCode::Ok)
      return code;
  }
  artifactRun.weights = request.weights;
  for (unsigned i : results)
    artifactRun.outputs.push_back({file.names.results[i], "", {}});
  return findSizes();
}

/// The steps and the batch of the inputs; initial states are zeros of it.
ExitCode Verification::findSizes() {
  for (auto [i, tensor] : llvm::enumerate(arguments)) {
    if (!isInput(i))
      continue;
    ArrayRef<int64_t> shape = tensor.shape;
    if (steps < 0)
      steps = shape[0];
    if (batch < 0)
      batch = shape[1];
    if (steps != shape[0] || batch != shape[1])
      return report(ExitCode::UserError,
                    "expected inputs of " + Twine(steps) +
                        " steps and a batch "
                        "of " +
                        Twine(batch) + ", but '" + file.names.arguments[i] +
                        "' has " + Twine(shape[0]) + " and " + Twine(shape[1]));
  }
  if (steps < 0)
    return report(ExitCode::UserError, "expected a model with an input");
  for (auto [i, tensor] : llvm::enumerate(arguments)) {
    if (isInput(i) || isParam(i))
      continue;
    auto type = cast<RankedTensorType>(model.getArgumentTypes()[i]);
    tensor.elementType = type.getElementType();
    int64_t count = 1;
    for (int64_t size : type.getShape()) {
      tensor.shape.push_back(ShapedType::isDynamic(size) ? batch : size);
      count *= tensor.shape.back();
    }
    rt::ElementType element = rt::ElementType(*getDType(tensor.elementType));
    tensor.data.resize(count * rt::elementBytes(element));
  }
  artifactRun.steps = steps;
  artifactRun.batch = batch;
  return ExitCode::Ok;
}

//===----------------------------------------------------------------------===//
// Runs
//===----------------------------------------------------------------------===//

ExitCode Verification::compile() {
  std::optional<rt::TensorFile> values;
  if (ExitCode code = readWeights(request.weights, values);
      code != ExitCode::Ok)
    return code;
  CompiledModel result;
  if (ExitCode code = compileInMemory(
          how, llvm::MemoryBuffer::getMemBufferCopy(text, request.model),
          std::move(values), result);
      code != ExitCode::Ok)
    return code;
  auto loaded = InMemoryModel::load(std::move(result));
  if (!loaded)
    return report(ExitCode::InternalError, llvm::toString(loaded.takeError()));
  compiled = std::move(*loaded);
  return ExitCode::Ok;
}

/// Arrays of the sizes of the run.
void Verification::makeOutputs(const ModelInterface &interface) {
  for (const BoundaryTensor &tensor : interface.outputs) {
    reference::Tensor &output = outputs.emplace_back();
    output.elementType = getBoundaryType(&context, tensor.type);
    int64_t bytes = rt::elementBytes(rt::ElementType(tensor.type));
    for (int64_t size : tensor.shape) {
      output.shape.push_back(size == SNN_DIM_TIME    ? steps
                             : size == SNN_DIM_BATCH ? batch
                                                     : size);
      bytes *= output.shape.back();
    }
    output.data.resize(bytes);
  }
}

ExitCode Verification::runModels() {
  const ModelInterface &interface = compiled->getInterface();
  std::vector<const void *> inputs;
  for (auto [i, tensor] : llvm::enumerate(arguments))
    if (isInput(i))
      inputs.push_back(tensor.data.data());
  std::vector<void *> pointers;
  makeOutputs(interface);
  for (reference::Tensor &output : outputs)
    pointers.push_back(output.data.data());
  snn_call call = {};
  call.inputs = inputs.data();
  call.outputs = pointers.data();
  call.steps = steps;
  call.batch = batch;
  int64_t bytes = snn_model_workspace_bytes(&compiled->get(), &call);
  if (bytes < 0)
    return report(ExitCode::UserError, snn_strerror(int(-bytes)));
  std::vector<char> workspace(bytes + 1);
  call.workspace = workspace.data();
  call.workspace_bytes = bytes;
  if (int status = snn_model_run(&compiled->get(), &call))
    return report(ExitCode::UserError, snn_strerror(status));
  if (llvm::Error error = artifact->run(artifactRun, isEmbedded))
    return report(ExitCode::UserError, llvm::toString(std::move(error)));
  for (auto [i, output] : llvm::enumerate(artifactRun.outputs))
    if (output.data != outputs[i].data)
      return report(ExitCode::UserError,
                    "output '" + output.name +
                        "' differs: the artifact was not made from this model "
                        "with these options");
  return ExitCode::Ok;
}

//===----------------------------------------------------------------------===//
// Replay
//===----------------------------------------------------------------------===//

/// Reads what a run elsewhere has written, which is what the model says.
ExitCode Verification::readOutputs() {
  auto interface = artifact->getInterface();
  if (!interface)
    return report(ExitCode::UserError, llvm::toString(interface.takeError()));
  makeOutputs(*interface);
  for (auto [i, output] : llvm::enumerate(outputs)) {
    std::string path = request.outputs + "/" + std::to_string(i) + ".npy";
    auto array = rt::readNpy(path);
    if (!array)
      return report(array.takeError());
    if (ArrayRef<int64_t>(array->shape.dims()) !=
            ArrayRef<int64_t>(output.shape) ||
        array->shape.bytes() != int64_t(output.data.size()))
      return report(ExitCode::UserError, "'" + path + "' is not output '" +
                                             interface->outputs[i].name +
                                             "' of this run");
    output.data.assign(array->data.data(),
                       array->data.data() + array->shape.bytes());
  }
  return replayRun(*interface);
}

ExitCode Verification::replayRun(const ModelInterface &interface) {
  Recording recording = makeRecording(model, results, interface, outputs);
  ReplayOptions options;
  if (llvm::Error error = addBounds(interface.report, steps, options))
    return report(ExitCode::InternalError, llvm::toString(std::move(error)));
  auto result = replay(model, arguments, recording, options);
  if (failed(result))
    return ExitCode::UserError;
  llvm::outs() << result->toString() << "\n";
  return result->violation ? ExitCode::UserError : ExitCode::Ok;
}

ExitCode Verification::run() {
  for (auto step : {&Verification::readReport, &Verification::parse,
                    &Verification::readData})
    if (ExitCode code = (this->*step)(); code != ExitCode::Ok)
      return code;
  if (!request.outputs.empty())
    return readOutputs();
  for (auto step : {&Verification::compile, &Verification::runModels})
    if (ExitCode code = (this->*step)(); code != ExitCode::Ok)
      return code;
  return replayRun(compiled->getInterface());
}

ExitCode Verification::printNamed() {
  how.input = request.model;
  ExitCode code = parse();
  if (code == ExitCode::Ok)
    llvm::outs() << text;
  return code;
}

ExitCode testing::verifyArtifact(const VerifyRequest &request) {
  return Verification(request).run();
}

ExitCode testing::printNamed(const std::string &model) {
  VerifyRequest request;
  request.model = model;
  return Verification(request).printNamed();
}
