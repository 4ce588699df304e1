//===- Source.cpp - The bytes of a model file ===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Source.h"
#include "Guard.h"
#include "Report.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/Support/ConvertUTF.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/SmallVectorMemoryBuffer.h"
#include "llvm/Support/VirtualFileSystem.h"
#include "llvm/Support/WithColor.h"

using namespace mlir;
using namespace mlir::snn;

/// Aliases that an alias may stand for, counted as often as they are printed.
constexpr int64_t kMaxAliases = 1000000;

/// Bytes of a line that is printed with a message.
constexpr size_t kMaxLine = 4096;

bool mlir::snn::isBytecodeFile(StringRef bytes) {
  return bytes.starts_with("ML\xefR");
}

//===----------------------------------------------------------------------===//
// Scanning
//===----------------------------------------------------------------------===//

namespace {
/// What is wrong with a text, and where.
struct SourceError {
  ExitCode code;
  size_t offset;
  std::string message;
};

/// Finds where a text passes a limit. It knows no more of the grammar than the
/// parser's recursion needs: brackets; aliases, which nest what they stand for;
/// and operators of affine maps, which nest without brackets.
class Scanner {
public:
  Scanner(StringRef text, int64_t maxDepth) : text(text), maxDepth(maxDepth) {}

  std::optional<SourceError> run();

private:
  void scanToken();
  void skipComment();
  void scanString();
  void scanWord();
  void scanAlias();
  void scanUtf8();
  void open(char bracket);
  void close(char bracket);
  void addOperator();
  void checkDepth(int64_t inside = 0);
  void fail(ExitCode code, const Twine &message);
  bool isIn(StringRef set) const { return set.contains(text[at]); }

  /// How deep the values nest that an alias stands for, and how many they are.
  struct Alias {
    int64_t depth = 0, count = 1;
  };

  StringRef text;
  int64_t maxDepth;
  size_t at = 0;
  SmallVector<char> brackets;
  size_t affine = 0;     ///< brackets around the current affine map; 0 if none
  int64_t operators = 0; ///< of the current affine expression
  bool isBeforeMap = false; ///< the last word was affine_map or affine_set
  llvm::StringMap<Alias> aliases;
  std::optional<std::pair<StringRef, Alias>> current; ///< being defined
  std::optional<SourceError> error;
};
} // namespace

void Scanner::fail(ExitCode code, const Twine &message) {
  if (!error)
    error = SourceError{code, at, message.str()};
}

void Scanner::checkDepth(int64_t inside) {
  int64_t depth = brackets.size() + operators + inside;
  if (current)
    current->second.depth = std::max(current->second.depth, depth);
  if (depth > maxDepth)
    fail(ExitCode::ResourceError,
         "expected nesting of at most " + Twine(maxDepth) +
             " levels, but got more (--max-depth=N sets the limit)");
}

void Scanner::open(char bracket) {
  brackets.push_back(bracket);
  if (isBeforeMap && bracket == '<')
    affine = brackets.size();
  checkDepth();
}

/// Closes the bracket. A '<' that nothing closes was a comparison.
void Scanner::close(char bracket) {
  char opening = bracket == ')' ? '(' : bracket == ']' ? '[' : '{';
  size_t depth = brackets.size();
  if (bracket == '>')
    opening = '<';
  else
    while (depth && brackets[depth - 1] == '<')
      --depth;
  if (depth && brackets[depth - 1] == opening)
    brackets.truncate(depth - 1);
  if (brackets.size() < affine)
    affine = operators = 0;
}

void Scanner::addOperator() {
  if (!affine)
    return;
  ++operators;
  checkDepth();
}

void Scanner::skipComment() { at = std::min(text.find('\n', at), text.size()); }

/// A string ends in its line; the parser says where it does not.
void Scanner::scanString() {
  for (++at; at < text.size() && !isIn("\"\n\r") && !error; ++at)
    if (text[at] == '\\')
      ++at;
    else if (text[at] & 0x80)
      scanUtf8();
  at = std::min(at + 1, text.size());
}

/// Checks one character of several bytes, and moves to its last byte.
void Scanner::scanUtf8() {
  auto *begin = reinterpret_cast<const llvm::UTF8 *>(text.data()) + at;
  auto *end = reinterpret_cast<const llvm::UTF8 *>(text.data()) + text.size();
  if (llvm::isLegalUTF8Sequence(begin, end))
    at += llvm::getNumBytesForUTF8(*begin) - 1;
  else
    fail(ExitCode::UserError, "expected UTF-8, but got byte 0x" +
                                  Twine::utohexstr(uint8_t(text[at])));
}

static bool isWordByte(char byte) {
  return llvm::isAlnum(byte) || byte == '_' || byte == '$' || byte == '.';
}

void Scanner::scanWord() {
  StringRef word = text.drop_front(at).take_while(isWordByte);
  if (word == "mod" || word == "floordiv" || word == "ceildiv")
    addOperator();
  isBeforeMap = word == "affine_map" || word == "affine_set";
  at += word.size();
}

/// An alias, used or defined: `!type` or `#attribute` without a '.'.
void Scanner::scanAlias() {
  StringRef name =
      text.drop_front(at).take_while([first = true](char c) mutable {
        return std::exchange(first, false) || isWordByte(c) || c == '-';
      });
  StringRef rest = text.drop_front(at + name.size()).ltrim(" \t\r\n");
  if (name.size() > 1 && !name.contains('.')) {
    if (brackets.empty() && rest.starts_with("=") && !rest.starts_with("==")) {
      if (current)
        aliases[current->first] = current->second;
      current.emplace(name, Alias());
    } else if (auto known = aliases.find(name); known != aliases.end()) {
      checkDepth(known->second.depth + 1);
      if (current)
        current->second.count += known->second.count;
      if (current && current->second.count > kMaxAliases)
        fail(ExitCode::ResourceError,
             "expected an alias to stand for at most " + Twine(kMaxAliases) +
                 " others, but got more");
    }
  }
  at += name.size();
}

/// One token, or one byte of what matters to nothing here.
void Scanner::scanToken() {
  StringRef rest = text.drop_front(at);
  if (rest.starts_with("//"))
    return skipComment();
  if (isIn("\""))
    return scanString();
  if (isWordByte(text[at]))
    return scanWord();
  if (isIn("!#"))
    return scanAlias();
  if (isIn("([{<"))
    open(text[at]);
  else if (rest.starts_with("->"))
    ++at;
  else if (isIn(")]}>"))
    close(text[at]);
  else if (isIn("+-*"))
    addOperator();
  else if (isIn(","))
    operators = 0;
  else if (text[at] & 0x80)
    scanUtf8();
  if (!isIn(" \t\r\n"))
    isBeforeMap = false;
  ++at;
}

std::optional<SourceError> Scanner::run() {
  at = text.find('\0');
  if (at != StringRef::npos) {
    fail(ExitCode::UserError, "expected text, but got a NUL byte");
    return error;
  }
  at = 0;
  while (at < text.size() && !error)
    scanToken();
  return error;
}

//===----------------------------------------------------------------------===//
// Files
//===----------------------------------------------------------------------===//

static bool hasLongLine(StringRef text) {
  while (!text.empty()) {
    auto [line, rest] = text.split('\n');
    if (line.size() > kMaxLine)
      return true;
    text = rest;
  }
  return false;
}

MessagePrinter::MessagePrinter(llvm::SourceMgr &sources, MLIRContext &context)
    : SourceMgrDiagnosticHandler(sources, &context, llvm::errs()) {
  setHandler([this](Diagnostic &message) {
    if (message.getSeverity() == DiagnosticSeverity::Error)
      noteError();
    if (!hasLongLine(mgr.getMemoryBuffer(mgr.getMainFileID())->getBuffer()))
      return SourceMgrDiagnosticHandler::emitDiagnostic(message);
    auto print = [this](Diagnostic &part) {
      SourceMgrDiagnosticHandler::emitDiagnostic(part.getLocation(), part.str(),
                                                 part.getSeverity(),
                                                 /*displaySourceLine=*/false);
    };
    print(message);
    for (Diagnostic &note : message.getNotes())
      print(note);
  });
}

/// Reports at a place, without its line, which may be as long as the file.
static ExitCode reportAt(StringRef path, StringRef text,
                         const SourceError &error) {
  StringRef before = text.take_front(error.offset);
  size_t column = error.offset - (before.rfind('\n') + 1) + 1;
  llvm::WithColor(llvm::errs(), llvm::raw_ostream::SAVEDCOLOR, /*Bold=*/true)
      << path << ":" << before.count('\n') + 1 << ":" << column << ": ";
  llvm::WithColor::error() << error.message << "\n";
  return error.code;
}

ExitCode mlir::snn::scanSource(StringRef path, const CompileRequest &request,
                               const llvm::SourceMgr &sources) {
  StringRef text =
      sources.getMemoryBuffer(sources.getMainFileID())->getBuffer();
  if (isBytecodeFile(text)) {
    if (request.allowBytecode)
      return ExitCode::Ok;
    return reportAt(path, text,
                    {ExitCode::UserError, 0,
                     "expected MLIR text, but got bytecode (--allow-bytecode "
                     "reads it, from a source that you trust)"});
  }
  if (auto error = Scanner(text, request.limits.maxDepth).run())
    return reportAt(path, text, *error);
  return ExitCode::Ok;
}

/// All bytes of a file, with one more than `maxBytes` at most. They are read,
/// not mapped: a mapped file that somebody shortens kills the process.
static llvm::Error readBytes(StringRef path, int64_t maxBytes,
                             SmallVectorImpl<char> &bytes) {
  llvm::sys::fs::file_t file = llvm::sys::fs::getStdinHandle();
  if (path != "-") {
    auto opened = llvm::sys::fs::openNativeFileForRead(path);
    if (!opened)
      return opened.takeError();
    file = *opened;
  }
  size_t size = 0;
  llvm::Error error = llvm::Error::success();
  while (size <= size_t(maxBytes)) {
    bytes.resize_for_overwrite(std::min<size_t>(
        size_t(maxBytes) + 1, std::max<size_t>(2 * size, 1 << 16)));
    auto read = llvm::sys::fs::readNativeFile(
        file, MutableArrayRef<char>(bytes).drop_front(size));
    if (!read) {
      error = joinErrors(std::move(error), read.takeError());
      break;
    }
    if (*read == 0)
      break;
    size += *read;
  }
  bytes.truncate(size);
  if (path != "-")
    llvm::sys::fs::closeFile(file);
  return error;
}

ExitCode mlir::snn::readSource(StringRef path, const CompileRequest &request,
                               llvm::SourceMgr &sources, StringRef tool) {
  SmallVector<char, 0> bytes;
  int64_t maxBytes = request.limits.maxFileBytes;
  if (llvm::Error error = readBytes(path, maxBytes, bytes))
    return report(ExitCode::IOError,
                  "cannot read '" + path +
                      "': " + llvm::toString(std::move(error)),
                  tool);
  StringRef name = path == "-" ? "<stdin>" : path;
  if (int64_t(bytes.size()) > maxBytes)
    return report(ExitCode::ResourceError,
                  name + ": expected a model of at most " + Twine(maxBytes) +
                      " bytes, but got more (--max-file-bytes=N sets the "
                      "limit)",
                  tool);
  sources.AddNewSourceBuffer(
      std::make_unique<llvm::SmallVectorMemoryBuffer>(std::move(bytes), name),
      SMLoc());
  // A location in the text may name any file: messages do not show its lines.
  sources.setVirtualFileSystem(
      llvm::makeIntrusiveRefCnt<llvm::vfs::InMemoryFileSystem>());
  return scanSource(name, request, sources);
}
