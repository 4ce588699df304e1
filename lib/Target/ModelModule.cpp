//===- ModelModule.cpp - The constant that describes a model ===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/Runtime/Runtime.h"
#include "snn/Target/Object.h"

#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Module.h"

using namespace mlir;
using namespace mlir::snn;

StringRef snn::getCompilerVersion() { return "snnc " SNN_VERSION; }

namespace {
/// Writes the structs of Runtime/Model.h as constants. LLVM lays out a struct
/// of naturally aligned fields as C does.
class ConstantWriter {
public:
  /// `weights` is the symbol of the values of parameters; null: they become
  /// constants here.
  ConstantWriter(llvm::Module &module, llvm::GlobalVariable *weights)
      : module(module), context(module.getContext()),
        pointer(llvm::PointerType::getUnqual(context)), weights(weights) {}

  llvm::Constant *i32(uint64_t value) {
    return llvm::ConstantInt::get(llvm::Type::getInt32Ty(context), value);
  }
  llvm::Constant *i64(uint64_t value) {
    return llvm::ConstantInt::get(llvm::Type::getInt64Ty(context), value);
  }
  llvm::Constant *null() { return llvm::ConstantPointerNull::get(pointer); }
  llvm::Constant *global(llvm::Constant *value, unsigned alignment = 8) {
    auto *variable =
        new llvm::GlobalVariable(module, value->getType(), /*isConstant=*/true,
                                 llvm::GlobalValue::PrivateLinkage, value);
    variable->setAlignment(llvm::Align(alignment));
    return variable;
  }
  llvm::Constant *text(StringRef value) {
    return global(llvm::ConstantDataArray::getString(context, value), 1);
  }
  /// The next value of a parameter, aligned for vector loads.
  llvm::Constant *bytes(ArrayRef<char> data) {
    if (weights) {
      auto *word = llvm::Type::getInt64Ty(context);
      auto *place = llvm::ConstantExpr::getInBoundsGetElementPtr(
          llvm::Type::getInt8Ty(context), weights,
          ArrayRef<llvm::Constant *>{llvm::ConstantInt::get(word, offset)});
      offset += llvm::alignTo(data.size(), 64);
      return place;
    }
    return global(llvm::ConstantDataArray::getRaw(
                      StringRef(data.data(), data.size()), data.size(),
                      llvm::Type::getInt8Ty(context)),
                  64);
  }
  /// Code for a GPU, aligned as the driver's own tools do.
  llvm::Constant *image(const CudaImage &image) {
    StringRef data(image.bytes.c_str(), image.bytes.size() + image.isPtx);
    llvm::Constant *place =
        global(llvm::ConstantDataArray::getRaw(data, data.size(),
                                               llvm::Type::getInt8Ty(context)),
               8);
    return structure(
        {i32(image.architecture), i32(image.isPtx), i64(data.size()), place});
  }
  llvm::Constant *structure(ArrayRef<llvm::Constant *> fields) {
    return llvm::ConstantStruct::getAnon(fields);
  }
  llvm::Constant *array(ArrayRef<llvm::Constant *> elements) {
    if (elements.empty())
      return null();
    return global(llvm::ConstantArray::get(
        llvm::ArrayType::get(elements[0]->getType(), elements.size()),
        elements));
  }

  llvm::Constant *tensor(const BoundaryTensor &tensor) {
    llvm::SmallVector<llvm::Constant *> shape;
    for (int64_t size : tensor.shape)
      shape.push_back(i64(size));
    return structure({text(tensor.name), i32(tensor.type),
                      i32(tensor.shape.size()), array(shape),
                      i32(tensor.isSequence), i32(tensor.batchDim),
                      tensor.data.empty() ? null() : bytes(tensor.data),
                      i32(tensor.isTransposed)});
  }
  llvm::Constant *tensors(ArrayRef<BoundaryTensor> list) {
    llvm::SmallVector<llvm::Constant *> elements;
    for (const BoundaryTensor &element : list)
      elements.push_back(tensor(element));
    return array(elements);
  }

private:
  llvm::Module &module;
  llvm::LLVMContext &context;
  llvm::PointerType *pointer;
  llvm::GlobalVariable *weights;
  int64_t offset = 0; ///< of the next value in `weights`
};
} // namespace

//===----------------------------------------------------------------------===//
// Functions
//===----------------------------------------------------------------------===//

namespace {
/// Adds the functions that a binary offers; each hands the model to one of the
/// runtime.
class EntryWriter {
public:
  EntryWriter(llvm::Module &module, const ModelInterface &interface,
              llvm::GlobalVariable *model)
      : module(module), interface(interface), model(model),
        i32(llvm::Type::getInt32Ty(module.getContext())),
        i64(llvm::Type::getInt64Ty(module.getContext())),
        pointer(llvm::PointerType::getUnqual(module.getContext())) {}

  /// int main(int argc, char **argv) { return snn_main(&model, argc, argv); }
  void addMain() { addForward("main", "snn_main", i32, {i32, pointer}); }
  void addLibrary();
  void addCuda();
  void addTable();

private:
  /// result name(params...) { return runtime(&model, params...); }
  void addForward(const llvm::Twine &name, StringRef runtime,
                  llvm::Type *result, ArrayRef<llvm::Type *> params);
  void addRun(bool isStep, bool isCuda = false);
  llvm::FunctionCallee declare(StringRef name, llvm::Type *result,
                               ArrayRef<llvm::Type *> params) {
    return module.getOrInsertFunction(
        name, llvm::FunctionType::get(result, params, false));
  }
  llvm::Function *create(const llvm::Twine &name, llvm::Type *result,
                         ArrayRef<llvm::Type *> params) {
    return llvm::Function::Create(
        llvm::FunctionType::get(result, params, false),
        llvm::GlobalValue::ExternalLinkage, name, module);
  }
  llvm::Value *makeList(llvm::IRBuilder<> &builder,
                        ArrayRef<llvm::Value *> values);

  llvm::Module &module;
  const ModelInterface &interface;
  llvm::GlobalVariable *model;
  llvm::Type *i32, *i64, *pointer;
};
} // namespace

void EntryWriter::addForward(const llvm::Twine &name, StringRef runtime,
                             llvm::Type *result,
                             ArrayRef<llvm::Type *> params) {
  llvm::SmallVector<llvm::Type *> types = {pointer};
  llvm::append_range(types, params);
  llvm::FunctionCallee callee = declare(runtime, result, types);
  llvm::Function *function = create(name, result, params);
  llvm::IRBuilder<> builder(
      llvm::BasicBlock::Create(module.getContext(), "entry", function));
  llvm::SmallVector<llvm::Value *> arguments = {model};
  for (llvm::Argument &argument : function->args())
    arguments.push_back(&argument);
  builder.CreateRet(builder.CreateCall(callee, arguments));
}

/// An array of pointers on the stack.
llvm::Value *EntryWriter::makeList(llvm::IRBuilder<> &builder,
                                   ArrayRef<llvm::Value *> values) {
  if (values.empty())
    return llvm::ConstantPointerNull::get(cast<llvm::PointerType>(pointer));
  llvm::Value *list =
      builder.CreateAlloca(pointer, builder.getInt32(uint32_t(values.size())));
  for (auto [i, value] : llvm::enumerate(values))
    builder.CreateStore(value,
                        builder.CreateConstInBoundsGEP1_64(pointer, list, i));
  return list;
}

/// int name_run(inputs..., outputs..., int64_t T, int64_t batch, void *state,
///              void *workspace[, const name_weights *weights][, void *stream])
/// A step has no T, and that of a GPU has a stream.
void EntryWriter::addRun(bool isStep, bool isCuda) {
  size_t numInputs = interface.inputs.size(),
         numArrays = numInputs + interface.outputs.size();
  llvm::SmallVector<llvm::Type *> params(numArrays, pointer);
  if (!isStep)
    params.push_back(i64);
  params.append({i64, pointer, pointer});
  bool hasWeights = llvm::any_of(
      interface.params, [](const auto &param) { return param.data.empty(); });
  if (hasWeights)
    params.push_back(pointer);
  llvm::SmallVector<llvm::Type *> types = {pointer, pointer, pointer, i64,
                                           i64,     pointer, pointer, pointer};
  if (isCuda) {
    params.push_back(pointer);
    types.push_back(pointer);
  }
  llvm::Function *function = create(
      interface.name + (isStep ? "_step" : "_run") + (isCuda ? "_cuda" : ""),
      i32, params);
  llvm::IRBuilder<> builder(
      llvm::BasicBlock::Create(module.getContext(), "entry", function));
  llvm::SmallVector<llvm::Value *> all;
  for (llvm::Argument &argument : function->args())
    all.push_back(&argument);
  ArrayRef<llvm::Value *> rest(all);
  llvm::Value *inputs = makeList(builder, rest.take_front(numInputs));
  llvm::Value *outputs =
      makeList(builder, rest.slice(numInputs, numArrays - numInputs));
  llvm::SmallVector<llvm::Value *> arguments = {model, inputs, outputs};
  if (isStep)
    arguments.push_back(builder.getInt64(1));
  llvm::append_range(arguments, rest.drop_front(numArrays));
  if (!hasWeights)
    arguments.insert(
        arguments.begin() + 7,
        llvm::ConstantPointerNull::get(cast<llvm::PointerType>(pointer)));
  StringRef name = isCuda                         ? "snn_cuda_run"
                   : interface.transposesParams() ? "snn_rows_run"
                                                  : "snn_stream_run";
  builder.CreateRet(builder.CreateCall(declare(name, i32, types), arguments));
}

/// The functions of a model that has code for GPUs.
void EntryWriter::addCuda() {
  const std::string &name = interface.name;
  addRun(/*isStep=*/false, /*isCuda=*/true);
  if (interface.hasStep())
    addRun(/*isStep=*/true, /*isCuda=*/true);
  addForward(name + "_load_cuda", "snn_cuda_load", i32, {i32});
  addForward(name + "_unload_cuda", "snn_cuda_unload", i32, {});
  addForward(name + "_reset_cuda", "snn_cuda_reset", i32,
             {pointer, pointer, i64, pointer});
  addForward(name + "_state_bytes_cuda", "snn_cuda_state_bytes", i64, {i64});
  addForward(name + "_workspace_bytes_cuda", "snn_cuda_workspace_bytes", i64,
             {i64, i64});
}

void EntryWriter::addLibrary() {
  const std::string &name = interface.name;
  addRun(/*isStep=*/false);
  if (interface.hasStep())
    addRun(/*isStep=*/true);
  addForward(name + "_reset", "snn_stream_reset", i32, {pointer, i64});
  addForward(name + "_state_bytes", "snn_stream_state_bytes", i64, {i64});
  addForward(name + "_workspace_bytes",
             interface.transposesParams() ? "snn_rows_workspace_bytes"
                                          : "snn_stream_workspace_bytes",
             i64, {i64, i64});
  llvm::Function *info = create(name + "_info", pointer, {});
  llvm::IRBuilder<> builder(
      llvm::BasicBlock::Create(module.getContext(), "entry", info));
  builder.CreateRet(model);
  llvm::Function *text = create(name + "_strerror", pointer, {i32});
  builder.SetInsertPoint(
      llvm::BasicBlock::Create(module.getContext(), "entry", text));
  builder.CreateRet(builder.CreateCall(declare("snn_strerror", pointer, {i32}),
                                       {text->getArg(0)}));
}

/// The snn_model_table that loaders look for. Its functions are told by name
/// only: nothing here calls them.
void EntryWriter::addTable() {
  llvm::SmallVector<llvm::Constant *> fields = {
      llvm::ConstantInt::get(i32, SNN_ABI_VERSION),
      llvm::ConstantInt::get(i32, sizeof(snn_model_table)), model};
  for (StringRef name :
       {"snn_stream_state_bytes", "snn_stream_reset",
        "snn_stream_workspace_bytes", "snn_stream_run", "snn_invoke",
        "snn_invoke_workspace_bytes", "snn_strerror", "snn_set_threads",
        "snn_get_threads", "snn_cpu_features", "snn_transpose",
        "snn_cuda_device_count", "snn_cuda_load", "snn_cuda_unload",
        "snn_cuda_workspace_bytes", "snn_cuda_state_bytes", "snn_cuda_reset",
        "snn_cuda_invoke"}) {
    llvm::FunctionCallee callee = declare(name, i32, {});
    fields.push_back(cast<llvm::Constant>(callee.getCallee()));
  }
  auto *table = llvm::ConstantStruct::getAnon(fields);
  new llvm::GlobalVariable(module, table->getType(), /*isConstant=*/true,
                           llvm::GlobalValue::ExternalLinkage, table,
                           "snn_model_v1");
}

//===----------------------------------------------------------------------===//
// The model
//===----------------------------------------------------------------------===//

static llvm::Constant *declareHidden(llvm::Module &module,
                                     const llvm::Twine &name,
                                     llvm::FunctionType *type) {
  auto callee = module.getOrInsertFunction(name.str(), type);
  auto *function = cast<llvm::Function>(callee.getCallee());
  function->setVisibility(llvm::GlobalValue::HiddenVisibility);
  return function;
}

/// void symbol(void *const *args)
static llvm::Constant *declareWindow(llvm::Module &module, StringRef symbol) {
  llvm::LLVMContext &context = module.getContext();
  return declareHidden(
      module, symbol,
      llvm::FunctionType::get(llvm::Type::getVoidTy(context),
                              {llvm::PointerType::getUnqual(context)}, false));
}

/// int64_t symbol_bytes(int64_t steps, int64_t batch)
static llvm::Constant *declareBytes(llvm::Module &module, StringRef symbol) {
  auto *i64 = llvm::Type::getInt64Ty(module.getContext());
  return declareHidden(module, symbol + "_bytes",
                       llvm::FunctionType::get(i64, {i64, i64}, false));
}

static llvm::Constant *makeVariants(llvm::Module &module,
                                    ConstantWriter &writer,
                                    ArrayRef<Variant> variants) {
  llvm::SmallVector<llvm::Constant *> entries;
  for (const Variant &variant : variants)
    entries.push_back(writer.structure({writer.text(variant.processor.name),
                                        writer.i32(variant.processor.features),
                                        declareWindow(module, variant.symbol),
                                        declareBytes(module, variant.symbol)}));
  return writer.array(entries);
}

static llvm::Constant *makeCuda(llvm::Module &module, ConstantWriter &writer,
                                const CudaCode &cuda) {
  llvm::SmallVector<llvm::Constant *> images, kernels;
  for (const CudaImage &image : cuda.images)
    images.push_back(writer.image(image));
  for (const std::string &kernel : cuda.kernels)
    kernels.push_back(writer.text(kernel));
  return writer.global(writer.structure(
      {writer.i32(images.size()), writer.i32(kernels.size()),
       writer.array(images), writer.array(kernels),
       declareWindow(module, cuda.symbol), declareBytes(module, cuda.symbol),
       writer.i32(cuda.waits),
       writer.i32(cuda.usesCublasLt ? SNN_CUDA_CUBLASLT : 0)}));
}

std::unique_ptr<llvm::Module> snn::makeModelModule(
    const ModelInterface &interface, ArrayRef<Variant> variants, Entry entry,
    WeightsPlace place, llvm::LLVMContext &context, const CudaCode *cuda) {
  auto module = std::make_unique<llvm::Module>("model", context);
  llvm::GlobalVariable *weights = nullptr;
  if (place == WeightsPlace::OtherObject) {
    weights = new llvm::GlobalVariable(
        *module, llvm::Type::getInt8Ty(context), /*isConstant=*/true,
        llvm::GlobalValue::ExternalLinkage, nullptr,
        "snn_" + interface.name + "_weights");
    weights->setVisibility(llvm::GlobalValue::HiddenVisibility);
  }
  ConstantWriter writer(*module, weights);
  auto *model = cast<llvm::GlobalVariable>(writer.global(writer.structure(
      {writer.i32(SNN_ABI_VERSION),
       writer.i32(interface.flags),
       writer.text(interface.name),
       writer.text(getCompilerVersion()),
       writer.i64(interface.hash),
       writer.i32(interface.inputs.size()),
       writer.i32(interface.params.size()),
       writer.i32(interface.states.size()),
       writer.i32(interface.outputs.size()),
       writer.i32(interface.records.size()),
       writer.i32(variants.size()),
       writer.tensors(interface.inputs),
       writer.tensors(interface.params),
       writer.tensors(interface.states),
       writer.tensors(interface.outputs),
       writer.tensors(interface.records),
       makeVariants(*module, writer, variants),
       writer.i64(interface.maxSteps),
       writer.i64(interface.bytesPerStep),
       writer.i64(interface.windowMultiple),
       writer.i32(interface.threads),
       interface.weightsFile.empty() ? writer.null()
                                     : writer.text(interface.weightsFile),
       interface.report.empty() ? writer.null() : writer.text(interface.report),
       cuda ? makeCuda(*module, writer, *cuda) : writer.null()})));
  EntryWriter entries(*module, interface, model);
  if (entry == Entry::Main)
    entries.addMain();
  if (entry == Entry::Library || entry == Entry::Plugin)
    entries.addLibrary();
  if (cuda && (entry == Entry::Library || entry == Entry::Plugin))
    entries.addCuda();
  if (entry == Entry::Plugin)
    entries.addTable();
  return module;
}
