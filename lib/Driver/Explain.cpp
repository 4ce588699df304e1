//===- Explain.cpp - What a compiled model says about itself --------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Explain.h"
#include "snn/Analysis/GridCertificate.h"
#include "snn/Analysis/Report.h"
#include "snn/IR/SNN.h"

#include "snn/Formats/TensorFile.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/xxhash.h"

#include <cstring>

using namespace mlir;
using namespace mlir::snn;

namespace json = llvm::json;
namespace rt = ::snn::rt;

//===----------------------------------------------------------------------===//
// The grid certificate
//===----------------------------------------------------------------------===//

/// The value of a parameter in f64, where it is embedded.
static std::optional<std::vector<double>>
getValues(StringRef name, const rt::TensorFile *weights) {
  const rt::NamedTensor *tensor = weights ? weights->find(name.str()) : nullptr;
  if (!tensor)
    return std::nullopt;
  int64_t count = tensor->shape.elements();
  auto data = rt::convertElements(name.str(), tensor->type, tensor->data, count,
                                  rt::ElementType::F64);
  if (!data)
    return std::nullopt; // the binding of the weights tells why
  std::vector<double> values(count);
  std::memcpy(values.data(), data->data(), count * sizeof(double));
  return values;
}

void mlir::snn::certifyGrid(func::FuncOp model, const rt::TensorFile *weights) {
  bool hasGrid = false;
  for (unsigned i = 0; i != model.getNumArguments(); ++i)
    hasGrid |= bool(model.getArgAttr(i, kGridAttr));
  if (!hasGrid || !model.getBody().hasOneBlock())
    return;
  GridCertificate certificate(
      model, [&](BlockArgument argument) -> std::optional<std::vector<double>> {
        auto name = model.getArgAttrOfType<StringAttr>(argument.getArgNumber(),
                                                       kParamAttr);
        return getValues(name.getValue(), weights);
      });
  nameRecordedLayers(model.front());
  for (SequenceOpInterface op : model.front().getOps<SequenceOpInterface>()) {
    if (!isa<LinearOp, Conv2dOp, SumPool2dOp, AvgPool2dOp, TemporalConvOp,
             ScanOp, LIFOp, LIOp, CubaLIFOp, NeuronOp, RecurrentOp>(
            op.getOperation()))
      continue;
    setReport(op, "op", op->getName().stripDialect());
    setReport(op, report::kCertificate,
              (certificate.isExact(op) ? "exact: " : "none: ") +
                  certificate.getReason(op));
  }
}

//===----------------------------------------------------------------------===//
// The report
//===----------------------------------------------------------------------===//

void mlir::snn::nameLayers(func::FuncOp model) {
  for (SequenceOpInterface op : model.front().getOps<SequenceOpInterface>())
    if (!isa<PackOp, UnpackOp>(op.getOperation()) &&
        getReport(op, report::kOp).empty())
      setReport(op, report::kOp, op->getName().stripDialect());
}

/// The entries of the report that are dictionaries: a model file may hold
/// anything under that name.
static SmallVector<DictionaryAttr> getEntries(func::FuncOp model) {
  SmallVector<DictionaryAttr> entries;
  if (auto report = model->getAttrOfType<ArrayAttr>(kReportAttr))
    for (Attribute attribute : report)
      if (auto entry = dyn_cast<DictionaryAttr>(attribute))
        entries.push_back(entry);
  return entries;
}

static json::Object toObject(DictionaryAttr dictionary) {
  json::Object object;
  for (NamedAttribute attribute : dictionary) {
    json::Value value = nullptr;
    if (auto text = dyn_cast<StringAttr>(attribute.getValue()))
      value = json::fixUTF8(text.getValue());
    else if (auto number = dyn_cast<FloatAttr>(attribute.getValue()))
      value = number.getValueAsDouble();
    else if (auto number = dyn_cast<IntegerAttr>(attribute.getValue()))
      value = number.getInt();
    else
      continue;
    object[json::fixUTF8(attribute.getName().strref())] = std::move(value);
  }
  return object;
}

/// The error terms that passes have declared, with the layers they are of.
static json::Array getBounds(func::FuncOp model) {
  json::Array bounds;
  model->walk([&](Operation *op) {
    auto bound = op->getAttrOfType<DictionaryAttr>(kBoundAttr);
    if (!bound)
      return;
    json::Object object = toObject(bound);
    if (auto layer = op->getAttrOfType<StringAttr>(kLayerAttr))
      object["layer"] = json::fixUTF8(layer.getValue());
    bounds.push_back(std::move(object));
  });
  return bounds;
}

static std::string formatHash(uint64_t hash) {
  return llvm::formatv("{0:x-16}", hash);
}

/// A hash of all embedded values; null without any.
static json::Value hashWeights(const ModelInterface &interface) {
  uint64_t hash = 0;
  bool hasAny = false;
  for (const BoundaryTensor &param : interface.params) {
    if (param.data.empty())
      continue;
    hasAny = true;
    hash = hash * 0x9E3779B97F4A7C15 +
           llvm::xxh3_64bits(StringRef(param.data.data(), param.data.size()));
  }
  return hasAny ? json::Value(formatHash(hash)) : json::Value(nullptr);
}

std::string mlir::snn::makeReport(func::FuncOp model,
                                  const CompileRequest &request,
                                  const ModelInterface &interface) {
  json::Array layers, bounds = getBounds(model);
  bool keepsBits = bounds.empty();
  for (DictionaryAttr entry : getEntries(model)) {
    auto kind = entry.getAs<StringAttr>(report::kClass);
    keepsBits &= !kind || kind.getValue() != "B";
    layers.push_back(toObject(entry));
  }
  json::Object object{
      {"model", json::fixUTF8(interface.name)},
      {"function", json::fixUTF8(model.getName())},
      {"compiler", getCompilerVersion()},
      {"hash", formatHash(interface.hash)},
      {"weights", hashWeights(interface)},
      // E0: the bits of the reference; E2: a run that rounding allows.
      {"level", keepsBits ? "E0" : "E2"},
      {"numerics", request.numerics},
      {"allow", json::Array(request.allow)},
      {"strategy", request.strategy},
      {"optimize", request.optimize},
      {"record", request.record == RecordKind::All      ? "all"
                 : request.record == RecordKind::Spikes ? "spikes"
                                                        : "none"},
      {"bounds", std::move(bounds)},
      {"layers", std::move(layers)}};
  return llvm::formatv("{0}", json::Value(std::move(object)));
}

//===----------------------------------------------------------------------===//
// For people
//===----------------------------------------------------------------------===//

/// Appends a text in lines of at most 88 characters, behind a title.
static void appendWrapped(llvm::raw_ostream &os, StringRef title,
                          StringRef text) {
  constexpr size_t indent = 14, width = 88;
  os << "  " << llvm::left_justify(title, indent - 2);
  size_t column = indent;
  SmallVector<StringRef> words;
  text.split(words, ' ', -1, /*KeepEmpty=*/false);
  for (StringRef word : words) {
    if (column > indent && column + 1 + word.size() > width) {
      os << "\n" << std::string(indent, ' ');
      column = indent;
    }
    if (column > indent) {
      os << ' ';
      ++column;
    }
    os << word;
    column += word.size();
  }
  os << "\n";
}

std::string mlir::snn::explainLayers(func::FuncOp model) {
  SmallVector<DictionaryAttr> entries = getEntries(model);
  if (entries.empty())
    return "nothing is said about the layers of this model\n";
  std::string text;
  llvm::raw_string_ostream os(text);
  StringRef columns[] = {report::kLayer, report::kOp, report::kVerdict,
                         report::kForm, report::kClass};
  auto getText = [](DictionaryAttr entry, StringRef key) {
    auto value = entry.getAs<StringAttr>(key);
    return value ? value.getValue() : StringRef();
  };
  size_t widths[std::size(columns)];
  for (auto [width, key] : llvm::zip_equal(widths, columns)) {
    width = key.size();
    for (DictionaryAttr entry : entries)
      width = std::max(width, getText(entry, key).size());
  }
  auto printRow = [&](function_ref<StringRef(StringRef)> getCell) {
    std::string row;
    for (auto [width, key] : llvm::zip_equal(widths, columns)) {
      StringRef cell = getCell(key);
      row += cell.str() + std::string(width - cell.size() + 2, ' ');
    }
    os << StringRef(row).rtrim() << "\n";
  };
  printRow([](StringRef key) { return key; });
  for (DictionaryAttr entry : entries) {
    printRow([&](StringRef key) { return getText(entry, key); });
    for (const auto &attribute : entry)
      if (isa<StringAttr>(attribute.getValue()) &&
          !llvm::is_contained(columns, attribute.getName().strref()) &&
          !getText(entry, attribute.getName()).empty())
        appendWrapped(os, attribute.getName(),
                      getText(entry, attribute.getName()));
  }
  return text;
}
