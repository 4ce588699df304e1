//===- Output.cpp - Files and archives ------------------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Output.h"
#include "Interrupt.h"
#include "Report.h"
#include "Tools.h"
#include "snn/Formats/File.h"

#include "llvm/Object/Archive.h"
#include "llvm/Object/ArchiveWriter.h"
#include "llvm/Object/ObjectFile.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace mlir::snn;
namespace rt = ::snn::rt;

ExitCode mlir::snn::checkOutput(StringRef path) {
  if (path.empty() || path == "-")
    return ExitCode::Ok;
  InterruptGuard guard;
  auto file = rt::AtomicFile::create(path.str());
  return file ? ExitCode::Ok : report(file.takeError());
}

ExitCode mlir::snn::writeOutput(StringRef path, StringRef bytes,
                                bool isExecutable, StringRef end) {
  if (path == "-") {
    llvm::outs() << bytes << end;
    llvm::outs().flush();
    if (std::error_code error = llvm::outs().error()) {
      llvm::outs().clear_error();
      return report(ExitCode::IOError,
                    "cannot write to the standard output: " + error.message());
    }
    return ExitCode::Ok;
  }
  InterruptGuard guard; // a file may have a temporary name for a while
  auto file = rt::AtomicFile::create(path.str(), isExecutable ? 0777 : 0666);
  if (!file)
    return report(file.takeError());
  for (StringRef part : {bytes, end})
    if (rt::Error error = file->write(part.data(), int64_t(part.size())))
      return report(error);
  if (rt::Error error = file->commit())
    return report(error);
  return ExitCode::Ok;
}

std::optional<OutputKind> mlir::snn::symbolizeOutputKind(StringRef name) {
  return llvm::StringSwitch<std::optional<OutputKind>>(name)
      .Case("exe", OutputKind::Executable)
      .Case("shared", OutputKind::Shared)
      .Case("static", OutputKind::Static)
      .Case("object", OutputKind::Object)
      .Case("header", OutputKind::Header)
      .Case("llvm", OutputKind::LLVM)
      .Case("asm", OutputKind::Assembly)
      .Case("mlir", OutputKind::MLIR)
      .Default(std::nullopt);
}

OutputKind mlir::snn::getOutputKind(StringRef path) {
  return llvm::StringSwitch<OutputKind>(llvm::sys::path::extension(path))
      .Case(".so", OutputKind::Shared)
      .Case(".a", OutputKind::Static)
      .Case(".o", OutputKind::Object)
      .Case(".h", OutputKind::Header)
      .Case(".ll", OutputKind::LLVM)
      .Case(".s", OutputKind::Assembly)
      .Case(".mlir", OutputKind::MLIR)
      .Default(OutputKind::Executable);
}

/// Appends the members of an archive, whose buffer must stay.
static llvm::Error appendMembers(const llvm::MemoryBuffer &buffer,
                                 std::vector<llvm::NewArchiveMember> &members) {
  auto archive = llvm::object::Archive::create(buffer.getMemBufferRef());
  if (!archive)
    return archive.takeError();
  llvm::Error error = llvm::Error::success();
  for (const llvm::object::Archive::Child &child :
       (*archive)->children(error)) {
    auto bytes = child.getMemoryBufferRef();
    if (!bytes)
      return bytes.takeError();
    llvm::NewArchiveMember &member = members.emplace_back(*bytes);
    member.MemberName = bytes->getBufferIdentifier();
  }
  return error;
}

ExitCode mlir::snn::writeArchive(ArrayRef<SmallVector<char, 0>> objects,
                                 const CompileRequest &request) {
  std::string path = getLibraryDir() + "/libSNNRuntime.a";
  auto runtime = llvm::MemoryBuffer::getFile(path);
  if (!runtime)
    return report(ExitCode::TargetError,
                  "cannot read the runtime '" + path +
                      "': " + runtime.getError().message());
  std::vector<llvm::NewArchiveMember> members;
  std::vector<std::string> names;
  names.reserve(objects.size());
  for (const auto &[i, object] : llvm::enumerate(objects)) {
    names.push_back("model" + std::to_string(i) + ".o");
    members.emplace_back(llvm::MemoryBufferRef(
        StringRef(object.data(), object.size()), names.back()));
    members.back().MemberName = names.back();
  }
  if (llvm::Error error = appendMembers(**runtime, members))
    return report(ExitCode::TargetError,
                  path + ": " + llvm::toString(std::move(error)));
  auto archive = llvm::writeArchiveToBuffer(
      members, llvm::SymtabWritingMode::NormalSymtab,
      llvm::object::Archive::K_GNU, /*Deterministic=*/true, /*Thin=*/false);
  if (!archive)
    return report(ExitCode::InternalError, llvm::toString(archive.takeError()));
  return writeOutput(request.output, (*archive)->getBuffer(),
                     /*isExecutable=*/false);
}

std::string mlir::snn::getRuntimeCode(const Processor &processor) {
  StringRef architecture = processor.triple.split('-').first;
  return getLibraryDir() + "/snn-runtime-" + architecture.str() + ".bc";
}

std::string mlir::snn::findForeignSymbol(ArrayRef<char> object) {
  auto file = llvm::object::ObjectFile::createObjectFile(
      llvm::MemoryBufferRef(StringRef(object.data(), object.size()), "model"));
  if (!file)
    return llvm::toString(file.takeError());
  // What every compiler expects of a freestanding C.
  static const StringRef allowed[] = {"memcpy", "memset", "memmove", "memcmp",
                                      "bcmp"};
  for (const llvm::object::SymbolRef &symbol : (*file)->symbols()) {
    auto flags = symbol.getFlags();
    auto name = symbol.getName();
    if (!flags || !name)
      return "?";
    if ((*flags & llvm::object::SymbolRef::SF_Undefined) && !name->empty() &&
        !llvm::is_contained(allowed, *name))
      return name->str();
  }
  return "";
}
