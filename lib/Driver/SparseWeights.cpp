//===- SparseWeights.cpp - Embedded matrices as lists of edges ------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Model.h"
#include "snn/Analysis/Report.h"
#include "snn/IR/SNN.h"

using namespace mlir;
using namespace mlir::snn;

/// Whether lists of edges are faster than rows of weights. In the time of an
/// edge, a row adds 16 weights, or 8 that come from memory; a spike that has a
/// list costs 10 edges, for its end is not predicted. Measured with rows of 5 %
/// and 20 % spikes, AVX2 and AVX-512: with 256 outputs, 2 % of the weights are
/// as fast as all of them, with 512 4 %, with 1024 8 %, with 2048 15 %.
static bool areFaster(int64_t edges, int64_t inputs, int64_t outputs) {
  constexpr int64_t cachedWeights = 2 << 20;
  int64_t lanes = inputs * outputs > cachedWeights ? 8 : 16;
  return lanes * (edges + 10 * inputs) <= outputs * inputs;
}

static bool isZero(uint32_t weight) { return (weight << 1) == 0; }

static SmallVector<uint32_t> getWords(ArrayRef<char> data) {
  SmallVector<uint32_t> words(data.size() / sizeof(uint32_t));
  std::memcpy(words.data(), data.data(), data.size());
  return words;
}

/// The words of `snn.sparse_linear` for a matrix `outputs x inputs`.
static std::vector<char> compress(ArrayRef<uint32_t> weights, int64_t outputs,
                                  int64_t inputs) {
  SmallVector<uint32_t> starts = {0}, targets, values;
  for (int64_t k = 0; k != inputs; ++k) {
    for (int64_t o = 0; o != outputs; ++o)
      if (uint32_t weight = weights[o * inputs + k]; !isZero(weight)) {
        targets.push_back(o);
        values.push_back(weight);
      }
    starts.push_back(targets.size());
  }
  std::vector<char> result;
  for (ArrayRef<uint32_t> words :
       {ArrayRef(starts), ArrayRef(targets), ArrayRef(values)}) {
    const char *bytes = reinterpret_cast<const char *>(words.data());
    result.insert(result.end(), bytes, bytes + words.size() * sizeof(uint32_t));
  }
  return result;
}

static bool isMatrixOfSpikes(BlockArgument argument) {
  auto type = dyn_cast<RankedTensorType>(argument.getType());
  return type && type.getElementType().isF32() &&
         areWeights(argument, [](LinearOp op) {
           return op.getInput().getType().getElementType().isInteger(1);
         });
}

/// The layer that an op is part of: its own, or that of what it is the input
/// of; null where neither has a name.
static Operation *findLayer(Operation *op) {
  while (op && !op->hasAttr(kLayerAttr))
    op = op->getNumResults() == 1 && op->hasOneUse() ? *op->user_begin()
                                                     : nullptr;
  return op;
}

static void readEdges(LinearOp op, BlockArgument edges, RankedTensorType weight,
                      const Twine &report) {
  OpBuilder builder(op);
  auto sparse = SparseLinearOp::create(
      builder, op.getLoc(), op.getInput(), edges, op.getBias(),
      weight.getShape().drop_front(), weight.getDimSize(0));
  sparse->setDiscardableAttrs(op->getDiscardableAttrDictionary());
  op.replaceAllUsesWith(sparse.getOutput());
  op.erase();
  if (Operation *layer = findLayer(sparse))
    appendReport(layer, report::kDone, report);
}

void mlir::snn::compressWeights(func::FuncOp model, ModelInterface &interface) {
  size_t next = 0;
  for (BlockArgument argument : model.getArguments()) {
    if (!model.getArgAttr(argument.getArgNumber(), kParamAttr))
      continue;
    BoundaryTensor &param = interface.params[next++];
    if (param.data.empty() || !isMatrixOfSpikes(argument))
      continue;
    SmallVector<uint32_t> weights = getWords(param.data);
    int64_t count = weights.size(),
            edges = count - llvm::count_if(weights, isZero);
    int64_t outputs = param.shape[0], inputs = count / outputs;
    constexpr int64_t most = std::numeric_limits<int32_t>::max();
    if (!areFaster(edges, inputs, outputs) || edges > most)
      continue;
    interface.reordered.push_back(compress(weights, outputs, inputs));
    param.data = interface.reordered.back();
    SmallVector<LinearOp> users;
    for (Operation *user : argument.getUsers())
      users.push_back(cast<LinearOp>(user));
    std::string report = "sparse weights: lists of " + std::to_string(edges) +
                         " of " + std::to_string(count) + " weights of '" +
                         param.name + "'";
    auto weight = cast<RankedTensorType>(argument.getType());
    argument.setType(
        RankedTensorType::get({int64_t(param.data.size() / sizeof(uint32_t))},
                              IntegerType::get(model.getContext(), 32)));
    for (LinearOp user : users)
      readEdges(user, argument, weight, report);
  }
  model.setFunctionType(FunctionType::get(model.getContext(),
                                          model.front().getArgumentTypes(),
                                          model.getResultTypes()));
}
