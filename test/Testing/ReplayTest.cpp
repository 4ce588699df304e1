//===- ReplayTest.cpp - Tests of the replay -------------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/Testing/Replay.h"
#include "../Formats/Check.h"
#include "Network.h"
#include "snn/Analysis/GridCertificate.h"
#include "snn/IR/SNN.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Index/IR/IndexDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <cmath>
#include <cstring>
#include <random>

using namespace mlir;
using namespace mlir::snn;
using namespace mlir::snn::testing;
using namespace ::snn::test;
using reference::Tensor;

static MLIRContext &getContext() {
  static MLIRContext context(MLIRContext::Threading::DISABLED);
  context
      .loadDialect<SNNDialect, func::FuncDialect, arith::ArithDialect,
                   index::IndexDialect, linalg::LinalgDialect,
                   math::MathDialect, scf::SCFDialect, tensor::TensorDialect>();
  return context;
}

static OwningOpRef<ModuleOp> parse(const std::string &text) {
  ParserConfig config(&getContext());
  return parseSourceString<ModuleOp>(text, config);
}

template <typename T>
static Tensor makeTensor(Type type, ArrayRef<int64_t> shape,
                         const std::vector<T> &values) {
  Tensor tensor{type, SmallVector<int64_t>(shape), {}};
  const char *data = reinterpret_cast<const char *>(values.data());
  tensor.data.assign(data, data + values.size() * sizeof(T));
  return tensor;
}

//===----------------------------------------------------------------------===//
// Simulated runs
//===----------------------------------------------------------------------===//

namespace {
/// A network as a model, whose simulated runs are replayed.
struct Replayed {
  explicit Replayed(const Network &net)
      : net(net), module(parse(net.getText())),
        model(*module->getOps<func::FuncOp>().begin()) {
    Builder builder(&getContext());
    f32 = builder.getF32Type();
    i1 = builder.getI1Type();
    arguments = {makeTensor(f32, {net.steps, net.batch, net.inputs}, net.x),
                 makeTensor(f32, {net.hidden, net.inputs}, net.weight1),
                 makeTensor(f32, {net.hidden}, net.bias1),
                 makeTensor(f32, {net.outputs, net.hidden}, net.weight2)};
  }

  ReplayResult replay(const Run &run, bool withPotentials,
                      const ReplayOptions &options = {}) {
    Operation *terminator = model.front().getTerminator();
    Recording recording;
    recording.values[terminator->getOperand(0)] =
        makeTensor(i1, {net.steps, net.batch, net.hidden}, run.spikes1);
    recording.values[terminator->getOperand(1)] =
        makeTensor(i1, {net.steps, net.batch, net.outputs}, run.spikes2);
    Tensor potentials =
        makeTensor(f32, {net.steps, net.batch, net.outputs}, run.potentials2);
    if (withPotentials)
      recording.values[terminator->getOperand(2)] = potentials;
    auto result = testing::replay(model, arguments, recording, options);
    return succeeded(result) ? *result : ReplayResult();
  }

  const Network &net;
  OwningOpRef<ModuleOp> module;
  func::FuncOp model;
  Type f32, i1;
  std::vector<Tensor> arguments;
};
} // namespace

static double getRate(const std::vector<uint8_t> &spikes) {
  return double(std::count(spikes.begin(), spikes.end(), 1)) / spikes.size();
}

/// Runs whose sums have another order: E2 at least, and never a violation.
static void testReorderings() {
  int64_t band = 0, others = 0;
  double largest = 0;
  for (uint64_t seed = 0; seed < 20; ++seed)
    for (float decay : {0.5f, 0.9f, 0.999f}) {
      Network net(seed, decay, /*isDyadic=*/false);
      Replayed replayed(net);
      Run straight = simulate(net, Order::Ascending, Bug::None);
      for (Order order : {Order::Descending, Order::Pairwise}) {
        Run run = simulate(net, order, Bug::None);
        CHECK(getRate(run.spikes1) > 0.02 && getRate(run.spikes2) > 0.02);
        others += run.spikes1 != straight.spikes1;
        ReplayResult result = replayed.replay(run, /*withPotentials=*/true);
        if (result.violation)
          std::printf("%s\n", result.toString().c_str());
        CHECK(!result.violation && result.level != Level::Violated);
        CHECK(result.points ==
              int64_t(run.spikes1.size()) + int64_t(run.spikes2.size()));
        band += result.band;
        largest = std::max(largest, result.largestUse);
      }
    }
  std::printf("%lld points in the band, largest use %g, %lld other runs\n",
              (long long)band, largest, (long long)others);
  // A bound that nothing comes near says nothing, nor does one that covers all.
  CHECK(largest > 0.001 && largest < 1);
  CHECK(band < 120 * 60 * 2 * (48 + 16) / 100);
}

/// On a dyadic grid sums are exact in any order, without leak in every step.
static void testGrid() {
  for (uint64_t seed = 0; seed < 5; ++seed) {
    Network net(seed, 1, /*isDyadic=*/true);
    Replayed replayed(net);
    for (Order order : {Order::Descending, Order::Pairwise}) {
      ReplayResult result = replayed.replay(simulate(net, order, Bug::None),
                                            /*withPotentials=*/true);
      CHECK(result.level == Level::E0 && result.band == 0);
    }
  }
}

/// Every structural bug is found, with spikes alone.
static void testBugs() {
  for (uint64_t seed = 0; seed < 5; ++seed) {
    Network net(seed, 0.9f, /*isDyadic=*/false);
    Replayed replayed(net);
    for (Bug bug : {Bug::WrongReset, Bug::LateReset, Bug::LastInput,
                    Bug::OldSpikes, Bug::Weights}) {
      ReplayResult result = replayed.replay(
          simulate(net, Order::Ascending, bug), /*withPotentials=*/false);
      CHECK(result.violation && result.level == Level::Violated);
      if (!result.violation)
        continue;
      CHECK(result.violation->threshold == 1.0);
      CHECK(std::fabs(result.violation->potential - 1) >
            result.violation->bound);
      CHECK(bug != Bug::OldSpikes || result.violation->layer == "second");
    }
    // One last place of a decay is what a rounding may be.
    ReplayResult result = replayed.replay(
        simulate(net, Order::Ascending, Bug::Decay), /*withPotentials=*/true);
    CHECK(!result.violation);
  }
}

/// A declared term widens the bounds of its layer, and of nothing before it.
static void testDeclaredBounds() {
  Network net(3, 0.9f, /*isDyadic=*/false);
  Replayed replayed(net);
  Run run = simulate(net, Order::Ascending, Bug::None);
  for (float &potential : run.potentials2)
    potential += 1e-4f;
  CHECK(replayed.replay(run, true).violation.has_value());
  ReplayOptions options;
  options.bounds["second"].absolute = 2e-4;
  CHECK(!replayed.replay(run, true, options).violation);
  options.bounds.clear();
  options.bounds["first"].factor = 2;
  CHECK(replayed.replay(run, true, options).violation.has_value());
}

/// A leak in chunks, each from a state that their maps give: with terms of
/// both signs, what is summed is far larger than the sum.
static void testScans() {
  constexpr int steps = 512, chunk = 16;
  for (float decay : {0.5f, 0.9f, 0.999f, 0.99999f}) {
    std::mt19937_64 random(9);
    std::uniform_real_distribution<float> uniform(-1, 1);
    std::vector<float> x(steps), local(steps), powers(chunk + 1, 1), y(steps);
    for (int t = 0; t < steps; ++t) {
      x[t] = (t % 2 ? -1000 : 1000) + uniform(random);
      local[t] = t % chunk ? decay * local[t - 1] + x[t] : x[t];
    }
    for (int k = 1; k <= chunk; ++k)
      powers[k] = powers[k - 1] * decay;
    float carry = 0;
    for (int t = 0; t < steps; ++t) {
      y[t] = powers[t % chunk + 1] * carry + local[t];
      if (t % chunk == chunk - 1)
        carry = y[t];
    }
    char text[512];
    std::snprintf(text, sizeof(text),
                  "func.func @f(%%x: tensor<?x?x1xf32>) -> tensor<?x?x1xf32> "
                  "{\n  %%y, %%v = snn.li %%x {decay = %.17e, snn.layer = "
                  "\"leak\"} : tensor<?x?x1xf32>\n  return %%y : "
                  "tensor<?x?x1xf32>\n}\n",
                  double(decay));
    OwningOpRef<ModuleOp> module = parse(text);
    auto model = *module->getOps<func::FuncOp>().begin();
    Type f32 = Float32Type::get(&getContext());
    Recording recording;
    recording.values[model.front().getTerminator()->getOperand(0)] =
        makeTensor(f32, {steps, 1, 1}, y);
    ReplayOptions options;
    options.bounds["leak"].factor = 2 + std::log2(double(steps));
    auto result = testing::replay(model, {makeTensor(f32, {steps, 1, 1}, x)},
                                  recording, options);
    CHECK(succeeded(result) && !result->violation);
    CHECK(succeeded(result) && result->largestUse > 1e-4);
    options.bounds["leak"].factor = 1e-6; // which nothing is within
    result = testing::replay(model, {makeTensor(f32, {steps, 1, 1}, x)},
                             recording, options);
    CHECK(succeeded(result) && result->violation);
  }
}

/// Without leak a bound grows with time, unless states are recorded.
static void testResynchronisation() {
  Network net(4, 1, /*isDyadic=*/false);
  Replayed replayed(net);
  Run run = simulate(net, Order::Ascending, Bug::None);
  ReplayResult open = replayed.replay(run, true);
  Recording recording;
  Operation *terminator = replayed.model.front().getTerminator();
  recording.values[terminator->getOperand(0)] =
      makeTensor(replayed.i1, {net.steps, net.batch, net.hidden}, run.spikes1);
  recording.values[terminator->getOperand(1)] =
      makeTensor(replayed.i1, {net.steps, net.batch, net.outputs}, run.spikes2);
  Operation *second = terminator->getOperand(1).getDefiningOp();
  Tensor states = makeTensor(replayed.f32, {net.steps, net.batch, net.outputs},
                             run.potentials2);
  recording.states[second->getResults().back()] = states;
  ReplayOptions options;
  options.resyncSteps = 1;
  auto synced =
      testing::replay(replayed.model, replayed.arguments, recording, options);
  CHECK(succeeded(synced) && !synced->violation);
  CHECK(succeeded(synced) && synced->band <= open.band);
  // A state that is wrong is found.
  reinterpret_cast<float *>(recording.states.begin()->second.data.data())[99] +=
      1e-3f;
  synced =
      testing::replay(replayed.model, replayed.arguments, recording, options);
  CHECK(succeeded(synced) && synced->violation &&
        synced->violation->layer == "second" && !synced->violation->threshold);
}

//===----------------------------------------------------------------------===//
// The grid certificate
//===----------------------------------------------------------------------===//

/// What the certificate says of the first op of a kind.
template <typename OpTy>
static bool isExact(const std::string &text,
                    GridCertificate::GetWeights getWeights) {
  OwningOpRef<ModuleOp> module = parse(text);
  auto model = *module->getOps<func::FuncOp>().begin();
  GridCertificate certificate(model, getWeights);
  return certificate.isExact(*model.getOps<OpTy>().begin());
}

/// A sum of numbers is exact as long as it is below 2^24.
static void testCertificateLimit() {
  auto getText = [](int count, double most) {
    char text[512];
    std::snprintf(
        text, sizeof(text),
        "func.func @f(%%x: tensor<?x?x%dxf32> {snn.grid = {step = 1.0, max = "
        "%.1f}}, %%w: tensor<1x%dxf32> {snn.param = \"w\"}) -> "
        "tensor<?x?x1xf32> {\n  %%y = snn.linear %%x, %%w : "
        "tensor<?x?x%dxf32>, tensor<1x%dxf32>\n  return %%y : "
        "tensor<?x?x1xf32>\n}\n",
        count, most, count, count, count);
    return std::string(text);
  };
  auto getWeights = [](BlockArgument argument) {
    auto type = cast<RankedTensorType>(argument.getType());
    return std::optional(std::vector<double>(type.getNumElements(), 1.0));
  };
  CHECK(isExact<LinearOp>(getText(2, 8388607), getWeights));
  CHECK(!isExact<LinearOp>(getText(2, 8388608), getWeights));
  CHECK(isExact<LinearOp>(getText(16, 1048575), getWeights));
  CHECK(!isExact<LinearOp>(getText(16, 1048576), getWeights));
  CHECK(!isExact<LinearOp>(getText(2, 1), [](BlockArgument) {
    return std::optional<std::vector<double>>();
  }));
}

/// The potential of a neuron without leak stays near its threshold only if a
/// reset takes as much as an input gives.
static void testCertificateNeuron() {
  auto getText = [](double most, const char *reset) {
    char text[512];
    std::snprintf(text, sizeof(text),
                  "func.func @f(%%x: tensor<?x?x1xf32> {snn.grid = {step = "
                  "0.5, max = %.1f, min = 0.0}}) -> tensor<?x?x1xi1> {\n"
                  "  %%s, %%v = snn.lif %%x {decay = 1.0, threshold = 2.0, "
                  "reset = #snn.reset<%s>} : tensor<?x?x1xf32>\n  return %%s "
                  ": tensor<?x?x1xi1>\n}\n",
                  most, reset);
    return std::string(text);
  };
  auto none = [](BlockArgument) {
    return std::optional<std::vector<double>>();
  };
  CHECK(isExact<LIFOp>(getText(2, "subtract"), none));
  CHECK(!isExact<LIFOp>(getText(2.5, "subtract"), none));
  CHECK(isExact<LIFOp>(getText(2.5, "subtract, 3.0"), none));
  CHECK(isExact<LIFOp>(getText(1024, "value"), none));
  CHECK(!isExact<LIFOp>(getText(1, "none"), none));
}

//===----------------------------------------------------------------------===//
// Runs of the reference
//===----------------------------------------------------------------------===//

/// Parameters are small enough for memories that they are of to be stable.
static Tensor drawTensor(std::mt19937_64 &random, Type type, bool isSequence,
                         double most) {
  auto tensorType = dyn_cast<RankedTensorType>(type);
  Tensor tensor;
  tensor.elementType = getElementTypeOrSelf(type);
  int64_t count = 1;
  if (tensorType)
    for (auto [dim, declared] : llvm::enumerate(tensorType.getShape())) {
      int64_t size = !ShapedType::isDynamic(declared) ? declared
                     : isSequence && dim == 0         ? 12
                                                      : 2;
      tensor.shape.push_back(size);
      count *= size;
    }
  std::uniform_real_distribution<double> uniform(-0.5 * most, most);
  for (int64_t i = 0; i < count; ++i) {
    double value = uniform(random);
    uint64_t bits = value > 0.4;
    unsigned width = tensor.elementType.getIntOrFloatBitWidth();
    if (auto type = dyn_cast<FloatType>(tensor.elementType)) {
      APFloat number(value);
      bool loses = false;
      number.convert(type.getFloatSemantics(), APFloat::rmNearestTiesToEven,
                     &loses);
      bits = number.bitcastToAPInt().getZExtValue();
    }
    const char *data = reinterpret_cast<const char *>(&bits);
    tensor.data.insert(tensor.data.end(), data, data + (width + 7) / 8);
  }
  return tensor;
}

/// Replays what the reference does with random data: all that it computes is
/// within the bounds, and a flipped spike is not.
static void testModel(const std::string &path) {
  ParserConfig config(&getContext());
  OwningOpRef<ModuleOp> module = parseSourceFile<ModuleOp>(path, config);
  CHECK(module);
  func::FuncOp model;
  for (auto function : module->getOps<func::FuncOp>())
    if (!function.isPrivate())
      model = function;
  std::mt19937_64 random(7);
  std::vector<Tensor> arguments;
  for (auto [i, type] : llvm::enumerate(model.getArgumentTypes()))
    arguments.push_back(drawTensor(random, type,
                                   !model.getArgAttr(i, kParamAttr) &&
                                       !model.getArgAttr(i, kStateAttr),
                                   model.getArgAttr(i, kParamAttr) ? 0.6 : 1));
  Recording all, spikes;
  auto observe = [&](Value value, const Tensor &tensor) {
    Operation *op = value.getDefiningOp();
    if (!op || op->getBlock() != &model.front() ||
        !isa<RankedTensorType>(value.getType()))
      return;
    all.values[value] = tensor;
    if (tensor.elementType.isInteger(1))
      spikes.values[value] = tensor;
  };
  reference::Options options;
  options.observe = observe;
  if (failed(reference::run(model, arguments, options)))
    return CHECK(false);
  for (auto *recording : {&all, &spikes}) {
    auto result = testing::replay(model, arguments, *recording);
    CHECK(succeeded(result));
    if (failed(result))
      continue;
    if (result->violation)
      std::printf("%s\n", result->toString().c_str());
    CHECK(!result->violation && result->level <= Level::E1);
  }
  for (auto &[value, tensor] : spikes.values) {
    if (tensor.data.empty() || isa<SampleOp>(value.getDefiningOp()))
      continue;
    tensor.data[tensor.data.size() / 2] ^= 1;
    auto result = testing::replay(model, arguments, spikes);
    CHECK(succeeded(result) && result->violation);
    // It is found where it is made, with the potential that says so.
    bool isCompared =
        tensor.shape.size() >= 3 && // no state
        isa<FireOp, LIFOp, CubaLIFOp, NeuronOp>(value.getDefiningOp());
    CHECK(!isCompared || failed(result) || !result->violation ||
          result->violation->threshold);
    tensor.data[tensor.data.size() / 2] ^= 1;
  }
}

static void testModels(const std::string &folder) {
  std::error_code error;
  std::vector<std::string> paths;
  for (llvm::sys::fs::recursive_directory_iterator file(folder, error), end;
       file != end && !error; file.increment(error))
    if (llvm::sys::path::extension(file->path()) == ".mlir")
      paths.push_back(file->path());
  std::sort(paths.begin(), paths.end());
  CHECK(paths.size() > 30);
  for (const std::string &path : paths)
    runTest(llvm::sys::path::filename(path).str(), [&] { testModel(path); });
}

int main(int argc, char **argv) {
  runTest("reorderings", testReorderings);
  runTest("grid", testGrid);
  runTest("bugs", testBugs);
  runTest("declared bounds", testDeclaredBounds);
  runTest("scans", testScans);
  runTest("resynchronisation", testResynchronisation);
  runTest("limit of the certificate", testCertificateLimit);
  runTest("certificate of a neuron", testCertificateNeuron);
  testModels(argc > 1 ? argv[1] : ".");
  return numFailures != 0;
}
