//===- FormatsTest.cpp - Tests of the file formats ------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Tests.h"

#include "snn/Formats/Npy.h"
#include "snn/Formats/SafeTensors.h"

#include <cmath>
#include <cstring>
#include <sys/stat.h>

using namespace snn::rt;
using namespace snn::test;

/// The bytes of an array of values.
template <typename T> static std::string toBytes(std::vector<T> values) {
  return {reinterpret_cast<const char *>(values.data()),
          values.size() * sizeof(T)};
}

/// A .npy file with any dictionary and data.
static std::string makeNpy(const std::string &dictionary,
                           const std::string &data, int version = 1) {
  std::string file = std::string("\x93NUMPY") + char(version) + '\0';
  for (int i = 0; i < (version == 1 ? 2 : 4); ++i)
    file += char(dictionary.size() >> 8 * i & 255);
  return file + dictionary + data;
}

static std::string makeDict(const std::string &descr, const std::string &shape,
                            const std::string &order = "False") {
  return "{'descr': " + descr + ", 'fortran_order': " + order +
         ", 'shape': " + shape + ", }\n";
}

/// The array in a file made of these bytes.
static Expected<Array> parseFile(const std::string &bytes) {
  return readNpy(writeFile(getPath("x.npy"), bytes));
}

template <typename T> static std::vector<T> values(const Array &array) {
  std::vector<T> result(array.shape.elements());
  std::memcpy(result.data(), array.data.data(), array.shape.bytes());
  return result;
}

static void testNpyValid() {
  runTest("npy: little endian", [] {
    auto array = parseFile(
        makeNpy(makeDict("'<f4'", "(2, 1)"), toBytes<float>({1.5f, -2})));
    CHECK(array && array->type == ElementType::F32);
    CHECK(array && array->shape.dims() == std::vector<int64_t>({2, 1}));
    CHECK(array && values<float>(*array) == std::vector<float>({1.5f, -2}));
  });
  runTest("npy: big endian", [] {
    auto array = parseFile(
        makeNpy(makeDict("'>i4'", "(2,)"), std::string("\0\0\0\1\0\0\1\0", 8)));
    CHECK(array && values<int32_t>(*array) == std::vector<int32_t>({1, 256}));
  });
  runTest("npy: Fortran order", [] {
    auto array = parseFile(makeNpy(makeDict("'<i2'", "(2, 3)", "True"),
                                   toBytes<int16_t>({0, 3, 1, 4, 2, 5})));
    CHECK(array &&
          values<int16_t>(*array) == std::vector<int16_t>({0, 1, 2, 3, 4, 5}));
    array = parseFile(makeNpy(makeDict("'<i2'", "(2, 2, 2)", "True"),
                              toBytes<int16_t>({0, 4, 2, 6, 1, 5, 3, 7})));
    CHECK(array && values<int16_t>(*array) ==
                       std::vector<int16_t>({0, 1, 2, 3, 4, 5, 6, 7}));
  });
  runTest("npy: versions, scalars, empty arrays, all types", [] {
    for (int version : {1, 2, 3})
      CHECK(
          parseFile(makeNpy(makeDict("'|b1'", "(2,)"), {"\1\0", 2}, version)));
    CHECK(parseFile(makeNpy(makeDict("'<f8'", "()"), toBytes<double>({1}))));
    CHECK(parseFile(makeNpy(makeDict("'<f8'", "(0, 4)", "True"), "")));
    for (const char *code : {"'|u1'", "'|i1'"})
      CHECK(parseFile(makeNpy(makeDict(code, "(8,)"), std::string(8, '\3'))));
    for (const char *code : {"'<f2'", "'<i2'", "'|V2'", "'<V2'"})
      CHECK(parseFile(makeNpy(makeDict(code, "(4,)"), std::string(8, '\3'))));
    CHECK(parseFile(makeNpy(makeDict("\"<i8\"", "(1,)"), std::string(8, 1))));
  });
}

/// Files that are not .npy files, or whose container is wrong.
static void testNpyContainer() {
  std::string good = makeNpy(makeDict("'<f4'", "(1,)"), toBytes<float>({1}));
  expectError("npy: empty", parseFile(""), "only 0 bytes");
  expectError("npy: text", parseFile("hello, this is text"), "magic");
  expectError("npy: version 4",
              parseFile(std::string("\x93NUMPY\x04\0", 8) + good.substr(8)),
              "got 4.0");
  expectError("npy: header longer than the file",
              parseFile(std::string("\x93NUMPY\x01\0\xff\x0f", 10)),
              "declared length");
  expectError("npy: header of 4 GiB",
              parseFile(std::string("\x93NUMPY\x02\0\xff\xff\xff\xff", 12) +
                        std::string(70000, ' ')),
              "declared length of 4294967295");
  expectError("npy: version 2 cut off",
              parseFile(std::string("\x93NUMPY\x02\0\1\0\0", 11)), "cut off");
  expectError("npy: data missing", parseFile(good.substr(0, good.size() - 1)),
              "expected 4 bytes");
  expectError("npy: trailing bytes", parseFile(good + "PK\3\4"),
              "expected 4 bytes");
  for (size_t length = 0; length < good.size(); ++length)
    CHECK(!parseFile(good.substr(0, length)));
  expectError("npy: no such file", readNpy(getPath("missing.npy")),
              "No such file", ErrorCode::IO);
  expectError("npy: directory", readNpy(getDirectory()), "a directory",
              ErrorCode::IO);
  std::string pipe = getPath("pipe");
  CHECK(::mkfifo(pipe.c_str(), 0600) == 0);
  expectError("npy: pipe", readNpy(pipe), "a pipe", ErrorCode::IO);
}

/// Headers that are wrong.
static void testNpyHeader() {
  std::string one = toBytes<float>({1}), manyOnes;
  for (int i = 0; i < 33; ++i)
    manyOnes += "1,";
  struct {
    const char *name;
    std::string dictionary;
    const char *message;
  } cases[] = {
      {"objects", makeDict("'|O'", "(1,)"), "unpickled"},
      {"objects without order", makeDict("'O'", "(1,)"), "unpickled"},
      {"structures", makeDict("[('a', '<f4')]", "(1,)"), "structures"},
      {"complex", makeDict("'<c8'", "(1,)"), "'<c8'"},
      {"strings", makeDict("'<U1'", "(1,)"), "'<U1'"},
      {"order missing", makeDict("'|f4'", "(1,)"), "'|f4'"},
      {"type empty", makeDict("''", "(1,)"), "''"},
      {"type is a number", makeDict("4", "(1,)"), "an element type"},
      {"type not closed", "{'descr': '<f4", "closing quote"},
      {"negative size", makeDict("'<f4'", "(-1,)"), "a size from 0"},
      {"bool size", makeDict("'<f4'", "(True,)"), "a size from 0"},
      {"float size", makeDict("'<f4'", "(1.0,)"), "a comma"},
      {"not a tuple", makeDict("'<f4'", "(1)"), "a comma"},
      {"shape is a list", makeDict("'<f4'", "[1]"), "parentheses"},
      {"size beyond 2^63", makeDict("'<f4'", "(9223372036854775808,)"),
       "a size from 0"},
      {"product overflows",
       makeDict("'<f4'", "(4294967296, 4294967296, 4294967296)"), "2^63"},
      {"product overflows beside zero",
       makeDict("'<f4'", "(0, 4294967296, 4294967296)"), "2^63"},
      {"bytes overflow", makeDict("'<f4'", "(4611686018427387904,)"), "2^63"},
      {"a terabyte", makeDict("'<f4'", "(1099511627776,)"), "but got 4"},
      {"33 dimensions", makeDict("'<f4'", "(" + manyOnes + ")"),
       "32 dimensions"},
      {"order is a number", makeDict("'<f4'", "(1,)", "0"), "True or False"},
      {"key missing", "{'descr': '<f4', 'shape': (1,)}", "fortran_order and"},
      {"key twice", "{'descr': '<f4', 'descr': '<f4', }", "once each"},
      {"unknown key", "{'dtype': '<f4', }", "'dtype'"},
      {"no dictionary", "('descr', '<f4')", "a dictionary"},
      {"text behind", makeDict("'<f4'", "(1,)") + "x", "nothing after"},
      {"not closed", "{'descr': '<f4', ", "a key"},
      {"no comma", "{'descr': '<f4' 'shape': (1,)}", "a comma"},
      {"escape in a message", "{'\x1b[31m': 1}", "\\x1b"}};
  for (const auto &test : cases)
    expectError(std::string("npy: ") + test.name,
                parseFile(makeNpy(test.dictionary, one)), test.message);
  expectError("npy: bool of 2",
              parseFile(makeNpy(makeDict("'|b1'", "(2,)"), "\1\2")),
              "but got 2 at element 1");
}

static void testNpyWriter() {
  runTest("npy: round trip", [] {
    for (int32_t t = 0; t <= int32_t(ElementType::U8); ++t) {
      auto type = ElementType(t);
      auto shape = CheckedShape::get({3, 1, 2}, type);
      std::string data(shape->bytes(), '\1');
      auto writer = NpyWriter::create(getPath("w.npy"), type, *shape);
      CHECK(writer);
      CHECK(!writer->append(data.data(), 2));
      CHECK(!writer->append(data.data() + 2, data.size() - 2));
      CHECK(!writer->commit());
      auto array = readNpy(getPath("w.npy"));
      CHECK(array && array->type == type &&
            array->shape.dims() == shape->dims() &&
            std::memcmp(array->data.data(), data.data(), data.size()) == 0);
      CHECK((readFile(getPath("w.npy")).size() - data.size()) % 64 == 0);
    }
  });
  runTest("npy: nothing without commit", [] {
    auto shape = CheckedShape::get({2}, ElementType::F32);
    std::string path = writeFile(getPath("old.npy"), "old");
    {
      auto writer = NpyWriter::create(path, ElementType::F32, *shape);
      CHECK(writer && !writer->append("1234", 4));
      CHECK(writer->commit()); // four bytes are missing
      CHECK(writer->append("123456", 6));
    }
    CHECK(readFile(path) == "old");
    CHECK(std::system(("ls -A " + getDirectory() + " | grep -q tmp").c_str()));
  });
  runTest("npy: links are followed, others refused", [] {
    auto shape = CheckedShape::get({}, ElementType::I8);
    std::string link = getPath("link.npy");
    CHECK(::symlink("old.npy", link.c_str()) == 0);
    auto writer = NpyWriter::create(link, ElementType::I8, *shape);
    CHECK(writer && !writer->append("1", 1) && !writer->commit());
    CHECK(readNpy(getPath("old.npy")));
    struct stat status;
    CHECK(::lstat(link.c_str(), &status) == 0 && S_ISLNK(status.st_mode));
    for (const std::string &path :
         {std::string("/dev/null"), getDirectory(), getPath("pipe"),
          getPath("no/such/directory.npy")}) {
      auto refused = NpyWriter::create(path, ElementType::I8, *shape);
      CHECK(!refused && refused.takeError().code == ErrorCode::IO);
    }
  });
}

/// A .safetensors file with any header and data.
static std::string makeSafe(const std::string &header,
                            const std::string &data) {
  return toBytes<uint64_t>({header.size()}) + header + data;
}

static Expected<TensorFile> parseSafe(const std::string &bytes) {
  return readSafeTensors(writeFile(getPath("x.safetensors"), bytes));
}

static void testSafeTensorsValid() {
  runTest("safetensors: two tensors", [] {
    auto file = parseSafe(makeSafe(
        "{\"__metadata__\":{\"format\":\"pt\"},"
        "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[2,6]},"
        "\"a\\u00e9\\ud83d\\ude00\":{\"data_offsets\":[0,2],\"shape\":[2],"
        "\"dtype\":\"BOOL\"}} ",
        std::string("\0\1", 2) + toBytes<float>({2.5f})));
    CHECK(file && file->tensors().size() == 2);
    const NamedTensor *b = file ? file->find("b") : nullptr;
    CHECK(b && b->type == ElementType::F32);
    float value = 0;
    if (b)
      std::memcpy(&value, b->data, sizeof(value));
    CHECK(value == 2.5f);
    CHECK(file && file->find("a\xc3\xa9\xf0\x9f\x98\x80"));
    CHECK(file && !file->find("c"));
  });
  runTest("safetensors: empty", [] { CHECK(parseSafe(makeSafe("{}", ""))); });
}

/// The header of one tensor of four bytes named x.
static std::string makeEntry(const std::string &dtype, const std::string &shape,
                             const std::string &offsets,
                             const std::string &name = "x") {
  return "\"" + name + "\":{\"dtype\":\"" + dtype + "\",\"shape\":" + shape +
         ",\"data_offsets\":" + offsets + "}";
}

namespace {
/// A header that is refused before four bytes of data.
struct HeaderCase {
  const char *name;
  std::string header;
  const char *message;
};
} // namespace

static void expectRefused(const std::vector<HeaderCase> &cases) {
  for (const HeaderCase &test : cases)
    expectError(std::string("safetensors: ") + test.name,
                parseSafe(makeSafe(test.header, "\1\2\1\1")), test.message);
}

/// Files that are cut off, and headers that are not of the form.
static void testSafeTensorsBroken() {
  expectError("safetensors: empty file", parseSafe(""), "only 0 bytes");
  expectError("safetensors: header beyond the file",
              parseSafe(toBytes<uint64_t>({100}) + "{}"), "declared length");
  expectError("safetensors: header above 100 MB",
              parseSafe(toBytes<uint64_t>({uint64_t(1) << 63}) + "{}"),
              "declared length of 9223372036854775808");
  std::string entry = makeEntry("F32", "[1]", "[0,4]");
  expectRefused(
      {{"space first", " {}", "first byte"},
       {"not an object", "[]", "first byte"},
       {"cut off", "{" + entry, "'}'"},
       {"text behind", "{" + entry + "}x", "nothing more"},
       {"trailing comma", "{" + entry + ",}", "a string"},
       {"twice", "{" + entry + "," + makeEntry("F32", "[0]", "[4,4]") + "}",
        "twice"},
       {"metadata twice", "{\"__metadata__\":{},\"__metadata__\":{}}",
        "only once"},
       {"metadata not text", "{\"__metadata__\":{\"a\":1}}", "a string"}});
  std::string good = makeSafe("{" + entry + "}", "1234");
  for (size_t length = 0; length < good.size(); ++length)
    CHECK(!parseSafe(good.substr(0, length)));
}

/// Tensors that are not possible.
static void testSafeTensorsContents() {
  std::string deep(100000, '[');
  expectRefused(
      {{"unknown dtype", "{" + makeEntry("F8", "[1]", "[0,4]") + "}", "'F8'"},
       {"shape and bytes differ", "{" + makeEntry("F32", "[2]", "[0,4]") + "}",
        "8 bytes apart"},
       {"offsets backwards", "{" + makeEntry("F32", "[1]", "[4,0]") + "}",
        "two offsets"},
       {"one offset", "{" + makeEntry("F32", "[1]", "[4]") + "}",
        "two offsets"},
       {"hole", "{" + makeEntry("I8", "[2]", "[2,4]") + "}", "a hole"},
       {"overlap",
        "{" + makeEntry("I8", "[3]", "[0,3]") + "," +
            makeEntry("I8", "[2]", "[2,4]", "y") + "}",
        "an overlap"},
       {"past the end", "{" + makeEntry("I8", "[5]", "[0,5]") + "}",
        "expected 5 bytes of data"},
       {"data without a tensor", "{}", "expected 0 bytes of data"},
       {"negative offset", "{" + makeEntry("I8", "[4]", "[-1,3]") + "}",
        "an integer"},
       {"fraction", "{" + makeEntry("I8", "[4.0]", "[0,4]") + "}", "']'"},
       {"exponent", "{" + makeEntry("I8", "[4e0]", "[0,4]") + "}", "']'"},
       {"leading zero", "{" + makeEntry("I8", "[04]", "[0,4]") + "}",
        "an integer"},
       {"offset beyond 2^63",
        "{" + makeEntry("I8", "[4]", "[0,18446744073709551620]") + "}",
        "an integer"},
       {"product overflows",
        "{" + makeEntry("F32", "[4294967296,4294967296]", "[0,4]") + "}",
        "2^63"},
       {"deep nesting", "{" + makeEntry("I8", deep, "[0,4]") + "}",
        "an integer"},
       {"field missing", "{\"x\":{\"dtype\":\"I8\",\"shape\":[4]}}",
        "expected dtype, shape and"},
       {"field twice", "{\"x\":{\"dtype\":\"I8\",\"dtype\":\"I8\"}}",
        "once each"},
       {"unknown field", "{\"x\":{\"type\":\"I8\"}}", "'type'"},
       {"bad escape", "{\"\\x\":{}}", "escape"},
       {"lone surrogate", "{\"\\ud800\":{}}", "escape"},
       {"control character", "{\"a\nb\":{}}", "closing quote"},
       {"invalid UTF-8", "{\"\xc3(\":{}}", "UTF-8"},
       {"overlong UTF-8", "{\"\xc0\x80\":{}}", "UTF-8"},
       {"long name", "{\"" + std::string(5000, 'a') + "\":{}}", "4096"},
       {"bool of 2", "{" + makeEntry("BOOL", "[4]", "[0,4]") + "}",
        "0 or 1 in an i1 array"}});
}

/// Every byte of good files, changed in several ways: no crash, no endless
/// loop; sanitizers look for the rest.
static void testMutations() {
  runTest("mutated files", [] {
    std::string npy = makeNpy(makeDict("'>f4'", "(2, 1)", "True"), "12345678");
    std::string safe =
        makeSafe("{" + makeEntry("F32", "[1]", "[0,4]") + "}", "1234");
    int accepted = 0;
    for (unsigned char flip : {1, 4, 16, 32, 128, 255}) {
      for (size_t i = 0; i < npy.size(); ++i) {
        std::string changed = npy;
        changed[i] ^= flip;
        accepted += bool(parseFile(changed));
      }
      for (size_t i = 0; i < safe.size(); ++i) {
        std::string changed = safe;
        changed[i] ^= flip;
        accepted += bool(parseSafe(changed));
      }
    }
    CHECK(accepted > 0); // changes of the data alone are not errors
  });
}

static void testConversions() {
  runTest("conversions", [] {
    std::vector<uint16_t> halves = {0x3c00, 0x8000, 0x0001, 0x7c00, 0xc248};
    auto wide = convertElements("x", ElementType::F16,
                                reinterpret_cast<const char *>(halves.data()),
                                5, ElementType::F32);
    float f[5];
    CHECK(wide && wide->size() == sizeof(f));
    std::memcpy(f, wide->data(), sizeof(f));
    CHECK(f[0] == 1 && f[1] == 0 && std::signbit(f[1]) &&
          f[2] == std::ldexp(1.0f, -24) && std::isinf(f[3]) &&
          f[4] == -3.140625f);
    std::vector<uint16_t> expected = {0, 0x3c00, 0x5bf8};
    auto narrow =
        convertElements("x", ElementType::U8, "\0\1\xff", 3, ElementType::F16);
    CHECK(narrow && std::memcmp(narrow->data(), expected.data(), 6) == 0);
    expected = {0, 0x3f80, 0x437f};
    narrow =
        convertElements("x", ElementType::U8, "\0\1\xff", 3, ElementType::BF16);
    CHECK(narrow && std::memcmp(narrow->data(), expected.data(), 6) == 0);
    CHECK(convertElements("x", ElementType::U8, "\0\1", 2, ElementType::I1));
    CHECK(!convertElements("x", ElementType::U8, "\0\2", 2, ElementType::I1));
    CHECK(!isConvertible(ElementType::F64, ElementType::F32));
    CHECK(!isConvertible(ElementType::I32, ElementType::F32));
    CHECK(!isConvertible(ElementType::F16, ElementType::BF16));
    CHECK(!isConvertible(ElementType::BF16, ElementType::F16));
    CHECK(!isConvertible(ElementType::U8, ElementType::I8));
    CHECK(isConvertible(ElementType::I32, ElementType::F64));
  });
  runTest("buffers", [] {
    CHECK(Buffer::allocate(0) && Buffer::allocate(0)->data());
    CHECK(!Buffer::allocate(int64_t(1) << 62));
    CHECK(!CheckedShape::get({-1}, ElementType::I8));
  });
}

/// Values that another type does not hold are never rounded to it.
static void testRefusedConversions() {
  double large = 1e39; // beyond f32
  expectError("conversions: f64 beyond the range of f32",
              convertElements("parameter 'w' (w.npz)", ElementType::F64,
                              reinterpret_cast<const char *>(&large), 1,
                              ElementType::F32),
              "parameter 'w' (w.npz): expected elements of type f32, but got "
              "f64, which is not converted silently");
  int64_t odd = (1 << 24) + 1; // between two values of f32
  expectError("conversions: i64 between two values of f32",
              convertElements("parameter 'w' (w.npz)", ElementType::I64,
                              reinterpret_cast<const char *>(&odd), 1,
                              ElementType::F32),
              "parameter 'w' (w.npz): expected elements of type f32, but got "
              "i64, which is not converted silently");
}

/// The argument is the corpus of the fuzz targets.
int main(int argc, char **argv) {
  if (argc != 2)
    return 2;
  testNpyValid();
  testNpyContainer();
  testNpyHeader();
  testNpyWriter();
  testSafeTensorsValid();
  testSafeTensorsBroken();
  testSafeTensorsContents();
  testMutations();
  testConversions();
  testRefusedConversions();
  testCorpus(argv[1]);
  testNpz(argv[1]);
  testSources(argv[1]);
  return finish();
}
