//===- Words.h - Spikes that travel as words --------------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// `snn.unpack (snn.pack s)` says that the spikes s go through memory as bits.
// Ops that read an unpacked sequence read its words, and ops whose spikes are
// packed write words, so that neither of the two ops does anything.
//
//===----------------------------------------------------------------------===//

#ifndef SNN_IR_WORDS_H
#define SNN_IR_WORDS_H

#include "snn/IR/SNN.h"

namespace mlir::snn {

/// Whether the op can write these spikes as words.
bool canWriteWords(Value spikes);

/// Whether the op can read these spikes from words.
bool canReadWords(OpOperand &use);

/// Whether the value is only returned, as a record.
bool isRecord(OpOperand &use);

} // namespace mlir::snn

#endif // SNN_IR_WORDS_H
