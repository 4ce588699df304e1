//===- Model.cpp - A model file, read and checked ===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Model.h"
#include "Contents.h"
#include "Source.h"
#include "snn/Conversion/Passes.h"
#include "snn/IR/Time.h"
#include "snn/Target/Cuda.h"

#include "mlir/AsmParser/AsmParser.h"
#include "mlir/Bytecode/BytecodeReader.h"
#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/FuncToLLVM/ConvertFuncToLLVM.h"
#include "mlir/Conversion/GPUToNVVM/GPUToNVVM.h"
#include "mlir/Conversion/IndexToLLVM/IndexToLLVM.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Conversion/MemRefToLLVM/MemRefToLLVM.h"
#include "mlir/Conversion/NVVMToLLVM/NVVMToLLVM.h"
#include "mlir/Conversion/UBToLLVM/UBToLLVM.h"
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVM.h"
#include "mlir/Dialect/Arith/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Bufferization/Transforms/FuncBufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/Func/Extensions/InlinerExtension.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/Index/IR/IndexDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/LLVMIR/Transforms/InlinerInterfaceImpl.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Linalg/Transforms/SubsetInsertionOpInterfaceImpl.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/MemRef/Transforms/AllocationOpInterfaceImpl.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Transforms/BufferDeallocationOpInterfaceImpl.h"
#include "mlir/Dialect/SCF/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Tensor/IR/TensorInferTypeOpInterfaceImpl.h"
#include "mlir/Dialect/Tensor/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Tensor/Transforms/SubsetInsertionOpInterfaceImpl.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Dialect/Vector/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Vector/Transforms/SubsetOpInterfaceImpl.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/Verifier.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace mlir::snn;

/// What a model and its lowering consist of.
static void registerModelDialects(DialectRegistry &registry) {
  registry.insert<SNNDialect, arith::ArithDialect, func::FuncDialect,
                  linalg::LinalgDialect, math::MathDialect, scf::SCFDialect,
                  tensor::TensorDialect, vector::VectorDialect,
                  bufferization::BufferizationDialect, cf::ControlFlowDialect,
                  memref::MemRefDialect, index::IndexDialect, ub::UBDialect,
                  LLVM::LLVMDialect>();
  func::registerInlinerExtension(registry);
  LLVM::registerInlinerInterface(registry);
  arith::registerBufferizableOpInterfaceExternalModels(registry);
  bufferization::func_ext::registerBufferizableOpInterfaceExternalModels(
      registry);
  linalg::registerBufferizableOpInterfaceExternalModels(registry);
  linalg::registerSubsetOpInterfaceExternalModels(registry);
  memref::registerAllocationOpInterfaceExternalModels(registry);
  scf::registerBufferDeallocationOpInterfaceExternalModels(registry);
  scf::registerBufferizableOpInterfaceExternalModels(registry);
  tensor::registerBufferizableOpInterfaceExternalModels(registry);
  tensor::registerInferTypeOpInterfaceExternalModels(registry);
  tensor::registerSubsetOpInterfaceExternalModels(registry);
  vector::registerBufferizableOpInterfaceExternalModels(registry);
  vector::registerSubsetOpInterfaceExternalModels(registry);
}

void mlir::snn::prepareContext(MLIRContext &context) {
  DialectRegistry registry;
  registerModelDialects(registry);
  context.appendDialectRegistry(registry);
  context.loadDialect<SNNDialect>();
  context.disableMultithreading();
  context.printOpOnDiagnostic(false); // the source line says enough
}

void mlir::snn::prepareForCuda(MLIRContext &context) {
  DialectRegistry registry;
  registry.insert<gpu::GPUDialect, NVVM::NVVMDialect>();
  registerCudaTranslation(registry);
  arith::registerConvertArithToLLVMInterface(registry);
  cf::registerConvertControlFlowToLLVMInterface(registry);
  registerConvertFuncToLLVMInterface(registry);
  registerConvertMathToLLVMInterface(registry);
  registerConvertMemRefToLLVMInterface(registry);
  registerConvertNVVMToLLVMInterface(registry);
  ub::registerConvertUBToLLVMInterface(registry);
  vector::registerConvertVectorToLLVMInterface(registry);
  index::registerConvertIndexToLLVMInterface(registry);
  NVVM::registerConvertGpuToNVVMInterface(registry);
  context.appendDialectRegistry(registry);
}

func::FuncOp mlir::snn::findModel(ModuleOp module, StringRef name) {
  SmallVector<func::FuncOp> models;
  for (auto function : module.getOps<func::FuncOp>())
    if (!function.isExternal() &&
        (name.empty() ? function.isPublic() : function.getName() == name))
      models.push_back(function);
  if (models.size() == 1) {
    for (auto function : module.getOps<func::FuncOp>())
      if (!function.isExternal())
        function.setPrivate();
    models.front().setPublic();
    return models.front();
  }
  InFlightDiagnostic error = module.emitError("expected one ");
  if (name.empty())
    error << "public function (mark the others private, or choose one with "
             "--function)";
  else
    error << "function '" << name << "'";
  error << ", but got " << models.size();
  return {};
}

/// An SSA name of the text, or `fallback` where it is only a number.
static std::string getName(SMRange range, StringRef fallback, size_t index) {
  StringRef text;
  if (range.isValid())
    text = StringRef(range.Start.getPointer(),
                     range.End.getPointer() - range.Start.getPointer());
  text.consume_front("%");
  bool isNumber = !text.empty() && llvm::all_of(text, llvm::isDigit);
  if (text.empty() || isNumber)
    return (fallback + Twine(index)).str();
  return text.str();
}

BoundaryNames mlir::snn::readNames(func::FuncOp model,
                                   const AsmParserState &state) {
  BoundaryNames names;
  const AsmParserState::BlockDefinition *block =
      state.getBlockDef(&model.front());
  for (size_t i = 0; i < model.getNumArguments(); ++i)
    names.arguments.push_back(getName(block && i < block->arguments.size()
                                          ? block->arguments[i].loc
                                          : SMRange(),
                                      "input", i));
  for (auto [i, value] :
       llvm::enumerate(model.front().getTerminator()->getOperands())) {
    SMRange range;
    if (auto argument = dyn_cast<BlockArgument>(value)) {
      names.results.push_back(names.arguments[argument.getArgNumber()]);
      continue;
    }
    auto result = cast<OpResult>(value);
    if (const auto *definition = state.getOpDef(result.getOwner()))
      for (const auto &group : definition->resultGroups)
        if (group.startIndex <= result.getResultNumber())
          range = group.definition.loc;
    names.results.push_back(getName(range, "output", i));
  }
  return names;
}

void mlir::snn::makeDistinct(ArrayRef<std::string *> names) {
  llvm::StringSet<> taken, seen;
  for (std::string *name : names)
    taken.insert(*name);
  for (auto [i, name] : llvm::enumerate(names)) {
    if (seen.insert(*name).second)
      continue;
    std::string base = *name;
    for (size_t number = i; !taken.insert(*name).second; ++number)
      *name = base + std::to_string(number);
  }
}

static void makeNamesDistinct(std::vector<BoundaryTensor> &tensors) {
  SmallVector<std::string *> names;
  for (BoundaryTensor &tensor : tensors)
    names.push_back(&tensor.name);
  makeDistinct(names);
}

ExitCode mlir::snn::parseModel(llvm::SourceMgr &sources, MLIRContext &context,
                               const CompileRequest &request, ModelFile &file) {
  // Ops of other dialects are told by their places once the text is read.
  context.allowUnregisteredDialects(!request.trustIr);
  ScopedDiagnosticHandler reworder(&context, [&](Diagnostic &diagnostic) {
    return failure(request.trustIr || failed(rewordForeignOp(diagnostic)));
  });
  file.module =
      ModuleOp::create(FileLineColLoc::get(&context, request.input, 1, 1));
  ParserConfig config(&context, /*verifyAfterParse=*/false);
  Block *body = file.module->getBody();
  const llvm::MemoryBuffer *buffer =
      sources.getMemoryBuffer(sources.getMainFileID());
  LogicalResult parsed =
      isBytecodeFile(buffer->getBuffer())
          ? readBytecodeFile(buffer->getMemBufferRef(), body, config)
          : parseAsmSourceFile(sources, body, config, &file.text);
  context.allowUnregisteredDialects(false);
  if (failed(parsed))
    return ExitCode::UserError;
  // A file may hold the module itself.
  if (llvm::hasSingleElement(*body))
    if (auto inner = dyn_cast<ModuleOp>(body->front())) {
      inner->remove();
      file.module = inner;
    }
  return ExitCode::Ok;
}

ExitCode mlir::snn::readModel(llvm::SourceMgr &sources, MLIRContext &context,
                              const CompileRequest &request, ModelFile &file) {
  if (ExitCode code = parseModel(sources, context, request, file);
      code != ExitCode::Ok)
    return code;
  if ((!request.trustIr && failed(checkContents(*file.module))) ||
      failed(verify(*file.module)))
    return ExitCode::UserError;
  file.model = findModel(*file.module, request.function);
  if (!file.model)
    return ExitCode::UserError;
  if (ExitCode code = checkCalls(file.model, request.limits.maxOps);
      code != ExitCode::Ok)
    return code;
  if (ExitCode code = checkSizes(file.model, request.limits.maxParamBytes);
      code != ExitCode::Ok)
    return code;
  if (failed(checkModel(file.model)))
    return ExitCode::UserError;
  file.names = readNames(file.model, file.text);
  return ExitCode::Ok;
}

//===----------------------------------------------------------------------===//
// Checks
//===----------------------------------------------------------------------===//

std::optional<snn_dtype> mlir::snn::getDType(Type type) {
  if (type.isF16())
    return SNN_F16;
  if (type.isBF16())
    return SNN_BF16;
  if (type.isF32())
    return SNN_F32;
  if (type.isF64())
    return SNN_F64;
  if (!type.isSignlessInteger())
    return std::nullopt;
  switch (type.getIntOrFloatBitWidth()) {
  case 1:
    return SNN_I1;
  case 8:
    return SNN_I8;
  case 16:
    return SNN_I16;
  case 32:
    return SNN_I32;
  case 64:
    return SNN_I64;
  default:
    return std::nullopt;
  }
}

static LogicalResult checkBoundaryType(func::FuncOp model, Type type,
                                       StringRef what, unsigned index,
                                       bool isSequence) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor || !getDType(tensor.getElementType()))
    return model.emitOpError("expected ")
           << what << " " << index
           << " of a model to be a tensor of f16, bf16, f32, f64, i1, i8, i16, "
              "i32 or i64, but got "
           << type;
  int64_t first = isSequence ? 2 : 0, dynamic = 0;
  for (int64_t dim = first; dim < tensor.getRank(); ++dim)
    dynamic += tensor.isDynamicDim(dim);
  if (dynamic > (isSequence ? 0 : 1))
    return model.emitOpError("expected ")
           << what << " " << index << " of a model to be dynamic in "
           << (isSequence ? "time and batch" : "the batch") << " only, but got "
           << type;
  if (isSequence && llvm::is_contained(tensor.getShape(), 0))
    return model.emitOpError("expected ")
           << what << " " << index
           << " of a model to have sizes of 1 or more, but got " << type;
  return success();
}

/// Tables end, and a run must know where: static lengths, constant offsets.
static LogicalResult checkTables(func::FuncOp model) {
  WalkResult result = model.walk([](SequenceOpInterface op) -> WalkResult {
    if (auto neuron = dyn_cast<NeuronOp>(op.getOperation()))
      for (Value table : neuron.getTables())
        if (cast<RankedTensorType>(table.getType()).isDynamicDim(0))
          return op.emitOpError("expected a table of static length in a model, "
                                "but got ")
                 << table.getType();
    if (auto conv = dyn_cast<TemporalConvOp>(op.getOperation()))
      if (conv.getPerStep() && conv.getKernel().getType().isDynamicDim(0))
        return op.emitOpError(
                   "expected a kernel per step of static length in a "
                   "model, but got ")
               << conv.getKernel().getType();
    Value offset = op.getPositionOperand();
    if (offset && !isa<BlockArgument>(offset) &&
        !matchPattern(offset, m_Constant()))
      return op.emitOpError("expected a constant offset in a model");
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

/// Whether a dynamic value is a reshape or slice, whose dynamic dimension may
/// be the batch and more.
static bool reshapesBatch(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  Operation *op = value.getDefiningOp();
  return type && !type.hasStaticShape() && op &&
         isa<tensor::TensorDialect>(op->getDialect()) &&
         !isa<tensor::CastOp>(op);
}

static LogicalResult checkArgument(func::FuncOp model, unsigned index) {
  bool marked = model.getArgAttr(index, kParamAttr) ||
                model.getArgAttr(index, kStateAttr);
  if (failed(checkBoundaryType(model, model.getArgumentTypes()[index],
                               "argument", index, !marked)))
    return failure();
  auto state = model.getArgAttrOfType<StringAttr>(index, kStateAttr);
  auto isPair = [&](unsigned result) {
    return model.getResultAttr(result, kStateAttr) == state;
  };
  if (state && llvm::none_of(llvm::seq(model.getNumResults()), isPair))
    return model.emitOpError("expected a result marked with state ")
           << state << " of argument " << index;
  return success();
}

static LogicalResult checkResult(func::FuncOp model, unsigned index,
                                 const TimeAnalysis &time) {
  Value value = model.front().getTerminator()->getOperand(index);
  bool isSequence = !model.getResultAttr(index, kStaticAttr) &&
                    !model.getResultAttr(index, kStateAttr);
  if (failed(checkBoundaryType(model, value.getType(), "result", index,
                               isSequence)))
    return failure();
  if (!isSequence && reshapesBatch(value))
    return model.emitOpError("expected the dynamic dimension of result ")
           << index << " to be the batch, but a reshape or slice makes it";
  if (isSequence && !time.isSequence(value))
    return model.emitOpError("expected result ")
           << index << " to be a sequence, or to be marked '" << kStaticAttr
           << "' or '" << kStateAttr << "'";
  return success();
}

LogicalResult mlir::snn::checkModel(func::FuncOp model) {
  if (!model.getBody().hasOneBlock())
    return model.emitOpError("expected a model of one block");
  if (model.getNumResults() == 0)
    return model.emitOpError("expected a model with results, but got none");
  bool hasFailed = false;
  for (unsigned i : llvm::seq(model.getNumArguments()))
    hasFailed |= failed(checkArgument(model, i));
  if (hasFailed || failed(checkTables(model)))
    return failure();
  TimeAnalysis time(model.front(), getSequenceArguments(model));
  for (unsigned i : llvm::seq(model.getNumResults()))
    hasFailed |= failed(checkResult(model, i, time));
  return failure(hasFailed);
}

//===----------------------------------------------------------------------===//
// Interface
//===----------------------------------------------------------------------===//

static BoundaryTensor describe(std::string name, Type type, bool isSequence) {
  auto tensor = cast<RankedTensorType>(type);
  BoundaryTensor result{
      std::move(name), *getDType(tensor.getElementType()),          {},
      isSequence,      isSequence && tensor.getRank() > 1 ? 1 : -1, {}};
  for (auto [dim, size] : llvm::enumerate(tensor.getShape())) {
    bool isDynamic = ShapedType::isDynamic(size);
    bool isTime = isSequence && dim == 0;
    result.shape.push_back(!isDynamic ? size
                           : isTime   ? int64_t(SNN_DIM_TIME)
                                      : int64_t(SNN_DIM_BATCH));
    if (isDynamic && !isTime)
      result.batchDim = dim;
  }
  return result;
}

/// Bytes of one step of one element of the batch of all that is computed and
/// not returned.
static int64_t getBytesPerStep(func::FuncOp model) {
  int64_t bytes = 0;
  for (Operation &op : model.front())
    for (Value result : op.getResults()) {
      auto type = dyn_cast<RankedTensorType>(result.getType());
      if (!type || type.getRank() < 3 || !type.isDynamicDim(0) ||
          isWrittenOnlyPacked(result) || isReadOnlyPacked(result))
        continue;
      bool isReturned = llvm::any_of(result.getUsers(), [](Operation *user) {
        return isa<func::ReturnOp>(user);
      });
      int64_t elements = 1;
      for (int64_t size : type.getShape().drop_front(2))
        elements *= ShapedType::isDynamic(size) ? 1 : size;
      if (!isReturned || getElementTypeOrSelf(type).isInteger(1))
        bytes += elements * llvm::divideCeil(type.getElementTypeBitWidth(), 8);
    }
  return bytes;
}

/// How far the model's tables reach, and how long its windows should be.
static void limitSteps(func::FuncOp model, ModelInterface &interface) {
  model.walk([&](SequenceOpInterface op) {
    int64_t steps = op.getMaxSteps();
    // A constant offset, which checkModel asks for, stands beside the position.
    APInt offset;
    if (auto sum = dyn_cast_if_present<arith::AddIOp>(
            op.getPositionOperand() ? op.getPositionOperand().getDefiningOp()
                                    : nullptr))
      if (steps >= 0 && matchPattern(sum.getRhs(), m_ConstantInt(&offset)))
        steps = std::max<int64_t>(steps - offset.getSExtValue(), 0);
    if (steps >= 0)
      interface.maxSteps =
          interface.maxSteps < 0 ? steps : std::min(interface.maxSteps, steps);
    if (auto recurrent = dyn_cast<RecurrentOp>(op.getOperation()))
      interface.windowMultiple = std::max<int64_t>(
          interface.windowMultiple,
          recurrent.getWindow().value_or(recurrent.getLongestWindow()));
    // Each window moves the whole history, and a last block costs as much as a
    // full one.
    int64_t good = 1;
    if (auto delay = dyn_cast<DelayOp>(op.getOperation()))
      good = delay.getHistory();
    if (auto conv = dyn_cast<TemporalConvOp>(op.getOperation()))
      good = conv.isFFT() ? conv.getBlockSize() - conv.getNumTaps() + 1
                          : conv.getNumTaps() - 1;
    interface.windowMultiple = std::max(interface.windowMultiple, good);
  });
  // A neuron without inputs runs for all steps of its tables, so all else does.
  for (auto neuron : model.front().getOps<NeuronOp>())
    if (neuron.getInputs().empty())
      for (auto *list : {&interface.outputs, &interface.records})
        for (BoundaryTensor &tensor : *list)
          if (tensor.isSequence && tensor.shape[0] == SNN_DIM_TIME)
            tensor.shape[0] = neuron.getMaxSteps();
}

ModelInterface mlir::snn::describeModel(func::FuncOp model,
                                        const BoundaryNames &names,
                                        SmallVectorImpl<size_t> &slots) {
  ModelInterface interface;
  interface.flags = getCuts(model);
  interface.name = model.getName().str();
  // Lists in the order of the runtime's arguments: inputs, params, states,
  // outputs, states after, records.
  std::vector<BoundaryTensor> after;
  std::vector<BoundaryTensor> *lists[] = {&interface.inputs,
                                          &interface.params,
                                          &interface.states,
                                          &interface.outputs,
                                          &after,
                                          &interface.records};
  SmallVector<std::pair<size_t, size_t>> places; // list, index in it
  auto append = [&](size_t list, std::string name, Type type, bool sequence) {
    places.emplace_back(list, lists[list]->size());
    lists[list]->push_back(describe(std::move(name), type, sequence));
  };
  for (auto [i, type] : llvm::enumerate(model.getArgumentTypes())) {
    if (!isa<RankedTensorType>(type))
      continue;
    if (auto param = model.getArgAttrOfType<StringAttr>(i, kParamAttr))
      append(1, param.str(), type, false);
    else if (auto state = model.getArgAttrOfType<StringAttr>(i, kStateAttr))
      append(2, state.str(), type, false);
    else
      append(0, names.arguments[i], type, true);
  }
  for (auto [i, type] : llvm::enumerate(model.getResultTypes())) {
    if (auto state = model.getResultAttrOfType<StringAttr>(i, kStateAttr))
      append(4, state.str(), type, false);
    else if (auto record =
                 model.getResultAttrOfType<StringAttr>(i, kRecordAttr))
      append(5, record.str(), type, true);
    else
      append(3, names.results[i], type, !model.getResultAttr(i, kStaticAttr));
  }
  // States after stand in the order of the states before.
  for (auto &place : places)
    if (place.first == 4)
      place.second =
          llvm::find_if(interface.states,
                        [&](const BoundaryTensor &state) {
                          return state.name == after[place.second].name;
                        }) -
          interface.states.begin();
  for (auto [list, index] : places) {
    size_t slot = index;
    for (size_t before = 0; before < list; ++before)
      slot += lists[before]->size();
    slots.push_back(slot);
  }
  makeNamesDistinct(interface.inputs);
  makeNamesDistinct(interface.outputs);

  limitSteps(model, interface);
  interface.bytesPerStep = getBytesPerStep(model);
  return interface;
}
