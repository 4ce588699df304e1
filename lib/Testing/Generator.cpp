//===- Generator.cpp - Random models --------------------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModuleBuilder.h"

#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace mlir::snn;
using namespace mlir::snn::testing;

//===----------------------------------------------------------------------===//
// Tables
//===----------------------------------------------------------------------===//

/// What every op is drawn with, as the whole model is.
static constexpr StringLiteral kTime = "time", kBatch = "batch",
                               kSteps = "steps";

static std::vector<OpTable> makeTables() {
  std::vector<OpTable> tables;
  addNeuronTables(tables);
  addRegionTables(tables);
  addSpikeTables(tables);
  addTimeTables(tables);
  addSynapseTables(tables);
  addArithmeticTables(tables);
  addRecurrentTables(tables);
  for (OpTable &table : tables) {
    table.choices.push_back({kTime, {"dynamic", "static"}});
    table.choices.push_back({kBatch, {"dynamic", "static"}});
    table.choices.push_back({kSteps, {"many", "one"}});
  }
  return tables;
}

ArrayRef<OpTable> mlir::snn::testing::getOpTables() {
  static const std::vector<OpTable> tables = makeTables();
  return tables;
}

StringRef Draw::operator[](StringRef name) const {
  for (auto [choice, value] : llvm::zip(table->choices, values))
    if (choice.name == name)
      return choice.values[value];
  llvm_unreachable("expected a choice of the table");
}

Draw OpTable::draw(Random &random) const {
  Draw draw{this, {}};
  do {
    draw.values.clear();
    for (const Choice &choice : choices)
      draw.values.push_back(random.below(choice.values.size()));
  } while (isValid && !isValid(draw));
  return draw;
}

//===----------------------------------------------------------------------===//
// Models
//===----------------------------------------------------------------------===//

/// Sizes and cuts of three runs, and the edge case if it is one.
static void drawRuns(Random &random, TestModule &test) {
  double edge = random.uniform();
  bool isLong = random.chance(0.05);
  bool hasChunks = random.chance(0.4);
  test.hasChunks =
      isLong ? random.chance(0.8) : hasChunks && random.chance(0.5);
  for (int i = 0; i < 3; ++i) {
    RunSpec run;
    run.steps = isLong               ? random.pick({1000, 1100, 2200})
                : test.hasChunks     ? random.between(32, 140)
                : hasChunks          ? random.between(32, 72)
                : random.chance(0.4) ? random.pick({2, 3, 31, 32, 33})
                                     : random.between(4, 40);
    run.batch = isLong           ? 1
                : test.hasChunks ? random.pick({1, 1, 1, 2, 3})
                                 : random.pick({1, 1, 2, 3, 5});
    run.position = random.chance(0.3) ? random.below(6) : 0;
    run.batchOffset = random.chance(0.3) ? random.below(1000) : 0;
    run.threads = int(random.between(1, 2));
    run.window = random.pick({0, 0, 1, 2, 3, 7, 16});
    if ((hasChunks || isLong) && run.window < 16) // which holds a few
      run.window = isLong ? 0 : random.pick({0, 33});
    run.tile = random.pick({0, 0, 1, 2, 3});
    if (random.chance(0.3))
      run.split = random.below(run.steps);
    test.runs.push_back(run);
  }
  if (edge < 0.01) {
    test.edge = "no steps";
    test.runs[random.below(3)].steps = 0;
  } else if (edge < 0.025) {
    test.edge = "one step";
    for (RunSpec &run : test.runs)
      run.steps = 1;
  } else if (edge < 0.035) {
    test.edge = "silent";
  } else if (edge < 0.045) {
    test.edge = "wide";
    for (RunSpec &run : test.runs) {
      run.steps = random.between(9, 16);
      run.batch = 1;
    }
  }
  for (RunSpec &run : test.runs)
    run.split = std::min(run.split, std::max<int64_t>(run.steps - 1, 0));
}

/// A pipeline of passes from snn to snn, each of which keeps every bit and may
/// come anywhere.
static std::string drawPasses(Random &random) {
  static constexpr StringLiteral onFunctions[] = {
      "snn-analyze-time",
      "snn-speculate-time",
      "snn-speculate-time{force=true}",
      "snn-speculate-time{lanes=1}",
      "snn-parallelize-time{numerics=exact}",
      "snn-choose-convolution{numerics=exact}",
      "snn-choose-convolution{numerics=exact form=direct}",
      "snn-recognize-recurrence{numerics=exact}",
      "snn-sample-phase",
      "snn-pack-spikes",
      "snn-pack-spikes{least-neurons=1}"};
  static constexpr StringLiteral onModules[] = {
      "snn-generalize", "snn-generalize{word-gates=false}", "snn-fuse-neurons",
      "snn-raise-time-sums", "snn-keep-sizes"};
  std::string passes;
  int64_t count = random.chance(0.3) ? 1 : random.between(2, 6);
  for (int64_t i = 0; i < count; ++i) {
    passes += i ? "," : "";
    if (random.chance(0.7))
      passes += ("func.func(" + random.pick(ArrayRef(onFunctions)) + ")").str();
    else
      passes += random.pick(ArrayRef(onModules));
    if (random.chance(0.3))
      passes += random.pick({",canonicalize", ",cse", ",canonicalize,cse"});
  }
  return passes;
}

/// How the compiler is to rewrite time; all of it keeps every bit.
static void drawRequest(Random &random, TestModule &test) {
  bool isLong = test.runs.front().steps >= 1000;
  test.strategy = random.pick({"auto", "auto", "loop", "speculate"});
  test.chunkSteps = isLong           ? random.pick({1, 16, 260, 260})
                    : test.hasChunks ? random.pick({1, 1, 2, 4, 8})
                                     : random.pick({0, 1, 1, 4, 8});
  if (test.isReplayed) {
    test.numerics = "bounded";
    test.strategy = random.pick({"scan", "conv", "auto"});
    return;
  }
  if (random.chance(0.3))
    test.timePasses = drawPasses(random);
  test.recordsStates = test.timePasses.empty() && random.chance(0.1);
}

TestModule mlir::snn::testing::generate(MLIRContext *context, uint64_t seed,
                                        int64_t index, bool isReplayed) {
  TestModule test;
  test.seed = Random(seed ^ (uint64_t(index) * 0xD1342543DE82EF95)).next();
  Random random(test.seed);
  test.isReplayed = isReplayed;
  drawRuns(random, test);
  drawRequest(random, test);
  test.processor =
      random.pick({"x86-64-v2", "x86-64-v3", "x86-64-v4", "x86-64-v4"});
  test.optimize = isReplayed || random.chance(0.7);
  test.embed = random.chance(0.4);
  ModuleBuilder builder(context, random, test);
  builder.build();
  if (test.edge == "silent")
    for (DataSpec &data : test.arguments)
      if (data.content == Content::Analog || data.content == Content::Spikes)
        data.content = Content::Zero;
  llvm::raw_string_ostream stream(test.text);
  builder.getModule().print(stream);
  return test;
}

//===----------------------------------------------------------------------===//
// Coverage
//===----------------------------------------------------------------------===//

static size_t countValues(const OpTable &table) {
  size_t count = 0;
  for (const Choice &choice : table.choices)
    count += choice.values.size();
  return count;
}

/// Calls `function` with the index of every pair of values of a draw.
template <typename Function>
static void forEachPair(const Draw &draw, Function function) {
  size_t base = 0;
  for (const OpTable &table : getOpTables()) {
    if (&table == draw.table)
      break;
    base += countValues(table) * countValues(table);
  }
  size_t total = countValues(*draw.table), first = 0;
  for (size_t i = 0; i < draw.values.size(); ++i) {
    size_t second = 0;
    for (size_t j = 0; j < i; ++j) {
      function(base + (first + draw.values[i]) * total + second +
               draw.values[j]);
      second += draw.table->choices[j].values.size();
    }
    first += draw.table->choices[i].values.size();
  }
}

Coverage::Coverage() {
  size_t size = 0;
  for (const OpTable &table : getOpTables())
    size += countValues(table) * countValues(table);
  counts.resize(size);
  possible.resize(size);
  Random random(1);
  for (const OpTable &table : getOpTables())
    for (int i = 0; i < 20000; ++i) // every pair that is valid, very likely
      forEachPair(table.draw(random), [&](size_t pair) { possible[pair] = 1; });
}

void Coverage::add(ArrayRef<Draw> draws) {
  for (const Draw &draw : draws)
    forEachPair(draw, [&](size_t pair) { ++counts[pair]; });
}

/// The text of one value of a table: `reset=none`.
static std::string getValueName(const OpTable &table, size_t value) {
  for (const Choice &choice : table.choices) {
    if (value < choice.values.size())
      return (choice.name + "=" + choice.values[value]).str();
    value -= choice.values.size();
  }
  llvm_unreachable("expected a value of the table");
}

void Coverage::print(raw_ostream &out) const {
  size_t drawn = 0, valid = 0, base = 0;
  std::vector<std::string> missing;
  for (const OpTable &table : getOpTables()) {
    size_t total = countValues(table);
    for (size_t pair = 0; pair < total * total; ++pair) {
      if (!possible[base + pair])
        continue;
      ++valid;
      if (counts[base + pair])
        ++drawn;
      else
        missing.push_back((table.name + " " +
                           getValueName(table, pair / total) + " " +
                           getValueName(table, pair % total))
                              .str());
    }
    base += total * total;
  }
  out << "coverage: " << drawn << " of " << valid
      << " pairs of attribute values of " << getOpTables().size() << " ops\n";
  for (StringRef pair : ArrayRef(missing).take_front(20))
    out << "  never drawn: " << pair << "\n";
}
