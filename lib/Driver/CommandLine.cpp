//===- CommandLine.cpp - The command line of snnc -------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   snnc MODEL.mlir -o OUT [options]     compiles
//   snnc check MODEL.mlir [options]      reports all problems
//   snnc run [options] MODEL.mlir ...    compiles to the cache and runs; what
//                                        follows the model is the program's
//
//===----------------------------------------------------------------------===//

#include "snn/Driver/CommandLine.h"
#include "Guard.h"
#include "Model.h"
#include "Output.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/InitLLVM.h"

#include <unistd.h>

namespace cl = llvm::cl;
using namespace mlir;
using namespace mlir::snn;

namespace {
/// The options. They are members, for they can be registered only once those of
/// libLLVM, some of which have the same names, are gone.
struct Options {
  cl::OptionCategory category{"Options"};
  cl::list<std::string> inputs{cl::Positional, cl::desc("MODEL.mlir")};
  cl::opt<std::string> output{
      "o",
      cl::desc("output; - for stdout. The suffix says what:\n"
               ".so .a .o .h .ll .s .mlir, else a program"),
      cl::value_desc("OUT"), cl::cat(category)};
  cl::opt<std::string> emit{
      "emit",
      cl::desc("exe shared static object header llvm asm\nmlir, whatever the "
               "suffix"),
      cl::value_desc("KIND"), cl::cat(category)};
  cl::opt<std::string> weights{
      "weights",
      cl::desc("args (default: given at run time),\nembed:FILE or "
               "external:FILE (read at run\ntime); .safetensors or .npz"),
      cl::value_desc("FROM"), cl::cat(category)};
  cl::list<std::string> targets{
      "target",
      cl::desc("native x86-64-v2 x86-64-v3 x86-64-v4\n(default: these three) "
               "aarch64; beside them\ncuda:sm_90 (or 80 to 121) for GPUs"),
      cl::CommaSeparated, cl::value_desc("CPU,..."), cl::cat(category)};
  cl::opt<int> threads{"threads",
                       cl::desc("of a run by default; 0: all processors"),
                       cl::init(1), cl::value_desc("N"), cl::cat(category)};
  cl::opt<std::string> name{"name", cl::desc("what C functions begin with"),
                            cl::value_desc("IDENT"), cl::cat(category)};
  cl::opt<std::string> function{"function",
                                cl::desc("the model, if the file has several"),
                                cl::value_desc("NAME"), cl::cat(category)};
  cl::opt<std::string> numerics{
      "numerics",
      cl::desc("bounded (default), exact or fast: which\nrewrites may change "
               "last bits"),
      cl::value_desc("MODE"), cl::cat(category)};
  cl::list<std::string> allow{
      "allow",
      cl::desc("bf16-weights or int8-weights: what\n--numerics=fast may do "
               "beside"),
      cl::CommaSeparated, cl::value_desc("NAME"), cl::cat(category)};
  cl::opt<std::string> strategy{
      "strategy",
      cl::desc("auto (default), loop, scan, conv or\nspeculate: how time is "
               "run"),
      cl::value_desc("HOW"), cl::cat(category)};
  cl::opt<bool> explain{"explain",
                        cl::desc("print how the time of each layer is run,\n"
                                 "and why"),
                        cl::cat(category)};
  cl::opt<std::string> record{
      "record", cl::desc("spikes or all: of each layer, as outputs"),
      cl::value_desc("WHAT"), cl::cat(category)};
  cl::opt<std::string> stopAfter{
      "stop-after",
      cl::desc("print the IR after verify, time, space,\nlower or upstream"),
      cl::value_desc("STAGE"), cl::cat(category)};
  cl::opt<bool> noOptimize{"no-optimize",
                           cl::desc("the plain sequential lowering"),
                           cl::cat(category)};
  cl::opt<int64_t> chunkSteps{
      "chunk-steps", cl::desc("least steps of a chunk of time"),
      cl::init(0),   cl::value_desc("N"),
      cl::Hidden,    cl::cat(category)};
  cl::opt<bool> noPack{"no-pack", cl::desc("spikes between layers are bytes"),
                       cl::Hidden, cl::cat(category)};
  cl::opt<bool> saveTemps{"save-temps",
                          cl::desc("keep IR and LLVM IR beside OUT"),
                          cl::cat(category)};
  cl::opt<bool> time{"time", cl::desc("print how long each part takes"),
                     cl::cat(category)};
  cl::opt<bool> verbose{"v", cl::desc("print what is done"), cl::cat(category)};
  cl::opt<int64_t> maxFileBytes{"max-file-bytes",
                                cl::desc("of a model's text (256 MiB)"),
                                cl::init(Limits().maxFileBytes),
                                cl::value_desc("N"),
                                cl::Hidden,
                                cl::cat(category)};
  cl::opt<int64_t> maxParamBytes{"max-param-bytes",
                                 cl::desc("of all parameters (8 GiB)"),
                                 cl::init(Limits().maxParamBytes),
                                 cl::value_desc("N"),
                                 cl::Hidden,
                                 cl::cat(category)};
  cl::opt<int64_t> maxDepth{"max-depth",
                            cl::desc("of nesting (1,000)"),
                            cl::init(Limits().maxDepth),
                            cl::value_desc("N"),
                            cl::Hidden,
                            cl::cat(category)};
  cl::opt<int64_t> maxOps{"max-ops",
                          cl::desc("of a model (100,000)"),
                          cl::init(Limits().maxOps),
                          cl::value_desc("N"),
                          cl::Hidden,
                          cl::cat(category)};
  cl::opt<bool> allowBytecode{
      "allow-bytecode",
      cl::desc("read MLIR bytecode, from trusted\nsources only"),
      cl::cat(category)};
  cl::opt<bool> trustIr{"trust-ir", cl::desc("compile ops of any dialect"),
                        cl::cat(category)};
  cl::opt<std::string> completion{"completion",
                                  cl::desc("print completions for bash or zsh"),
                                  cl::value_desc("SHELL"), cl::cat(category)};

  /// Leaves what few need, of LLVM and of ours, to --help-hidden.
  void hideOthers();

  /// Fills in a request; false, with a message, where it cannot be.
  bool makeRequest(CompileRequest &request);

private:
  bool setKind(CompileRequest &request);
  bool setWeights(CompileRequest &request);
  bool setNumerics(CompileRequest &request);
  bool setStrategy(CompileRequest &request);
  bool setRecord(CompileRequest &request);
};
} // namespace

/// Says what is wrong with the command line; false.
static bool fail(const Twine &message) {
  llvm::errs() << "snnc: error: " << message << "\n";
  return false;
}

void Options::hideOthers() {
  for (const auto &[name, option] : cl::getRegisteredOptions())
    if (name == "help-list") // LLVM shows it, with more than a line
      option->setDescription("Display options as one list");
    else if (!llvm::is_contained(option->Categories, &category) &&
             name != "help" && name != "version")
      option->setHiddenFlag(cl::Hidden);
}

bool Options::setKind(CompileRequest &request) {
  request.kind = getOutputKind(output);
  if (!emit.empty()) {
    std::optional<OutputKind> kind = symbolizeOutputKind(emit);
    if (!kind)
      return fail("expected --emit=exe, shared, static, object, header, llvm, "
                  "asm or mlir, but got '" +
                  emit + "'");
    request.kind = *kind;
  }
  if (stopAfter.empty())
    return true;
  request.stopAfter = symbolizeStage(stopAfter);
  if (!request.stopAfter)
    return fail("expected a stage verify, time, space, lower or upstream, but "
                "got '" +
                stopAfter + "'");
  if (!emit.empty() && request.kind != OutputKind::MLIR)
    return fail("--stop-after prints IR: expected --emit=mlir, but got '" +
                emit + "'");
  request.kind = OutputKind::MLIR;
  return true;
}

bool Options::setWeights(CompileRequest &request) {
  StringRef text = weights;
  if (weights.getNumOccurrences() == 0 || text == "args")
    return true;
  request.weightsKind = text.consume_front("embed:") ? WeightsKind::Embedded
                                                     : WeightsKind::External;
  bool hasKind = request.weightsKind == WeightsKind::Embedded ||
                 text.consume_front("external:");
  if (!hasKind || text.empty())
    return fail("expected --weights=args, embed:FILE or external:FILE, but got "
                "'" +
                weights + "'");
  request.weights = text.str();
  return true;
}

/// What changes the arithmetic of a model is done only where it is named.
bool Options::setNumerics(CompileRequest &request) {
  StringRef mode = numerics;
  bool isFast = mode == "fast";
  if (!mode.empty() && mode != "bounded" && mode != "exact" && !isFast)
    return fail("expected --numerics=bounded, exact or fast, but got '" + mode +
                "'");
  if (!mode.empty())
    request.numerics = mode.str();
  if (allow.empty())
    return true;
  if (!isFast)
    return fail("--allow: expected --numerics=fast as well");
  for (const std::string &rewrite : allow)
    if (!llvm::is_contained(getAllowedRewrites(), rewrite))
      return fail("--allow: expected " +
                  llvm::join(getAllowedRewrites(), " or ") + ", but got '" +
                  rewrite + "'");
  if (request.weightsKind != WeightsKind::Embedded)
    return fail("--allow=" + allow.front() +
                ": expected --weights=embed:FILE as well");
  request.allow.assign(allow.begin(), allow.end());
  return true;
}

bool Options::setStrategy(CompileRequest &request) {
  static constexpr StringLiteral names[] = {"auto", "loop", "scan", "conv",
                                            "speculate"};
  if (!strategy.empty() && !llvm::is_contained(names, strategy))
    return fail("expected --strategy=auto, loop, scan, conv or speculate, but "
                "got '" +
                strategy + "'");
  if (!strategy.empty())
    request.strategy = strategy;
  request.chunkSteps = chunkSteps;
  request.explain = explain;
  return true;
}

bool Options::setRecord(CompileRequest &request) {
  if (record == "spikes")
    request.record = RecordKind::Spikes;
  else if (record == "all")
    request.record = RecordKind::All;
  else if (!record.empty())
    return fail("expected --record=spikes or all, but got '" + record + "'");
  return true;
}

bool Options::makeRequest(CompileRequest &request) {
  request.input = inputs.empty() ? "" : inputs[0];
  request.output = output;
  request.function = function;
  request.name = name;
  request.targets.assign(targets.begin(), targets.end());
  request.limits = {maxFileBytes, maxDepth, maxParamBytes, maxOps};
  request.threads = threads;
  request.allowBytecode = allowBytecode;
  request.trustIr = trustIr;
  request.optimize = !noOptimize;
  request.packSpikes = !noPack;
  request.verbose = verbose;
  request.time = time;
  request.saveTemps = saveTemps;
  for (const auto &[flag, option] : cl::getRegisteredOptions())
    if (option->getNumOccurrences() > 1 &&
        option->getNumOccurrencesFlag() == cl::Optional)
      return fail("expected " + StringRef(flag.size() > 1 ? "--" : "-") + flag +
                  " once, but got it " + Twine(option->getNumOccurrences()) +
                  " times");
  if (request.input.empty())
    return fail("expected a model: snnc MODEL.mlir -o OUT");
  if (threads < 0)
    return fail("expected --threads=N with N >= 0, but got " + Twine(threads));
  return setKind(request) && setWeights(request) && setNumerics(request) &&
         setStrategy(request) && setRecord(request);
}

//===----------------------------------------------------------------------===//
// Verbs
//===----------------------------------------------------------------------===//

static ExitCode compileModel(const CompileRequest &request) {
  bool isText = request.kind == OutputKind::MLIR;
  if (request.output.empty() && !isText && !request.explain) {
    fail("expected an output file: -o OUT");
    return ExitCode::UsageError;
  }
  bool isBinary = request.kind != OutputKind::LLVM &&
                  request.kind != OutputKind::Assembly &&
                  request.kind != OutputKind::Header && !isText;
  if (request.output == "-" && (isBinary || request.saveTemps)) {
    fail(isBinary ? "expected a file for a binary, but got -o -"
                  : "--save-temps: expected a file, but got -o -");
    return ExitCode::UsageError;
  }
  SmallVector<std::string> outputs = {request.output};
  if (request.saveTemps)
    outputs.push_back(request.output + ".space.mlir");
  for (StringRef input : {StringRef(request.input), StringRef(request.weights)})
    for (StringRef output : outputs)
      if (input != "-" && !input.empty() && !output.empty() &&
          llvm::sys::fs::equivalent(input, output)) {
        fail("the output '" + output + "' would overwrite an input");
        return ExitCode::UsageError;
      }
  return runGuarded([&] { return compile(request); });
}

/// Becomes the program of the model.
static ExitCode runModel(const CompileRequest &request,
                         ArrayRef<char *> arguments) {
  if (!request.output.empty() || request.kind != OutputKind::Executable) {
    fail("run: -o, --emit and --stop-after are for compiling; what follows the "
         "model is for the program, see snnc run MODEL.mlir --help");
    return ExitCode::UsageError;
  }
  std::string path;
  ExitCode code = runGuarded([&] { return compileToCache(request, path); });
  if (code != ExitCode::Ok)
    return code;
  std::vector<char *> argv = {const_cast<char *>(request.input.c_str())};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  argv.push_back(nullptr);
  std::fflush(nullptr);
  // Another process may still hold the file open that it has just written.
  for (int attempt = 0; attempt < 200; ++attempt) {
    ::execv(path.c_str(), argv.data());
    if (errno != ETXTBSY)
      break;
    ::usleep(10000);
  }
  llvm::errs() << "snnc: error: cannot run '" << path
               << "': " << std::strerror(errno) << "\n";
  return ExitCode::TargetError;
}

/// The arguments up to the model, which is the first that is no option, and
/// those behind it.
static size_t findModelArgument(ArrayRef<char *> arguments) {
  size_t i = 2;
  while (i < arguments.size() && arguments[i][0] == '-' &&
         arguments[i] != StringRef("-"))
    ++i;
  return std::min(i + 1, arguments.size());
}

static void printVersion(llvm::raw_ostream &os) {
  os << getCompilerVersion() << "\nLLVM " LLVM_VERSION_STRING << ", targets "
     << getProcessorNames() << "\nbuild " << getBuildId() << "\n";
}

static std::vector<std::pair<std::string, std::string>>
listOptions(const Options &options) {
  std::vector<std::pair<std::string, std::string>> result;
  for (const auto &[name, option] : cl::getRegisteredOptions()) {
    if (!llvm::is_contained(option->Categories, &options.category))
      continue;
    std::string help = option->HelpStr.str();
    std::replace(help.begin(), help.end(), '\n', ' ');
    bool hasValue = !option->ValueStr.empty();
    std::string flag = (name.size() > 1 ? "--" : "-") + name.str();
    if (hasValue && name.size() > 1)
      flag += "=";
    result.emplace_back(std::move(flag), std::move(help));
  }
  llvm::sort(result);
  return result;
}

ExitCode mlir::snn::runCommandLine(int argc, char **argv) {
  SmallVector<int> ignored = findIgnoredSignals();
  llvm::InitLLVM init(argc, argv);
  guardProcess(ignored);
  cl::ResetCommandLineParser();
  Options options;
  options.hideOthers();
  cl::SetVersionPrinter(printVersion);
  StringRef verb = argc > 1 ? argv[1] : "";
  if (verb != "run" && verb != "check")
    verb = "";
  SmallVector<char *> all(argv, argv + argc), own = all, rest;
  if (verb == "run") {
    size_t count = findModelArgument(all);
    own.assign(all.begin(), all.begin() + count);
    rest.assign(all.begin() + count, all.end());
  }
  if (!verb.empty())
    own.erase(own.begin() + 1);
  std::string errors;
  llvm::raw_string_ostream errorStream(errors);
  if (!cl::ParseCommandLineOptions(
          int(own.size()), own.data(),
          "Compile a spiking network to native code\n\n"
          "  snnc MODEL.mlir -o OUT [options]\n"
          "  snnc check MODEL.mlir [options]    report all problems\n"
          "  snnc run [options] MODEL.mlir ...  compile to the cache and run\n",
          &errorStream)) {
    llvm::errs() << errors;
    return ExitCode::UsageError;
  }
  if (options.completion.getNumOccurrences()) {
    std::string text = getCompletion(options.completion, listOptions(options));
    if (!text.empty())
      return writeOutput("-", text, /*isExecutable=*/false);
    fail("expected --completion=bash or zsh, but got '" + options.completion +
         "'");
    return ExitCode::UsageError;
  }
  CompileRequest request;
  if (options.inputs.size() > 1)
    fail("expected one model, but got '" + options.inputs[0] + "' and '" +
         options.inputs[1] + "'");
  if (options.inputs.size() > 1 || !options.makeRequest(request))
    return ExitCode::UsageError;
  if (verb == "check")
    return runGuarded([&] { return checkFile(request); });
  return verb == "run" ? runModel(request, rest) : compileModel(request);
}
