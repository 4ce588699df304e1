//===- Artifact.cpp - Runs what snnc has made -----------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Artifact.h"
#include "snn/Formats/Npy.h"
#include "snn/Runtime/Runtime.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"

#include <cstring>
#include <dlfcn.h>

using namespace mlir;
using namespace mlir::snn;
using namespace mlir::snn::testing;
namespace rt = ::snn::rt;

static llvm::Error fail(const Twine &message) {
  return llvm::createStringError(message);
}

//===----------------------------------------------------------------------===//
// Executables
//===----------------------------------------------------------------------===//

namespace {
/// A folder that goes away again.
struct Scratch {
  SmallString<128> path;

  Scratch() {
    if (llvm::sys::fs::createUniqueDirectory("snn-verify", path))
      path.clear();
  }
  ~Scratch() {
    if (!path.empty())
      llvm::sys::fs::remove_directories(path);
  }
  std::string get(const Twine &name) const { return (path + "/" + name).str(); }
};

class Executable : public Artifact {
public:
  explicit Executable(StringRef path) : path(path) {}
  llvm::Expected<std::string> getReport() override;
  llvm::Expected<ModelInterface> getInterface() override {
    return fail("expected a shared library, but got '" + path + "'");
  }
  llvm::Error run(ArtifactRun &run, bool isEmbedded) override;

private:
  /// Runs it; the standard output goes to a file.
  llvm::Error execute(ArrayRef<std::string> arguments, StringRef output);

  std::string path;
  Scratch scratch;
};
} // namespace

llvm::Error Executable::execute(ArrayRef<std::string> arguments,
                                StringRef output) {
  if (scratch.path.empty())
    return fail("cannot make a folder for temporary files");
  std::vector<StringRef> all = {path};
  all.insert(all.end(), arguments.begin(), arguments.end());
  std::string errors = scratch.get("errors"), message;
  std::optional<StringRef> redirects[] = {StringRef(), output,
                                          StringRef(errors)};
  int code = llvm::sys::ExecuteAndWait(path, all, std::nullopt, redirects,
                                       /*SecondsToWait=*/0,
                                       /*MemoryLimit=*/0, &message);
  if (code == 0)
    return llvm::Error::success();
  if (auto text = llvm::MemoryBuffer::getFile(errors);
      text && !(*text)->getBuffer().trim().empty())
    message = (*text)->getBuffer().trim().str();
  return fail("'" + path + "' ended with " + Twine(code) + ": " + message);
}

llvm::Expected<std::string> Executable::getReport() {
  std::string output = scratch.get("report");
  if (llvm::Error error = execute({"--report"}, output))
    return error;
  auto text = llvm::MemoryBuffer::getFile(output);
  if (!text)
    return fail("cannot read what '" + path + "' writes");
  return (*text)->getBuffer().str();
}

llvm::Error Executable::run(ArtifactRun &run, bool isEmbedded) {
  std::vector<std::string> arguments;
  for (const NamedData &input : run.inputs) {
    arguments.push_back("--input");
    arguments.push_back(input.name + "=" + input.path);
  }
  if (!isEmbedded && !run.params.empty()) {
    arguments.push_back("--weights");
    arguments.push_back(run.weights);
  }
  if (run.inputs.empty()) {
    arguments.push_back("--batch=" + std::to_string(run.batch));
    arguments.push_back("--steps=" + std::to_string(run.steps));
  }
  for (const auto &[i, output] : llvm::enumerate(run.outputs)) {
    arguments.push_back("--output");
    arguments.push_back(output.name + "=" + scratch.get(Twine(i) + ".npy"));
  }
  if (llvm::Error error = execute(arguments, scratch.get("output")))
    return error;
  for (const auto &[i, output] : llvm::enumerate(run.outputs)) {
    auto array = rt::readNpy(scratch.get(Twine(i) + ".npy"));
    if (!array)
      return fail(array.takeError().message);
    output.data.assign(array->data.data(),
                       array->data.data() + array->shape.bytes());
  }
  return llvm::Error::success();
}

//===----------------------------------------------------------------------===//
// Libraries
//===----------------------------------------------------------------------===//

namespace {
class Library : public Artifact {
public:
  explicit Library(const snn_model_table &table) : table(table) {}
  llvm::Expected<std::string> getReport() override {
    return std::string(table.model->report ? table.model->report : "{}");
  }
  llvm::Expected<ModelInterface> getInterface() override;
  llvm::Error run(ArtifactRun &run, bool isEmbedded) override;

private:
  const snn_model_table &table;
};
} // namespace

llvm::Expected<ModelInterface> Library::getInterface() {
  ModelInterface interface;
  interface.report = table.model->report ? table.model->report : "{}";
  for (const snn_tensor &output :
       ArrayRef(table.model->outputs, table.model->num_outputs)) {
    BoundaryTensor &tensor = interface.outputs.emplace_back();
    tensor.name = output.name;
    tensor.type = snn_dtype(output.dtype);
    tensor.shape.assign(output.shape, output.shape + output.rank);
  }
  return interface;
}

/// Bytes of a tensor for the sizes of a run.
static int64_t countBytes(const snn_tensor &tensor, const ArtifactRun &run) {
  int64_t bytes = rt::elementBytes(rt::ElementType(tensor.dtype));
  for (int64_t size : ArrayRef(tensor.shape, tensor.rank))
    bytes *= size == SNN_DIM_TIME    ? run.steps
             : size == SNN_DIM_BATCH ? run.batch
                                     : size;
  return bytes;
}

/// A matrix as the code wants it.
static std::vector<char> transpose(const snn_tensor &tensor,
                                   const std::vector<char> &matrix) {
  std::vector<char> result(matrix.size());
  snn_transpose(matrix.data(), result.data(), tensor.shape[0], tensor.shape[1],
                rt::elementBytes(rt::ElementType(tensor.dtype)));
  return result;
}

llvm::Error Library::run(ArtifactRun &run, bool isEmbedded) {
  const snn_model &model = *table.model;
  size_t numParams = model.num_params, numOutputs = model.num_outputs;
  if (size_t(model.num_inputs) != run.inputs.size() ||
      (!isEmbedded && numParams != run.params.size()) ||
      numOutputs < run.outputs.size())
    return fail("the artifact has other inputs, parameters or outputs than the "
                "model");
  std::vector<const void *> inputs, params;
  std::vector<std::vector<char>> storage, transposed;
  std::vector<void *> outputs;
  for (auto [i, input] : llvm::enumerate(run.inputs)) {
    if (countBytes(model.inputs[i], run) != int64_t(input.data.size()))
      return fail("the artifact has an input '" + Twine(model.inputs[i].name) +
                  "' of another size than the model");
    inputs.push_back(input.data.data());
  }
  for (auto [i, param] : llvm::enumerate(run.params)) {
    const std::vector<char> *data = &param.data;
    if (!isEmbedded && model.params[i].is_transposed)
      data = &transposed.emplace_back(transpose(model.params[i], param.data));
    params.push_back(data->data());
  }
  for (size_t i = 0; i != numOutputs; ++i) {
    storage.emplace_back(countBytes(model.outputs[i], run));
    outputs.push_back(storage.back().data());
  }
  int64_t bytes = table.workspace_bytes(&model, run.steps, run.batch);
  if (bytes < 0)
    return fail(table.strerror(int(-bytes)));
  std::vector<char> workspace(bytes + 1);
  int status = table.run(&model, inputs.data(), outputs.data(), run.steps,
                         run.batch, nullptr, workspace.data(),
                         isEmbedded ? nullptr : params.data());
  if (status != SNN_OK)
    return fail(table.strerror(status));
  for (auto [i, output] : llvm::enumerate(run.outputs))
    output.data = std::move(storage[i]);
  return llvm::Error::success();
}

llvm::Expected<std::unique_ptr<Artifact>> Artifact::open(StringRef path) {
  if (!llvm::sys::fs::exists(path))
    return fail("expected an artifact, but there is no file '" + path + "'");
  std::string file = path.contains('/') ? path.str() : "./" + path.str();
  if (llvm::sys::path::extension(path) != ".so") {
    if (!llvm::sys::fs::can_execute(path))
      return fail("expected an executable or a .so that snnc has made, but got "
                  "'" +
                  path + "'");
    return std::make_unique<Executable>(file);
  }
  // It stays loaded until the process ends.
  void *handle = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle)
    return fail(::dlerror());
  const auto *table =
      static_cast<const snn_model_table *>(::dlsym(handle, "snn_model_v1"));
  if (!table)
    return fail("expected a library that snnc has made, but '" + path +
                "' has no symbol 'snn_model_v1'");
  if (table->abi_version != SNN_ABI_VERSION ||
      table->bytes != sizeof(snn_model_table))
    return fail("expected a library for version " + Twine(SNN_ABI_VERSION) +
                " of the interface, but got " + Twine(table->abi_version));
  return std::make_unique<Library>(*table);
}
