//===- TextCursor.h - Bounds-checked reading of text ------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The two header formats are small and strict; this is all they share.
//
//===----------------------------------------------------------------------===//

#ifndef LIB_FORMATS_TEXTCURSOR_H
#define LIB_FORMATS_TEXTCURSOR_H

#include <cstdint>
#include <string_view>

namespace snn::rt {

/// A position in text that cannot leave it.
class TextCursor {
public:
  explicit TextCursor(std::string_view text)
      : rest(text), numBytes(text.size()) {}

  /// Drops spaces and line ends.
  void skipSpace() {
    size_t count = rest.find_first_not_of(" \t\r\n");
    rest.remove_prefix(count == rest.npos ? rest.size() : count);
  }

  bool atEnd() const { return rest.empty(); }

  /// The next character, 0 at the end.
  char peek() const { return rest.empty() ? '\0' : rest.front(); }

  /// Takes `text` after spaces if it is next.
  bool accept(std::string_view text) {
    skipSpace();
    if (rest.substr(0, text.size()) != text)
      return false;
    rest.remove_prefix(text.size());
    return true;
  }

  /// Takes the next character, 0 at the end.
  char take() {
    char c = peek();
    if (!rest.empty())
      rest.remove_prefix(1);
    return c;
  }

  /// Takes a number without sign and without leading zeros, after spaces.
  bool acceptInteger(int64_t &value) {
    skipSpace();
    size_t digits = rest.find_first_not_of("0123456789");
    if (digits == rest.npos)
      digits = rest.size();
    if (digits == 0 || (digits > 1 && rest.front() == '0'))
      return false;
    value = 0;
    for (char c : rest.substr(0, digits))
      if (__builtin_mul_overflow(value, 10, &value) ||
          __builtin_add_overflow(value, c - '0', &value))
        return false;
    rest.remove_prefix(digits);
    return true;
  }

  /// How many bytes have been taken.
  size_t position() const { return numBytes - rest.size(); }

  /// What comes next, for a message.
  std::string_view ahead() const { return rest.substr(0, 24); }

private:
  std::string_view rest;
  size_t numBytes;
};

} // namespace snn::rt

#endif // LIB_FORMATS_TEXTCURSOR_H
