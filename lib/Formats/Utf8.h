//===- Utf8.h - Text in UTF-8 -----------------------------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_FORMATS_UTF8_H
#define LIB_FORMATS_UTF8_H

#include <cstdint>
#include <string>
#include <string_view>

namespace snn::rt {

/// Appends a code point.
void appendUtf8(std::string &text, uint32_t c);

/// True if the text is UTF-8 without overlong forms and surrogates.
bool isUtf8(std::string_view text);

} // namespace snn::rt

#endif // LIB_FORMATS_UTF8_H
