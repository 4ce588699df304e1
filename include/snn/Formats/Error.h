//===- Error.h - Errors as values -------------------------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The runtime is built without exceptions: what can fail returns an Error or an
// Expected. A message names the file or argument, what was found and what was
// expected; it is lower case and has no full stop.
//
//===----------------------------------------------------------------------===//

#ifndef SNN_FORMATS_ERROR_H
#define SNN_FORMATS_ERROR_H

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace snn::rt {

/// Who has to act. The values are the exit codes of every executable.
enum class ErrorCode : int {
  None = 0,
  Input = 1,    ///< the contents of a file or argument are wrong
  Usage = 2,    ///< the command line is wrong
  IO = 3,       ///< the system could not read or write
  Target = 4,   ///< the machine lacks what the program needs
  Limit = 5,    ///< a size or the memory is exhausted
  Internal = 70 ///< a bug of ours
};

/// A failure, or success if the code is None. True if it is a failure.
struct [[nodiscard]] Error {
  ErrorCode code = ErrorCode::None;
  std::string message;

  explicit operator bool() const { return code != ErrorCode::None; }

  /// The value that means that nothing went wrong.
  static Error success() { return {}; }
};

/// An error with a message formatted as by printf.
Error makeError(ErrorCode code, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/// Text from a file, made safe to print: quoted, escaped and cut to 64 bytes.
std::string quoted(std::string_view text);

/// Sizes as in `[784, 10]`.
template <typename Range> std::string formatShape(const Range &dims) {
  std::string text = "[";
  for (auto dim : dims)
    text += (text.size() == 1 ? "" : ", ") + std::to_string(dim);
  return text + "]";
}

/// A value or the error that prevented it. True if it holds a value.
template <typename T> class [[nodiscard]] Expected {
public:
  Expected(T value) : value(std::move(value)) {}
  Expected(Error error) : error(std::move(error)) {}

  explicit operator bool() const { return value.has_value(); }
  T &operator*() { return *value; }
  const T &operator*() const { return *value; }
  T *operator->() { return &*value; }
  const T *operator->() const { return &*value; }

  /// The error, to be handed on; only where there is no value.
  Error takeError() { return std::move(error); }

private:
  std::optional<T> value;
  Error error;
};

} // namespace snn::rt

#endif // SNN_FORMATS_ERROR_H
