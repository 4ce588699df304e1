//===- Session.cpp - The arrays of one run of an executable ---------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Session.h"

#include "Csv.h"
#include "StateFile.h"
#include "Stream.h"
#include "snn/Formats/Npy.h"
#include "snn/Formats/TensorFile.h"

#include <algorithm>
#include <cstring>

using namespace snn::rt;

Expected<CheckedShape> snn::rt::resolveShape(const snn_tensor &tensor,
                                             int64_t steps, int64_t batch) {
  std::vector<int64_t> dims(tensor.shape, tensor.shape + tensor.rank);
  auto resolve = [&](size_t dim, int64_t size, const char *what) {
    if (dims[dim] >= 0 && dims[dim] != size)
      return makeError(ErrorCode::Input,
                       "%s was compiled for %lld %s, but got %lld", tensor.name,
                       static_cast<long long>(dims[dim]), what,
                       static_cast<long long>(size));
    dims[dim] = size;
    return Error::success();
  };
  if (tensor.is_sequence)
    if (Error error = resolve(0, steps, "steps"))
      return error;
  if (tensor.batch_dim >= 0)
    if (Error error = resolve(tensor.batch_dim, batch, "batch elements"))
      return error;
  return CheckedShape::get(std::move(dims),
                           static_cast<ElementType>(tensor.dtype));
}

Expected<CheckedShape> snn::rt::getShape(const snn_tensor &tensor,
                                         int64_t steps, int64_t batch) {
  auto shape = resolveShape(tensor, steps, batch);
  if (shape)
    return shape;
  Error error = shape.takeError();
  return makeError(error.code, "%s: %s", quoted(tensor.name).c_str(),
                   error.message.c_str());
}

int64_t snn::rt::countNeurons(const snn_tensor &tensor) {
  int64_t count = 1;
  for (int32_t d = 0; d < tensor.rank; ++d)
    if (d != tensor.batch_dim && !(d == 0 && tensor.is_sequence))
      count *= tensor.shape[d];
  return count;
}

/// True if a sequence has a length that is fixed.
static bool hasFixedSteps(const snn_tensor *tensors, int32_t count) {
  return std::any_of(tensors, tensors + count, [](const snn_tensor &tensor) {
    return tensor.is_sequence && tensor.shape[0] != SNN_DIM_TIME;
  });
}

bool snn::rt::hasFixedSteps(const snn_model &model) {
  return ::hasFixedSteps(model.inputs, model.num_inputs) ||
         ::hasFixedSteps(model.outputs, model.num_outputs) ||
         ::hasFixedSteps(model.records, model.num_records);
}

snn_call Session::makeCall() {
  inputPointers.clear();
  paramPointers.clear();
  statePointers.clear();
  outputPointers.clear();
  for (Buffer &buffer : inputs)
    inputPointers.push_back(buffer.data());
  for (Buffer &buffer : params)
    paramPointers.push_back(buffer.data());
  for (Buffer &buffer : states)
    statePointers.push_back(buffer.data());
  for (Buffer &buffer : outputs)
    outputPointers.push_back(buffer.data());
  snn_call call = {};
  call.inputs = inputPointers.data();
  call.params = paramPointers.data();
  call.states_before = statePointers.data();
  call.states_after = statePointers.data();
  call.outputs = outputPointers.data();
  call.steps = steps;
  call.batch = batch;
  call.position = position;
  call.batch_offset = batchOffset;
  return call;
}

/// Appends an array for a tensor, filled with zeros.
static Error appendZeros(std::vector<Buffer> &buffers, const snn_tensor &tensor,
                         int64_t steps, int64_t batch) {
  auto shape = getShape(tensor, steps, batch);
  if (!shape)
    return shape.takeError();
  auto buffer = Buffer::allocate(shape->bytes());
  if (!buffer)
    return makeError(
        ErrorCode::Limit, "%s of shape %s: %s", quoted(tensor.name).c_str(),
        formatShape(shape->dims()).c_str(), buffer.takeError().message.c_str());
  std::memset(buffer->data(), 0, shape->bytes());
  buffers.push_back(std::move(*buffer));
  return Error::success();
}

Error Session::allocate(int64_t outputSteps) {
  for (int32_t i = states.size(); i < model->num_states; ++i)
    if (Error error = appendZeros(states, model->states[i], 0, batch))
      return error;
  for (int32_t i = 0; i < model->num_outputs; ++i)
    if (Error error =
            appendZeros(outputs, model->outputs[i], outputSteps, batch))
      return error;
  return Error::success();
}

/// Checks the sizes that the model fixes.
static Error matchShape(const std::string &what, const snn_tensor &tensor,
                        const std::vector<int64_t> &dims) {
  bool matches = dims.size() == size_t(tensor.rank);
  for (size_t d = 0; matches && d < dims.size(); ++d)
    matches = tensor.shape[d] < 0 || tensor.shape[d] == dims[d];
  if (matches)
    return Error::success();
  return makeError(ErrorCode::Input, "%s: expected shape %s, but got %s",
                   what.c_str(), formatTensorShape(tensor).c_str(),
                   formatShape(dims).c_str());
}

/// The elements of an array as the model wants them.
static Expected<Buffer> adoptArray(const std::string &what,
                                   const snn_tensor &tensor, Array array) {
  auto type = static_cast<ElementType>(tensor.dtype);
  if (array.type == type)
    return std::move(array.data);
  return convertElements(what, array.type, array.data.data(),
                         array.shape.elements(), type);
}

/// "input 'x' (x.npy)", for messages.
static std::string describe(const char *kind, const snn_tensor &tensor,
                            const std::string &path) {
  return std::string(kind) + " " + quoted(tensor.name) + " (" + path + ")";
}

/// Sets T or B, or checks that an argument agrees with those before it.
static Error unify(const std::string &what, const char *symbol, int64_t value,
                   int64_t &size) {
  if (size >= 0 && size != value)
    return makeError(ErrorCode::Input,
                     "%s: expected %s = %lld as before it, but got %lld",
                     what.c_str(), symbol, static_cast<long long>(size),
                     static_cast<long long>(value));
  size = value;
  return Error::success();
}

/// T of an input: the same for all, or, with --steps, the least of all.
static Error setSteps(const std::string &what, int64_t steps,
                      const Options &options, Session &session) {
  if (options.steps < 0 || session.steps < 0)
    return unify(what, "T", steps, session.steps);
  session.steps = std::min(session.steps, steps);
  return Error::success();
}

Error snn::rt::setInputSizes(const std::string &what, const snn_tensor &tensor,
                             const std::vector<int64_t> &dims,
                             const Options &options, Session &session) {
  if (Error error = matchShape(what, tensor, dims))
    return error;
  if (tensor.is_sequence)
    if (Error error = setSteps(what, dims[0], options, session))
      return error;
  if (tensor.batch_dim < 0)
    return Error::success();
  return unify(what, "B", dims[tensor.batch_dim], session.batch);
}

static Error loadInputs(Session &session, const Options &options) {
  for (int32_t i = 0; i < session.model->num_inputs; ++i) {
    const snn_tensor &tensor = session.model->inputs[i];
    const std::string &path = options.inputs[i];
    std::string what = describe("input", tensor, path);
    bool isText = options.getFormat(path) == Format::Csv;
    auto array = isText ? readCsv(path, tensor) : readNpy(path);
    if (!array)
      return array.takeError();
    if (Error error =
            setInputSizes(what, tensor, array->shape.dims(), options, session))
      return error;
    auto data = adoptArray(what, tensor, std::move(*array));
    if (!data)
      return data.takeError();
    session.inputs.push_back(std::move(*data));
  }
  return Error::success();
}

/// A parameter may have one value per element of the batch, and sets B then.
static Error matchParam(const std::string &what, const snn_tensor &tensor,
                        const std::vector<int64_t> &dims, Session &session) {
  if (Error error = matchShape(what, tensor, dims))
    return error;
  if (tensor.batch_dim < 0)
    return Error::success();
  return unify(what, "B", dims[tensor.batch_dim], session.batch);
}

/// The value of one parameter from the file for all of them.
static Expected<Buffer> extractParam(const snn_tensor &tensor,
                                     const std::string &path,
                                     const TensorFile &weights,
                                     Session &session) {
  const NamedTensor *found = weights.find(tensor.name);
  if (!found)
    return makeError(ErrorCode::Input, "%s: expected a tensor %s in it",
                     path.c_str(), quoted(tensor.name).c_str());
  std::string what = describe("parameter", tensor, path);
  if (Error error = matchParam(what, tensor, found->shape.dims(), session))
    return error;
  return convertElements(what, found->type, found->data,
                         found->shape.elements(),
                         static_cast<ElementType>(tensor.dtype));
}

static Expected<Buffer> readParam(const snn_tensor &tensor,
                                  const std::string &path, Session &session) {
  std::string what = describe("parameter", tensor, path);
  auto array = readNpy(path);
  if (!array)
    return array.takeError();
  if (Error error = matchParam(what, tensor, array->shape.dims(), session))
    return error;
  return adoptArray(what, tensor, std::move(*array));
}

/// A matrix as the code wants it, once for all windows and steps.
static Expected<Buffer> transposeParam(const snn_tensor &tensor,
                                       const Buffer &matrix) {
  int64_t rows = tensor.shape[0], columns = tensor.shape[1];
  int64_t bytes = elementBytes(static_cast<ElementType>(tensor.dtype));
  auto result = Buffer::allocate(rows * columns * bytes);
  if (result)
    snn_transpose(matrix.data(), result->data(), rows, columns, bytes);
  return result;
}

static Error loadParams(Session &session, const Options &options) {
  std::optional<TensorFile> weights;
  if (!options.weights.empty()) {
    auto file = readTensors(options.weights);
    const char *known = session.model->weights_file;
    if (!file) {
      Error error = file.takeError();
      if (known && options.weights == known)
        error.message += " (the model was compiled to read its parameters "
                         "there; --weights FILE names another file)";
      return error;
    }
    weights = std::move(*file);
  }
  for (int32_t i = 0; i < session.model->num_params; ++i) {
    const snn_tensor &tensor = session.model->params[i];
    session.params.emplace_back();
    if (tensor.data)
      continue;
    auto data = options.params[i].empty()
                    ? extractParam(tensor, options.weights, *weights, session)
                    : readParam(tensor, options.params[i], session);
    if (data && tensor.is_transposed)
      data = transposeParam(tensor, *data);
    if (!data)
      return data.takeError();
    session.params.back() = std::move(*data);
  }
  return Error::success();
}

/// Sets T and B where the tensors of the model fix them.
static void findStaticSizes(const snn_tensor *tensors, int32_t count,
                            Session &session) {
  for (int32_t i = 0; i < count; ++i) {
    const snn_tensor &tensor = tensors[i];
    if (tensor.is_sequence && tensor.shape[0] >= 0 && session.steps < 0)
      session.steps = tensor.shape[0];
    if (tensor.batch_dim >= 0 && tensor.shape[tensor.batch_dim] >= 0 &&
        session.batch < 0)
      session.batch = tensor.shape[tensor.batch_dim];
  }
}

/// Applies --steps.
static Error chooseSteps(Session &session, const Options &options) {
  if (options.steps >= 0 && session.steps >= 0 && options.steps > session.steps)
    return makeError(ErrorCode::Usage,
                     "--steps: expected at most T = %lld, but got %lld",
                     static_cast<long long>(session.steps),
                     static_cast<long long>(options.steps));
  if (options.steps >= 0)
    session.steps = options.steps;
  // Without inputs, the tables say how long a run is.
  if (session.steps < 0 && session.model->max_steps >= session.position)
    session.steps = session.model->max_steps - session.position;
  if (session.steps < 0)
    return makeError(ErrorCode::Usage,
                     "expected --steps N, because no input or table says how "
                     "long to run");
  int64_t end, limit = session.model->max_steps;
  if (__builtin_add_overflow(session.position, session.steps, &end) ||
      (limit >= 0 && end > limit))
    return makeError(ErrorCode::Input,
                     "expected at most %lld steps in all, but got %lld after "
                     "%lld",
                     static_cast<long long>(limit),
                     static_cast<long long>(session.steps),
                     static_cast<long long>(session.position));
  return Error::success();
}

/// Applies --state-in and --batch.
static Error loadState(Session &session, const Options &options) {
  if (!options.stateIn.empty()) {
    auto state = readState(*session.model, options.stateIn);
    if (!state)
      return state.takeError();
    if (session.batch >= 0 && session.batch != state->batch)
      return makeError(ErrorCode::Input,
                       "--state-in (%s): expected a state of batch %lld, the "
                       "batch of the inputs, but got one of batch %lld",
                       options.stateIn.c_str(),
                       static_cast<long long>(session.batch),
                       static_cast<long long>(state->batch));
    session.batch = state->batch;
    session.position = state->position;
    session.states = std::move(state->tensors);
  }
  if (options.batch >= 0)
    if (Error error = unify("--batch", "B", options.batch, session.batch))
      return error;
  if (session.batch < 0)
    session.batch = 1;
  return Error::success();
}

Expected<Session> snn::rt::loadSession(const snn_model &model,
                                       const Options &options,
                                       StepReader *stream) {
  Session session;
  session.model = &model;
  if (Error error = stream ? stream->open(options, session)
                           : loadInputs(session, options))
    return error;
  if (Error error = loadParams(session, options))
    return error;
  findStaticSizes(model.outputs, model.num_outputs, session);
  findStaticSizes(model.states, model.num_states, session);
  findStaticSizes(model.records, model.num_records, session);
  if (Error error = loadState(session, options))
    return error;
  if (!stream || session.steps >= 0 || options.steps >= 0)
    if (Error error = chooseSteps(session, options))
      return error;
  if (options.sample >= std::max<int64_t>(session.batch, 1))
    return makeError(ErrorCode::Usage,
                     "--sample: expected a number below B = %lld, but got %lld",
                     static_cast<long long>(session.batch),
                     static_cast<long long>(options.sample));
  return session;
}
