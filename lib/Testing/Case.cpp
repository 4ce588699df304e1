//===- Case.cpp - Random models and their data in files -------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Case.h"
#include "snn/IR/SNN.h"

#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace mlir::snn;
using namespace mlir::snn::testing;
namespace json = llvm::json;

static json::Array getShape(const reference::Tensor &tensor) {
  return json::Array(ArrayRef<int64_t>(tensor.shape));
}

/// What an argument or a result is, and the type of its elements.
static json::Object describe(StringRef kind, StringAttr name,
                             const reference::Tensor &tensor) {
  std::string type;
  llvm::raw_string_ostream(type) << tensor.elementType;
  return json::Object{
      {"kind", kind}, {"name", name ? name.str() : ""}, {"type", type}};
}

static json::Object describeCase(const CaseData &data) {
  func::FuncOp function = data.function;
  json::Array arguments, results, runs;
  for (auto [i, tensor] : llvm::enumerate(data.arguments[0])) {
    auto param = function.getArgAttrOfType<StringAttr>(i, kParamAttr);
    auto state = function.getArgAttrOfType<StringAttr>(i, kStateAttr);
    json::Object argument = describe(param   ? "param"
                                     : state ? "state"
                                             : "input",
                                     param ? param : state, tensor);
    if (param)
      argument["shape"] = getShape(tensor);
    arguments.push_back(std::move(argument));
  }
  for (auto [i, tensor] : llvm::enumerate(data.results[0])) {
    auto state = function.getResultAttrOfType<StringAttr>(i, kStateAttr);
    results.push_back(describe(state ? "state" : "output", state, tensor));
  }
  for (auto [i, run] : llvm::enumerate(data.test.runs)) {
    json::Array shapes;
    for (auto [k, tensor] : llvm::enumerate(data.arguments[i]))
      if (!function.getArgAttr(k, kParamAttr))
        shapes.push_back(getShape(tensor));
    for (const reference::Tensor &tensor : data.results[i])
      shapes.push_back(getShape(tensor));
    runs.push_back(json::Object{{"steps", run.steps},
                                {"batch", run.batch},
                                {"position", run.position},
                                {"split", run.split},
                                {"shapes", std::move(shapes)}});
  }
  const TestModule &test = data.test;
  return json::Object{{"edge", test.edge},
                      {"numerics", test.numerics},
                      {"strategy", test.strategy},
                      {"chunk_steps", test.chunkSteps},
                      {"optimize", test.optimize},
                      {"embed", test.embed},
                      {"is_replayed", test.isReplayed},
                      {"arguments", std::move(arguments)},
                      {"results", std::move(results)},
                      {"runs", std::move(runs)}};
}

static void writeData(const CaseData &data, raw_ostream &os) {
  auto write = [&](const reference::Tensor &tensor) {
    os.write(tensor.data.data(), tensor.data.size());
  };
  func::FuncOp function = data.function;
  for (auto [i, tensor] : llvm::enumerate(data.arguments[0]))
    if (function.getArgAttr(i, kParamAttr))
      write(tensor);
  for (auto [arguments, results] : llvm::zip(data.arguments, data.results)) {
    for (auto [i, tensor] : llvm::enumerate(arguments))
      if (!function.getArgAttr(i, kParamAttr))
        write(tensor);
    llvm::for_each(results, write);
  }
}

llvm::Error testing::writeCase(const CaseData &data, StringRef path) {
  auto write = [&](StringRef suffix,
                   llvm::function_ref<void(raw_ostream &)> print) {
    return llvm::writeToOutput((path + suffix).str(), [&](raw_ostream &os) {
      print(os);
      return llvm::Error::success();
    });
  };
  if (llvm::Error error =
          write(".mlir", [&](raw_ostream &os) { os << data.text; }))
    return error;
  if (llvm::Error error = write(".json", [&](raw_ostream &os) {
        os << json::Value(describeCase(data)) << "\n";
      }))
    return error;
  return write(".bin", [&](raw_ostream &os) { writeData(data, os); });
}
