//===- Link.cpp - Objects and the runtime into an executable ===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Output.h"
#include "Tools.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/Signals.h"
#include "llvm/Support/WithColor.h"

using namespace mlir;
using namespace mlir::snn;

static ExitCode report(ExitCode code, const Twine &message) {
  llvm::WithColor::error(llvm::errs(), "snnc") << message << "\n";
  return code;
}

std::string mlir::snn::getLibraryDir() {
  static int anchor;
  std::string tool = llvm::sys::fs::getMainExecutable(nullptr, &anchor);
  llvm::SmallString<128> path(
      llvm::sys::path::parent_path(llvm::sys::path::parent_path(tool)));
  llvm::sys::path::append(path, "lib");
  return path.str().str();
}

/// The linker driver: that of the build, or one on the path.
static std::string findLinker() {
  if (llvm::sys::fs::can_execute(SNN_LINKER))
    return SNN_LINKER;
  for (StringRef name : {"clang++-22", "clang++", "g++", "c++"})
    if (llvm::ErrorOr<std::string> path = llvm::sys::findProgramByName(name))
      return *path;
  return "";
}

namespace {
/// A directory for what the linker reads and writes, gone in the end.
class Workplace {
public:
  ~Workplace() {
    for (const std::string &file : files) {
      llvm::sys::fs::remove(file);
      llvm::sys::DontRemoveFileOnSignal(file);
    }
    if (!path.empty())
      llvm::sys::fs::remove(path);
  }

  ExitCode create();
  /// The path of a new file in it.
  std::string add(StringRef name);
  ExitCode write(StringRef name, ArrayRef<char> bytes);

  std::vector<std::string> files;

private:
  llvm::SmallString<128> path;
};
} // namespace

ExitCode Workplace::create() {
  std::error_code error = llvm::sys::fs::createUniqueDirectory("snnc", path);
  if (!error)
    return ExitCode::Ok;
  llvm::SmallString<128> parent;
  llvm::sys::path::system_temp_directory(/*erasedOnReboot=*/true, parent);
  path.clear();
  return report(ExitCode::IOError, "cannot make a directory in '" + parent +
                                       "', which TMPDIR " +
                                       "can replace: " + error.message());
}

std::string Workplace::add(StringRef name) {
  llvm::SmallString<128> file(path);
  llvm::sys::path::append(file, name);
  files.push_back(file.str().str());
  llvm::sys::RemoveFileOnSignal(files.back());
  return files.back();
}

ExitCode Workplace::write(StringRef name, ArrayRef<char> bytes) {
  std::error_code error;
  std::string file = add(name);
  llvm::raw_fd_ostream stream(file, error);
  if (!error) {
    stream.write(bytes.data(), bytes.size());
    stream.close();
    error = stream.error();
    stream.clear_error();
  }
  if (!error)
    return ExitCode::Ok;
  return report(ExitCode::IOError,
                "cannot write '" + file + "': " + error.message());
}

/// The libraries and options of a link.
static void addOptions(const CompileRequest &request, StringRef linker,
                       SmallVectorImpl<std::string> &arguments) {
  std::string libraries = getLibraryDir();
  if (request.kind == OutputKind::Shared)
    arguments.append({"-shared", libraries + "/libSNNRuntime.a",
                      "-Wl,--as-needed", "-Wl,-z,defs"});
  else
    arguments.append({libraries + "/libSNNProgram.a",
                      libraries + "/libSNNRuntime.a",
                      libraries + "/libSNNFormats.a",
                      libraries + "/libSNNZlib.a", "-static-libstdc++"});
  arguments.append({"-static-libgcc", "-lpthread", "-lm", "-Wl,--gc-sections",
                    "-Wl,--build-id=none", "-Wl,-z,relro", "-Wl,-z,now"});
  if (linker.contains("clang"))
    arguments.push_back("-fuse-ld=lld");
#ifdef SNN_LINK_OPTION
  arguments.push_back(SNN_LINK_OPTION);
#endif
}

ExitCode mlir::snn::linkBinary(ArrayRef<SmallVector<char, 0>> objects,
                               const CompileRequest &request) {
  std::string linker = findLinker();
  if (linker.empty())
    return report(
        ExitCode::TargetError,
        "expected a C++ compiler driver to link with (clang++-22), but "
        "found none on PATH");
  Workplace workplace;
  if (ExitCode code = workplace.create(); code != ExitCode::Ok)
    return code;
  SmallVector<std::string> arguments = {linker};
  for (const auto &[i, object] : llvm::enumerate(objects)) {
    std::string name = "model" + std::to_string(i) + ".o";
    if (ExitCode code = workplace.write(name, object); code != ExitCode::Ok)
      return code;
    arguments.push_back(workplace.files.back());
  }
  std::string binary = workplace.add("binary");
  arguments.append({"-o", binary});
  addOptions(request, linker, arguments);
  SmallVector<StringRef> references(arguments.begin(), arguments.end());
  if (request.verbose)
    llvm::errs() << "snnc: " << llvm::join(references, " ") << "\n";
  std::string error;
  if (llvm::sys::ExecuteAndWait(linker, references, std::nullopt, {}, 0, 0,
                                &error))
    return report(ExitCode::TargetError,
                  "linking failed: " + (error.empty() ? linker : error));
  auto bytes = llvm::MemoryBuffer::getFile(binary);
  if (!bytes)
    return report(ExitCode::IOError, "cannot read '" + binary +
                                         "': " + bytes.getError().message());
  return writeOutput(request.output, (*bytes)->getBuffer(),
                     /*isExecutable=*/true);
}
