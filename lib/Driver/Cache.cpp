//===- Cache.cpp - Programs that have been compiled before ----------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An entry's name is a hash of all that the program depends on: the bytes of
// the model and its weights, the options and the compiler. It ends with a hash
// of its own bytes, so that a damaged one is made again.
//
//===----------------------------------------------------------------------===//

#include "Output.h"
#include "Report.h"
#include "Tools.h"
#include "snn/Driver/CommandLine.h"
#include "snn/Formats/File.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SHA256.h"

#include <sys/stat.h>
#include <unistd.h>

using namespace mlir;
using namespace mlir::snn;

/// Adds a text and where it ends.
static void add(llvm::SHA256 &hash, StringRef text) {
  hash.update(std::to_string(text.size()) + ":");
  hash.update(text);
}

std::string mlir::snn::getBuildId() {
  static int anchor;
  llvm::SHA256 hash;
  std::string libraries = getLibraryDir();
  for (const std::string &file :
       {llvm::sys::fs::getMainExecutable(nullptr, &anchor),
        libraries + "/libSNNProgram.a", libraries + "/libSNNRuntime.a",
        libraries + "/libSNNFormats.a", libraries + "/libSNNZlib.a"})
    if (auto bytes = llvm::MemoryBuffer::getFile(file))
      add(hash, (*bytes)->getBuffer());
  return llvm::toHex(hash.final(), /*LowerCase=*/true).substr(0, 16);
}

static ExitCode addFile(llvm::SHA256 &hash, StringRef path) {
  if (path.empty())
    return ExitCode::Ok;
  auto bytes = llvm::MemoryBuffer::getFile(path);
  if (!bytes)
    return report(ExitCode::IOError,
                  "cannot read '" + path + "': " + bytes.getError().message());
  add(hash, (*bytes)->getBuffer());
  return ExitCode::Ok;
}

/// The directory of the cache, which is made if it is not there.
static ExitCode openCache(llvm::SmallVectorImpl<char> &path) {
  if (const char *chosen = std::getenv("SNNC_CACHE"); chosen && *chosen) {
    path.assign(chosen, chosen + std::strlen(chosen));
  } else if (const char *base = std::getenv("XDG_CACHE_HOME"); base && *base) {
    path.assign(base, base + std::strlen(base));
    llvm::sys::path::append(path, "snnc");
  } else if (llvm::sys::path::home_directory(path)) {
    llvm::sys::path::append(path, ".cache", "snnc");
  } else {
    return report(ExitCode::IOError,
                  "expected SNNC_CACHE to be a directory for compiled "
                  "programs, because there is no home directory");
  }
  Twine name(StringRef(path.data(), path.size()));
  std::string text = name.str();
  if (std::error_code error = llvm::sys::fs::create_directories(
          text, /*IgnoreExisting=*/true, llvm::sys::fs::perms::owner_all))
    return report(ExitCode::IOError, "cannot make the cache '" + text +
                                         "': " + error.message() +
                                         "; SNNC_CACHE can name another");
  struct stat status;
  if (::stat(text.c_str(), &status) != 0 || status.st_uid != ::geteuid() ||
      (status.st_mode & 022))
    return report(ExitCode::IOError,
                  "expected a cache that only its owner can write to, but '" +
                      text + "' is not; SNNC_CACHE can name another");
  return ExitCode::Ok;
}

std::string mlir::snn::makeSeal(StringRef bytes) {
  llvm::SHA256 hash;
  hash.update(bytes);
  std::array<uint8_t, 32> digest = hash.final();
  return llvm::toStringRef(digest).str();
}

/// Whether a file is a program with the seal that it must have.
static bool isIntact(StringRef path) {
  auto bytes = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                           /*RequiresNullTerminator=*/false);
  if (!bytes || !llvm::sys::fs::can_execute(path))
    return false;
  StringRef text = (*bytes)->getBuffer();
  size_t size = text.size() - std::min(text.size(), makeSeal("").size());
  return makeSeal(text.take_front(size)) == text.drop_front(size);
}

/// The name of the program of a request.
static ExitCode getKey(const CompileRequest &request, std::string &key) {
  llvm::SHA256 hash;
  add(hash, getCompilerVersion());
  add(hash, getBuildId());
  for (StringRef file : {StringRef(request.input), StringRef(request.weights)})
    if (ExitCode code = addFile(hash, file); code != ExitCode::Ok)
      return code;
  // A cache may be shared by machines whose native processors differ.
  for (StringRef target : request.targets)
    if (const Processor *processor = lookupProcessor(target))
      add(hash, processor->name);
  for (StringRef text : {StringRef(request.function), StringRef(request.name),
                         StringRef(request.weights)})
    add(hash, text);
  add(hash, std::to_string(request.allow.size()));
  for (StringRef rewrite : request.allow)
    add(hash, rewrite);
  for (int64_t number : {int64_t(request.weightsKind), int64_t(request.record),
                         int64_t(request.threads), int64_t(request.optimize),
                         int64_t(request.trustIr)})
    add(hash, std::to_string(number));
  key = llvm::toHex(hash.final(), /*LowerCase=*/true);
  return ExitCode::Ok;
}

ExitCode mlir::snn::compileToCache(CompileRequest request, std::string &path) {
  if (request.input == "-")
    return report(ExitCode::UsageError,
                  "run: expected a file, because the standard input is the "
                  "program's");
  if (request.targets.empty())
    request.targets = {"native"};
  llvm::SmallString<128> directory;
  std::string key, keyAfter;
  if (ExitCode code = openCache(directory); code != ExitCode::Ok)
    return code;
  if (ExitCode code = getKey(request, key); code != ExitCode::Ok)
    return code;
  path = (directory + "/" + key).str();
  if (isIntact(path)) {
    if (request.verbose)
      llvm::errs() << "snnc: " << path << " is there\n";
    return ExitCode::Ok;
  }
  request.output = path;
  request.isSealed = true;
  if (ExitCode code = compile(request); code != ExitCode::Ok)
    return code;
  if (ExitCode code = getKey(request, keyAfter); code != ExitCode::Ok)
    return code;
  if (key == keyAfter)
    return ExitCode::Ok;
  llvm::sys::fs::remove(path);
  return report(ExitCode::IOError, "expected '" + request.input +
                                       "' and its weights to stay as they are, "
                                       "but they changed meanwhile");
}
