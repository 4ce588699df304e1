//===- Generator.h - Random models ------------------------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Random models that are valid by construction. Each kind of op has a table of
// choices (its attributes, types and forms of operands) and a function that
// makes an instance of one draw from the table, from values that are there or
// are made for it. What has been drawn is counted, so that a run can say which
// pairs of choices it never saw.
//
//===----------------------------------------------------------------------===//

#ifndef SNN_TESTING_GENERATOR_H
#define SNN_TESTING_GENERATOR_H

#include "snn/Testing/Random.h"

#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

#include <string>
#include <vector>

namespace mlir::snn::testing {

//===----------------------------------------------------------------------===//
// Data
//===----------------------------------------------------------------------===//

/// What numbers an argument holds.
enum class Content {
  Analog,   ///< signed numbers of a family
  Spikes,   ///< 0 or 1, at the rate `scale`
  Counts,   ///< small integers
  Positive, ///< `scale` times 0.75 to 1.5, such as thresholds
  Fraction, ///< 0 to 1, such as decays
  Zero
};

/// Families of analog numbers: sums of some are exact, of others never, and
/// some reach a threshold exactly.
enum class Family {
  Normal,
  BinaryGrid,   ///< multiples of a power of two
  DecimalGrid,  ///< multiples of a power of ten
  Cancellation, ///< a few are huge
  Sparse,       ///< 99 % are zero, of either sign
  AllEqual,
  Subnormal
};

/// How an argument's values are drawn.
struct DataSpec {
  Content content = Content::Analog;
  Family family = Family::Normal;
  double scale = 1; ///< about the standard deviation, or the rate of spikes
  double equal = 1; ///< the value of AllEqual
};

/// Draws the values of an array of `count` elements.
std::vector<char> drawData(Random &random, const DataSpec &spec, Type element,
                           int64_t count);

//===----------------------------------------------------------------------===//
// Draws
//===----------------------------------------------------------------------===//

/// One thing that is chosen for an op, and what it may be.
struct Choice {
  StringRef name;
  std::vector<StringRef> values;
};

struct OpTable;

/// One value for every choice of a table.
struct Draw {
  const OpTable *table;
  SmallVector<size_t> values;

  StringRef operator[](StringRef choice) const;
};

class ModuleBuilder;

/// A kind of op that the generator makes.
struct OpTable {
  StringRef name;
  std::vector<Choice> choices;
  bool (*isValid)(const Draw &draw);
  /// Makes an op; false where nothing fits, which leaves the model unchanged.
  bool (*make)(ModuleBuilder &builder, const Draw &draw);

  Draw draw(Random &random) const;
};

/// Every kind of op.
ArrayRef<OpTable> getOpTables();

//===----------------------------------------------------------------------===//
// Models
//===----------------------------------------------------------------------===//

/// One execution of a model: sizes, and the cuts that its bits must not depend
/// on.
struct RunSpec {
  int64_t steps, batch;
  int64_t position = 0, batchOffset = 0;
  int threads = 1;
  int64_t window = 0, tile = 0; ///< of the runtime; 0: its own choice
  int64_t split = 0; ///< steps before the run is stopped and resumed; 0: none
};

/// A random model, how to compile it, and how to run it.
struct TestModule {
  uint64_t seed;
  std::string text;
  std::string edge;                ///< the name of an edge case, or empty
  std::vector<DataSpec> arguments; ///< of the function, in order
  std::vector<Draw> draws;         ///< what it is made of
  std::string processor;           ///< "x86-64-v3"
  bool optimize = true;
  bool embed = false; ///< parameters are part of the code
  std::string numerics = "exact", strategy = "auto"; ///< of the request
  int64_t chunkSteps = 0; ///< least steps of a chunk of time; 0: for speed
  std::string timePasses; ///< in place of those of the strategy; or none
  bool recordsStates = false;
  bool hasChunks = false;  ///< it is little more than a neuron with a schedule
  bool isReplayed = false; ///< rather than compared with the reference
  std::vector<RunSpec> runs;
};

/// The model number `index` of a seed. The context has the dialects of models
/// loaded. One that is replayed may be rewritten in ways that round
/// differently.
TestModule generate(MLIRContext *context, uint64_t seed, int64_t index,
                    bool isReplayed = false);

/// One whose sums are exact in any order, with a request for rewrites that sum
/// in another order than the model says.
TestModule generateDyadic(uint64_t seed, int64_t index);

/// Counts pairs of choices of accepted models.
class Coverage {
public:
  Coverage();
  void add(ArrayRef<Draw> draws);
  /// One count for each pair, those that no draw can have included.
  MutableArrayRef<int64_t> getCounts() { return counts; }
  /// Prints how many pairs were drawn, and the first of those that never were.
  void print(raw_ostream &out) const;

private:
  std::vector<int64_t> counts; ///< of pairs of values, table after table
  std::vector<char> possible;
};

} // namespace mlir::snn::testing

#endif // SNN_TESTING_GENERATOR_H
