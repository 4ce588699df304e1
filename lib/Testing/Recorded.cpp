//===- Recorded.cpp - What a run of a model leaves to replay it -----------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Recorded.h"
#include "snn/IR/SNN.h"

#include "llvm/ADT/StringSet.h"
#include "llvm/Support/JSON.h"

#include <cmath>

using namespace mlir;
using namespace mlir::snn;
using namespace mlir::snn::testing;

Type testing::getBoundaryType(MLIRContext *context, int32_t type) {
  Builder builder(context);
  switch (snn_dtype(type)) {
  case SNN_I1:
    return builder.getI1Type();
  case SNN_F16:
    return builder.getF16Type();
  case SNN_BF16:
    return builder.getBF16Type();
  case SNN_F32:
    return builder.getF32Type();
  case SNN_F64:
    return builder.getF64Type();
  default:
    return builder.getIntegerType(
        8 * ::snn::rt::elementBytes(::snn::rt::ElementType(type)));
  }
}

/// Whether spikes are only candidates of a gate, or moved in time or layout.
static bool isIntermediate(Operation *op) {
  return isa<DelayOp, UnpackOp>(op) ||
         (!op->use_empty() && llvm::all_of(op->getUsers(), [](Operation *user) {
           return isa<RefractoryOp>(user);
         }));
}

void testing::nameLayers(func::FuncOp model) {
  DenseMap<Operation *, std::string> names = getLayerNames(model);
  for (SequenceOpInterface op : model.front().getOps<SequenceOpInterface>())
    if (!op->hasAttr(kLayerAttr) && !isIntermediate(op))
      op->setAttr(kLayerAttr, StringAttr::get(model.getContext(), names[op]));
}

Recording testing::makeRecording(func::FuncOp model, ArrayRef<unsigned> results,
                                 const ModelInterface &interface,
                                 ArrayRef<reference::Tensor> outputs) {
  Recording recording;
  Operation *terminator = model.front().getTerminator();
  for (auto [i, result] : llvm::enumerate(results))
    recording.values[terminator->getOperand(result)] = outputs[i];
  llvm::StringMap<Value> spikes, states;
  llvm::StringSet<> taken;
  for (SequenceOpInterface op : model.front().getOps<SequenceOpInterface>()) {
    auto layer = op->getAttrOfType<StringAttr>(kLayerAttr);
    if (!layer)
      continue;
    for (OpResult result : op->getResults()) {
      auto type = dyn_cast<RankedTensorType>(result.getType());
      if (!type || !type.getElementType().isInteger(1) || type.getRank() < 3 ||
          !op.isSequenceResult(result))
        continue;
      std::string name = layer.str();
      for (unsigned number = 0; !taken.insert(name).second; ++number)
        name = (layer.getValue() + Twine(number)).str();
      spikes[name] = result;
    }
    for (auto [i, final] : llvm::enumerate(op.getFinalStates()))
      states[(layer.getValue() + "." + Twine(i)).str()] = final;
  }
  for (OpOperand &operand : terminator->getOpOperands())
    if (auto name = model.getResultAttrOfType<StringAttr>(
            operand.getOperandNumber(), kStateAttr))
      states[name.getValue()] = operand.get();
  for (size_t i = results.size(); i < outputs.size(); ++i) {
    StringRef name = interface.outputs[i].name;
    if (Value value = spikes.lookup(name);
        value && outputs[i].elementType.isInteger(1))
      recording.values[value] = outputs[i];
    else if (Value value = states.lookup(name);
             value &&
             outputs[i].shape.size() ==
                 size_t(cast<RankedTensorType>(value.getType()).getRank() + 1))
      recording.states[value] = outputs[i];
  }
  return recording;
}

/// What a pass has declared of an op: numbers by the names of ErrorTerm, or
/// those of a kind. A scan composes maps by squaring and one after the other; a
/// convolution of K taps rounds each, and may leave away what is older; a
/// transform has an error relative to the norms of what it convolves, a
/// recognised recurrence one relative to its largest input.
static ErrorTerm getTerm(const llvm::json::Object &bound, int64_t steps) {
  auto get = [&](StringRef key, double otherwise) {
    return bound.getNumber(key).value_or(otherwise);
  };
  StringRef kind = bound.getString("kind").value_or("");
  double depth = std::log2(double(std::max<int64_t>(steps, 2)));
  double coefficient = get("coefficient", 0);
  ErrorTerm term;
  term.factor = get("factor", kind == "scan"   ? 2 * depth + 4
                              : kind == "conv" ? get("taps", 0) + 4
                                               : 1);
  term.absolute = get("absolute", 0);
  term.relative = get("relative", kind == "recurrence" ? coefficient
                                                       : get("truncation", 0));
  term.norm = get("norm", kind == "fft" ? coefficient : 0);
  return term;
}

llvm::Error testing::addBounds(StringRef report, int64_t steps,
                               ReplayOptions &options) {
  auto parsed = llvm::json::parse(report);
  if (!parsed)
    return parsed.takeError();
  if (const llvm::json::Array *bounds =
          parsed->getAsObject()->getArray("bounds"))
    for (const llvm::json::Value &bound : *bounds)
      if (auto layer = bound.getAsObject()->getString("layer"))
        options.bounds[*layer] = getTerm(*bound.getAsObject(), steps);
  return llvm::Error::success();
}
