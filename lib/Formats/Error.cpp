//===- Error.cpp - Errors as values ---------------------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/Formats/Error.h"

#include <cstdarg>
#include <cstdio>

using namespace snn::rt;

Error snn::rt::makeError(ErrorCode code, const char *format, ...) {
  va_list args;
  va_start(args, format);
  va_list again;
  va_copy(again, args);
  int length = std::vsnprintf(nullptr, 0, format, args);
  va_end(args);
  std::string message(length > 0 ? length : 0, '\0');
  if (length > 0)
    std::vsnprintf(message.data(), message.size() + 1, format, again);
  va_end(again);
  return {code, std::move(message)};
}

std::string snn::rt::quoted(std::string_view text) {
  constexpr size_t limit = 64;
  std::string result = "'";
  for (unsigned char c : text.substr(0, limit)) {
    char escaped[8];
    if (c >= 0x20 && c < 0x7f && c != '\'' && c != '\\')
      result += c;
    else if (std::snprintf(escaped, sizeof(escaped), "\\x%02x", c) > 0)
      result += escaped;
  }
  return result + (text.size() > limit ? "'..." : "'");
}
