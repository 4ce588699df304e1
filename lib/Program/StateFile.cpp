//===- StateFile.cpp - The state of a stream in a file --------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StateFile.h"

#include "Session.h"

#include <cstring>

using namespace snn::rt;

namespace {
/// The first bytes of a state file, little endian.
struct StateHeader {
  char magic[8];
  uint32_t version;
  uint32_t numTensors;
  uint64_t hash;
  int64_t batch;
  int64_t position;
};
} // namespace

static_assert(sizeof(StateHeader) == 40, "no padding in a file");

static constexpr char stateMagic[8] = {'S', 'N', 'N', 'S', 'T', 'A', 'T', 'E'};
static constexpr uint32_t stateVersion = 1;

static Error checkHeader(const snn_model &model, const std::string &path,
                         const StateHeader &header) {
  auto bad = [&](const std::string &text) {
    return makeError(ErrorCode::Input, "%s: %s", path.c_str(), text.c_str());
  };
  if (std::memcmp(header.magic, stateMagic, sizeof(stateMagic)) != 0)
    return bad("expected a state file, but it does not begin like one");
  if (header.version != stateVersion)
    return bad("expected state file version " + std::to_string(stateVersion) +
               ", but got " + std::to_string(header.version));
  if (header.hash != model.hash ||
      header.numTensors != static_cast<uint32_t>(model.num_states))
    return bad(std::string("expected a state of the model ") + model.name +
               ", but it is one of another model, or of another version of "
               "it");
  if (header.batch < 0 || header.position < 0)
    return bad("expected a batch and a position that are not negative, but "
               "got " +
               std::to_string(header.batch) + " and " +
               std::to_string(header.position));
  return Error::success();
}

Expected<StreamState> snn::rt::readState(const snn_model &model,
                                         Source &source) {
  const std::string &path = source.name();
  StateHeader header = {};
  int64_t remaining = source.size() - int64_t(sizeof(header));
  if (remaining >= 0)
    if (Error error = source.read(&header, sizeof(header)))
      return error;
  if (Error error = checkHeader(model, path, header))
    return error;
  StreamState state;
  state.batch = header.batch;
  state.position = header.position;
  for (int32_t i = 0; i < model.num_states; ++i) {
    auto shape = resolveShape(model.states[i], 0, header.batch);
    if (!shape)
      return makeError(ErrorCode::Input, "%s: %s", path.c_str(),
                       shape.takeError().message.c_str());
    remaining -= shape->bytes();
    if (remaining < 0)
      break;
    auto data = Buffer::allocate(shape->bytes());
    if (!data)
      return data.takeError();
    if (Error error = source.read(data->data(), shape->bytes()))
      return error;
    if (model.states[i].dtype == SNN_I1)
      if (Error error =
              checkBooleans(path + ": state " + quoted(model.states[i].name),
                            data->data(), data->size()))
        return error;
    state.tensors.push_back(std::move(*data));
  }
  if (remaining != 0)
    return makeError(ErrorCode::Input,
                     "%s: expected the states of a batch of %lld, but got %lld "
                     "bytes, which are %s",
                     path.c_str(), static_cast<long long>(header.batch),
                     static_cast<long long>(source.size() - sizeof(header)),
                     remaining < 0 ? "too few (the file is cut off)"
                                   : "too many (the file is too long)");
  return state;
}

Expected<StreamState> snn::rt::readState(const snn_model &model,
                                         const std::string &path) {
  auto file = InputFile::open(path);
  if (!file)
    return file.takeError();
  return readState(model, *file);
}

Error snn::rt::writeState(const snn_model &model, int64_t batch,
                          int64_t position, const std::vector<Buffer> &tensors,
                          AtomicFile &file) {
  StateHeader header = {
      {},         stateVersion, static_cast<uint32_t>(model.num_states),
      model.hash, batch,        position};
  std::memcpy(header.magic, stateMagic, sizeof(stateMagic));
  if (Error error = file.write(&header, sizeof(header)))
    return error;
  for (const Buffer &tensor : tensors)
    if (Error error = file.write(tensor.data(), tensor.size()))
      return error;
  return Error::success();
}
