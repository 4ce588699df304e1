//===- Npz.cpp - NumPy's .npz files ---------------------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/Formats/Npz.h"

#include "Zip.h"
#include "snn/Formats/File.h"
#include "snn/Formats/Npy.h"

using namespace snn::rt;

static Expected<Array> readMember(const std::string &path,
                                  const ZipMember &member) {
  ZipMemberSource source(path, member);
  if (Error error = source.open())
    return error;
  auto array = readNpy(source);
  if (!array)
    return array;
  if (Error error = source.finish())
    return error;
  return array;
}

Expected<TensorFile> snn::rt::parseNpz(const std::string &name,
                                       const void *bytes, int64_t size) {
  constexpr std::string_view suffix = ".npy";
  auto members =
      parseZip(name, {static_cast<const char *>(bytes), size_t(size)});
  if (!members)
    return members.takeError();
  std::vector<NamedTensor> tensors;
  std::vector<Buffer> storage;
  for (ZipMember &member : *members) {
    auto array = readMember(name, member);
    if (!array)
      return array.takeError();
    member.name.resize(member.name.size() - suffix.size());
    storage.push_back(std::move(array->data));
    tensors.push_back({std::move(member.name), array->type,
                       std::move(array->shape), storage.back().data()});
  }
  return TensorFile(std::move(tensors), std::move(storage));
}

Expected<TensorFile> snn::rt::readNpz(const std::string &path) {
  auto file = InputFile::open(path);
  if (!file)
    return file.takeError();
  auto archive = Buffer::allocate(file->size());
  if (!archive)
    return makeError(ErrorCode::Limit, "%s: %s", path.c_str(),
                     archive.takeError().message.c_str());
  if (Error error = file->read(archive->data(), file->size()))
    return error;
  return parseNpz(path, archive->data(), file->size());
}
