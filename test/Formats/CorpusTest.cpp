//===- CorpusTest.cpp - Exact messages for malformed files ----------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The files are those with a name in test/Fuzz/corpus, which make_corpus.py
// there writes.
//
//===----------------------------------------------------------------------===//

#include "Tests.h"

#include "snn/Formats/Npy.h"
#include "snn/Formats/Npz.h"
#include "snn/Formats/SafeTensors.h"

#include <dirent.h>

using namespace snn::rt;
using namespace snn::test;

namespace {
/// A file, and what reading it gives.
struct Case {
  const char *name;
  ErrorCode code;
  const char *message;
};
} // namespace

/// What the reader says of corpus/npy, behind "x.npy: "; nothing of a good
/// file.
static const Case npyCases[] = {
    {"33-dimensions", ErrorCode::Input,
     "malformed header at its byte 148: expected at most 32 dimensions, but "
     "got ', ), }\\x0a'"},
    {"bfloat16", ErrorCode::None, ""},
    {"big-endian", ErrorCode::None, ""},
    {"boolean-size", ErrorCode::Input,
     "malformed header at its byte 51: expected a size from 0 to 2^63-1, but "
     "got 'True,), }\\x0a'"},
    {"bytes-overflow", ErrorCode::Input,
     "expected less than 2^63 bytes, but got shape [4611686018427387904] of "
     "f32"},
    {"complex", ErrorCode::Input,
     "expected elements of bool, int8, int16, int32, int64, uint8, float16, "
     "bfloat16, float32 or float64, but got '<c8'"},
    {"cut-off", ErrorCode::Input,
     "expected 8 bytes for shape [2] of f32, but got 7"},
    {"cut-off-header", ErrorCode::Input,
     "expected a header of at most 30 bytes, but got a declared length of 58"},
    {"cut-off-magic", ErrorCode::Input,
     "expected a .npy file, but got only 7 bytes"},
    {"double-quotes", ErrorCode::None, ""},
    {"empty", ErrorCode::None, ""},
    {"f2", ErrorCode::None, ""},
    {"f4", ErrorCode::None, ""},
    {"f8", ErrorCode::None, ""},
    {"fortran", ErrorCode::None, ""},
    {"fortran-4d", ErrorCode::None, ""},
    {"header-4-gib", ErrorCode::Input,
     "expected a header of at most 64 bytes, but got a declared length of "
     "4294967295"},
    {"i1", ErrorCode::None, ""},
    {"i2", ErrorCode::None, ""},
    {"i4", ErrorCode::None, ""},
    {"i8", ErrorCode::None, ""},
    {"negative", ErrorCode::Input,
     "malformed header at its byte 51: expected a size from 0 to 2^63-1, but "
     "got '-1,), }\\x0a'"},
    {"no-bytes", ErrorCode::Input,
     "expected a .npy file, but got only 0 bytes"},
    {"objects", ErrorCode::Input,
     "expected an array of numbers, but got Python objects, which are never "
     "unpickled"},
    {"order-1", ErrorCode::Input,
     "malformed header at its byte 34: expected True or False, but got '1, "
     "\\x27shape\\x27: (2,), }\\x0a'"},
    {"overflow", ErrorCode::Input,
     "expected less than 2^63 bytes, but got shape [4294967296, 4294967296, "
     "4294967296] of f32"},
    {"scalar", ErrorCode::None, ""},
    {"spike-of-2", ErrorCode::Input,
     "expected 0 or 1 in an i1 array, but got 2 at element 1"},
    {"spikes", ErrorCode::None, ""},
    {"structure", ErrorCode::Input,
     "expected an array of numbers, but got one of structures"},
    {"terabyte", ErrorCode::Input,
     "expected 4398046511104 bytes for shape [1099511627776] of f32, but got "
     "8"},
    {"text", ErrorCode::Input,
     "expected a .npy file, but it does not begin with the magic bytes of one"},
    {"two-keys", ErrorCode::Input,
     "malformed header: expected descr, fortran_order and shape once each, but "
     "got 'descr'"},
    {"u1", ErrorCode::None, ""},
    {"version-2", ErrorCode::None, ""},
    {"version-3", ErrorCode::None, ""},
    {"version-4", ErrorCode::Input,
     "expected .npy version 1.0, 2.0 or 3.0, but got 4.0"},
    {"zip-behind", ErrorCode::Input,
     "expected 8 bytes for shape [2] of f32, but got 12"},
};

/// What the reader says of corpus/npz, behind "x.npz: "; nothing of a good
/// file.
static const Case npzCases[] = {
    {"absolute", ErrorCode::Input,
     "at byte 112: expected a member whose name is relative and without parts "
     "that are empty, '.' or '..', but got '/w.npy'"},
    {"backslash", ErrorCode::Input,
     "at byte 114: expected a member whose name is without control characters "
     "and backslashes, but got '..\\x5cw.npy'"},
    {"bad-npy", ErrorCode::Input,
     "member 'w.npy': expected a .npy file, but got only 5 bytes"},
    {"before", ErrorCode::Input,
     "at byte 168: expected the end of the directory, but got one of 51 bytes "
     "at byte 111"},
    {"behind", ErrorCode::Input,
     "at byte 184: expected the end of the file behind the end record, but got "
     "6 bytes"},
    {"bomb", ErrorCode::None, ""},
    {"bomb-4-gib", ErrorCode::Limit,
     "member 'w.npy': expected at most 1000 times its 68 compressed bytes, but "
     "got a declared size of 4294967294"},
    {"comment", ErrorCode::Input,
     "at byte 184: expected the end of the file behind the end record, but got "
     "2 bytes"},
    {"count", ErrorCode::Input,
     "at byte 111: expected a directory of members as many as in the end "
     "record, 2, but got 1"},
    {"crc", ErrorCode::Input,
     "member 'w.npy': expected contents of CRC 0x00000001, but got 0xd0ef095a"},
    {"crc-deflated", ErrorCode::Input,
     "member 'w.npy': expected contents of CRC 0x00000001, but got 0xd0ef095a"},
    {"cut-off", ErrorCode::Input,
     "at byte 152: expected the end record of a zip archive, but got "
     "'\\x00\\x00\\x00\\x00\\x00w."
     "npyPK\\x05\\x06\\x00\\x00\\x00\\x00\\x01\\x00\\x01\\x00'; the file may "
     "be cut off"},
    {"cut-off-member", ErrorCode::Input,
     "at byte 28: expected the end record of a zip archive, but got "
     "'\\x00\\x00w.npy\\x93NUMPY\\x01\\x00:\\x00{\\x27des'; the file may be "
     "cut off"},
    {"declared-less", ErrorCode::Input,
     "member 'w.npy': expected a header of at most 10 bytes, but got a "
     "declared length of 58"},
    {"declared-more", ErrorCode::Input,
     "member 'w.npy': expected 8 bytes for shape [2] of f32, but got 132"},
    {"deflated", ErrorCode::None, ""},
    {"deflated-cut", ErrorCode::Input,
     "member 'w.npy': expected deflated data, but got their end too early at "
     "its byte 20"},
    {"deflated-more", ErrorCode::Input,
     "member 'w.npy': expected deflated data of 72 bytes, but got their end at "
     "byte 68"},
    {"deflated-noise", ErrorCode::Input,
     "member 'w.npy': expected deflated data, but got invalid block type at "
     "its byte 1"},
    {"directory-offset", ErrorCode::Input,
     "at byte 162: expected the end of the directory, but got one of 51 bytes "
     "at byte 2"},
    {"directory-size", ErrorCode::Input,
     "at byte 162: expected the end of the directory, but got one of 2 bytes "
     "at byte 111"},
    {"duplicate", ErrorCode::Input,
     "expected different names, but member 'w.npy' occurs twice"},
    {"encrypted", ErrorCode::Input,
     "member 'w.npy': expected no encryption, but got an encrypted member"},
    {"flags", ErrorCode::Input,
     "member 'w.npy': expected flags among 2062, but got 32"},
    {"hole", ErrorCode::Input,
     "member 'a.npy': expected from byte 35 to the next header as many bytes "
     "as its compressed size, 76, but got 79 (a hole)"},
    {"long-name", ErrorCode::Input,
     "at byte 4203: expected a member whose name is of at most 4096 bytes, but "
     "got "
     "'wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww'..."},
    {"lzma", ErrorCode::Input,
     "member 'w.npy': expected compression method 0 (stored) or 8, but got 14"},
    {"no-bytes", ErrorCode::Input,
     "expected a .npz file, but got only 0 bytes"},
    {"none", ErrorCode::None, ""},
    {"nul", ErrorCode::Input,
     "at byte 112: expected a member whose name is without control characters "
     "and backslashes, but got 'w\\x00.npy'"},
    {"numpy-compressed", ErrorCode::None, ""},
    {"numpy-savez", ErrorCode::None, ""},
    {"numpy-streamed", ErrorCode::None, ""},
    {"objects", ErrorCode::Input,
     "member 'w.npy': expected an array of numbers, but got Python objects, "
     "which are never unpickled"},
    {"overlap", ErrorCode::Input,
     "member 'a.npy': expected its header at byte 0 to end before the next "
     "one, but got that at byte 0 (an overlap)"},
    {"own-crc", ErrorCode::Input,
     "member 'w.npy': expected CRC in its header at byte 0 as in the "
     "directory, 3505326426, but got 1"},
    {"own-flags", ErrorCode::Input,
     "member 'w.npy': expected flags in its header at byte 0 as in the "
     "directory, 0, but got 2"},
    {"own-method", ErrorCode::Input,
     "member 'w.npy': expected compression method in its header at byte 0 as "
     "in the directory, 0, but got 8"},
    {"own-name", ErrorCode::Input,
     "member 'w.npy': expected the same name in its header at byte 0, but got "
     "'v.npy'"},
    {"own-size", ErrorCode::Input,
     "member 'w.npy': expected size in its header at byte 0 as in the "
     "directory, 76, but got 1"},
    {"parent", ErrorCode::Input,
     "at byte 114: expected a member whose name is relative and without parts "
     "that are empty, '.' or '..', but got '../w.npy'"},
    {"parts", ErrorCode::Input,
     "at byte 162: expected an archive of one part, but got several"},
    {"pickle", ErrorCode::Input,
     "at byte 41: expected a member whose name is NAME.npy, but got "
     "'data.pkl'"},
    {"stored", ErrorCode::None, ""},
    {"streamed", ErrorCode::None, ""},
    {"streamed-zip64", ErrorCode::None, ""},
    {"text-member", ErrorCode::Input,
     "at byte 111: expected a member whose name is NAME.npy, but got 'w.txt'"},
    {"two", ErrorCode::None, ""},
    {"utf8", ErrorCode::None, ""},
    {"utf8-undeclared", ErrorCode::Input,
     "at byte 112: expected a member whose name is in UTF-8, and declared so, "
     "but got '\\xc3\\xa9.npy'"},
    {"zip64", ErrorCode::None, ""},
    {"zip64-count", ErrorCode::None, ""},
    {"zip64-differs", ErrorCode::Input,
     "at byte 238: expected the same directory in both end records, but got "
     "two"},
    {"zip64-member", ErrorCode::None, ""},
    {"zip64-offset", ErrorCode::Input,
     "at byte 86: expected an end record of zip64, but got '\\x27shape\\x27: "
     "(2,'"},
};

/// What the reader says of corpus/safetensors, behind "x.safetensors: ";
/// nothing of a good file.
static const Case safetensorsCases[] = {
    {"BF16", ErrorCode::None, ""},
    {"BOOL", ErrorCode::None, ""},
    {"I16", ErrorCode::None, ""},
    {"I64", ErrorCode::None, ""},
    {"U8", ErrorCode::None, ""},
    {"backwards", ErrorCode::Input,
     "tensor 'x': expected two offsets 4 bytes apart for shape [1] of f32, but "
     "got [4, 0]"},
    {"bool-of-2", ErrorCode::Input,
     "tensor 'x': expected 0 or 1 in an i1 array, but got 2 at element 2"},
    {"cut-off", ErrorCode::Input, "expected 4 bytes of data, but got 3"},
    {"cut-off-header", ErrorCode::Input,
     "expected a .safetensors header of at most 12 bytes, but got a declared "
     "length of 61"},
    {"data-behind", ErrorCode::Input, "expected 2 bytes of data, but got 4"},
    {"deep", ErrorCode::Input,
     "malformed header at its byte 15: expected an integer from 0 to 2^63-1, "
     "but got '[[[[[[[[[[[[[[[[[[[[[[[['"},
    {"dtype-differs", ErrorCode::Input,
     "tensor 'x': expected two offsets 8 bytes apart for shape [1] of f64, but "
     "got [0, 4]"},
    {"duplicate", ErrorCode::Input,
     "expected different names, but tensor 'x' occurs twice"},
    {"empty-tensor", ErrorCode::None, ""},
    {"escapes", ErrorCode::None, ""},
    {"f32", ErrorCode::None, ""},
    {"header-2^63", ErrorCode::Input,
     "expected a .safetensors header of at most 2 bytes, but got a declared "
     "length of 9223372036854775808"},
    {"header-beyond", ErrorCode::Input,
     "expected a .safetensors header of at most 2 bytes, but got a declared "
     "length of 100"},
    {"hole", ErrorCode::Input,
     "tensor 'y': expected its data at offset 2, but got 3 (a hole)"},
    {"key-twice", ErrorCode::Input,
     "tensor 'x': expected dtype, shape and data_offsets once each, but got "
     "'dtype'"},
    {"lone-surrogate", ErrorCode::Input,
     "malformed header at its byte 9: expected a valid escape sequence before "
     "this, but got ':{}}'"},
    {"metadata", ErrorCode::None, ""},
    {"no-bytes", ErrorCode::Input,
     "expected a .safetensors file, but got only 0 bytes"},
    {"none", ErrorCode::None, ""},
    {"overflow", ErrorCode::Input,
     "tensor 'x': expected less than 2^63 bytes, but got shape "
     "[4611686018427387904, 4] of f32"},
    {"overlap", ErrorCode::Input,
     "tensor 'y': expected its data at offset 2, but got 1 (an overlap)"},
    {"past-end", ErrorCode::Input, "expected 8 bytes of data, but got 4"},
    {"shape-differs", ErrorCode::Input,
     "tensor 'x': expected two offsets 8 bytes apart for shape [2] of f32, but "
     "got [0, 4]"},
    {"spaces", ErrorCode::None, ""},
    {"two", ErrorCode::None, ""},
    {"unknown-dtype", ErrorCode::Input,
     "tensor 'x': expected dtype BOOL, U8, I8, I16, I32, I64, F16, BF16, F32 "
     "or F64, but got 'F8_E4M3'"},
    {"utf8", ErrorCode::None, ""},
};

/// The number of files in a folder that fuzzing has not found: the names of
/// those are hashes.
static size_t countNamed(const std::string &folder) {
  constexpr size_t hashLength = 40;
  size_t count = 0;
  DIR *directory = ::opendir(folder.c_str());
  while (dirent *entry = directory ? ::readdir(directory) : nullptr) {
    std::string name = entry->d_name;
    bool isHash =
        name.size() == hashLength &&
        name.find_first_not_of("0123456789abcdef") == std::string::npos;
    count += name[0] != '.' && !isHash;
  }
  if (directory)
    ::closedir(directory);
  return count;
}

/// Reads every file from memory and as a file; both give the same.
template <size_t count, typename Parse, typename Read>
static void testCases(const std::string &corpus, const std::string &format,
                      const Case (&cases)[count], Parse parse, Read read) {
  runTest(format + ": every file of the corpus",
          [&] { CHECK(countNamed(corpus + "/" + format) == count); });
  auto compare = [](const Case &test, auto result, const std::string &name) {
    Error error = result ? Error::success() : result.takeError();
    std::string expected = *test.message ? name + ": " + test.message : "";
    CHECK(error.code == test.code);
    CHECK(error.message == expected);
    if (error.message != expected)
      std::printf("  %s\n", error.message.c_str());
  };
  for (const Case &test : cases)
    runTest(format + ": corpus/" + test.name, [&] {
      std::string path = corpus + "/" + format + "/" + test.name;
      std::string bytes = readFile(path), name = "x." + format;
      compare(test, parse(name, bytes.data(), int64_t(bytes.size())), name);
      compare(test, read(path), path);
    });
}

void snn::test::testCorpus(const std::string &corpus) {
  auto readArray = [](const std::string &path) { return readNpy(path); };
  auto readSafe = [](const std::string &path) { return readSafeTensors(path); };
  testCases(corpus, "npy", npyCases, parseNpy, readArray);
  testCases(corpus, "npz", npzCases, parseNpz, readNpz);
  testCases(corpus, "safetensors", safetensorsCases, parseSafeTensors,
            readSafe);
}
