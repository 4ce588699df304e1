//===- Cuda.h - Kernels as images for GPUs ----------------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SNN_TARGET_CUDA_H
#define SNN_TARGET_CUDA_H

#include "snn/Target/Object.h"

#include <optional>

namespace mlir {
class DialectRegistry;
namespace gpu {
class GPUModuleOp;
} // namespace gpu
} // namespace mlir

namespace mlir::snn {

/// 90 for "cuda:sm_90"; none where the target is not one of a GPU that code can
/// be made for.
std::optional<int> parseCudaTarget(llvm::StringRef target);

/// Lets a context make code for GPUs.
void registerCudaTranslation(DialectRegistry &registry);

/// Kernels in the llvm and nvvm dialects as PTX, and, where ptxas is found, as
/// cubins of the architectures. Nothing is contracted. Returns an error text.
std::string emitCuda(gpu::GPUModuleOp kernels,
                     llvm::ArrayRef<int> architectures, CudaCode &code);

} // namespace mlir::snn

#endif // SNN_TARGET_CUDA_H
