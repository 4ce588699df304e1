//===- CommandLineTest.cpp - Tests of compiled executables ----------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../../lib/Runtime/Cpu.h"
#include "Execute.h"

#include <sys/resource.h>

using namespace snn::rt;
using namespace snn::test;

static void testText() {
  runTest("main: --help", [] {
    Result result = execute(lifModel, {"--help"});
    CHECK(result.code == 0 && result.err.empty());
    for (const char *part :
         {"lif: a spiking neural network, compiled by hand 1.0",
          "  x  f32   [T, B, 3]\n", "1000 steps", "--input [NAME=]FILE ",
          "step,batch,NAME[0]", "States:", "Layers:"})
      CHECK(contains(result.out, part));
    CHECK(contains(execute(embeddedModel, {"--help"}).out, "embedded\n"));
    CHECK(contains(execute(reverseModel, {"--help"}).out, "not causal"));
  });
  runTest("main: --version", [] {
    Result result = execute(lifModel, {"--version"});
    CHECK(result.code == 0);
    CHECK(result.out ==
          "lif 0000000000001234, compiled by hand 1.0, runtime ABI 5\n");
  });
  runTest("main: --report", [] {
    CHECK(execute(lifModel, {"--report"}).out == "{\"layers\":[]}\n");
    CHECK(execute(clockModel, {"--report"}).out == "{}\n");
  });
}

/// Options that are wrong whatever the files hold.
static void testOptions() {
  std::string x = makeDrive("x.npy", 0, 8, 4);
  runUsageCases(
      {{"unknown option", &embeddedModel, {"--frobnicate"}, "'--frobnicate'"},
       {"positional argument", &embeddedModel, {"x.npy"}, "'x.npy'"},
       {"option twice", &embeddedModel, {"--steps", "1", "--steps=2"}, "twice"},
       {"value missing", &embeddedModel, {"--input"}, "[NAME=]FILE"},
       {"value empty", &embeddedModel, {"--steps="}, "expected N"},
       {"value not wanted", &embeddedModel, {"--stats=1"}, "no value"},
       {"not a number", &embeddedModel, {"--threads", "two"}, "'two'"},
       {"negative number", &embeddedModel, {"--batch", "-1"}, "'-1'"},
       {"huge number",
        &embeddedModel,
        {"--steps", "99999999999999999999"},
        "--steps: expected"},
       {"no input", &embeddedModel, {}, "give --input x=FILE.npy"},
       {"input twice",
        &embeddedModel,
        {"--input", x, "--input=x=" + x},
        "twice"},
       {"no such input",
        &embeddedModel,
        {"--input", "z=" + x},
        "there is no 'z'"},
       {"no file after =", &embeddedModel, {"--input", "x="}, "after '='"}});
}

/// Options that do not fit to each other or to the model.
static void testUsage() {
  std::string x = makeDrive("x.npy", 0, 8, 4), y = getPath("y.npy");
  std::string w = makeArray("w.npy", ElementType::F32, {numNeurons});
  runUsageCases(
      {{"output without name",
        &embeddedModel,
        {"--input", x, "--output", y},
        "'s', 'rate', 'time'"},
       {"output over input",
        &embeddedModel,
        {"--input", x, "--output", "s=" + x},
        "overwrite"},
       {"one file for two outputs",
        &embeddedModel,
        {"--input", x, "--output", "s=" + y, "--output", "rate=" + y},
        "written twice"},
       {"parameter missing", &lifModel, {"--input", x}, "--param w=FILE.npy"},
       {"parameter embedded",
        &embeddedModel,
        {"--input", x, "--param", "w=" + w},
        "embedded"},
       {"weights not needed",
        &embeddedModel,
        {"--input", x, "--weights", w},
        "no parameter"},
       {"steps beyond the input",
        &embeddedModel,
        {"--input", x, "--steps", "9"},
        "at most T = 8"},
       {"sample beyond the batch",
        &embeddedModel,
        {"--input", x, "--raster", getPath("y.svg"), "--sample", "4"},
        "below B = 4"},
       {"sample without raster",
        &embeddedModel,
        {"--input", x, "--sample", "1"},
        "--raster"},
       {"raster without layers",
        &meanModel,
        {"--input", x, "--raster", y},
        "no spikes"},
       {"rates without layers",
        &meanModel,
        {"--input", x, "--rates", y},
        "no spikes"},
       {"raster with another suffix",
        &embeddedModel,
        {"--input", x, "--raster", getPath("r.jpg")},
        "--raster: expected a file that ends in .svg or .png"},
       {"rates with another suffix",
        &embeddedModel,
        {"--input", x, "--rates=-"},
        "--rates: expected a file that ends in .svg or .png, but got '-'"},
       {"rates over an input",
        &embeddedModel,
        {"--input", x, "--rates", "r.png", "--raster", "r.png"},
        "written twice"},
       {"no run", &embeddedModel, {"--input", x, "--repeat=0"}, "at least 1"},
       {"state of a model that is not causal",
        &reverseModel,
        {"--input", x, "--state-out", y},
        "not causal"},
       {"unknown variant",
        &embeddedModel,
        {"--input", x, "--cpu=i386"},
        "x86-64-v4, x86-64-v3, x86-64-v2"}});
  snn_model open = delayModel; // nothing says how long to run
  open.num_inputs = 0;
  expectExit("no number of steps", 2, "--steps N", execute(open, {}));
  expectExit("unknown SNN_CPU", 2, "SNN_CPU",
             execute(embeddedModel, {"--input", x},
                     [] { setenv("SNN_CPU", "z80", 1); }));
}

static void testWrongInputs() {
  auto runWith = [](const std::string &path) {
    return execute(embeddedModel, {"--input", path});
  };
  expectExit("rank", 1, "): expected shape [T, B, 3], but got [784, 10]",
             runWith(makeArray("a.npy", ElementType::F32, {784, 10})));
  expectExit("size", 1, "but got [4, 2, 5]",
             runWith(makeArray("a.npy", ElementType::F32, {4, 2, 5})));
  expectExit("type", 1, "expected elements of type f32, but got f64",
             runWith(makeArray("a.npy", ElementType::F64, {4, 2, 3})));
  expectExit("no .npy file", 1, "magic",
             runWith(writeFile(getPath("a.npy"), "this is only some text")));
  expectExit("too many steps", 1, "at most 1000 steps",
             runWith(makeArray("a.npy", ElementType::I1, {1001, 2, 3})));
  std::string x = makeDrive("x.npy", 0, 8, 4);
  expectExit("--batch differs", 1, "expected B = 4",
             execute(embeddedModel, {"--input", x, "--batch", "5"}));
  expectExit("static T", 1, "compiled for 5 steps",
             execute(clockModel, {"--steps", "3"}));
  expectExit("static B", 1, "expected B = 2",
             execute(clockModel, {"--batch", "3"}));
  snn_tensor two[] = {lifModel.inputs[0], lifModel.inputs[0]};
  two[1].name = "z";
  snn_model pair = embeddedModel;
  pair.inputs = two;
  pair.num_inputs = 2;
  std::string z = makeArray("z.npy", ElementType::F32, {9, 4, 3});
  expectExit("inputs disagree", 1, "expected T = 8 as before it, but got 9",
             execute(pair, {"--input", "x=" + x, "--input", "z=" + z}));
  std::string w = makeArray("w.npy", ElementType::F32, {2});
  expectExit("parameter shape", 1, "expected shape [3], but got [2]",
             execute(lifModel, {"--input", x, "--param", w}));
  std::string weights = getPath("w.safetensors");
  writeFile(weights, std::string("\2\0\0\0\0\0\0\0{}", 10));
  expectExit("parameter not in the file", 1, "expected a tensor 'w'",
             execute(lifModel, {"--input", x, "--weights", weights}));
}

static void testEnvironment() {
  std::string x = makeDrive("x.npy", 0, 8, 4);
  expectExit("input missing", 3, "No such file",
             execute(embeddedModel, {"--input", getPath("none.npy")}));
  expectExit("directory missing", 3, "No such file",
             execute(embeddedModel,
                     {"--input", x, "--output", "s=/no/such/dir/s.npy"}));
  expectExit("output is a device", 3, "a device",
             execute(embeddedModel, {"--input", x, "--output", "s=/dev/full"}));
  std::string old = writeFile(getPath("old.npy"), "old");
  expectExit("file size limit", 3, "File too large",
             execute(embeddedModel, {"--input", x, "--output", "s=" + old}, [] {
               struct rlimit limit = {200, 200}; // enough for the message
               setrlimit(RLIMIT_FSIZE, &limit);
             }));
  runTest("main: a failed run leaves the old file",
          [&] { CHECK(readFile(old) == "old"); });
  expectExit("standard output is full", 3, "standard output",
             execute(embeddedModel, {"--help"},
                     [] { redirect(STDOUT_FILENO, "/dev/full"); }));
  expectExit("standard output is closed", 3, "standard output",
             execute(embeddedModel, {"--help"}, [] {
               int ends[2];
               if (::pipe(ends) != 0 || ::dup2(ends[1], STDOUT_FILENO) < 0)
                 std::abort();
               ::close(ends[0]);
             }));
  if (!(detectCpuFeatures() & SNN_CPU_AVX512)) {
    expectExit("SNN_CPU that the machine lacks", 4, "x86-64-v4",
               execute(embeddedModel, {"--input", x},
                       [] { setenv("SNN_CPU", "x86-64-v4", 1); }));
    expectExit("--cpu that the machine lacks", 4, "x86-64-v4",
               execute(embeddedModel, {"--input", x, "--cpu=x86-64-v4"}));
  }
  expectExit("--cpu above SNN_CPU", 4, "x86-64-v3",
             execute(embeddedModel, {"--input", x, "--cpu=x86-64-v3"},
                     [] { setenv("SNN_CPU", "x86-64-v2", 1); }));
  snn_model open = delayModel;
  open.num_inputs = 0;
  expectExit("more memory than there is", 5, "not enough memory",
             execute(open, {"--steps", "999999999999999"}));
  expectExit("a shape that overflows", 5, "2^63",
             execute(open, {"--steps", "999999999999999999"}));
  snn_model future = embeddedModel;
  future.abi_version++;
  expectExit("another ABI", 70, "another version", execute(future, {}));
}

static void testRuns() {
  std::string x = makeDrive("x.npy", 0, 12, 4);
  std::vector<std::string> base = {"--input",  x,
                                   "--output", "s=" + getPath("s.npy"),
                                   "--output", "rate=" + getPath("rate.npy")};
  expectExit("run", 0, "", execute(embeddedModel, base));
  std::string spikes = readFile(getPath("s.npy"));
  runTest("main: outputs", [&] {
    auto s = readNpy(getPath("s.npy"));
    CHECK(s && s->type == ElementType::I1 &&
          s->shape.dims() == std::vector<int64_t>({12, 4, 3}));
    CHECK(readNpy(getPath("rate.npy")));
  });
  runTest("main: --weights and --param", [&] {
    std::string data("\0\0\0\x3f\0\0\x20\x3f\0\0\x50\x3f", 12);
    std::string header = "{\"other\":{\"dtype\":\"I8\",\"shape\":[1],"
                         "\"data_offsets\":[0,1]},\"w\":{\"dtype\":\"F32\","
                         "\"shape\":[3],\"data_offsets\":[1,13]}}";
    std::string length = {char(header.size()), 0, 0, 0, 0, 0, 0, 0};
    auto args = base;
    args.insert(args.end(),
                {"--weights", writeFile(getPath("w.safetensors"),
                                        length + header + "1" + data)});
    CHECK(execute(lifModel, args).code == 0);
    CHECK(readFile(getPath("s.npy")) == spikes);
    auto shape = CheckedShape::get({3}, ElementType::F32);
    auto writer = NpyWriter::create(getPath("w.npy"), ElementType::F32, *shape);
    CHECK(!writer->append(data.data(), 12) && !writer->commit());
    CHECK(std::system(
              ("cd " + getDirectory() + " && python3 -m zipfile -c w.npz w.npy")
                  .c_str()) == 0);
    args = base;
    args.insert(args.end(), {"--weights", getPath("w.npz")});
    CHECK(execute(lifModel, args).code == 0);
    CHECK(readFile(getPath("s.npy")) == spikes);
    args = base;
    args.insert(args.end(), {"--param", getPath("w.npy"), "--threads", "0"});
    CHECK(execute(lifModel, args).code == 0);
    CHECK(readFile(getPath("s.npy")) == spikes);
  });
}

/// Runs with unusual sizes and types.
static void testSizes() {
  std::vector<std::string> base = {"--input", makeDrive("x.npy", 0, 12, 4),
                                   "--output", "s=" + getPath("s.npy")};
  CHECK(execute(embeddedModel, base).code == 0);
  std::string spikes = readFile(getPath("s.npy"));
  runTest("main: bytes as input", [&] {
    std::string bytes = makeArray("u.npy", ElementType::U8, {2, 1, 3}, 1);
    CHECK(execute(embeddedModel, {"--input", bytes}).code == 0);
  });
  runTest("main: --steps runs the first steps", [&] {
    auto args = base;
    args.insert(args.end(), {"--steps", "5"});
    CHECK(execute(embeddedModel, args).code == 0);
    std::string cut = readFile(getPath("s.npy"));
    CHECK(cut.substr(128) == spikes.substr(128, 60));
  });
  runTest("main: a model without inputs", [&] {
    std::string y = getPath("y.npy");
    CHECK(execute(clockModel, {"--output", y}).code == 0);
    auto array = readNpy(y);
    CHECK(array && array->shape.dims() == std::vector<int64_t>({5, 2}));
  });
  runTest("main: T = 0 and B = 0", [&] {
    for (auto [steps, batch] : {std::pair(0, 2), std::pair(2, 0)}) {
      std::string empty =
          makeArray("e.npy", ElementType::F32, {steps, batch, 3});
      Result result =
          execute(embeddedModel, {"--input", empty, "--stats", "--output",
                                  "rate=" + getPath("rate.npy")});
      CHECK(result.code == 0 && result.err.empty());
      auto rate = readNpy(getPath("rate.npy"));
      CHECK(rate && rate->shape.dims() == std::vector<int64_t>({batch, 3}));
    }
  });
}

static void testState() {
  std::string first = makeDrive("first.npy", 0, 5, 4);
  std::string second = makeDrive("second.npy", 5, 7, 4);
  std::string whole = makeDrive("whole.npy", 0, 12, 4);
  std::string state = getPath("state"), s = "s=" + getPath("s.npy");
  runTest("main: two runs with a state are one run", [&] {
    CHECK(execute(embeddedModel, {"--input", whole, "--output", s}).code == 0);
    std::string expected = readFile(getPath("s.npy")).substr(128);
    CHECK(execute(embeddedModel,
                  {"--input", first, "--output", s, "--state-out", state})
              .code == 0);
    std::string found = readFile(getPath("s.npy")).substr(128);
    CHECK(execute(embeddedModel, {"--input", second, "--output", s,
                                  "--state-in", state, "--state-out", state})
              .code == 0);
    found += readFile(getPath("s.npy")).substr(128);
    CHECK(found == expected);
  });
  std::string good = readFile(state);
  auto runWith = [&](const std::string &bytes) {
    return execute(embeddedModel, {"--input", second, "--state-in",
                                   writeFile(getPath("bad"), bytes)});
  };
  auto changed = [&](size_t index, char value) {
    std::string bytes = good;
    bytes[index] = value;
    return runWith(bytes);
  };
  expectExit("state: empty", 1, "state file", runWith(""));
  expectExit("state: text", 1, "state file", runWith(std::string(200, 'a')));
  expectExit("state: version", 1, "version 1, but got 9", changed(8, 9));
  expectExit("state: another model", 1, "another model", changed(16, 9));
  expectExit("state: cut off", 1, "cut off",
             runWith(good.substr(0, good.size() - 1)));
  expectExit("state: too long", 1, "too long", runWith(good + "1"));
  expectExit("state: huge batch", 1, "2^63", changed(31, 0x7f));
  expectExit("state: negative batch", 1, "negative", changed(31, char(0x80)));
  expectExit("state: another batch", 1, "expected a state of batch 3",
             execute(embeddedModel, {"--input", makeDrive("three.npy", 0, 5, 3),
                                     "--state-in", state}));
  expectExit("state: position beyond the tables", 1, "at most 1000 steps",
             changed(33, 4));
}

static void testPictures() {
  std::string x = makeDrive("x.npy", 0, 50, 4), svg = getPath("r.svg");
  runTest("main: --stats counts what is there", [&] {
    Result result =
        execute(embeddedModel, {"--input", x, "--stats", "--output",
                                "s=" + getPath("s.npy"), "--threads", "2"});
    CHECK(result.code == 0);
    int64_t sum = 0;
    for (char c : readFile(getPath("s.npy")).substr(128))
      sum += c;
    CHECK(sum > 0);
    CHECK(contains(result.out, " " + std::to_string(sum) + "  0."));
    CHECK(contains(result.out, "embedded: T = 50, B = 4, "));
    CHECK(contains(result.out, "neuron-steps/s"));
  });
  runTest("main: --raster", [&] {
    for (const char *sample : {"0", "3"}) {
      CHECK(execute(embeddedModel,
                    {"--input", x, "--raster", svg, "--sample", sample})
                .code == 0);
      std::string picture = readFile(svg);
      CHECK(contains(picture, "<svg ") && contains(picture, "</svg>"));
      auto s = readNpy(getPath("s.npy"));
      int64_t sum = 0;
      for (int64_t t = 0; t < 50; ++t)
        for (int64_t n = 0; n < 3; ++n)
          sum += s->data.data()[(t * 4 + (sample[0] - '0')) * 3 + n];
      CHECK(contains(picture, ", " + std::to_string(sum) + " spikes</text>"));
    }
  });
  runTest("main: pictures of a layer with a strange name", [&] {
    snn_model strange = embeddedModel;
    snn_tensor record = strange.records[0];
    std::string name = "\x01<&\xc3\xa4" + std::string(200, 'W');
    record.name = name.c_str();
    strange.records = &record;
    std::string png = getPath("r.png"), rates = getPath("q.png");
    CHECK(execute(strange, {"--input", x, "--raster", png, "--rates", rates})
              .code == 0);
    for (const std::string &path : {png, rates})
      CHECK(readFile(path).substr(0, 8) == "\x89PNG\r\n\x1a\n");
    std::string text = getPath("q.svg");
    CHECK(execute(strange, {"--input", x, "--rates", text}).code == 0);
    CHECK(contains(readFile(text), ">?&lt;&amp;\xc3\xa4WWW"));
    CHECK(contains(readFile(text), "W...</text>"));
    name = "\xc3(" + std::string(39, 'W') + "\xc3\xa4WWWW"; // no UTF-8
    record.name = name.c_str();
    CHECK(execute(strange, {"--input", x, "--rates", text}).code == 0);
    CHECK(contains(readFile(text), ">?(WWW") &&
          contains(readFile(text), "WWW...</text>"));
  });
  runTest("main: --stats and --raster with static sizes", [&] {
    snn_model fixed = clockModel; // what is recorded stays zero
    fixed.records = fixed.outputs;
    fixed.num_records = 1;
    Result result = execute(fixed, {"--stats", "--raster", getPath("f.svg")});
    CHECK(result.code == 0 && contains(result.out, "y               1"));
  });
  runTest("main: --raster of a batch that is not separable", [&] {
    snn_model together = embeddedModel;
    together.flags = SNN_CAUSAL;
    std::string alone = readFile(svg);
    CHECK(execute(together, {"--input", x, "--raster", svg, "--sample", "3"})
              .code == 0);
    CHECK(readFile(svg) == alone);
  });
}

void testCommandLine() {
  testText();
  testOptions();
  testUsage();
  testWrongInputs();
  testEnvironment();
  testRuns();
  testSizes();
  testState();
  testPictures();
}
