//===- OptionTable.h - All options of an executable -------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_PROGRAM_OPTIONTABLE_H
#define LIB_PROGRAM_OPTIONTABLE_H

#include "Options.h"

#include <variant>

namespace snn::rt {

/// Where the value of an option is stored, which is also how it is parsed.
using OptionTarget =
    std::variant<bool Options::*, int64_t Options::*, std::string Options::*,
                 std::vector<std::string> Options::*>;

/// One row of the table that parses and prints the options.
struct OptionInfo {
  const char *flag;
  const char *value; ///< what the value is called, empty if there is none
  OptionTarget target;
  const char *help;
};

/// The options in the order of --help.
extern const OptionInfo optionTable[];
extern const int numOptions;

} // namespace snn::rt

#endif // LIB_PROGRAM_OPTIONTABLE_H
