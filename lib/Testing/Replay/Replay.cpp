//===- Replay.cpp - Whether a run is one that rounding allows -------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Replayer.h"

#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Format.h"

using namespace mlir;
using namespace mlir::snn;
using namespace mlir::snn::testing;

DenseMap<Operation *, std::string> testing::getLayerNames(func::FuncOp model) {
  DenseMap<Operation *, std::string> names;
  llvm::StringSet<> taken;
  model->walk([&](Operation *op) {
    if (auto name = op->getAttrOfType<StringAttr>(kLayerAttr)) {
      names[op] = name.str();
      taken.insert(name.getValue());
    }
  });
  model->walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (op->getNumResults() == 0 || names.contains(op))
      return;
    StringRef base = op->getName().stripDialect();
    for (unsigned number = 0;; ++number) {
      std::string name = (base + Twine(number)).str();
      if (!taken.insert(name).second)
        continue;
      names[op] = name;
      return;
    }
  });
  return names;
}

std::string Violation::toString() const {
  std::string text;
  llvm::raw_string_ostream stream(text);
  stream << "layer " << layer << ", " << place << ": ";
  if (threshold)
    stream << llvm::format("expected %s at potential %.9g, threshold %.9g and "
                           "bound %.3g, but got %s",
                           recorded ? "no spike" : "a spike", potential,
                           *threshold, bound, recorded ? "a spike" : "none");
  else
    stream << llvm::format("expected %.9g within %.3g, but got %.9g", potential,
                           bound, recorded);
  return text;
}

std::string ReplayResult::toString() const {
  std::string text;
  llvm::raw_string_ostream stream(text);
  if (level == Level::Violated)
    return "violation in " + violation->toString();
  if (level == Level::E0)
    stream << "E0: outputs equal the reference bit for bit; ";
  else if (level == Level::E1)
    stream << "E1: all spikes are those of the reference; ";
  else
    stream << "E2: ";
  stream << band << " of " << points << " points in the band";
  if (!largestLayer.empty())
    stream << llvm::format(", largest use of the bound %.2g %% (layer ",
                           100 * largestUse)
           << largestLayer << ", " << largestPlace << ")";
  return text;
}

/// Whether two tensors are the same, bit by bit.
static bool areEqual(const reference::Tensor &a, const reference::Tensor &b) {
  return a.shape == b.shape && a.data == b.data;
}

/// What the run has in common with the reference: E0, E1, or no more than E2.
static FailureOr<Level>
compareWithReference(func::FuncOp model, ArrayRef<reference::Tensor> arguments,
                     const Recording &recording, const ReplayOptions &options) {
  bool areSpikesEqual = true;
  auto observe = [&](Value value, const reference::Tensor &tensor) {
    auto found = recording.values.find(value);
    if (found != recording.values.end() && tensor.elementType.isInteger(1))
      areSpikesEqual &= areEqual(found->second, tensor);
  };
  reference::Options settings;
  settings.position = options.position;
  settings.batchOffset = options.batchOffset;
  settings.observe = observe;
  auto results = reference::run(model, arguments, settings);
  if (failed(results))
    return failure();
  bool areOutputsEqual = true;
  Operation *terminator = model.front().getTerminator();
  for (auto [i, tensor] : llvm::enumerate(*results)) {
    auto found = recording.values.find(terminator->getOperand(i));
    if (found == recording.values.end() && model.getResultAttr(i, kStateAttr))
      continue; // no output
    areOutputsEqual &=
        found != recording.values.end() && areEqual(found->second, tensor);
  }
  return !areSpikesEqual ? Level::E2 : areOutputsEqual ? Level::E0 : Level::E1;
}

FailureOr<ReplayResult> testing::replay(func::FuncOp model,
                                        ArrayRef<reference::Tensor> arguments,
                                        const Recording &recording,
                                        const ReplayOptions &options) {
  if (model.isExternal() || !model.getBody().hasOneBlock())
    return model.emitOpError("expected a function of one block");
  if (arguments.size() != model.getNumArguments())
    return model.emitOpError("expected ")
           << model.getNumArguments() << " arguments, but got "
           << arguments.size();
  ReplayResult result;
  if (failed(Replayer(model, recording, options).run(arguments, result)))
    return failure();
  if (result.violation)
    return result;
  FailureOr<Level> level =
      compareWithReference(model, arguments, recording, options);
  if (failed(level))
    return failure();
  result.level = *level;
  return result;
}
