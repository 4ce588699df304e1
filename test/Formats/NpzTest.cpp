//===- NpzTest.cpp - Tests of .npz files and of sources -------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Tests.h"

#include "snn/Formats/File.h"
#include "snn/Formats/Npy.h"
#include "snn/Formats/Npz.h"
#include "snn/Formats/SafeTensors.h"

#include <cstring>

#define ZLIB_CONST
#include <zlib.h>

using namespace snn::rt;
using namespace snn::test;

/// An integer as little-endian bytes.
static std::string makeField(uint64_t value, int bytes) {
  return {reinterpret_cast<const char *>(&value), size_t(bytes)};
}

static std::string deflateBytes(const std::string &data) {
  z_stream stream = {};
  std::string result(data.size() + 64, '\0');
  if (deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY))
    std::abort();
  stream.next_in = reinterpret_cast<const Bytef *>(data.data());
  stream.avail_in = data.size();
  stream.next_out = reinterpret_cast<Bytef *>(result.data());
  stream.avail_out = result.size();
  if (deflate(&stream, Z_FINISH) != Z_STREAM_END)
    std::abort();
  result.resize(stream.total_out);
  deflateEnd(&stream);
  return result;
}

/// An archive with one deflated member. `declared` is its size in the headers.
static std::string makeArchive(const std::string &data, size_t declared) {
  std::string packed = deflateBytes(data), name = "w.npy";
  uint32_t crc =
      crc32(0, reinterpret_cast<const Bytef *>(data.data()), data.size());
  std::string fields = makeField(0, 2) + makeField(Z_DEFLATED, 2) +
                       makeField(0, 4) + makeField(crc, 4) +
                       makeField(packed.size(), 4) + makeField(declared, 4) +
                       makeField(name.size(), 2) + makeField(0, 2);
  std::string own = "PK\3\4" + makeField(20, 2) + fields + name + packed;
  std::string directory =
      "PK\1\2" + makeField(20, 4) + fields + std::string(14, '\0') + name;
  return own + directory + "PK\5\6" + makeField(0, 4) + makeField(1, 2) +
         makeField(1, 2) + makeField(directory.size(), 4) +
         makeField(own.size(), 4) + makeField(0, 2);
}

/// A .npy file of `count` bytes, all the same.
static std::string makeArray(size_t count, char value) {
  std::string dictionary = "{'descr': '|i1', 'fortran_order': False, 'shape': "
                           "(" +
                           std::to_string(count) + ",), }\n";
  return std::string("\x93NUMPY\1\0", 8) + makeField(dictionary.size(), 2) +
         dictionary + std::string(count, value);
}

/// True if a tensor is there and has these values.
template <typename T>
static bool hasValues(const Expected<TensorFile> &file, const char *name,
                      const std::vector<int64_t> &shape,
                      const std::vector<T> &values) {
  const NamedTensor *tensor = file ? file->find(name) : nullptr;
  return tensor && tensor->shape.dims() == shape &&
         tensor->shape.bytes() == int64_t(values.size() * sizeof(T)) &&
         std::memcmp(tensor->data, values.data(), tensor->shape.bytes()) == 0;
}

static void testNumpyFiles(const std::string &corpus) {
  for (const char *name : {"numpy-savez", "numpy-compressed"})
    runTest(std::string("npz: values of ") + name, [&] {
      auto file = readTensors(corpus + "/npz/" + name);
      CHECK(hasValues<float>(file, "w", {2, 3}, {0, 1, 2, 3, 4, 5}));
      CHECK(hasValues<int16_t>(file, "b", {2}, {1, -2}));
      CHECK(hasValues<float>(file, "f", {2, 3}, {0, 1, 2, 3, 4, 5}));
      CHECK(hasValues<char>(file, "s", {2}, {1, 0}));
    });
  runTest("npz: written to a pipe", [&] {
    auto file = readTensors(corpus + "/npz/numpy-streamed");
    CHECK(hasValues<float>(file, "w", {2, 3}, {0, 1, 2, 3, 4, 5}));
  });
  runTest("npz: names with folders, no members", [&] {
    auto file = readTensors(corpus + "/npz/two");
    CHECK(file && file->tensors().size() == 2 && file->find("a"));
    CHECK(hasValues<float>(file, "b/c", {64}, std::vector<float>(64)));
    file = readTensors(corpus + "/npz/none");
    CHECK(file && file->tensors().empty());
  });
}

static Expected<TensorFile> parseArchive(const std::string &bytes) {
  return parseNpz("x.npz", bytes.data(), bytes.size());
}

/// Sizes that would be a burden in a corpus.
static void testLargeMembers() {
  runTest("npz: several pieces of deflated data", [] {
    std::string data = makeArray(300000, 1);
    for (size_t i = 100; i < data.size(); ++i)
      data[i] = char(i * i >> 3);
    auto file = parseArchive(makeArchive(data, data.size()));
    const NamedTensor *w = file ? file->find("w") : nullptr;
    CHECK(w && std::memcmp(w->data, data.data() + data.size() - 300000,
                           300000) == 0);
  });
  std::string zeros = makeArray(1 << 24, 0);
  expectError("npz: a member that grows more than 1000 times",
              parseArchive(makeArchive(zeros, zeros.size())),
              "x.npz: member 'w.npy': expected at most 1000 times its",
              ErrorCode::Limit);
  std::string some = makeArray(1 << 16, 0);
  expectError(
      "npz: more contents than declared",
      parseArchive(makeArchive(some, some.size() - 1)),
      "x.npz: member 'w.npy': expected 65536 bytes for shape [65536] of "
      "i8, but got 65535");
  expectError("npz: fewer contents than declared",
              parseArchive(makeArchive(some.substr(0, 1000), some.size())),
              "x.npz: member 'w.npy': expected " + std::to_string(some.size()) +
                  " bytes as declared, but got only 1000");
  expectError("npz: contents behind the declared size",
              parseArchive(makeArchive(some + "x", some.size())),
              "x.npz: member 'w.npy': expected " + std::to_string(some.size()) +
                  " bytes as declared, but got more");
}

void snn::test::testNpz(const std::string &corpus) {
  testNumpyFiles(corpus);
  testLargeMembers();
  runTest("npz: every file cut off anywhere", [&] {
    for (const char *name : {"two", "zip64", "streamed"}) {
      std::string good = readFile(corpus + "/npz/" + name);
      CHECK(parseArchive(good));
      for (size_t length = 0; length < good.size(); ++length)
        CHECK(!parseArchive(good.substr(0, length)));
    }
  });
  runTest("npz: every byte changed", [&] {
    std::string good = readFile(corpus + "/npz/two");
    size_t accepted = 0;
    for (unsigned char flip : {1, 4, 32, 255})
      for (size_t i = 0; i < good.size(); ++i) {
        std::string changed = good;
        changed[i] ^= flip;
        accepted += bool(parseArchive(changed));
      }
    // Versions, times and attributes, which say nothing about the tensors.
    CHECK(accepted > 0 && accepted < good.size());
  });
}

/// What readTensors says of a file with these bytes.
static Expected<TensorFile> readBytes(const std::string &bytes) {
  return readTensors(writeFile(getPath("x.safetensors"), bytes));
}

static void testFormats(const std::string &corpus) {
  runTest("tensors: the bytes say what a file is, not its name", [&] {
    auto npz = readBytes(readFile(corpus + "/npz/stored"));
    CHECK(npz && npz->find("w"));
    auto safe = readBytes(readFile(corpus + "/safetensors/f32"));
    CHECK(safe && safe->find("x"));
  });
  expectError("tensors: a .npy file", readBytes(makeArray(1, 0)),
              "expected a .safetensors or .npz file, but got one that begins "
              "with '\\x93NUMPY\\x01\\x00:' (a .npy file, which holds a single "
              "array without a name)");
  expectError(
      "tensors: a pickle", readBytes("\x80\2}q."),
      "but got one that begins with '\\x80\\x02}q.' (a pickle, which is "
      "never loaded)");
  expectError("tensors: empty", readBytes(""),
              "x.safetensors: expected a .safetensors or .npz file, but got an "
              "empty one");
  expectError("tensors: no such file", readTensors(getPath("missing.npz")),
              "No such file", ErrorCode::IO);
  expectError("tensors: no such .npz", readNpz(getPath("missing.npz")),
              "No such file", ErrorCode::IO);
}

void snn::test::testSources(const std::string &corpus) {
  testFormats(corpus);
  runTest("sources: a file that becomes shorter while it is read", [] {
    std::string path = writeFile(getPath("short.npy"), makeArray(100, 1));
    auto file = InputFile::open(path);
    CHECK(file && ::truncate(path.c_str(), 90) == 0);
    auto array = readNpy(*file);
    CHECK(!array);
    Error error = array.takeError();
    CHECK(error.code == ErrorCode::IO);
    CHECK(error.message ==
          "cannot read " + path + ": it became shorter while it was read");
  });
  runTest("sources: a file that becomes longer while it is read", [] {
    std::string path = writeFile(getPath("long.npy"), makeArray(4, 1));
    auto file = InputFile::open(path);
    writeFile(path, makeArray(4, 1) + "more");
    auto array = file ? readNpy(*file) : file.takeError();
    CHECK(array && array->shape.elements() == 4);
  });
  std::string large = writeFile(getPath("large"), makeField(100000001, 8));
  CHECK(::truncate(large.c_str(), 200000000) == 0); // needs no disk
  expectError("safetensors: a header above 100 MB", readSafeTensors(large),
              large + ": expected a .safetensors header of at most 100000000 "
                      "bytes, but got a declared length of 100000001");
  runTest("sources: memory ends where it ends", [] {
    char bytes[4];
    MemorySource source("x", "abc", 3);
    CHECK(!source.read(bytes, 2));
    Error error = source.read(bytes, 2);
    CHECK(error.code == ErrorCode::Input);
    CHECK(error.message == "x: expected 2 more bytes, but got 1");
    CHECK(!source.read(bytes, 1) && bytes[0] == 'c' && bytes[1] == 'b');
  });
  runTest("safetensors: in memory without a copy", [&] {
    std::string bytes = readFile(corpus + "/safetensors/f32");
    auto file = parseTensors("x", bytes.data(), bytes.size());
    const NamedTensor *x = file ? file->find("x") : nullptr;
    CHECK(x && x->data == bytes.data() + bytes.size() - 4);
  });
}
