//===- Invoke.h - Runs of arrays that describe themselves -------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_RUNTIME_INVOKE_H
#define LIB_RUNTIME_INVOKE_H

#include "Plan.h"

/// As dlpack.h lays it out in all of its versions.
struct DLTensor {
  void *data;
  struct {
    int32_t type; ///< 1: CPU
    int32_t id;
  } device;
  int32_t ndim;
  struct {
    uint8_t code; ///< 0 int, 1 uint, 2 float, 4 bfloat, 6 bool
    uint8_t bits;
    uint16_t lanes;
  } dtype;
  int64_t *shape;
  int64_t *strides; ///< in elements; null: dense
  uint64_t byte_offset;
};

namespace snn::rt {

/// A text in memory of the caller, cut where that ends.
class Message {
public:
  Message(char *text, int64_t bytes) : text(text), room(text ? bytes - 1 : -1) {
    if (room >= 0)
      *text = 0;
  }

  Message &operator<<(const char *added) {
    for (; *added && room > 0; ++added, --room)
      *text++ = *added;
    if (room >= 0)
      *text = 0;
    return *this;
  }
  Message &operator<<(int64_t number) {
    char digits[24], *at = digits + sizeof(digits) - 1;
    *at = 0;
    uint64_t rest = number < 0 ? -uint64_t(number) : uint64_t(number);
    do
      *--at = char('0' + rest % 10);
    while (rest /= 10);
    if (number < 0)
      *--at = '-';
    return *this << at;
  }

private:
  char *text;
  int64_t room;
};

/// The arrays of one invocation, checked and as pointers.
class Invocation {
public:
  Invocation(const snn_model &model, const snn_invocation &given, bool isCuda)
      : model(model), given(given), isCuda(isCuda), steps(given.steps),
        batch(given.batch), message(given.message, given.message_bytes) {}

protected:
  int findSizes();
  int unify(const snn_tensor &tensor, const char *symbol, int64_t value,
            int64_t &size);
  int check(const char *role, const snn_tensor &tensor, const DLTensor &array);
  int checkDevice(const char *role, const snn_tensor &tensor,
                  const DLTensor &array);
  int checkShape(const char *role, const snn_tensor &tensor,
                 const DLTensor &array);
  int checkLayout(const char *role, const snn_tensor &tensor,
                  const DLTensor &array);
  int checkList(const char *role, const snn_tensor *tensors, int32_t count,
                const DLTensor *const *arrays, bool mayBeMissing,
                Range pointers);
  int checkLists(Range pointers);
  int report(int status) {
    if (status != SNN_OK)
      message << snn_strerror(status);
    return status;
  }
  int fail(const char *role, const snn_tensor &tensor) {
    message << role << " '" << tensor.name << "': ";
    return SNN_ERROR_ARGUMENT;
  }
  int failMissing(const char *role, const snn_tensor &tensor) {
    fail(role, tensor);
    message << "expected an array";
    return SNN_ERROR_NULL;
  }

  const snn_model &model;
  const snn_invocation &given;
  const bool isCuda;
  int32_t device = -1; ///< the GPU that all arrays are on
  int64_t steps, batch;
  bool hasMatrix = false;  ///< that shows whether they are transposed
  bool transposes = false; ///< no matrix is transposed yet
  Message message;
};

/// Where the elements of an array begin.
inline void *getData(const DLTensor &array) {
  return static_cast<char *>(array.data) + array.byte_offset;
}

/// Adds the data of arrays to the pointers at `next`; returns where they begin.
void **addList(void **&next, const DLTensor *const *arrays, int32_t count);

} // namespace snn::rt

#endif // LIB_RUNTIME_INVOKE_H
