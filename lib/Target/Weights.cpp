//===- Weights.cpp - An object file with the values of parameters ---------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/Target/Object.h"

#include "llvm/BinaryFormat/ELF.h"
#include "llvm/MC/MCAsmBackend.h"
#include "llvm/MC/MCAsmInfo.h"
#include "llvm/MC/MCCodeEmitter.h"
#include "llvm/MC/MCContext.h"
#include "llvm/MC/MCInstrInfo.h"
#include "llvm/MC/MCObjectFileInfo.h"
#include "llvm/MC/MCObjectWriter.h"
#include "llvm/MC/MCRegisterInfo.h"
#include "llvm/MC/MCSectionELF.h"
#include "llvm/MC/MCStreamer.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/MCTargetOptions.h"
#include "llvm/MC/TargetRegistry.h"

using namespace mlir;
using namespace mlir::snn;

/// Writes the symbol and the bytes, each value at a multiple of 64.
static void writeValues(llvm::MCStreamer &streamer, llvm::MCContext &context,
                        const ModelInterface &interface) {
  streamer.switchSection(context.getELFSection(
      ".rodata.snn_weights", llvm::ELF::SHT_PROGBITS, llvm::ELF::SHF_ALLOC));
  streamer.emitValueToAlignment(llvm::Align(64));
  llvm::MCSymbol *symbol =
      context.getOrCreateSymbol("snn_" + interface.name + "_weights");
  streamer.emitSymbolAttribute(symbol, llvm::MCSA_Global);
  streamer.emitSymbolAttribute(symbol, llvm::MCSA_Hidden);
  streamer.emitLabel(symbol);
  for (const BoundaryTensor &param : interface.params) {
    streamer.emitBytes(StringRef(param.data.data(), param.data.size()));
    streamer.emitValueToAlignment(llvm::Align(64));
  }
}

std::string snn::emitWeights(const ModelInterface &interface,
                             StringRef tripleName,
                             llvm::SmallVectorImpl<char> &object) {
  llvm::Triple triple(tripleName);
  std::string error;
  const llvm::Target *target =
      llvm::TargetRegistry::lookupTarget(triple, error);
  if (!target)
    return error;
  llvm::MCTargetOptions options;
  std::unique_ptr<llvm::MCRegisterInfo> registers(
      target->createMCRegInfo(triple));
  std::unique_ptr<llvm::MCAsmInfo> assembly(
      target->createMCAsmInfo(*registers, triple, options));
  std::unique_ptr<llvm::MCInstrInfo> instructions(target->createMCInstrInfo());
  std::unique_ptr<llvm::MCSubtargetInfo> subtarget(
      target->createMCSubtargetInfo(triple, "", ""));
  llvm::MCContext context(triple, assembly.get(), registers.get(),
                          subtarget.get());
  std::unique_ptr<llvm::MCObjectFileInfo> sections(
      target->createMCObjectFileInfo(context, /*PIC=*/true));
  context.setObjectFileInfo(sections.get());
  llvm::raw_svector_ostream stream(object);
  std::unique_ptr<llvm::MCAsmBackend> backend(
      target->createMCAsmBackend(*subtarget, *registers, options));
  std::unique_ptr<llvm::MCObjectWriter> writer =
      backend->createObjectWriter(stream);
  std::unique_ptr<llvm::MCCodeEmitter> emitter(
      target->createMCCodeEmitter(*instructions, context));
  std::unique_ptr<llvm::MCStreamer> streamer(target->createMCObjectStreamer(
      triple, context, std::move(backend), std::move(writer),
      std::move(emitter), *subtarget));
  streamer->initSections(/*NoExecStack=*/true, *subtarget);
  writeValues(*streamer, context, interface);
  streamer->finish();
  return "";
}
