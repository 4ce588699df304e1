//===- Differential.cpp - Compiled code against the reference -------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/Testing/Differential.h"
#include "Case.h"
#include "InMemoryModel.h"
#include "Recorded.h"
#include "snn/IR/SNN.h"
#include "snn/Reference/Reference.h"
#include "snn/Runtime/Runtime.h"

#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringExtras.h"

#include <cmath>
#include <cstdlib>
#include <cstring>

using namespace mlir;
using namespace mlir::snn;
using namespace mlir::snn::testing;
namespace rt = ::snn::rt;

namespace {
using Tensors = std::vector<reference::Tensor>;

/// One model, and what has been found out about it.
class Check {
public:
  Check(MLIRContext *context, const TestModule &test)
      : context(context), test(test),
        handler(context, [&](Diagnostic &d) { messages += d.str() + "\n"; }) {}

  Report run();
  Report write(StringRef path);

private:
  std::optional<Report> prepare();
  bool parse();
  void drawParams();
  Tensors drawArguments(size_t run);
  bool runReference(size_t run);
  std::vector<double> getRates() const;
  bool compile();
  std::optional<rt::TensorFile> embedParams();
  bool runCompiled(size_t run);
  bool execute(const RunSpec &spec, const Tensors &arguments, Tensors &results);
  int call(const RunSpec &spec, int64_t first, int64_t steps,
           const Tensors &arguments, Tensors &states, Tensors &outputs);
  bool compare(size_t run, const Tensors &actual);
  bool replay(size_t run);
  Report fail(const Twine &message) {
    return {Outcome::Mismatch, (message + "\n" + messages).str(), getRates()};
  }

  MLIRContext *context;
  const TestModule &test;
  std::string messages;
  ScopedDiagnosticHandler handler;
  OwningOpRef<ModuleOp> module;
  func::FuncOp function;
  Tensors params; ///< one for each argument; empty where it is none
  std::vector<Tensors> arguments, expected;                   ///< by run
  llvm::MapVector<Value, std::pair<int64_t, int64_t>> spikes; ///< of elements
  std::unique_ptr<InMemoryModel> model;
  std::string text;   ///< of the model, with names of layers for a replay
  Tensors allOutputs; ///< of the last run: those of the function, and records
};
} // namespace

bool Check::parse() {
  ParserConfig config(context);
  module = parseSourceString<ModuleOp>(test.text, config);
  if (!module || failed(verify(*module)))
    return false;
  function = *module->getOps<func::FuncOp>().begin();
  text = test.text;
  if (test.isReplayed) {
    nameLayers(function);
    text.clear();
    llvm::raw_string_ostream(text) << *module;
  }
  return true;
}

//===----------------------------------------------------------------------===//
// Data
//===----------------------------------------------------------------------===//

/// The array of a type, with the sizes of a run for those that are dynamic.
static reference::Tensor makeTensor(Type type, bool isSequence, int64_t steps,
                                    int64_t batch) {
  auto tensor = cast<RankedTensorType>(type);
  reference::Tensor result;
  result.elementType = tensor.getElementType();
  int64_t count = 1;
  for (auto [dim, declared] : llvm::enumerate(tensor.getShape())) {
    int64_t size = isSequence && dim == 0            ? steps
                   : ShapedType::isDynamic(declared) ? batch
                                                     : declared;
    result.shape.push_back(size);
    count *= size;
  }
  result.data.resize(
      count * ((tensor.getElementType().getIntOrFloatBitWidth() + 7) / 8));
  return result;
}

void Check::drawParams() {
  Random random(test.seed + 1);
  for (auto [i, type] : llvm::enumerate(function.getArgumentTypes())) {
    reference::Tensor &tensor = params.emplace_back();
    if (!function.getArgAttr(i, kParamAttr))
      continue;
    tensor = makeTensor(type, false, 0, 0);
    tensor.data = drawData(random, test.arguments[i], tensor.elementType,
                           tensor.getNumElements());
  }
}

Tensors Check::drawArguments(size_t run) {
  Random random(test.seed + 2 + run);
  const RunSpec &spec = test.runs[run];
  Tensors result;
  for (auto [i, type] : llvm::enumerate(function.getArgumentTypes())) {
    if (function.getArgAttr(i, kParamAttr)) {
      result.push_back(params[i]);
      continue;
    }
    reference::Tensor tensor = makeTensor(
        type, !function.getArgAttr(i, kStateAttr), spec.steps, spec.batch);
    tensor.data = drawData(random, test.arguments[i], tensor.elementType,
                           tensor.getNumElements());
    result.push_back(std::move(tensor));
  }
  return result;
}

//===----------------------------------------------------------------------===//
// Reference
//===----------------------------------------------------------------------===//

/// Whether the value is the spikes of a layer, rather than a copy or a gate.
static bool isSpikingLayer(Value value) {
  Operation *op = value.getDefiningOp();
  return op && getElementTypeOrSelf(value.getType()).isInteger(1) &&
         isa<LIFOp, CubaLIFOp, FireOp, RefractoryOp, SampleOp, NeuronOp>(op) &&
         isa<RankedTensorType>(value.getType()) &&
         cast<SequenceOpInterface>(op).isSequenceResult(cast<OpResult>(value));
}

bool Check::runReference(size_t run) {
  const RunSpec &spec = test.runs[run];
  arguments.push_back(drawArguments(run));
  reference::Options options;
  options.position = spec.position;
  options.batchOffset = spec.batchOffset;
  auto observe = [&](Value value, const reference::Tensor &tensor) {
    if (!isSpikingLayer(value))
      return;
    auto &[fired, all] = spikes[value];
    fired += llvm::count(tensor.data, 1);
    all += tensor.data.size();
  };
  options.observe = observe;
  auto results = reference::run(function, arguments.back(), options);
  if (failed(results))
    return false;
  expected.push_back(std::move(*results));
  return true;
}

std::vector<double> Check::getRates() const {
  std::vector<double> rates;
  for (const auto &[value, counts] : spikes)
    rates.push_back(double(counts.first) /
                    double(std::max<int64_t>(counts.second, 1)));
  return rates;
}

//===----------------------------------------------------------------------===//
// Compiled code
//===----------------------------------------------------------------------===//

/// The parameters as a file in memory.
std::optional<rt::TensorFile> Check::embedParams() {
  std::vector<rt::NamedTensor> tensors;
  std::vector<rt::Buffer> storage;
  for (auto [i, param] : llvm::enumerate(params)) {
    auto name = function.getArgAttrOfType<StringAttr>(i, kParamAttr);
    if (!name)
      continue;
    rt::NamedTensor tensor;
    tensor.name = name.str();
    tensor.type = rt::ElementType(*getDType(param.elementType));
    auto shape = rt::CheckedShape::get(
        std::vector<int64_t>(param.shape.begin(), param.shape.end()),
        tensor.type);
    auto buffer = rt::Buffer::allocate(param.data.size());
    if (!shape || !buffer)
      return std::nullopt;
    llvm::copy(param.data, buffer->data());
    tensor.shape = std::move(*shape);
    tensor.data = buffer->data();
    tensors.push_back(std::move(tensor));
    storage.push_back(std::move(*buffer));
  }
  return rt::TensorFile(std::move(tensors), std::move(storage));
}

bool Check::compile() {
  CompileRequest request;
  request.input = "random.mlir";
  request.targets = {test.processor};
  for (const Processor &processor : getProcessors())
    if (processor.name == test.processor &&
        (processor.features & ~snn_cpu_features()))
      request.targets = {"x86-64-v2"}; // which every machine runs
  request.optimize = test.optimize;
  request.numerics = test.numerics;
  request.strategy = test.strategy;
  request.chunkSteps = test.chunkSteps;
  request.timePasses = test.timePasses;
  if (test.recordsStates || test.isReplayed)
    request.record = RecordKind::All;
  CompiledModel compiled;
  std::optional<rt::TensorFile> weights;
  if (test.embed)
    weights = embedParams();
  ExitCode code = compileInMemory(
      request, llvm::MemoryBuffer::getMemBufferCopy(text, "random.mlir"),
      std::move(weights), compiled);
  if (code != ExitCode::Ok) {
    messages += "exit code " + std::to_string(int(code)) + "\n";
    return false;
  }
  auto loaded = InMemoryModel::load(std::move(compiled));
  if (!loaded) {
    messages += llvm::toString(loaded.takeError()) + "\n";
    return false;
  }
  model = std::move(*loaded);
  return true;
}

static void setVariable(const char *name, int64_t value) {
  if (value)
    setenv(name, std::to_string(value).c_str(), 1);
  else
    unsetenv(name);
}

/// Where step `first` of a sequence is.
static char *getStep(const reference::Tensor &tensor, bool isSequence,
                     int64_t first) {
  char *data = const_cast<char *>(tensor.data.data());
  if (!isSequence || tensor.data.empty())
    return data;
  return data + tensor.data.size() / tensor.shape[0] * first;
}

/// A matrix as a loader prepares it.
static std::vector<char> transpose(const reference::Tensor &matrix) {
  std::vector<char> result(matrix.data.size());
  int64_t rows = matrix.shape[0], columns = matrix.shape[1];
  snn_transpose(matrix.data.data(), result.data(), rows, columns,
                matrix.data.size() / (rows * columns));
  return result;
}

int Check::call(const RunSpec &spec, int64_t first, int64_t steps,
                const Tensors &values, Tensors &states, Tensors &outputs) {
  const ModelInterface &interface = model->getInterface();
  std::vector<const void *> inputs, parameters;
  std::vector<std::vector<char>> transposed;
  for (auto [i, value] : llvm::enumerate(values))
    if (function.getArgAttr(i, kParamAttr)) {
      const BoundaryTensor &param = interface.params[parameters.size()];
      bool isPrepared = param.isTransposed && test.seed % 2 == 0;
      if (isPrepared)
        transposed.push_back(transpose(value));
      parameters.push_back(isPrepared ? transposed.back().data()
                                      : value.data.data());
    } else if (!function.getArgAttr(i, kStateAttr)) {
      inputs.push_back(getStep(value, true, first));
    }
  std::vector<void *> statePointers, outputPointers;
  for (reference::Tensor &state : states)
    statePointers.push_back(state.data.data());
  for (auto [output, tensor] : llvm::zip(outputs, interface.outputs))
    outputPointers.push_back(getStep(output, tensor.isSequence, first));
  snn_call call = {};
  call.inputs = inputs.data();
  // Of models with odd seeds the runtime transposes matrices, as for C.
  call.transposes = test.seed % 2;
  call.params = test.embed ? nullptr : parameters.data();
  call.states_before = statePointers.data();
  call.states_after = statePointers.data();
  call.outputs = outputPointers.data();
  call.steps = steps;
  call.batch = spec.batch;
  call.position = spec.position + first;
  call.batch_offset = spec.batchOffset;
  int64_t bytes = snn_model_workspace_bytes(&model->get(), &call);
  if (bytes < 0)
    return int(-bytes);
  // Exactly what is asked for, so that a sanitizer sees what is beyond it.
  std::unique_ptr<char[]> workspace(new char[bytes]);
  call.workspace = workspace.get();
  call.workspace_bytes = bytes;
  return snn_model_run(&model->get(), &call);
}

/// An array for a tensor of the interface; its element type does not matter.
static reference::Tensor makeArray(const BoundaryTensor &tensor, int64_t steps,
                                   int64_t batch) {
  reference::Tensor result;
  int64_t count = 1;
  for (int64_t size : tensor.shape) {
    size = size == SNN_DIM_TIME ? steps : size == SNN_DIM_BATCH ? batch : size;
    result.shape.push_back(size);
    count *= size;
  }
  result.data.resize(
      count * rt::elementBytes(static_cast<rt::ElementType>(tensor.type)));
  return result;
}

/// Runs the model, perhaps in two parts; the results in the order of the
/// function.
bool Check::execute(const RunSpec &spec, const Tensors &values,
                    Tensors &results) {
  const ModelInterface &interface = model->getInterface();
  Tensors states, outputs;
  for (const BoundaryTensor &tensor : interface.states)
    states.push_back(makeArray(tensor, spec.steps, spec.batch));
  for (const BoundaryTensor &tensor : interface.outputs)
    outputs.push_back(makeArray(tensor, spec.steps, spec.batch));
  auto findState = [&](StringAttr name) {
    return llvm::find_if(interface.states,
                         [&](const BoundaryTensor &state) {
                           return state.name == name.getValue();
                         }) -
           interface.states.begin();
  };
  for (auto [i, value] : llvm::enumerate(values))
    if (auto name = function.getArgAttrOfType<StringAttr>(i, kStateAttr))
      states[findState(name)].data = value.data;
  bool mayCut = interface.flags & SNN_CAUSAL;
  int64_t split = mayCut ? spec.split : 0;
  if (!interface.inputs.empty() && interface.inputs[0].shape[0] >= 0)
    split = 0; // compiled for its steps
  setVariable("SNN_WINDOW", spec.window);
  setVariable("SNN_BATCH_TILE", spec.tile);
  snn_set_threads(spec.threads);
  int status = SNN_OK;
  if (split > 0)
    status = call(spec, 0, split, values, states, outputs);
  if (status == SNN_OK)
    status = call(spec, split, spec.steps - split, values, states, outputs);
  if (status != SNN_OK) {
    messages += std::string("run: ") + snn_strerror(status) + "\n";
    return false;
  }
  allOutputs = outputs;
  size_t next = 0;
  for (unsigned i = 0; i < function.getNumResults(); ++i)
    if (auto name = function.getResultAttrOfType<StringAttr>(i, kStateAttr))
      results.push_back(std::move(states[findState(name)]));
    else
      results.push_back(std::move(outputs[next++]));
  return true;
}

//===----------------------------------------------------------------------===//
// Comparison
//===----------------------------------------------------------------------===//

static uint64_t getBits(const char *data, Type element) {
  uint64_t bits = 0;
  std::memcpy(&bits, data, (element.getIntOrFloatBitWidth() + 7) / 8);
  return bits;
}

/// The float in memory; none where the element is an integer.
static std::optional<APFloat> getFloat(const char *data, Type element) {
  auto type = dyn_cast<FloatType>(element);
  if (!type)
    return std::nullopt;
  return APFloat(type.getFloatSemantics(),
                 APInt(type.getWidth(), getBits(data, element)));
}

static bool isNaN(const char *data, Type element) {
  std::optional<APFloat> number = getFloat(data, element);
  return number && number->isNaN();
}

static bool isZero(const char *data, Type element) {
  std::optional<APFloat> number = getFloat(data, element);
  return number && number->isZero();
}

/// The bits and, of a float, the number.
static std::string toText(const char *data, Type element) {
  std::string text = "0x" + llvm::utohexstr(getBits(data, element));
  if (std::optional<APFloat> value = getFloat(data, element)) {
    llvm::SmallString<32> number;
    value->toString(number);
    text += " (" + number.str().str() + ")";
  }
  return text;
}

bool Check::compare(size_t run, const Tensors &actual) {
  for (auto [i, wanted] : llvm::enumerate(expected[run])) {
    const reference::Tensor &got = actual[i];
    if (wanted.data == got.data)
      continue;
    size_t width = (wanted.elementType.getIntOrFloatBitWidth() + 7) / 8;
    for (size_t at = 0; at < wanted.data.size(); at += width) {
      // In another order, a sum of zeros may have the other sign.
      bool mayDiffer = test.numerics != "exact" && at < got.data.size() &&
                       isZero(&wanted.data[at], wanted.elementType) &&
                       isZero(&got.data[at], wanted.elementType);
      if (mayDiffer)
        continue;
      if (at < got.data.size() &&
          (std::memcmp(&wanted.data[at], &got.data[at], width) == 0 ||
           (isNaN(&wanted.data[at], wanted.elementType) &&
            isNaN(&got.data[at], wanted.elementType))))
        continue;
      size_t element = at / width;
      messages += "run " + std::to_string(run) + ", result " +
                  std::to_string(i) + ", element [";
      size_t stride = wanted.data.size() / width;
      for (int64_t size : wanted.shape) {
        stride /= size;
        messages += std::to_string(element / stride % size) + " ";
      }
      messages += "]: expected " + toText(&wanted.data[at], wanted.elementType);
      if (at < got.data.size())
        messages += ", but got " + toText(&got.data[at], wanted.elementType);
      messages += "\n";
      return false;
    }
  }
  return true;
}

/// Whether rounding explains what the layers and the outputs were.
bool Check::replay(size_t run) {
  SmallVector<unsigned> results;
  for (unsigned i = 0; i < function.getNumResults(); ++i)
    if (!function.getResultAttr(i, kStateAttr))
      results.push_back(i);
  const ModelInterface &interface = model->getInterface();
  for (auto [output, tensor] : llvm::zip(allOutputs, interface.outputs))
    output.elementType = getBoundaryType(context, tensor.type);
  Recording recording = makeRecording(function, results, interface, allOutputs);
  ReplayOptions options;
  options.position = test.runs[run].position;
  options.batchOffset = test.runs[run].batchOffset;
  if (llvm::Error error =
          addBounds(interface.report, test.runs[run].steps, options)) {
    messages += llvm::toString(std::move(error)) + "\n";
    return false;
  }
  auto result = testing::replay(function, arguments[run], recording, options);
  if (failed(result))
    return false;
  if (result->violation)
    messages += "run " + std::to_string(run) + ": " + result->toString() + "\n";
  return !result->violation;
}

bool Check::runCompiled(size_t run) {
  Tensors results;
  if (!execute(test.runs[run], arguments[run], results))
    return false;
  return test.isReplayed ? replay(run) : compare(run, results);
}

/// Draws data and interprets the model; a report if it does not count.
std::optional<Report> Check::prepare() {
  if (!parse())
    return fail("the model is not valid");
  drawParams();
  for (size_t i = 0; i < test.runs.size(); ++i)
    if (!runReference(i))
      return fail("the reference does not run");
  bool counts = llvm::all_of(getRates(), [](double rate) {
    return rate >= kLeastRate && rate <= kLargestRate;
  });
  if (!counts && test.edge.empty())
    return Report{Outcome::Rejected, "", getRates()};
  return std::nullopt;
}

Report Check::run() {
  if (std::optional<Report> report = prepare())
    return *report;
  if (!compile())
    return fail("the model does not compile");
  for (size_t i = 0; i < test.runs.size(); ++i)
    if (!runCompiled(i))
      return fail("compiled code and reference differ");
  return {Outcome::Agreed, "", getRates()};
}

Report Check::write(StringRef path) {
  if (std::optional<Report> report = prepare())
    return *report;
  if (llvm::Error error =
          writeCase({test, function, text, arguments, expected}, path))
    return fail(llvm::toString(std::move(error)));
  return {Outcome::Agreed, "", getRates()};
}

Report mlir::snn::testing::check(MLIRContext *context, const TestModule &test) {
  return Check(context, test).run();
}

Report mlir::snn::testing::write(MLIRContext *context, const TestModule &test,
                                 StringRef path) {
  return Check(context, test).write(path);
}
