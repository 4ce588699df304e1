//===- Link.cpp - Objects and the runtime into an executable ===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Model.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/WithColor.h"

using namespace mlir;
using namespace mlir::snn;

static ExitCode report(ExitCode code, const Twine &message) {
  llvm::WithColor::error(llvm::errs(), "snnc") << message << "\n";
  return code;
}

/// Where the runtime's archives are: in lib beside the tool's bin.
static std::string getLibraryDir() {
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

/// A new file beside `output`, so that renaming it stays in one file system.
static std::error_code createBeside(StringRef output, StringRef suffix, int &fd,
                                    llvm::SmallVectorImpl<char> &path) {
  return llvm::sys::fs::createUniqueFile(output + ".%%%%%%" + suffix, fd, path);
}

static std::error_code writeObject(ArrayRef<char> object, StringRef output,
                                   llvm::SmallVectorImpl<char> &path) {
  int fd;
  if (std::error_code error = createBeside(output, ".o", fd, path))
    return error;
  llvm::raw_fd_ostream stream(fd, /*shouldClose=*/true);
  stream.write(object.data(), object.size());
  stream.close();
  std::error_code error = stream.error();
  stream.clear_error();
  return error;
}

ExitCode mlir::snn::linkExecutable(ArrayRef<SmallVector<char, 0>> objects,
                                   StringRef output, bool verbose) {
  std::string linker = findLinker();
  if (linker.empty())
    return report(
        ExitCode::TargetError,
        "expected a C++ compiler driver to link with (clang++-22), but "
        "found none on PATH");
  std::vector<std::unique_ptr<llvm::FileRemover>> removers;
  SmallVector<std::string> arguments = {linker};
  for (const SmallVector<char, 0> &object : objects) {
    llvm::SmallString<128> path;
    if (std::error_code error = writeObject(object, output, path))
      return report(ExitCode::IOError,
                    "cannot write beside '" + output + "': " + error.message());
    removers.push_back(std::make_unique<llvm::FileRemover>(path));
    arguments.push_back(path.str().str());
  }
  int fd;
  llvm::SmallString<128> executable;
  if (std::error_code error = createBeside(output, ".tmp", fd, executable))
    return report(ExitCode::IOError,
                  "cannot write '" + output + "': " + error.message());
  llvm::sys::Process::SafelyCloseFileDescriptor(fd);
  llvm::FileRemover removeExecutable(executable);
  std::string libraries = getLibraryDir();
  arguments.append(
      {"-o", executable.str().str(), libraries + "/libSNNProgram.a",
       libraries + "/libSNNRuntime.a", libraries + "/libSNNFormats.a",
       libraries + "/libSNNZlib.a", "-static-libstdc++", "-static-libgcc",
       "-lpthread", "-lm", "-Wl,--gc-sections", "-Wl,--build-id=none"});
  if (StringRef(linker).contains("clang"))
    arguments.push_back("-fuse-ld=lld");
#ifdef SNN_LINK_OPTION
  arguments.push_back(SNN_LINK_OPTION);
#endif
  SmallVector<StringRef> references(arguments.begin(), arguments.end());
  if (verbose)
    llvm::errs() << "snnc: " << llvm::join(references, " ") << "\n";
  std::string error;
  if (llvm::sys::ExecuteAndWait(linker, references, std::nullopt, {}, 0, 0,
                                &error))
    return report(ExitCode::TargetError,
                  "linking failed: " + (error.empty() ? linker : error));
  if (std::error_code renamed = llvm::sys::fs::rename(executable, output))
    return report(ExitCode::IOError,
                  "cannot write '" + output + "': " + renamed.message());
  removeExecutable.releaseFile();
  return ExitCode::Ok;
}
