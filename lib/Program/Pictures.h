//===- Pictures.h - Pictures of spikes --------------------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_PROGRAM_PICTURES_H
#define LIB_PROGRAM_PICTURES_H

#include "Canvas.h"
#include "Spikes.h"

namespace snn::rt {

/// Neurons over time, one panel per layer; a file of the kind that the suffix
/// of `path` names.
Expected<std::string> drawRaster(const SampleSpikes &sample,
                                 const std::string &path);

/// The rate of a layer over time, beside how it is distributed over neurons.
Expected<std::string> drawRates(const SampleSpikes &sample,
                                const std::string &path);

} // namespace snn::rt

#endif // LIB_PROGRAM_PICTURES_H
