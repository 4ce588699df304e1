//===- TensorFile.cpp - Named tensors of one file -------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/Formats/TensorFile.h"

#include "snn/Formats/File.h"
#include "snn/Formats/Npz.h"
#include "snn/Formats/SafeTensors.h"

#include <algorithm>

using namespace snn::rt;

TensorFile::TensorFile(std::vector<NamedTensor> tensors,
                       std::vector<Buffer> storage)
    : sorted(std::move(tensors)), storage(std::move(storage)) {
  std::sort(sorted.begin(), sorted.end(),
            [](const auto &a, const auto &b) { return a.name < b.name; });
}

const NamedTensor *TensorFile::find(std::string_view name) const {
  auto found =
      std::lower_bound(sorted.begin(), sorted.end(), name,
                       [](const NamedTensor &tensor, std::string_view n) {
                         return tensor.name < n;
                       });
  return found != sorted.end() && found->name == name ? &*found : nullptr;
}

void TensorFile::replace(NamedTensor tensor, Buffer bytes) {
  storage.push_back(std::move(bytes));
  for (NamedTensor &old : sorted)
    if (old.name == tensor.name) {
      old = std::move(tensor);
      return;
    }
}

namespace {
enum class Format { SafeTensors, Npz, Unknown };
} // namespace

/// The format that begins like this. The length with which a .safetensors file
/// begins is too large for one where it reads like a zip archive.
static Format identify(std::string_view start) {
  using namespace std::string_view_literals;
  if (start.substr(0, 4) == "PK\3\4"sv || start.substr(0, 4) == "PK\5\6"sv)
    return Format::Npz;
  if (start.size() >= 9 && start[8] == '{')
    return Format::SafeTensors;
  return Format::Unknown;
}

static Error makeUnknownError(const std::string &name, std::string_view start) {
  using namespace std::string_view_literals;
  if (start.empty())
    return makeError(ErrorCode::Input,
                     "%s: expected a .safetensors or .npz file, but got an "
                     "empty one",
                     name.c_str());
  const char *hint = "";
  if (start.substr(0, 6) == "\x93NUMPY"sv)
    hint = " (a .npy file, which holds a single array without a name)";
  else if (start.substr(0, 2) == "\x80\2"sv)
    hint = " (a pickle, which is never loaded)";
  return makeError(
      ErrorCode::Input,
      "%s: expected a .safetensors or .npz file, but got one that begins with "
      "%s%s",
      name.c_str(), quoted(start).c_str(), hint);
}

static constexpr int64_t numStartBytes = 9;

Expected<TensorFile> snn::rt::readTensors(const std::string &path) {
  auto file = InputFile::open(path);
  if (!file)
    return file.takeError();
  char start[numStartBytes];
  int64_t count = std::min(file->size(), numStartBytes);
  if (Error error = file->read(start, count))
    return error;
  switch (identify({start, size_t(count)})) {
  case Format::SafeTensors:
    return readSafeTensors(path);
  case Format::Npz:
    return readNpz(path);
  case Format::Unknown:
    break;
  }
  return makeUnknownError(path, {start, size_t(count)});
}

Expected<TensorFile> snn::rt::parseTensors(const std::string &name,
                                           const void *bytes, int64_t size) {
  std::string_view start(static_cast<const char *>(bytes),
                         std::min(size, numStartBytes));
  switch (identify(start)) {
  case Format::SafeTensors:
    return parseSafeTensors(name, bytes, size);
  case Format::Npz:
    return parseNpz(name, bytes, size);
  case Format::Unknown:
    break;
  }
  return makeUnknownError(name, start);
}
