//===- snn-smith.cpp - Compare random models with the reference -----------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/Driver/Driver.h"
#include "snn/IR/SNN.h"
#include "snn/Testing/Differential.h"
#include "snn/Transforms/Passes.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/InitLLVM.h"

#include <chrono>
#include <csignal>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace mlir;
using namespace mlir::snn;
using namespace mlir::snn::testing;
namespace cl = llvm::cl;

namespace {
/// The command line. Options are members, for they can be registered only once
/// those of libLLVM, some of which have the same names, are gone.
struct Options {
  cl::opt<int64_t> modules{"modules", cl::init(100),
                           cl::desc("models to accept (default 100)")};
  cl::opt<uint64_t> seed{"seed", cl::init(0),
                         cl::desc("which models (default 0)")};
  cl::opt<int64_t> first{"first", cl::init(0),
                         cl::desc("index of the first model of the seed")};
  cl::opt<int> jobs{"jobs", cl::init(1),
                    cl::desc("processes to use (default 1)")};
  cl::opt<std::string> numerics{
      "numerics", cl::init("exact"),
      cl::desc("exact: any model, rewritten without a change of bits; bounded: "
               "models whose sums are exact, rewritten in any way")};
  cl::opt<std::string> passes{
      "passes", cl::desc("a pipeline in place of those that are drawn")};
  cl::opt<std::string> write{
      "write", cl::value_desc("FOLDER"),
      cl::desc(
          "in place of checking them, write the models there, with data and "
          "what the reference makes of it; batch offsets are 0")};
  cl::opt<bool> print{"print", cl::desc("print the models")};
  cl::opt<bool> stop{"stop", cl::desc("end at the first mismatch")};
};
} // namespace

static Options *options;

namespace {
constexpr int kBuckets = 12; ///< of the histogram, 5 % each

/// What one process has counted, in memory that its parent sees. The counts of
/// the coverage follow.
struct Totals {
  int64_t index; ///< of the model that is being checked
  int64_t accepted, edges, rejected, mismatches;
  int64_t rates[kBuckets];
  int64_t *getCoverage() { return reinterpret_cast<int64_t *>(this + 1); }
};

/// Models are checked in a context that is renewed now and then: types and
/// attributes are never freed.
class Smith {
public:
  Smith(Totals &totals) : totals(totals) {}
  void check(int64_t index);

private:
  void renewContext();

  Totals &totals;
  std::unique_ptr<MLIRContext> context;
  int64_t age = 0;
  Coverage coverage;
};
} // namespace

void Smith::renewContext() {
  if (context && age++ % 200)
    return;
  context = std::make_unique<MLIRContext>(MLIRContext::Threading::DISABLED);
  prepareContext(*context);
  context->loadAllAvailableDialects();
}

/// The command that checks one model again.
static void printCommand(int64_t index) {
  llvm::outs() << "reproduce: snn-smith --seed=" << options->seed
               << " --first=" << index
               << " --modules=1 --numerics=" << options->numerics
               << " --print\n";
}

/// How a model is compiled and run, as comments.
static std::string getHeading(const TestModule &test) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << "// numerics=" << test.numerics << " strategy=" << test.strategy
     << " chunkSteps=" << test.chunkSteps << " passes='" << test.timePasses
     << "' " << test.processor << " optimize=" << test.optimize
     << " embed=" << test.embed << " recordsStates=" << test.recordsStates
     << "\n";
  for (const RunSpec &run : test.runs)
    os << "// steps=" << run.steps << " batch=" << run.batch
       << " position=" << run.position << " threads=" << run.threads
       << " window=" << run.window << " tile=" << run.tile
       << " split=" << run.split << "\n";
  return text;
}

static Report writeModel(MLIRContext *context, TestModule &test,
                         int64_t index) {
  for (RunSpec &run : test.runs)
    run.batchOffset = 0; // a stream of a library has none
  return testing::write(context, test,
                        options->write + "/" + std::to_string(index));
}

void Smith::check(int64_t index) {
  renewContext();
  bool isBounded = options->numerics == "bounded";
  TestModule test =
      isBounded && index % 2
          ? generateDyadic(options->seed, index)
          : generate(context.get(), options->seed, index, isBounded);
  if (options->passes.getNumOccurrences())
    test.timePasses = options->passes;
  if (options->print)
    llvm::outs() << getHeading(test) << test.text;
  Report report = options->write.empty()
                      ? testing::check(context.get(), test)
                      : writeModel(context.get(), test, index);
  if (report.outcome == Outcome::Rejected) {
    ++totals.rejected;
    return;
  }
  ++totals.accepted;
  totals.edges += !test.edge.empty();
  for (double rate : report.rates)
    ++totals.rates[std::min(int(rate * 20), kBuckets - 1)];
  coverage.add(test.draws);
  llvm::copy(coverage.getCounts(), totals.getCoverage());
  if (report.outcome == Outcome::Agreed)
    return;
  ++totals.mismatches;
  llvm::outs() << "MISMATCH " << report.message;
  printCommand(index);
  llvm::outs().flush();
}

/// Whether a mismatch of some job ends them all.
static bool mustStop(ArrayRef<Totals *> jobs) {
  return options->stop && llvm::any_of(jobs, [](const volatile Totals *totals) {
           return totals->mismatches != 0;
         });
}

/// Checks every `jobs`-th model until `count` are accepted.
static void runJob(ArrayRef<Totals *> jobs, Totals &totals, int64_t count) {
  Smith smith(totals);
  for (; totals.accepted < count && !mustStop(jobs);
       totals.index += options->jobs)
    smith.check(totals.index);
  llvm::outs().flush();
}

static Totals *makeTotals(size_t coverage) {
  size_t bytes = sizeof(Totals) + coverage * sizeof(int64_t);
  void *memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  return memory == MAP_FAILED ? nullptr : static_cast<Totals *>(memory);
}

/// Starts a process for a job; the model that it died of is behind it.
static pid_t startJob(ArrayRef<Totals *> jobs, Totals &totals, int64_t count) {
  llvm::outs().flush();
  pid_t child = fork();
  if (child == 0) {
    runJob(jobs, totals, count);
    _exit(0);
  }
  return child;
}

static volatile std::sig_atomic_t isInterrupted = 0;

/// An interrupt ends the jobs; what they have counted is printed.
static void handleInterrupts() {
  struct sigaction action = {};
  action.sa_handler = [](int) { isInterrupted = 1; };
  sigaction(SIGINT, &action, nullptr); // wait() returns
  sigaction(SIGTERM, &action, nullptr);
}

/// Runs all jobs, and again those that crash, from the next model on.
static bool runJobs(ArrayRef<Totals *> jobs) {
  int64_t each = (options->modules + options->jobs - 1) / options->jobs;
  std::vector<std::pair<pid_t, Totals *>> running;
  for (Totals *totals : jobs)
    running.emplace_back(startJob(jobs, *totals, each), totals);
  handleInterrupts(); // of this process, not of the jobs
  while (!running.empty()) {
    int status;
    pid_t child = wait(&status);
    if (child < 0 && isInterrupted) {
      for (auto &job : running)
        kill(job.first, SIGKILL);
      return true;
    }
    auto found =
        llvm::find_if(running, [&](auto &job) { return job.first == child; });
    if (found == running.end())
      return false;
    Totals *totals = found->second;
    running.erase(found);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
      continue;
    llvm::outs() << "MISMATCH the compiler crashed\n";
    printCommand(totals->index);
    ++totals->accepted;
    ++totals->mismatches;
    totals->index += options->jobs;
    running.emplace_back(startJob(jobs, *totals, each), totals);
  }
  return true;
}

static void printTotals(const Totals &totals, const Coverage &coverage,
                        double seconds) {
  llvm::raw_ostream &out = llvm::outs();
  int64_t all = totals.accepted + totals.rejected;
  out << "accepted " << totals.accepted << " of " << all << " ("
      << llvm::format("%.0f %%",
                      100.0 * totals.accepted / std::max<int64_t>(all, 1))
      << "), " << totals.edges << " of them edge cases; "
      << llvm::format("%.0f ms a module",
                      1e3 * seconds / std::max<int64_t>(totals.accepted, 1))
      << "\nspiking layers by rate:";
  for (int i = 0; i < kBuckets; ++i)
    out << " " << 5 * i << "%:" << totals.rates[i];
  out << "\n";
  coverage.print(out);
  out << totals.accepted << " modules, " << totals.mismatches
      << " mismatches\n";
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::ResetCommandLineParser();
  registerSNNTransformsPasses();
  registerTransformsPasses(); // canonicalize and cse
  Options values;
  options = &values;
  cl::ParseCommandLineOptions(
      argc, argv,
      "Compiles random models, runs them in memory and compares every bit with "
      "the reference.\n");
  if (values.jobs < 1 || values.modules < 0 || values.first < 0) {
    llvm::errs() << "snn-smith: expected --jobs >= 1, --modules >= 0 and "
                    "--first >= 0\n";
    return int(ExitCode::UsageError);
  }
  if (values.numerics != "exact" && values.numerics != "bounded") {
    llvm::errs() << "snn-smith: expected --numerics exact or bounded, but got '"
                 << values.numerics << "'\n";
    return int(ExitCode::UsageError);
  }
  auto start = std::chrono::steady_clock::now();
  Coverage coverage;
  std::vector<Totals *> jobs;
  for (int job = 0; job < values.jobs; ++job) {
    jobs.push_back(makeTotals(coverage.getCounts().size()));
    if (!jobs.back()) {
      llvm::errs() << "snn-smith: not enough memory\n";
      return int(ExitCode::ResourceError);
    }
    jobs.back()->index = values.first + job;
  }
  if (!runJobs(jobs))
    return int(ExitCode::InternalError);
  Totals sum = {};
  for (Totals *totals : jobs) {
    sum.accepted += totals->accepted;
    sum.edges += totals->edges;
    sum.rejected += totals->rejected;
    sum.mismatches += totals->mismatches;
    for (int i = 0; i < kBuckets; ++i)
      sum.rates[i] += totals->rates[i];
    for (auto [i, count] : llvm::enumerate(coverage.getCounts()))
      count += totals->getCoverage()[i];
  }
  std::chrono::duration<double> seconds =
      std::chrono::steady_clock::now() - start;
  printTotals(sum, coverage, seconds.count());
  return sum.mismatches ? 1 : 0;
}
