//===- Hand.cpp - A library of a model written by hand --------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the compiler exports, for a model with all that a model may have: MODEL,
// one of Models.h.
//
//===----------------------------------------------------------------------===//

#include "Models.h"

#ifndef MODEL
#define MODEL lifModel
#endif

extern "C" {
extern const snn_model_table snn_model_v1;
const snn_model_table snn_model_v1 = {SNN_ABI_VERSION,
                                      sizeof(snn_model_table),
                                      &snn::test::MODEL,
                                      snn_stream_state_bytes,
                                      snn_stream_reset,
                                      snn_stream_workspace_bytes,
                                      snn_stream_run,
                                      snn_invoke,
                                      snn_invoke_workspace_bytes,
                                      snn_strerror,
                                      snn_set_threads,
                                      snn_get_threads,
                                      snn_cpu_features,
                                      snn_transpose,
                                      snn_cuda_device_count,
                                      snn_cuda_load,
                                      snn_cuda_unload,
                                      snn_cuda_workspace_bytes,
                                      snn_cuda_state_bytes,
                                      snn_cuda_reset,
                                      snn_cuda_invoke};
}
