//===- Link.cpp - Objects and the runtime into an executable ===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Interrupt.h"
#include "Output.h"
#include "Tools.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/WithColor.h"

#include <sys/stat.h>
#include <unistd.h>

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

/// The linker driver: the user's choice, that of the build, or one on the path.
static std::string findLinker() {
  SmallVector<StringRef> names = {SNN_LINKER, "clang++-22", "clang++", "g++",
                                  "c++"};
  if (const char *chosen = std::getenv("SNNC_LINKER"); chosen && *chosen)
    names = {chosen};
  for (StringRef name : names)
    if (llvm::ErrorOr<std::string> path = llvm::sys::findProgramByName(name))
      return *path;
  return "";
}

static ExitCode reportNoLinker() {
  const char *chosen = std::getenv("SNNC_LINKER");
  std::string found = chosen && *chosen
                          ? "SNNC_LINKER is '" + std::string(chosen) + "'"
                          : "found none on PATH";
  return report(ExitCode::TargetError,
                "expected a C++ compiler driver to link with, but " + found +
                    "; install clang and lld, or g++, or let SNNC_LINKER name "
                    "another (--emit=object and static need none)");
}

namespace {
/// A directory for what the linker reads and writes, gone in the end.
class Workplace {
public:
  ~Workplace() {
    for (const std::string &file : files)
      llvm::sys::fs::remove(file);
    if (!path.empty())
      llvm::sys::fs::remove(path);
  }

  ExitCode create();
  /// The path of a new file in it.
  std::string add(StringRef name) {
    files.push_back(path + "/" + name.str());
    return files.back();
  }
  ExitCode write(StringRef name, ArrayRef<char> bytes);

  std::vector<std::string> files;

private:
  std::string path;
};
} // namespace

ExitCode Workplace::create() {
  const char *chosen = std::getenv("TMPDIR");
  std::string parent = chosen && *chosen ? chosen : "/tmp";
  struct stat status;
  if (::stat(parent.c_str(), &status) == 0 && (status.st_mode & S_IWOTH) &&
      !(status.st_mode & S_ISVTX))
    return report(ExitCode::IOError,
                  "expected TMPDIR to be safe from other users, but in '" +
                      parent +
                      "' they may rename what is ours; chmod +t helps, or "
                      "another TMPDIR");
  std::string name = parent + "/snnc-XXXXXX";
  if (!::mkdtemp(name.data())) // with permissions for us alone
    return report(ExitCode::IOError,
                  "cannot make a directory in '" + parent +
                      "', which TMPDIR can replace: " + std::strerror(errno));
  path = name;
  return ExitCode::Ok;
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
  if (llvm::sys::path::filename(linker).contains("clang"))
    arguments.push_back("-fuse-ld=lld");
#ifdef SNN_LINK_OPTION
  arguments.push_back(SNN_LINK_OPTION);
#endif
}

/// A linker that finds no room says so in words of its own; a file as large as
/// what it writes tells.
static ExitCode explainFailure(ArrayRef<SmallVector<char, 0>> objects,
                               StringRef linker, StringRef error,
                               Workplace &workplace) {
  size_t size = 1 << 20; // the runtime
  for (const SmallVector<char, 0> &object : objects)
    size += object.size();
  if (ExitCode code =
          workplace.write("probe", SmallVector<char, 0>(size, '\0'));
      code != ExitCode::Ok)
    return code;
  return report(ExitCode::TargetError,
                "linking failed: " + linker +
                    (error.empty() ? " reports errors" : ": " + error));
}

/// The runtime is beside the tool, where both were installed.
static ExitCode checkLibraries(ArrayRef<std::string> arguments) {
  for (StringRef argument : arguments)
    if (argument.ends_with(".a") && !llvm::sys::fs::exists(argument))
      return report(ExitCode::TargetError,
                    "expected the runtime '" + argument +
                        "', but there is no such file: bin and lib of an "
                        "installation belong together");
  return ExitCode::Ok;
}

ExitCode mlir::snn::linkBinary(ArrayRef<SmallVector<char, 0>> objects,
                               const CompileRequest &request) {
  std::string linker = findLinker();
  if (linker.empty())
    return reportNoLinker();
  SmallVector<std::string> options;
  addOptions(request, linker, options);
  if (ExitCode code = checkLibraries(options); code != ExitCode::Ok)
    return code;
  InterruptGuard guard; // until the workplace is gone
  Workplace workplace;
  if (ExitCode code = workplace.create(); code != ExitCode::Ok)
    return code;
  SmallVector<std::string> command = {linker};
  for (const auto &[i, object] : llvm::enumerate(objects)) {
    std::string name = "model" + std::to_string(i) + ".o";
    if (ExitCode code = workplace.write(name, object); code != ExitCode::Ok)
      return code;
    command.push_back(workplace.files.back());
  }
  std::string binary = workplace.add("binary"), error;
  command.append({"-o", binary});
  command.append(options);
  if (request.verbose)
    llvm::errs() << "snnc: " << llvm::join(command, " ") << "\n";
  if (!guard.execute(command, error))
    return guard.isInterrupted()
               ? ExitCode::TargetError
               : explainFailure(objects, linker, error, workplace);
  auto bytes = llvm::MemoryBuffer::getFile(binary);
  if (!bytes)
    return report(ExitCode::IOError, "cannot read '" + binary +
                                         "': " + bytes.getError().message());
  // What follows the sections of an executable file is not loaded.
  std::string seal;
  if (request.isSealed)
    seal = makeSeal((*bytes)->getBuffer());
  return writeOutput(request.output, (*bytes)->getBuffer(),
                     /*isExecutable=*/true, seal);
}
