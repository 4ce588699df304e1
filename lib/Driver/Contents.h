//===- Contents.h - What a model file may hold ------------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A compiled model is native code. It may compute, and nothing else: no op, no
// type and no attribute of a dialect that could call, link or say how code is
// made. These checks go on after an error, so that one run finds all.
//
//===----------------------------------------------------------------------===//

#ifndef SNN_LIB_DRIVER_CONTENTS_H
#define SNN_LIB_DRIVER_CONTENTS_H

#include "snn/Driver/Driver.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"

namespace mlir::snn {

/// Loads the dialects that a model may use; those that it is lowered to come
/// with prepareContext.
void prepareToRead(MLIRContext &context);

/// Gives the parser's message about an op of a dialect that is not loaded our
/// words; fails for any other message.
LogicalResult rewordForeignOp(Diagnostic &diagnostic);

/// Checks a parsed module, whose ops need not be valid: functions of ops, types
/// and attributes of the dialects of a model.
LogicalResult checkContents(ModuleOp module);

/// Checks a valid model and the functions that it calls: none calls itself or
/// one without a body, and with all calls inlined it has at most `maxOps` ops.
ExitCode checkCalls(func::FuncOp model, int64_t maxOps);

/// Checks that the tensors of a valid model and of the functions beside it can
/// be counted, and that parameters and constants have at most `maxBytes` bytes.
ExitCode checkSizes(func::FuncOp model, int64_t maxBytes);

} // namespace mlir::snn

#endif // SNN_LIB_DRIVER_CONTENTS_H
