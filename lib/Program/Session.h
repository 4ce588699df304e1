//===- Session.h - The arrays of one run of an executable -------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_PROGRAM_SESSION_H
#define LIB_PROGRAM_SESSION_H

#include "Options.h"
#include "snn/Formats/Tensor.h"

namespace snn::rt {

class Runner;

/// Arrays of all tensors of a model, with the lists of pointers that a call
/// takes. States are updated in place.
struct Session {
  const snn_model *model = nullptr;
  Runner *runner = nullptr;
  int64_t steps = -1, batch = -1, position = 0, batchOffset = 0;
  std::vector<Buffer> inputs, params, states, outputs;

  /// A call of these arrays; valid as long as this session is not changed.
  snn_call makeCall();

  /// Allocates what a run writes: states, as zeros, unless they are there, and
  /// outputs, for `outputSteps` steps.
  Error allocate(int64_t outputSteps);

private:
  std::vector<const void *> inputPointers, paramPointers;
  std::vector<void *> statePointers, outputPointers;
};

class StepReader;

/// Reads inputs, parameters and states, and finds T and B. If the inputs are a
/// stream, it is opened, and T is -1 unless it is known.
Expected<Session> loadSession(const snn_model &model, const Options &options,
                              StepReader *stream);

/// Takes T and B from the shape of an input, or checks that it agrees with
/// those before it.
Error setInputSizes(const std::string &what, const snn_tensor &tensor,
                    const std::vector<int64_t> &dims, const Options &options,
                    Session &session);

/// An error if an element of an input is NaN or infinite. `first` is the step
/// that messages call the first one.
Error checkInputs(const Session &session, const Options &options,
                  int64_t first);

/// The shape of a tensor for T steps and B elements. An error if the product
/// overflows or if a size is static and differs.
Expected<CheckedShape> resolveShape(const snn_tensor &tensor, int64_t steps,
                                    int64_t batch);

/// True if the length of a sequence of the model is fixed.
bool hasFixedSteps(const snn_model &model);

/// Elements of one step of one batch element of a sequence.
int64_t countNeurons(const snn_tensor &tensor);

/// The shape of a tensor; the error names the tensor.
Expected<CheckedShape> getShape(const snn_tensor &tensor, int64_t steps,
                                int64_t batch);

} // namespace snn::rt

#endif // LIB_PROGRAM_SESSION_H
