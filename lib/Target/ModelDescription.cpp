//===- ModelDescription.cpp - The interface of a model in memory ----------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/Target/Object.h"

using namespace mlir;
using namespace mlir::snn;

const snn_tensor *ModelDescription::addTensors(ArrayRef<BoundaryTensor> list) {
  std::vector<snn_tensor> &result = tensors.emplace_back();
  for (const BoundaryTensor &tensor : list)
    result.push_back({tensor.name.c_str(), tensor.type,
                      int32_t(tensor.shape.size()), tensor.shape.data(),
                      tensor.isSequence, tensor.batchDim,
                      tensor.data.empty() ? nullptr : tensor.data.data(),
                      tensor.isTransposed});
  return result.data();
}

bool ModelInterface::transposesParams() const {
  return llvm::any_of(params, [](const BoundaryTensor &param) {
    return param.isTransposed && param.data.empty();
  });
}

bool ModelInterface::hasStep() const {
  auto takesOne = [](const BoundaryTensor &tensor) {
    return !tensor.isSequence || tensor.shape[0] == SNN_DIM_TIME ||
           tensor.shape[0] == 1;
  };
  return flags & SNN_CAUSAL && llvm::all_of(inputs, takesOne) &&
         llvm::all_of(outputs, takesOne);
}

ModelDescription::ModelDescription(const ModelInterface &interface,
                                   std::vector<snn_variant> variantList)
    : variants(std::move(variantList)) {
  model.abi_version = SNN_ABI_VERSION;
  model.flags = interface.flags;
  model.name = interface.name.c_str();
  model.compiler = getCompilerVersion().data();
  model.hash = interface.hash;
  model.num_inputs = interface.inputs.size();
  model.num_params = interface.params.size();
  model.num_states = interface.states.size();
  model.num_outputs = interface.outputs.size();
  model.num_records = interface.records.size();
  model.num_variants = variants.size();
  model.inputs = addTensors(interface.inputs);
  model.params = addTensors(interface.params);
  model.states = addTensors(interface.states);
  model.outputs = addTensors(interface.outputs);
  model.records = addTensors(interface.records);
  model.variants = variants.data();
  model.max_steps = interface.maxSteps;
  model.bytes_per_step = interface.bytesPerStep;
  model.window_multiple = interface.windowMultiple;
  model.threads = interface.threads;
  if (!interface.report.empty())
    model.report = interface.report.c_str();
}
