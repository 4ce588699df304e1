//===- Cuda.cpp - Kernels as images for GPUs ------------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/Target/Cuda.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/GPU/Transforms/Passes.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVM/NVVM/Target.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/GPU/GPUToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/NVVM/NVVMToLLVMIRTranslation.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"

using namespace mlir;
using namespace mlir::snn;

/// The instruction set of PTX that kernels are written in: the oldest with all
/// that they use on sm_90. Drivers for CUDA 12.0 and later read it.
static constexpr llvm::StringLiteral kFeatures = "+ptx80";
static constexpr int kOldest = 80;

std::optional<int> snn::parseCudaTarget(StringRef target) {
  if (!target.consume_front("cuda:sm_"))
    return std::nullopt;
  int architecture;
  if (target.getAsInteger(10, architecture) || architecture < kOldest ||
      architecture > 121)
    return std::nullopt;
  return architecture;
}

void snn::registerCudaTranslation(DialectRegistry &registry) {
  registerBuiltinDialectTranslation(registry);
  registerGPUDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
  registerNVVMDialectTranslation(registry);
  NVVM::registerNVVMTargetInterfaceExternalModels(registry);
}

/// PTX of a module of kernels, which is left as it is.
static FailureOr<std::string> emitPtx(gpu::GPUModuleOp kernels,
                                      int architecture) {
  MLIRContext *context = kernels.getContext();
  OwningOpRef<ModuleOp> module = ModuleOp::create(kernels.getLoc());
  auto clone = cast<gpu::GPUModuleOp>(kernels->clone());
  module->push_back(clone);
  // Memory whose size a launch tells, which LLVM must not take for none.
  clone.walk([](LLVM::GlobalOp global) {
    if (global.getName().starts_with("__dynamic_shmem__"))
      global.setLinkage(LLVM::Linkage::External);
  });
  std::string chip = "sm_" + std::to_string(architecture);
  std::string features = architecture < 100   ? kFeatures.str()
                         : architecture < 120 ? "+ptx86"
                                              : "+ptx87";
  auto target = NVVM::NVVMTargetAttr::get(context, /*optLevel=*/3,
                                          "nvptx64-nvidia-cuda", chip, features,
                                          /*flags=*/nullptr, /*files=*/nullptr);
  clone.setTargetsAttr(ArrayAttr::get(context, target));
  PassManager pm(context);
  GpuModuleToBinaryPassOptions options;
  options.compilationTarget = "isa";
  pm.addPass(createGpuModuleToBinaryPass(options));
  if (failed(pm.run(*module)))
    return failure();
  for (auto binary : module->getOps<gpu::BinaryOp>())
    for (Attribute object : binary.getObjects())
      return cast<gpu::ObjectAttr>(object).getObject().getValue().str();
  return failure();
}

namespace {
/// A file that goes away.
struct TemporaryFile {
  llvm::SmallString<128> path;
  llvm::FileRemover remover;

  std::error_code create(StringRef suffix) {
    std::error_code error =
        llvm::sys::fs::createTemporaryFile("snnc", suffix, path);
    if (!error)
      remover.setFile(path);
    return error;
  }
};
} // namespace

/// The cubin that ptxas makes. Returns an error text.
static std::string assemble(StringRef ptxas, StringRef ptx, int architecture,
                            std::string &cubin) {
  TemporaryFile input, output, log;
  for (auto [file, suffix] :
       {std::pair(&input, "ptx"), std::pair(&output, "cubin"),
        std::pair(&log, "log")})
    if (std::error_code error = file->create(suffix))
      return "cannot create a temporary file: " + error.message();
  {
    std::error_code error;
    llvm::raw_fd_ostream stream(input.path, error);
    if (error)
      return ("cannot write '" + input.path + "': " + error.message()).str();
    stream << ptx;
  }
  std::string arch = "-arch=sm_" + std::to_string(architecture);
  // Contraction would round once where the model rounds twice.
  SmallVector<StringRef> arguments = {
      ptxas, arch, "-O3", "--fmad=false", "-o", output.path, input.path};
  std::optional<StringRef> redirects[] = {std::nullopt, StringRef(log.path),
                                          StringRef(log.path)};
  std::string message;
  int code = llvm::sys::ExecuteAndWait(ptxas, arguments, std::nullopt,
                                       redirects, 0, 0, &message);
  auto read = [](StringRef path) -> std::string {
    auto buffer = llvm::MemoryBuffer::getFile(path);
    return buffer ? (*buffer)->getBuffer().str() : "";
  };
  if (code != 0)
    return ("'" + ptxas + "' failed for sm_" + Twine(architecture) + ": " +
            (message.empty() ? read(log.path) : message))
        .str();
  cubin = read(output.path);
  return "";
}

std::string snn::emitCuda(gpu::GPUModuleOp kernels, ArrayRef<int> architectures,
                          CudaCode &code) {
  for (Operation &op : *kernels.getBody())
    if (op.hasAttr(gpu::GPUDialect::getKernelFuncAttrName()))
      code.kernels.push_back(SymbolTable::getSymbolName(&op).str());
  auto ptxas = llvm::sys::findProgramByName("ptxas");
  int oldest = *llvm::min_element(architectures);
  for (int architecture : architectures) {
    FailureOr<std::string> ptx = emitPtx(kernels, architecture);
    if (failed(ptx))
      return "cannot make PTX for sm_" + std::to_string(architecture);
    if (ptxas) {
      std::string cubin;
      if (std::string error = assemble(*ptxas, *ptx, architecture, cubin);
          !error.empty())
        return error;
      code.images.push_back({architecture, /*isPtx=*/false, std::move(cubin)});
    }
    // Newer GPUs read that of the oldest.
    if (architecture == oldest || !ptxas)
      code.images.push_back({architecture, /*isPtx=*/true, std::move(*ptx)});
  }
  return "";
}
