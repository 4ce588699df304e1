//===- snn-interp.cpp - Run a model as its documentation says -------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Model.h"
#include "Source.h"
#include "snn/Formats/File.h"
#include "snn/Formats/Npy.h"
#include "snn/Formats/TensorFile.h"
#include "snn/IR/SNN.h"
#include "snn/Reference/Reference.h"

#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/WithColor.h"

namespace cl = llvm::cl;
using namespace mlir;
using namespace mlir::snn;
using reference::Tensor;

namespace {
/// The command line. Options are members, for they can be registered only once
/// those of libLLVM, some of which have the same names, are gone.
struct Options {
  cl::OptionCategory category{"snn-interp options"};
  cl::opt<std::string> model{cl::Positional, cl::desc("MODEL.mlir"),
                             cl::value_desc("MODEL.mlir")};
  cl::opt<std::string> function{"function",
                                cl::desc("the model, if the file has several"),
                                cl::value_desc("NAME"), cl::cat(category)};
  cl::list<std::string> inputs{
      "input", cl::desc("read an input; NAME is needed if there are several"),
      cl::value_desc("[NAME=]FILE.npy"), cl::cat(category)};
  cl::list<std::string> params{"param", cl::desc("read a parameter"),
                               cl::value_desc("[NAME=]FILE.npy"),
                               cl::cat(category)};
  cl::list<std::string> states{
      "state", cl::desc("read a state before the run (default: zero)"),
      cl::value_desc("[NAME=]FILE.npy"), cl::cat(category)};
  cl::list<std::string> outputs{"output", cl::desc("write an output"),
                                cl::value_desc("[NAME=]FILE.npy"),
                                cl::cat(category)};
  cl::list<std::string> finalStates{
      "final-state", cl::desc("write a state after the run"),
      cl::value_desc("[NAME=]FILE.npy"), cl::cat(category)};
  cl::opt<std::string> weights{
      "weights", cl::desc("read all parameters not given"),
      cl::value_desc("FILE.safetensors"), cl::cat(category)};
  cl::opt<int64_t> steps{
      "steps", cl::desc("run N steps; of inputs that are longer, the first N"),
      cl::value_desc("N"), cl::init(-1), cl::cat(category)};
  cl::opt<int64_t> batch{
      "batch",
      cl::desc("size of the batch where no input has one (default: 1)"),
      cl::value_desc("N"), cl::init(-1), cl::cat(category)};
  cl::opt<int64_t> position{"position", cl::desc("absolute time of step 0"),
                            cl::value_desc("N"), cl::cat(category)};
  cl::opt<int64_t> batchOffset{"batch-offset",
                               cl::desc("index of element 0 of the batch"),
                               cl::value_desc("N"), cl::cat(category)};
  cl::opt<bool> f64{"f64", cl::desc("compute every float in f64"),
                    cl::cat(category)};
  cl::opt<bool> print{"print", cl::desc("print the results"),
                      cl::cat(category)};
};

/// What an argument or a result of the model is.
enum class Role { Input, Param, State, Output };

/// An argument or a result, and the file that it is read from or written to.
struct Boundary {
  Role role;
  std::string name, path;
  RankedTensorType type;
  bool isSequence;
  std::optional<rt::Array> array;
};

/// One run of a model.
class Run {
public:
  explicit Run(const Options &options)
      : options(options), handler(sources, &context, llvm::errs()) {
    prepareContext(context);
  }

  ExitCode execute();

private:
  ExitCode parse();
  void describe(const BoundaryNames &names);
  ExitCode assignPaths();
  ExitCode readFiles();
  ExitCode readWeights();
  ExitCode findSizes();
  ExitCode makeArguments();
  ExitCode write();
  void print(const Boundary &result, const Tensor &tensor);

  const Options &options;
  MLIRContext context;
  llvm::SourceMgr sources;
  SourceMgrDiagnosticHandler handler;
  OwningOpRef<ModuleOp> module;
  func::FuncOp model;
  std::vector<Boundary> arguments, results;
  std::vector<Tensor> values, outputs;
  int64_t steps = -1, batch = -1;
};
} // namespace

static ExitCode report(ExitCode code, const Twine &message) {
  llvm::WithColor::error(llvm::errs(), "snn-interp") << message << "\n";
  return code;
}

static ExitCode report(rt::Error error) {
  return report(ExitCode(int(error.code)), error.message);
}

static rt::ElementType getFileType(Type type) {
  return rt::ElementType(*getDType(type)); // checkModel has seen it
}

ExitCode Run::parse() {
  CompileRequest request;
  request.input = options.model;
  request.function = options.function;
  if (ExitCode code = readSource(request.input, request, sources, "snn-interp");
      code != ExitCode::Ok)
    return code;
  ModelFile file;
  if (ExitCode code = readModel(sources, context, request, file);
      code != ExitCode::Ok)
    return code;
  module = std::move(file.module);
  model = file.model;
  describe(file.names);
  return ExitCode::Ok;
}

static void makeDistinct(std::vector<Boundary> &list, Role role) {
  SmallVector<std::string *> names;
  for (Boundary &boundary : list)
    if (boundary.role == role)
      names.push_back(&boundary.name);
  makeDistinct(names);
}

void Run::describe(const BoundaryNames &names) {
  for (auto [i, type] : llvm::enumerate(model.getArgumentTypes())) {
    Boundary argument{Role::Input, names.arguments[i],
                      "",          cast<RankedTensorType>(type),
                      true,        std::nullopt};
    if (auto param = model.getArgAttrOfType<StringAttr>(i, kParamAttr)) {
      argument.role = Role::Param;
      argument.name = param.str();
    } else if (auto state = model.getArgAttrOfType<StringAttr>(i, kStateAttr)) {
      argument.role = Role::State;
      argument.name = state.str();
    }
    argument.isSequence = argument.role == Role::Input;
    arguments.push_back(std::move(argument));
  }
  for (auto [i, type] : llvm::enumerate(model.getResultTypes())) {
    Boundary result{Role::Output, names.results[i],
                    "",           cast<RankedTensorType>(type),
                    true,         std::nullopt};
    if (auto state = model.getResultAttrOfType<StringAttr>(i, kStateAttr)) {
      result.role = Role::State;
      result.name = state.str();
    }
    result.isSequence =
        result.role == Role::Output && !model.getResultAttr(i, kStaticAttr);
    results.push_back(std::move(result));
  }
  makeDistinct(arguments, Role::Input);
  makeDistinct(results, Role::Output);
}

/// Turns `[NAME=]FILE` into the path of one of the boundaries with the role.
static ExitCode assign(StringRef flag, const cl::list<std::string> &given,
                       std::vector<Boundary> &list, Role role) {
  SmallVector<Boundary *> candidates;
  std::string names;
  for (Boundary &boundary : list)
    if (boundary.role == role) {
      names += (candidates.empty() ? "" : ", ") + rt::quoted(boundary.name);
      candidates.push_back(&boundary);
    }
  if (candidates.empty())
    names = "none";
  for (const std::string &text : given) {
    auto [name, path] = StringRef(text).split('=');
    bool hasName = StringRef(text).contains('=');
    if (!hasName && candidates.size() != 1)
      return report(ExitCode::UsageError,
                    flag + " " + text +
                        ": expected NAME=FILE with a name of: " + names);
    auto *found = hasName ? llvm::find_if(candidates,
                                          [&, name = name](Boundary *b) {
                                            return b->name == name;
                                          })
                          : candidates.begin();
    if (found == candidates.end())
      return report(ExitCode::UsageError, flag + ": there is no " +
                                              rt::quoted(name) +
                                              "; expected a name of: " + names);
    if (!(*found)->path.empty())
      return report(ExitCode::UsageError, flag + ": " +
                                              rt::quoted((*found)->name) +
                                              " is given twice");
    (*found)->path = hasName ? path.str() : text;
    if ((*found)->path.empty())
      return report(ExitCode::UsageError,
                    flag + " " + text + ": expected a file after '='");
  }
  return ExitCode::Ok;
}

ExitCode Run::assignPaths() {
  for (ExitCode code :
       {assign("--input", options.inputs, arguments, Role::Input),
        assign("--param", options.params, arguments, Role::Param),
        assign("--state", options.states, arguments, Role::State),
        assign("--output", options.outputs, results, Role::Output),
        assign("--final-state", options.finalStates, results, Role::State)})
    if (code != ExitCode::Ok)
      return code;
  for (const Boundary &result : results)
    for (const Boundary &argument : arguments)
      if (!result.path.empty() && !argument.path.empty() &&
          rt::isSameFile(result.path, argument.path))
        return report(ExitCode::UsageError,
                      result.path + " would overwrite an input");
  return ExitCode::Ok;
}

/// Checks the rank, and the sizes that the type gives, of what was read.
static ExitCode checkShape(const Boundary &argument, ArrayRef<int64_t> shape) {
  if (succeeded(verifyCompatibleShape(argument.type.getShape(), shape)))
    return ExitCode::Ok;
  if (argument.isSequence && argument.type.getRank() == int64_t(shape.size()) &&
      succeeded(verifyCompatibleShape(argument.type.getShape().drop_front(),
                                      shape.drop_front())))
    return ExitCode::Ok; // of a static number of steps the first are taken
  std::string text;
  llvm::raw_string_ostream(text) << argument.type;
  return report(ExitCode::UserError, "expected " + argument.name + " to be " +
                                         text + ", but got " +
                                         rt::formatShape(shape));
}

ExitCode Run::readFiles() {
  for (Boundary &argument : arguments) {
    if (argument.path.empty())
      continue;
    auto array = rt::readNpy(argument.path);
    if (!array)
      return report(array.takeError());
    rt::ElementType type = getFileType(argument.type.getElementType());
    auto data =
        rt::convertElements(argument.path, array->type, array->data.data(),
                            array->shape.elements(), type);
    if (!data)
      return report(data.takeError());
    auto shape = rt::CheckedShape::get(array->shape.dims(), type);
    if (!shape)
      return report(shape.takeError());
    if (ExitCode code = checkShape(argument, shape->dims());
        code != ExitCode::Ok)
      return code;
    argument.array = rt::Array{type, std::move(*shape), std::move(*data)};
  }
  return readWeights();
}

ExitCode Run::readWeights() {
  std::optional<rt::TensorFile> weights;
  if (!options.weights.empty()) {
    auto file = rt::readTensors(options.weights);
    if (!file)
      return report(file.takeError());
    weights = std::move(*file);
  }
  for (Boundary &argument : arguments) {
    if (argument.role == Role::Input && !argument.array)
      return report(ExitCode::UsageError, "input " + rt::quoted(argument.name) +
                                              " has no value; give --input " +
                                              argument.name + "=FILE.npy");
    if (argument.role != Role::Param || argument.array)
      continue;
    const rt::NamedTensor *tensor =
        weights ? weights->find(argument.name) : nullptr;
    if (!tensor)
      return report(weights ? ExitCode::UserError : ExitCode::UsageError,
                    "parameter " + rt::quoted(argument.name) +
                        " has no value; give --param " + argument.name +
                        "=FILE.npy or --weights FILE.safetensors with it");
    rt::ElementType type = getFileType(argument.type.getElementType());
    if (ExitCode code = checkShape(argument, tensor->shape.dims());
        code != ExitCode::Ok)
      return code;
    auto data = rt::convertElements(options.weights, tensor->type, tensor->data,
                                    tensor->shape.elements(), type);
    if (!data)
      return report(data.takeError());
    auto shape = rt::CheckedShape::get(tensor->shape.dims(), type);
    argument.array = rt::Array{type, std::move(*shape), std::move(*data)};
  }
  return ExitCode::Ok;
}

/// The number of steps and the batch, on which the inputs agree.
ExitCode Run::findSizes() {
  steps = options.steps;
  for (const Boundary &argument : arguments) {
    if (!argument.isSequence || argument.type.getRank() == 0)
      continue;
    int64_t size = argument.array->shape.dims()[0];
    if (steps < 0)
      steps = size;
    if (size < steps || (options.steps < 0 && size != steps))
      return report(ExitCode::UserError, "expected " + argument.name +
                                             " to have " + Twine(steps) +
                                             " steps, but got " + Twine(size));
  }
  for (const Boundary &argument : arguments) {
    if (!argument.array)
      continue;
    for (int64_t dim = argument.isSequence; dim < argument.type.getRank();
         ++dim) {
      if (!argument.type.isDynamicDim(dim))
        continue;
      int64_t size = argument.array->shape.dims()[dim];
      if (batch < 0)
        batch = size;
      if (size != batch)
        return report(ExitCode::UserError,
                      "expected " + argument.name + " to have a batch of " +
                          Twine(batch) + ", but got " + Twine(size));
    }
  }
  if (batch < 0)
    batch = options.batch < 0 ? 1 : int64_t(options.batch);
  if (options.batch >= 0 && batch != options.batch)
    return report(ExitCode::UserError, "expected a batch of " +
                                           Twine(options.batch) + ", but got " +
                                           Twine(batch));
  return ExitCode::Ok;
}

ExitCode Run::makeArguments() {
  for (const Boundary &argument : arguments) {
    Tensor tensor{argument.type.getElementType(),
                  SmallVector<int64_t>(argument.type.getShape()),
                  {}};
    for (auto [dim, size] : llvm::enumerate(tensor.shape))
      if (argument.isSequence && dim == 0)
        size = steps;
      else if (ShapedType::isDynamic(size))
        size = batch;
    rt::ElementType type = getFileType(tensor.elementType);
    auto shape =
        rt::CheckedShape::get({tensor.shape.begin(), tensor.shape.end()}, type);
    if (!shape)
      return report(shape.takeError());
    tensor.data.resize(shape->bytes());
    if (argument.array)
      std::copy_n(argument.array->data.data(), shape->bytes(),
                  tensor.data.begin());
    values.push_back(std::move(tensor));
  }
  return ExitCode::Ok;
}

/// One number of a tensor, as short as it is exact.
static std::string toText(Type type, const char *data) {
  auto read = [&](auto value) {
    std::memcpy(&value, data, sizeof(value));
    return value;
  };
  auto format = [](const llvm::fltSemantics &semantics, unsigned width,
                   uint64_t bits) {
    llvm::SmallString<32> text;
    APFloat(semantics, APInt(width, bits)).toString(text, 0, 6);
    return text.str().str();
  };
  if (auto number = dyn_cast<FloatType>(type)) {
    unsigned width = number.getWidth();
    uint64_t bits = width == 16   ? read(uint16_t())
                    : width == 32 ? read(uint32_t())
                                  : read(uint64_t());
    return format(number.getFloatSemantics(), width, bits);
  }
  switch (getFileType(type)) {
  case rt::ElementType::I16:
    return std::to_string(read(int16_t()));
  case rt::ElementType::I32:
    return std::to_string(read(int32_t()));
  case rt::ElementType::I64:
    return std::to_string(read(int64_t()));
  default:
    return std::to_string(read(int8_t()));
  }
}

void Run::print(const Boundary &result, const Tensor &tensor) {
  int64_t count = tensor.getNumElements();
  llvm::outs() << result.name << " " << tensor.elementType << " "
               << rt::formatShape(tensor.shape) << ":";
  for (int64_t i = 0; i != count; ++i)
    llvm::outs() << " "
                 << toText(tensor.elementType,
                           tensor.data.data() + i * tensor.data.size() / count);
  llvm::outs() << "\n";
}

ExitCode Run::write() {
  for (auto [result, tensor] : llvm::zip_equal(results, outputs)) {
    if (options.print)
      print(result, tensor);
    if (result.path.empty())
      continue;
    rt::ElementType type = getFileType(tensor.elementType);
    auto shape =
        rt::CheckedShape::get({tensor.shape.begin(), tensor.shape.end()}, type);
    if (!shape)
      return report(shape.takeError());
    auto writer = rt::NpyWriter::create(result.path, type, *shape);
    if (!writer)
      return report(writer.takeError());
    if (rt::Error error = writer->append(tensor.data.data(), shape->bytes()))
      return report(error);
    if (rt::Error error = writer->commit())
      return report(error);
  }
  return ExitCode::Ok;
}

ExitCode Run::execute() {
  for (auto step : {&Run::parse, &Run::assignPaths, &Run::readFiles,
                    &Run::findSizes, &Run::makeArguments})
    if (ExitCode code = (this->*step)(); code != ExitCode::Ok)
      return code;
  reference::Options how;
  how.arithmetic =
      options.f64 ? reference::Arithmetic::F64 : reference::Arithmetic::Model;
  how.position = options.position;
  how.batchOffset = options.batchOffset;
  FailureOr<std::vector<Tensor>> computed = reference::run(model, values, how);
  if (failed(computed))
    return ExitCode::UserError;
  outputs = std::move(*computed);
  return write();
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::ResetCommandLineParser();
  Options options;
  std::string errors;
  llvm::raw_string_ostream errorStream(errors);
  if (!cl::ParseCommandLineOptions(argc, argv,
                                   "Run a model as its documentation says\n",
                                   &errorStream)) {
    llvm::errs() << errors;
    return int(ExitCode::UsageError);
  }
  if (options.model.empty())
    return int(report(ExitCode::UsageError,
                      "expected a model: snn-interp MODEL.mlir"));
  return int(Run(options).execute());
}
