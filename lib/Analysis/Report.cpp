//===- Report.cpp - What is said about the time of each layer -------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/Analysis/Report.h"
#include "snn/IR/SNN.h"

#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace mlir::snn;

StringAttr mlir::snn::nameLayer(Operation *op) {
  if (auto name = op->getAttrOfType<StringAttr>(kLayerAttr))
    return name;
  llvm::StringSet<> taken;
  auto function = op->getParentOfType<FunctionOpInterface>();
  function->walk([&](Operation *other) {
    if (auto name = other->getAttrOfType<StringAttr>(kLayerAttr))
      taken.insert(name.getValue());
  });
  StringRef base = op->getName().stripDialect();
  unsigned number = 0;
  while (taken.contains((base + Twine(number)).str()))
    ++number;
  auto name = StringAttr::get(op->getContext(), base + Twine(number));
  op->setAttr(kLayerAttr, name);
  return name;
}

static SmallVector<Attribute> getEntries(Operation *function) {
  if (auto report = function->getAttrOfType<ArrayAttr>(kReportAttr))
    return SmallVector<Attribute>(report.getValue());
  return {};
}

static StringRef getValue(Operation *function, StringAttr layer,
                          StringRef key) {
  for (Attribute entry : getEntries(function)) {
    auto dictionary = cast<DictionaryAttr>(entry);
    if (dictionary.get(report::kLayer) != layer)
      continue;
    auto value = dictionary.getAs<StringAttr>(key);
    return value ? value.getValue() : StringRef();
  }
  return {};
}

static void setValue(Operation *function, StringAttr layer, StringRef key,
                     const Twine &value) {
  MLIRContext *context = function->getContext();
  SmallVector<Attribute> entries = getEntries(function);
  auto *found = llvm::find_if(entries, [&](Attribute entry) {
    return cast<DictionaryAttr>(entry).get(report::kLayer) == layer;
  });
  NamedAttrList attributes;
  if (found != entries.end())
    attributes = cast<DictionaryAttr>(*found);
  attributes.set(report::kLayer, layer);
  attributes.set(key, StringAttr::get(context, value));
  Attribute entry = attributes.getDictionary(context);
  if (found != entries.end())
    *found = entry;
  else
    entries.push_back(entry);
  function->setAttr(kReportAttr, ArrayAttr::get(context, entries));
}

StringRef mlir::snn::getReport(Operation *op, StringRef key) {
  auto layer = op->getAttrOfType<StringAttr>(kLayerAttr);
  if (!layer)
    return {};
  return getValue(op->getParentOfType<FunctionOpInterface>(), layer, key);
}

void mlir::snn::setReport(Operation *op, StringRef key, const Twine &value) {
  StringAttr layer = nameLayer(op);
  setValue(op->getParentOfType<FunctionOpInterface>(), layer, key, value);
}

void mlir::snn::appendReport(Operation *op, StringRef key, const Twine &value) {
  StringAttr layer = nameLayer(op);
  appendReport(op->getParentOfType<FunctionOpInterface>(), layer, key, value);
}

void mlir::snn::appendReport(Operation *function, StringAttr layer,
                             StringRef key, const Twine &value) {
  std::string text = getValue(function, layer, key).str();
  if (!text.empty())
    text += "; ";
  setValue(function, layer, key, text + value);
}

void mlir::snn::nameRecordedLayers(Block &model) {
  auto ops = model.getOps<SequenceOpInterface>();
  if (llvm::any_of(ops, [](Operation *op) { return op->hasAttr(kLayerAttr); }))
    return;
  for (SequenceOpInterface op : ops) {
    bool isSpiking = llvm::any_of(op->getResults(), [](OpResult result) {
      return getElementTypeOrSelf(result.getType()).isInteger(1);
    });
    bool isGated =
        !op->use_empty() && llvm::all_of(op->getUsers(), [](Operation *user) {
          return isa<RefractoryOp>(user);
        });
    if (isSpiking && !isGated && !isa<DelayOp, UnpackOp>(op.getOperation()))
      nameLayer(op);
  }
}
