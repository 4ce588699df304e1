//===- Options.cpp - The command line of an executable --------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OptionTable.h"

#include "Canvas.h"
#include "Session.h"
#include "snn/Formats/File.h"

#include <algorithm>
#include <charconv>
#include <string_view>

using namespace snn::rt;

/// True if a path ends like that.
static bool hasSuffix(const std::string &path, std::string_view suffix) {
  return path.size() > suffix.size() &&
         path.compare(path.size() - suffix.size(), suffix.npos, suffix) == 0;
}

Format Options::getFormat(const std::string &path) const {
  if (hasSuffix(path, ".csv"))
    return Format::Csv;
  if (hasSuffix(path, ".npy"))
    return Format::Npy;
  return format == "csv"   ? Format::Csv
         : format == "raw" ? Format::Raw
                           : Format::Npy;
}

static bool hasStandard(const std::vector<std::string> &paths) {
  return std::find(paths.begin(), paths.end(), "-") != paths.end();
}

bool Options::isStream() const { return hasStandard(inputs); }

bool Options::usesStandardOutput() const { return hasStandard(outputs); }

static Error parseNumber(const char *flag, const std::string &text,
                         int64_t &number) {
  const char *end = text.data() + text.size();
  auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error == std::errc() && rest == end && number >= 0)
    return Error::success();
  return makeError(ErrorCode::Usage,
                   "%s: expected a number that is not negative, but got %s",
                   flag, quoted(text).c_str());
}

/// Stores a value; `isRepeated` if the flag has occurred before.
static Error setOption(Options &options, const OptionInfo &info,
                       const std::string &value, bool isRepeated) {
  if (auto *list =
          std::get_if<std::vector<std::string> Options::*>(&info.target)) {
    (options.**list).push_back(value);
    return Error::success();
  }
  if (isRepeated)
    return makeError(ErrorCode::Usage, "%s is given twice", info.flag);
  if (auto *flag = std::get_if<bool Options::*>(&info.target))
    options.**flag = true;
  else if (auto *number = std::get_if<int64_t Options::*>(&info.target))
    return parseNumber(info.flag, value, options.**number);
  else if (auto *text = std::get_if<std::string Options::*>(&info.target))
    options.**text = value;
  return Error::success();
}

/// Reads all arguments into `options`, without a look at the model.
static Error readArguments(Options &options, int argc, char **argv) {
  std::vector<const OptionInfo *> seen;
  for (int i = 1; i < argc; ++i) {
    std::string_view argument = argv[i];
    size_t equals = argument.find('=');
    std::string_view flag = argument.substr(0, equals);
    const auto *info =
        std::find_if(optionTable, optionTable + numOptions,
                     [&](const OptionInfo &o) { return flag == o.flag; });
    if (info == optionTable + numOptions)
      return makeError(ErrorCode::Usage, "unknown option %s; try --help",
                       quoted(flag).c_str());
    bool hasValue = equals != argument.npos, wantsValue = *info->value;
    if (hasValue && !wantsValue)
      return makeError(ErrorCode::Usage, "%s takes no value", info->flag);
    std::string value(hasValue ? argument.substr(equals + 1) : "");
    if (wantsValue && !hasValue && ++i < argc)
      value = argv[i];
    if (wantsValue && value.empty())
      return makeError(ErrorCode::Usage, "%s: expected %s", info->flag,
                       info->value);
    bool isRepeated = std::find(seen.begin(), seen.end(), info) != seen.end();
    if (Error error = setOption(options, *info, value, isRepeated))
      return error;
    seen.push_back(info);
  }
  return Error::success();
}

static std::string listNames(const snn_tensor *tensors, int32_t count) {
  std::string names;
  for (int32_t i = 0; i < count; ++i)
    names += (i ? ", " : "") + quoted(tensors[i].name);
  return count ? names : "none";
}

/// Turns `[NAME=]FILE` arguments into one path per tensor. If they can be
/// streamed, `-` is the path of all.
static Error assignPaths(const char *flag, const snn_tensor *tensors,
                         int32_t count, const std::vector<std::string> &args,
                         bool isStreamed, std::vector<std::string> &paths) {
  paths.assign(count, "");
  for (const std::string &arg : args) {
    size_t equals = arg.find('=');
    std::string name = arg.substr(0, equals == arg.npos ? 0 : equals);
    int32_t index = 0;
    if (equals == arg.npos && arg == "-" && isStreamed && count > 1) {
      paths.assign(count, "-"); // a step has all of them
      continue;
    }
    if (equals == arg.npos) {
      if (count != 1)
        return makeError(ErrorCode::Usage,
                         "%s %s: expected NAME=FILE with a name of: %s", flag,
                         arg.c_str(), listNames(tensors, count).c_str());
    } else {
      while (index < count && name != tensors[index].name)
        ++index;
    }
    if (index == count)
      return makeError(ErrorCode::Usage,
                       "%s: there is no %s; expected a name of: %s", flag,
                       quoted(name).c_str(), listNames(tensors, count).c_str());
    if (!paths[index].empty())
      return makeError(ErrorCode::Usage, "%s: %s is given twice", flag,
                       quoted(tensors[index].name).c_str());
    paths[index] = equals == arg.npos ? arg : arg.substr(equals + 1);
    if (paths[index].empty())
      return makeError(ErrorCode::Usage, "%s %s: expected a file after '='",
                       flag, arg.c_str());
  }
  return Error::success();
}

/// Refuses to write a file that is read, or one file twice.
static Error checkPaths(const Options &options) {
  std::vector<std::string> read = options.inputs, written = options.outputs;
  read.insert(read.end(), options.params.begin(), options.params.end());
  read.push_back(options.weights);
  written.push_back(options.raster);
  written.push_back(options.rates);
  written.push_back(options.stateOut);
  for (size_t i = 0; i < written.size(); ++i) {
    if (written[i].empty())
      continue;
    for (const std::string &path : read)
      if (!path.empty() && path != "-" && written[i] != "-" &&
          isSameFile(path, written[i]))
        return makeError(ErrorCode::Usage, "%s would overwrite an input",
                         written[i].c_str());
    for (size_t k = 0; k < i; ++k)
      if (written[i] == written[k] || isSameFile(written[i], written[k]))
        return makeError(ErrorCode::Usage, "%s would be written twice",
                         written[i] == "-" ? "the standard output"
                                           : written[i].c_str());
  }
  return Error::success();
}

/// What is not given comes from the file that the model was compiled with.
static void useWeightsFile(const snn_model &model, Options &options) {
  if (!model.weights_file || !options.weights.empty())
    return;
  for (int32_t i = 0; i < model.num_params; ++i)
    if (!model.params[i].data && options.params[i].empty())
      options.weights = model.weights_file;
}

/// Checks the parameters: each has exactly one source.
static Error checkParams(const snn_model &model, const Options &options) {
  bool needsWeights = false;
  for (int32_t i = 0; i < model.num_params; ++i) {
    const snn_tensor &param = model.params[i];
    bool given = !options.params[i].empty();
    if (param.data && given)
      return makeError(ErrorCode::Usage,
                       "--param: parameter %s is embedded in the program",
                       quoted(param.name).c_str());
    if (!param.data && !given && options.weights.empty())
      return makeError(ErrorCode::Usage,
                       "parameter %s has no value; give --param %s=FILE.npy or "
                       "--weights FILE.safetensors",
                       quoted(param.name).c_str(), param.name);
    needsWeights |= !param.data && !given;
  }
  if (!options.weights.empty() && !needsWeights)
    return makeError(ErrorCode::Usage,
                     "--weights: no parameter of the model needs a value");
  return Error::success();
}

/// Checks the formats of inputs and outputs.
static Error checkFormats(const Options &options) {
  const std::string &format = options.format;
  if (!format.empty() && format != "npy" && format != "csv" && format != "raw")
    return makeError(ErrorCode::Usage,
                     "--format: expected npy, csv or raw, but got %s",
                     quoted(format).c_str());
  // Beside a stream, --format is what the stream is.
  bool isOfStream = options.isStream() || options.usesStandardOutput();
  for (const std::string &path : options.outputs)
    if (!format.empty() && !isOfStream &&
        ((hasSuffix(path, ".csv") && format != "csv") ||
         (hasSuffix(path, ".npy") && format != "npy")))
      return makeError(ErrorCode::Usage,
                       "--output %s: expected a name of the format %s, which "
                       "--format asks for",
                       path.c_str(), format.c_str());
  for (auto *paths : {&options.inputs, &options.outputs})
    for (const std::string &path : *paths)
      if (!path.empty() && path != "-" &&
          options.getFormat(path) == Format::Raw)
        return makeError(ErrorCode::Usage,
                         "%s: --format=raw is for the standard input and "
                         "output (-); expected a file of .npy or .csv",
                         path.c_str());
  std::vector<std::pair<const char *, const std::string *>> files = {
      {"--weights", &options.weights},
      {"--state-in", &options.stateIn},
      {"--state-out", &options.stateOut}};
  for (const std::string &path : options.params)
    files.push_back({"--param", &path});
  for (auto [flag, path] : files)
    if (*path == "-")
      return makeError(ErrorCode::Usage,
                       "%s: expected a file, but got '-', which only --input "
                       "and --output understand",
                       flag);
  return Error::success();
}

/// Checks that a model can run on the standard input.
static Error checkStream(const snn_model &model, const Options &options) {
  auto refuse = [](const char *reason) {
    return makeError(ErrorCode::Usage, "--input -: %s", reason);
  };
  if (!(model.flags & SNN_CAUSAL))
    return refuse("the model is not causal: it needs all steps of a sequence "
                  "before its first output; expected a file");
  if (hasFixedSteps(model))
    return refuse("the model has a fixed number of steps, so it does not run "
                  "on a stream; expected a file");
  for (int32_t i = 0; i < model.num_inputs; ++i) {
    if (options.inputs[i] != "-")
      return makeError(ErrorCode::Usage,
                       "--input %s=%s: expected - for all inputs or for none",
                       model.inputs[i].name, options.inputs[i].c_str());
    if ((model.inputs[i].batch_dim < 0) != (model.inputs[0].batch_dim < 0))
      return refuse("expected a batch in all inputs or in none");
  }
  if (model.num_inputs > 1 && options.getFormat("-") == Format::Npy)
    return refuse("a .npy stream holds one input; expected --format=csv or "
                  "raw, where a step has all inputs in the order of --help");
  for (auto [isGiven, flag] : {std::pair(!options.raster.empty(), "--raster"),
                               std::pair(!options.rates.empty(), "--rates"),
                               std::pair(options.repeat >= 0, "--repeat")})
    if (isGiven)
      return makeError(ErrorCode::Usage,
                       "%s: a stream is read once and its end is not known; "
                       "expected --input FILE",
                       flag);
  return Error::success();
}

/// Checks the options of pictures.
static Error checkPictures(const snn_model &model, const Options &options) {
  bool hasPicture = false;
  for (auto [flag, path] : {std::pair("--raster", &options.raster),
                            std::pair("--rates", &options.rates)}) {
    if (path->empty())
      continue;
    hasPicture = true;
    if (model.num_records == 0)
      return makeError(ErrorCode::Usage, "%s: the model has no spikes", flag);
    if (!isPicturePath(*path))
      return makeError(ErrorCode::Usage,
                       "%s: expected a file that ends in .svg or .png, but got "
                       "%s",
                       flag, quoted(*path).c_str());
  }
  if (options.sample >= 0 && !hasPicture)
    return makeError(ErrorCode::Usage,
                     "--sample: expected --raster or --rates as well");
  return Error::success();
}

Expected<int> Options::getGpu() const {
  if (device.empty() || device == "cpu")
    return -1;
  int index = 0;
  const char *begin = device.data() + std::min<size_t>(device.size(), 5);
  const char *end = device.data() + device.size();
  auto [rest, error] = std::from_chars(begin, end, index);
  bool isNumber = device.compare(0, 5, "cuda:") == 0 && rest == end &&
                  error == std::errc() && index >= 0;
  if (device == "cuda" || isNumber)
    return index;
  return makeError(ErrorCode::Usage,
                   "--device: expected cpu, cuda or cuda:N, but got %s",
                   quoted(device).c_str());
}

/// Checks what a GPU has no use for.
static Error checkDevice(const Options &options) {
  auto gpu = options.getGpu();
  if (!gpu)
    return gpu.takeError();
  for (auto [isGiven, flag] : {std::pair(!options.cpu.empty(), "--cpu"),
                               std::pair(options.threads != 1, "--threads")})
    if (*gpu >= 0 && isGiven)
      return makeError(ErrorCode::Usage,
                       "%s: the model runs on a GPU; expected --device=cpu",
                       flag);
  return Error::success();
}

static Error checkOptions(const snn_model &model, const Options &options) {
  for (int32_t i = 0; i < model.num_inputs; ++i)
    if (options.inputs[i].empty())
      return makeError(
          ErrorCode::Usage, "input %s has no value; give --input %s=FILE.npy",
          quoted(model.inputs[i].name).c_str(), model.inputs[i].name);
  bool streams = !options.stateIn.empty() || !options.stateOut.empty();
  if (streams && !(model.flags & SNN_CAUSAL))
    return makeError(ErrorCode::Usage,
                     "%s: the model is not causal, so it has no state between "
                     "two runs",
                     options.stateIn.empty() ? "--state-out" : "--state-in");
  if (options.repeat == 0)
    return makeError(ErrorCode::Usage,
                     "--repeat: expected a number of at least 1, but got 0");
  if (Error error = checkDevice(options))
    return error;
  if (Error error = checkFormats(options))
    return error;
  if (options.isStream())
    if (Error error = checkStream(model, options))
      return error;
  if (Error error = checkPictures(model, options))
    return error;
  if (Error error = checkParams(model, options))
    return error;
  return checkPaths(options);
}

Expected<Options> snn::rt::parseOptions(const snn_model &model, int argc,
                                        char **argv) {
  Options options;
  if (Error error = readArguments(options, argc, argv))
    return error;
  if (options.help || options.version || options.report)
    return options;
  if (Error error = assignPaths("--input", model.inputs, model.num_inputs,
                                options.inputArgs, true, options.inputs))
    return error;
  if (Error error = assignPaths("--output", model.outputs, model.num_outputs,
                                options.outputArgs, false, options.outputs))
    return error;
  if (Error error = assignPaths("--param", model.params, model.num_params,
                                options.paramArgs, false, options.params))
    return error;
  useWeightsFile(model, options);
  if (Error error = checkOptions(model, options))
    return error;
  return options;
}
