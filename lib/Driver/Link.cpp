//===- Link.cpp - Objects and the runtime into an executable ===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Interrupt.h"
#include "Output.h"
#include "Report.h"
#include "Tools.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace mlir;
using namespace mlir::snn;

std::string mlir::snn::getLibraryDir() {
  static int anchor;
  std::string tool = llvm::sys::fs::getMainExecutable(nullptr, &anchor);
  llvm::SmallString<128> path(
      llvm::sys::path::parent_path(llvm::sys::path::parent_path(tool)));
  llvm::sys::path::append(path, "lib");
  return path.str().str();
}

static std::string makeAbsolute(StringRef path) {
  llvm::SmallString<128> absolute(path);
  llvm::sys::fs::make_absolute(absolute);
  return absolute.str().str();
}

/// The linker driver: the user's choice, that of the build, or one on the path.
static std::string findLinker(OutputKind kind) {
  SmallVector<StringRef> names = {SNN_LINKER, "clang++-22", "clang++", "g++",
                                  "c++"};
  if (kind == OutputKind::Shared) // nothing of C++ is in it
    names.append({"cc", "gcc", "clang"});
  if (const char *chosen = std::getenv("SNNC_LINKER"); chosen && *chosen)
    names = {chosen};
  for (StringRef name : names)
    if (llvm::ErrorOr<std::string> path = llvm::sys::findProgramByName(name))
      return makeAbsolute(*path); // it runs in another directory
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
/// A directory for what the linker reads and writes, gone in the end. The
/// linker runs in it and never sees its name, which may have characters that
/// mean something to it.
class Workplace {
public:
  ~Workplace() {
    // What an interrupted linker has started may take a moment to end.
    for (int i = 0; i != 100 && !path.empty() &&
                    llvm::sys::fs::remove_directories(path,
                                                      /*IgnoreErrors=*/false);
         ++i)
      ::usleep(1000);
  }

  ExitCode create();
  std::string getPath(StringRef name) const { return path + "/" + name.str(); }
  ExitCode write(StringRef name, ArrayRef<char> bytes);

  StringRef getPath() const { return path; }

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
  std::string file = getPath(name);
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

/// Whether the linker has room for what it writes: without, it may end in a
/// stack trace.
static ExitCode checkRoom(ArrayRef<SmallVector<char, 0>> objects,
                          Workplace &workplace) {
  size_t size = 1 << 20; // the runtime
  for (const SmallVector<char, 0> &object : objects)
    size += object.size();
  std::string path = workplace.getPath("room");
  int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  int error = file < 0 ? errno : ::posix_fallocate(file, 0, off_t(size));
  if (file >= 0)
    ::close(file);
  llvm::sys::fs::remove(path);
  if (!error)
    return ExitCode::Ok;
  return report(ExitCode::IOError,
                "cannot write " + Twine(size) + " bytes for the linker to '" +
                    path +
                    "', which TMPDIR can replace: " + std::strerror(error));
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

static ExitCode reportFailure(StringRef linker, StringRef error) {
  return report(ExitCode::TargetError,
                "linking failed: " + linker +
                    (error.empty() ? " reports errors" : ": " + error));
}

ExitCode mlir::snn::linkBinary(ArrayRef<SmallVector<char, 0>> objects,
                               const CompileRequest &request) {
  std::string linker = findLinker(request.kind);
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
    command.push_back(name);
  }
  if (ExitCode code = checkRoom(objects, workplace); code != ExitCode::Ok)
    return code;
  std::string binary = workplace.getPath("binary"), error;
  command.append({"-o", "binary"});
  command.append(options);
  if (request.verbose)
    llvm::errs() << "snnc: in " << workplace.getPath() << ": "
                 << llvm::join(command, " ") << "\n";
  if (!guard.execute(command, workplace.getPath().str(), error))
    return guard.isInterrupted() ? ExitCode::TargetError
                                 : reportFailure(linker, error);
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
