//===- DyadicModels.cpp - Random models that never round ------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Inputs and weights are multiples of 1/8, factors are powers of two, and runs
// are so short that a float holds every sum in any order. A rewrite that only
// sums in another order then keeps the bits of the reference, and what it gets
// wrong beyond rounding is seen at once.
//
//===----------------------------------------------------------------------===//

#include "snn/Testing/Generator.h"

#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mlir::snn;
using namespace mlir::snn::testing;

namespace {
/// What keeps the sums of a model exact.
enum class Regime {
  Sums,   ///< no leak: all numbers stay multiples of 1/8
  Halves, ///< a bit more per step and linear layer, and few steps
  Long    ///< more steps than a convolution has taps, and one such layer
};

/// A chain of layers, as text.
class DyadicModel {
public:
  DyadicModel(Random &random, TestModule &test)
      : random(random), test(test),
        regime(random.pick({Regime::Sums, Regime::Halves, Regime::Long})),
        element(regime == Regime::Sums && random.chance(0.7) ? "f32" : "f64"),
        neurons(random.pick({1, 1, 1, 2, 3, 8, 16, 33, 40})) {}

  void build();

private:
  std::string getType(StringRef of) {
    return llvm::formatv("tensor<?x?x{0}x{1}>", neurons, of).str();
  }
  std::string getState() {
    return llvm::formatv("tensor<?x{0}x{1}>", neurons, element).str();
  }
  std::string addArgument(StringRef type, StringRef attr, DataSpec data);
  std::string addParam(StringRef type, double value);
  std::string makeInits(int64_t count);
  void returnFinals(ArrayRef<std::string> finals);
  void returnValue();
  std::string pickDecay();
  /// A convolution leaves out what a constant factor makes small.
  bool mustBeParam() { return regime == Regime::Long; }
  void fire();
  void addSynapse();
  void addLeak();
  void addThreshold();
  void addScan();
  void addComplexScan();
  void addCurrent();
  void addNeuron();
  void addKernel();
  void addLayer();
  void drawRuns();

  Random &random;
  TestModule &test;
  Regime regime;
  StringRef element;
  int64_t neurons;
  std::string arguments, body, results, resultTypes;
  std::string value; ///< of the last layer
  bool isSpikes = false;
  bool hasInits = false;
  int64_t depth = 0; ///< linear layers that the value has come through
  int64_t number = 0;
};
} // namespace

std::string DyadicModel::addArgument(StringRef type, StringRef attr,
                                     DataSpec data) {
  std::string name = "%a" + std::to_string(test.arguments.size());
  arguments += (arguments.empty() ? "" : ", ") + name + ": " + type.str();
  if (!attr.empty())
    arguments +=
        (" {" + attr + " = \"" + StringRef(name).drop_front() + "\"}").str();
  test.arguments.push_back(data);
  return name;
}

/// A parameter whose elements are all the same.
std::string DyadicModel::addParam(StringRef type, double value) {
  return addArgument(type, "snn.param",
                     {Content::Analog, Family::AllEqual, 1, value});
}

/// The operands of initial states, or nothing.
std::string DyadicModel::makeInits(int64_t count) {
  hasInits = random.chance(0.5);
  std::string names, types;
  for (int64_t i = 0; hasInits && i < count; ++i) {
    names += (i ? ", " : "") +
             addArgument(getState(), "snn.state",
                         {Content::Analog, Family::BinaryGrid, 1, 1});
    types += (i ? ", " : "") + getState();
  }
  return hasInits ? " init(" + names + " : " + types + ")" : "";
}

/// The states of the last arguments go on to the caller.
void DyadicModel::returnFinals(ArrayRef<std::string> finals) {
  if (!hasInits)
    return;
  size_t first = test.arguments.size() - finals.size();
  for (auto [i, final] : llvm::enumerate(finals)) {
    results += (results.empty() ? "" : ", ") + final;
    resultTypes += (resultTypes.empty() ? "" : ", ") + getState() +
                   " {snn.state = \"a" + std::to_string(first + i) + "\"}";
  }
}

void DyadicModel::returnValue() {
  results += (results.empty() ? "" : ", ") + value;
  resultTypes += (resultTypes.empty() ? "" : ", ") +
                 getType(isSpikes ? StringRef("i1") : element);
}

std::string DyadicModel::pickDecay() {
  if (regime == Regime::Sums)
    return "1.0";
  return random.pick({"0.5", "0.5", "0.5", "1.0", "0.0"});
}

void DyadicModel::fire() {
  body += llvm::formatv("  %c{0} = snn.fire {1} {{threshold = {2}} : {3}\n",
                        number, value, random.pick({"0.5", "1.5", "3.0"}),
                        getType(element));
  value = "%c" + std::to_string(number);
  isSpikes = true;
  depth = 0;
}

void DyadicModel::addSynapse() {
  std::string type =
      llvm::formatv("tensor<{0}x{0}x{1}>", neurons, element).str();
  std::string weight = addArgument(type, "snn.param",
                                   {Content::Analog, Family::BinaryGrid, 1, 1});
  body += llvm::formatv("  %y{0} = snn.linear {1}, {2} : {3}, {4}\n", number,
                        value, weight,
                        getType(isSpikes ? StringRef("i1") : element), type);
  value = "%y" + std::to_string(number);
  depth = isSpikes ? 0 : depth + 1;
  isSpikes = false;
}

/// A memory whose factor is a number or a parameter.
void DyadicModel::addLeak() {
  std::string decay = pickDecay(), operand, attributes;
  if (mustBeParam() || random.chance(0.5)) {
    std::string type = llvm::formatv("tensor<{0}x{1}>", neurons, element).str();
    operand = " decay(" + addParam(type, std::stod(decay)) + " : " + type + ")";
  } else {
    attributes = " {decay = " + decay + "}";
  }
  body +=
      llvm::formatv("  %v{0}, %vT{0} = snn.li {1}{2}{3}{4} : {5}\n", number,
                    value, operand, makeInits(1), attributes, getType(element));
  value = "%v" + std::to_string(number);
  returnFinals({"%vT" + std::to_string(number)});
}

/// A memory, a threshold and perhaps a gate.
void DyadicModel::addThreshold() {
  hasInits = false;
  int64_t refractory = random.pick({0, 0, 1, 3});
  body += llvm::formatv(
      "  %s{0}, %sT{0}{1} = snn.lif {2} {{decay = {3}, threshold = {4}, "
      "reset = #snn.reset<none>, refractory = {5}} : {6}\n",
      number, refractory ? ", %n" + std::to_string(number) : "", value,
      mustBeParam() ? "1.0" : pickDecay(), random.pick({"0.5", "1.5"}),
      refractory, getType(element));
  value = "%s" + std::to_string(number);
  isSpikes = true;
  depth = 0;
}

void DyadicModel::addScan() {
  std::string decay = pickDecay(), factors, factorTypes;
  if (decay == "0.5" && random.chance(0.3))
    decay = "-0.5";
  if (decay != "1.0" || random.chance(0.5)) {
    std::string type = element.str();
    if (!mustBeParam() && random.chance(0.5)) {
      body += llvm::formatv("  %f{0} = arith.constant {1} : {2}\n", number,
                            decay, element);
      factors = "%f" + std::to_string(number);
    } else {
      type = llvm::formatv("tensor<{0}x{1}>", neurons, element).str();
      factors = addParam(type, std::stod(decay));
    }
    factors = " by (" + factors + ")";
    factorTypes = ", (" + type + ")";
  }
  body += llvm::formatv(
      "  %h{0}, %hT{0} = snn.scan real ({1}){2}{3} : ({4}){5}\n", number, value,
      factors, makeInits(1), getType(element), factorTypes);
  value = "%h" + std::to_string(number);
  returnFinals({"%hT" + std::to_string(number)});
}

/// A resonator: the factor is 1/2 (1 + i), or i where nothing leaks.
void DyadicModel::addComplexScan() {
  bool isSum = regime == Regime::Sums;
  body += llvm::formatv("  %re{0} = arith.constant {1} : {3}\n"
                        "  %im{0} = arith.constant {2} : {3}\n",
                        number, isSum ? "0.0" : "0.5", isSum ? "1.0" : "0.5",
                        element);
  body += llvm::formatv(
      "  %z{0}, %i{0}, %zT{0}, %iT{0} = snn.scan complex ({1}) by (%re{0}, "
      "%im{0}){2} : ({3}), ({4}, {4})\n",
      number, value, makeInits(2), getType(element), element);
  std::string suffix = std::to_string(number);
  value = (random.chance(0.5) ? "%z" : "%i") + suffix;
  returnFinals({"%zT" + suffix, "%iT" + suffix});
}

/// A linear current that drives a potential with a reset.
void DyadicModel::addCurrent() {
  body += llvm::formatv(
      "  %s{0}, %vT{0}, %cT{0} = snn.cuba_lif {1}{2} {{synapse_decay = {3}, "
      "decay = {4}, threshold = {5}, reset = #snn.reset<{6}>, current = "
      "#snn.current<{7}>} : {8}\n",
      number, value, makeInits(2), pickDecay(), pickDecay(),
      random.pick({"1.5", "3.0"}), random.pick({"value", "subtract"}),
      random.pick({"new", "old"}), getType(element));
  std::string suffix = std::to_string(number);
  value = "%s" + suffix;
  isSpikes = true;
  depth = 0;
  returnFinals({"%vT" + suffix, "%cT" + suffix});
}

/// The same by hand, in the other order of states, and with the current and the
/// potential as outputs.
void DyadicModel::addNeuron() {
  std::string inits = makeInits(2);
  body += llvm::formatv(
      R"(  %s{0}, %u{0}, %cT{0}, %vT{0} = snn.neuron ins({1} : {2}){3} {{
  ^bb0(%x: {4}, %c: {4}, %v: {4}):
    %dc = arith.constant {5} : {4}
    %dv = arith.constant {6} : {4}
    %limit = arith.constant {7} : {4}
    %zero = arith.constant 0.0 : {4}
    %slower = arith.mulf %dc, %c : {4}
    %current = arith.{11} %x, %slower : {4}
    %less = arith.mulf %dv, %v : {4}
    %both = arith.addf %less, {8} : {4}
    %spike = snn.fire %both, %limit : {4}
    %next = arith.select %spike, %zero, %both : {4}
    %sum = arith.addf %both, %current : {4}
    snn.yield %spike, %sum : i1, {4} state(%current, %next : {4}, {4})
  } -> ({9}, {2}) state({10}, {10})
)",
      number, value, getType(element), inits, element, pickDecay(), pickDecay(),
      random.pick({"1.5", "3.0"}), random.pick({"%current", "%c"}),
      getType("i1"), getState(), random.pick({"addf", "subf"}));
  std::string suffix = std::to_string(number);
  value = "%u" + suffix;
  returnValue();
  value = "%s" + suffix;
  isSpikes = true;
  depth = 0;
  returnFinals({"%cT" + suffix, "%vT" + suffix});
}

/// A convolution whose kernel halves with every tap.
void DyadicModel::addKernel() {
  int64_t taps = random.between(3, 9);
  std::string kernel;
  for (int64_t k = 0; k < taps; ++k)
    kernel += (k ? ", " : "") +
              llvm::formatv("{0:E16}", std::ldexp(1.0, -int(k))).str();
  body += llvm::formatv(
      "  %w{0} = arith.constant dense<[{1}]> : tensor<{2}x{3}>\n"
      "  %k{0}, %kT{0} = snn.temporal_conv {4}, %w{0} : {5}, tensor<{2}x{3}>\n",
      number, kernel, taps, element, value, getType(element));
  value = "%k" + std::to_string(number);
}

void DyadicModel::addLayer() {
  ++number;
  int64_t most = regime == Regime::Long ? 1 : 2;
  if (isSpikes)
    return addSynapse();
  if (depth == most)
    return fire();
  switch (random.below(8)) {
  case 0:
    return depth == 0 ? addSynapse() : fire();
  case 1:
    return addThreshold();
  case 2:
    return most > depth + 1 ? addCurrent() : addThreshold();
  case 3:
    return most > depth + 1 ? addNeuron() : fire();
  case 4:
    ++depth;
    return addComplexScan();
  case 5:
    ++depth;
    return regime == Regime::Sums ? addScan() : addKernel();
  case 6:
    ++depth;
    return addScan();
  default:
    ++depth;
    return addLeak();
  }
}

void DyadicModel::drawRuns() {
  for (int i = 0; i < 3; ++i) {
    RunSpec run;
    run.steps = regime == Regime::Sums     ? random.pick({1, 7, 32, 33, 70, 71})
                : regime == Regime::Halves ? random.between(4, 16)
                                           : random.between(33, 40);
    run.batch = random.pick({1, 1, 2, 3});
    run.position = random.chance(0.3) ? random.below(6) : 0;
    run.threads = int(random.between(1, 2));
    run.window = random.pick({0, 0, 0, 9, 33});
    if (random.chance(0.3))
      run.split = random.below(run.steps);
    test.runs.push_back(run);
  }
}

void DyadicModel::build() {
  drawRuns();
  value = addArgument(getType(element), "",
                      {Content::Analog, Family::BinaryGrid, 1, 1});
  int64_t count = random.between(1, 4);
  for (int64_t i = 0; i < count; ++i) {
    addLayer();
    if (i + 1 == count || random.chance(0.3))
      returnValue();
  }
  test.text =
      llvm::formatv("func.func @model({0}) -> ({1}) {{\n{2}  return {3} "
                    ": ",
                    arguments, resultTypes, body, results)
          .str();
  bool inBraces = false;
  for (char c : resultTypes) { // without attributes
    inBraces |= c == '{';
    if (!inBraces)
      test.text += c;
    inBraces &= c != '}';
  }
  test.text += "\n}\n";
}

TestModule mlir::snn::testing::generateDyadic(uint64_t seed, int64_t index) {
  TestModule test;
  test.seed = Random(seed ^ (uint64_t(index) * 0xD1342543DE82EF95)).next();
  Random random(test.seed);
  test.numerics = "bounded";
  test.strategy = random.pick({"scan", "scan", "conv", "auto"});
  test.chunkSteps = random.pick({1, 1, 3});
  test.processor = random.pick({"x86-64-v2", "x86-64-v3", "x86-64-v4"});
  test.embed = random.chance(0.4);
  test.edge = "dyadic"; // layers may fire as they want
  DyadicModel(random, test).build();
  return test;
}
