//===- FormatTest.cpp - Tests of formats and streams of executables -------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Execute.h"

using namespace snn::rt;
using namespace snn::test;

/// Formats and streams that the command line alone shows to be wrong.
static void testFormatUsage() {
  std::string x = makeDrive("x.npy", 0, 8, 4), csv = getPath("y.csv");
  snn_tensor two[] = {lifModel.inputs[0], lifModel.inputs[0]};
  two[1].name = "z";
  snn_model pair = embeddedModel;
  pair.inputs = two;
  pair.num_inputs = 2;
  snn_model mixed = pair;
  snn_tensor unlike[] = {lifModel.inputs[0], lifModel.outputs[2]};
  mixed.inputs = unlike;
  runUsageCases(
      {{"unknown format",
        &embeddedModel,
        {"--input", x, "--format=tsv"},
        "--format: expected npy, csv or raw, but got 'tsv'"},
       {"format and suffix differ",
        &embeddedModel,
        {"--input", x, "--format=npy", "--output", "s=" + csv},
        "expected a name of the format npy"},
       {"raw file",
        &embeddedModel,
        {"--input", x, "--format=raw", "--output", "s=" + getPath("s")},
        "--format=raw is for the standard input and output"},
       {"state from a stream",
        &embeddedModel,
        {"--input", x, "--state-in=-"},
        "--state-in: expected a file, but got '-'"},
       {"parameter from a stream",
        &lifModel,
        {"--input", x, "--param", "w=-"},
        "--param: expected a file, but got '-'"},
       {"standard output twice",
        &embeddedModel,
        {"--input", x, "--output", "s=-", "--output", "rate=-"},
        "the standard output would be written twice"},
       {"stream of a model that is not causal",
        &reverseModel,
        {"--input", "-"},
        "not causal"},
       {"stream and file",
        &pair,
        {"--input", "x=-", "--input", "z=" + x},
        "--input z=" + x + ": expected - for all inputs"},
       {"two inputs in .npy", &pair, {"--input", "-"}, "holds one input"},
       {"inputs with and without batch",
        &mixed,
        {"--input", "-", "--format=csv"},
        "in all inputs or in none"},
       {"raster of a stream",
        &embeddedModel,
        {"--input", "-", "--raster", getPath("r.svg")},
        "--raster: a stream is read once"},
       {"rates of a stream",
        &embeddedModel,
        {"--input", "-", "--rates", getPath("r.svg")},
        "--rates: a stream is read once"},
       {"stream again and again",
        &embeddedModel,
        {"--input", "-", "--repeat", "2"},
        "--repeat: a stream is read once"},
       {".npy of unknown length",
        &embeddedModel,
        {"--input", "-", "--format=csv", "--output", "s=" + getPath("s.npy")},
        "expected --steps N or --format=csv"}});
  snn_model fixed = clockModel;
  fixed.inputs = lifModel.inputs;
  fixed.num_inputs = 1;
  expectExit("stream of a model with a fixed T", 2, "fixed number of steps",
             execute(fixed, {"--input", "-"}));
}

/// Sends a file into the standard input of this process.
static void feed(const std::string &path) {
  int file = ::open(path.c_str(), O_RDONLY);
  if (file < 0 || ::dup2(file, STDIN_FILENO) < 0)
    std::abort();
}

/// Runs a model on text or bytes that come from the standard input.
static Result executeOn(const snn_model &model, const std::string &bytes,
                        std::vector<std::string> args) {
  writeFile(getPath("stdin"), bytes);
  args.insert(args.begin(), {"--input", "-"});
  return execute(model, std::move(args), [] { feed(getPath("stdin")); });
}

static void testCsvErrors() {
  struct Case {
    const char *name, *text, *message;
  };
  const std::string head = "step,batch,x[0],x[1],x[2]\n";
  const Case cases[] = {
      {"empty", "", "expected a line with the names of columns"},
      {"no such column", "step,x[0],y,x[2]\n",
       ":1:11: expected the column "
       "'x[1]', but got 'y'"},
      {"column missing", "x[0],x[1]\n", ":1:10: expected the column 'x[2]'"},
      {"column too many", "x[0],x[1],x[2],x[3]\n", ":1:16: expected no more"},
      {"no number", "x[0],x[1],x[2]\n1,2,3\n1,abc,3\n",
       ":3:3: expected a number of type f32, but got 'abc'"},
      {"empty field", "x[0],x[1],x[2]\n1,,3\n", ":2:3: expected a number"},
      {"hexadecimal", "x[0],x[1],x[2]\n1,0x10,3\n", "but got '0x10'"},
      {"decimal comma", "x[0],x[1],x[2]\n1,\"2,5\",3\n", ":2:3: expected"},
      {"too large", "x[0],x[1],x[2]\n1,2,1e39\n", ":2:5: expected a number"},
      {"value missing", "x[0],x[1],x[2]\n1,2\n",
       ":2:4: expected 3 columns, but got 2"},
      {"value too many", "x[0],x[1],x[2]\n1,2,3,4\n",
       ":2:7: expected 3 columns, but got one more: '4'"},
      {"step is left out", "step,x[0],x[1],x[2]\n5,1,2,3\n7,1,2,3\n",
       ":3:1: expected step 6, but got '7'"},
      {"batch is left out", "step,batch,x[0],x[1],x[2]\n0,0,1,2,3\n0,2,1,2,3\n",
       ":3:3: expected batch 1 or 0, but got '2'"},
      {"batch grows",
       "step,batch,x[0],x[1],x[2]\n0,0,1,2,3\n1,0,1,2,3\n1,1,1,2,3\n",
       ":4:3: expected batch 0, but got '1'"},
      {"step ends early",
       "step,batch,x[0],x[1],x[2]\n0,0,1,2,3\n0,1,1,2,3\n1,0,1,2,3\n",
       "expected 2 elements of the batch in every step, but the last one has "
       "1"},
      {"control characters", "x[0],x[1],x[2]\n1,\x1b[2J,3\n", "'\\x1b[2J'"}};
  for (const Case &test : cases)
    expectExit(std::string("csv: ") + test.name, 1, test.message,
               execute(embeddedModel,
                       {"--input", writeFile(getPath("x.csv"), test.text)}));
  expectExit("csv: a line without end", 1, "expected a line of at most",
             execute(embeddedModel,
                     {"--input",
                      writeFile(getPath("x.csv"), std::string(1 << 20, ' '))}));
  expectExit("csv: not there", 3, "No such file",
             execute(embeddedModel, {"--input", getPath("none.csv")}));
}

/// One array as .npy, as text and as a stream gives the same.
static void testFormats() {
  std::string x = makeDrive("x.npy", 0, 12, 4), s = getPath("s.npy");
  std::string csv = getPath("drive.csv"), copy = getPath("copy.csv");
  CHECK(execute(embeddedModel, {"--input", x, "--output", "s=" + s}).code == 0);
  std::string spikes = readFile(s);
  // `delay` without its delay gives back what it got.
  runTest("main: a table is read as it was written", [&] {
    CHECK(execute(delayModel, {"--input", x, "--output", csv}).code == 0);
    CHECK(execute(delayModel, {"--input", x, "--output", getPath("d.npy")})
              .code == 0);
    CHECK(contains(readFile(csv), "step,batch,y[0],y[1],y[2]\n0,0,0,0,0\n"));
    std::string text = readFile(csv);
    for (size_t at; (at = text.find("y[")) != text.npos;)
      text[at] = 'x';
    writeFile(copy, text);
    CHECK(execute(delayModel, {"--input", copy, "--output", getPath("e.npy")})
              .code == 0);
    CHECK(execute(delayModel,
                  {"--input", getPath("d.npy"), "--output", getPath("f.npy")})
              .code == 0);
    CHECK(readFile(getPath("e.npy")) == readFile(getPath("f.npy")));
    CHECK(readFile(getPath("e.npy")).size() > 500);
  });
  runTest("main: what other programs write", [&] {
    writeFile(copy, "\xef\xbb\xbf\"x[0]\", \"x[1]\" ,x[2]\r\n+1,1E0, 1.0\r\n"
                    "\r\n1e-50,-inf,NaN");
    CHECK(execute(delayModel, {"--input", copy, "--output", csv}).code == 0);
    CHECK(execute(delayModel,
                  {"--input", copy, "--output", csv, "--check-inputs"})
              .code == 1);
  });
  runTest("main: .npy through the standard streams", [&] {
    Result result = executeOn(embeddedModel, readFile(x), {"--output", "s=-"});
    CHECK(result.code == 0 && result.err.empty());
    CHECK(result.out == spikes);
    result = execute(embeddedModel, {"--input", x, "--output", "s=-"});
    CHECK(result.out == spikes);
  });
  runTest("main: raw through the standard streams", [&] {
    Result result =
        executeOn(embeddedModel, readFile(x).substr(128),
                  {"--format=raw", "--output", "s=-", "--batch=4", "--output",
                   "rate=" + getPath("rate.npy"), "--stats"});
    CHECK(result.code == 0);
    CHECK(result.out == spikes.substr(128));
    CHECK(contains(result.err, "embedded: T = 12, B = 4"));
    std::string rate = readFile(getPath("rate.npy"));
    CHECK(execute(embeddedModel,
                  {"--input", x, "--output", "rate=" + getPath("rate.npy")})
              .code == 0);
    CHECK(rate.size() == 176 && rate == readFile(getPath("rate.npy")));
  });
}

static void testStreams() {
  std::string x = makeDrive("x.npy", 0, 12, 1), raw = readFile(x).substr(128);
  std::vector<std::string> toOut = {"--format=raw", "--output", "s=-"};
  expectExit("stream: ends in a step", 1,
             "expected 12 bytes for step 11, but it ends after 7",
             executeOn(embeddedModel, raw.substr(0, raw.size() - 5), toOut));
  expectExit(
      "stream: .npy ends before its header says", 1,
      "expected 12 steps, as its header says, but it ends before step "
      "11",
      executeOn(embeddedModel, readFile(x).substr(0, 128 + 11 * 12), {}));
  expectExit("stream: ends in the header", 1, "ends in the header",
             executeOn(embeddedModel, readFile(x).substr(0, 100), {}));
  expectExit("stream: no .npy", 1, "magic",
             executeOn(embeddedModel, std::string(500, 'x'), {}));
  expectExit("stream: another shape", 1, "expected shape [T, B, 3]",
             executeOn(embeddedModel,
                       readFile(makeArray("a.npy", ElementType::F32, {4, 3})),
                       {}));
  expectExit(
      "stream: a .npy longer than the tables", 1, "at most 1000 steps",
      executeOn(embeddedModel, readFile(makeDrive("a.npy", 0, 1001, 1)), {}));
  expectExit("stream: raw longer than the tables", 1, "at most 1000 steps",
             executeOn(embeddedModel, std::string(1001 * 12, 0), toOut));
  expectExit("stream: --steps beyond its end", 1, "it ends before step 12",
             executeOn(embeddedModel, raw, {"--format=raw", "--steps=13"}));
  expectExit("stream: table ends in a step", 1,
             "expected 2 lines for step 0, one for each element of the batch",
             executeOn(embeddedModel, "step,batch,x[0],x[1],x[2]\n0,0,1,2,3\n",
                       {"--format=csv", "--batch=2"}));
  expectExit("stream: column of the batch is missing", 1, "because B = 2",
             executeOn(embeddedModel, "x[0],x[1],x[2]\n",
                       {"--format=csv", "--batch=2"}));
  writeFile(getPath("stdin"), raw);
  std::vector<std::string> args = {"--input", "-", "--format=raw", "--output",
                                   "s=-"};
  expectExit("stream: nobody reads", 3, "standard output: Broken pipe",
             execute(embeddedModel, args, [] {
               feed(getPath("stdin"));
               int ends[2];
               if (::pipe(ends) != 0 || ::dup2(ends[1], STDOUT_FILENO) < 0)
                 std::abort();
               ::close(ends[0]);
             }));
  expectExit("stream: standard output is closed", 3,
             "standard output: Bad file", execute(embeddedModel, args, [] {
               feed(getPath("stdin"));
               ::close(STDOUT_FILENO);
             }));
  expectExit("stream: standard input is closed", 3, "standard input: Bad file",
             execute(embeddedModel, args, [] { ::close(STDIN_FILENO); }));
  runTest("stream: --steps leaves the rest", [&] {
    auto some = toOut;
    some.push_back("--steps=5");
    CHECK(executeOn(embeddedModel, raw, some).out.size() == 15);
  });
  runTest("stream: no step at all", [&] {
    Result result =
        executeOn(embeddedModel, "", {"--format=raw", "--output", "rate=-"});
    CHECK(result.code == 0 && result.out == std::string(12, 0));
  });
  runTest("stream: two with a state are one", [&] {
    std::string whole = executeOn(embeddedModel, raw, toOut).out, parts;
    auto args = toOut;
    args.insert(args.end(), {"--state-out", getPath("state")});
    parts = executeOn(embeddedModel, raw.substr(0, 60), args).out;
    args.insert(args.end(), {"--state-in", getPath("state")});
    parts += executeOn(embeddedModel, raw.substr(60), args).out;
    CHECK(whole.size() == 36 && parts == whole);
  });
}

static void testCheckInputs() {
  std::vector<float> data(2 * 2 * 3, 1.0f);
  uint32_t bits = 0xff800000; // -inf
  std::memcpy(&data[1 * 6 + 0 * 3 + 2], &bits, sizeof(bits));
  auto shape = CheckedShape::get({2, 2, 3}, ElementType::F32);
  std::string path = getPath("inf.npy");
  auto writer = NpyWriter::create(path, ElementType::F32, *shape);
  if (!writer || writer->append(data.data(), shape->bytes()) ||
      writer->commit())
    std::abort();
  std::string message = "expected finite numbers, but got -inf at [1, 0, 2]";
  expectExit("--check-inputs", 1, "input 'x' (" + path + "): " + message,
             execute(embeddedModel, {"--input", path, "--check-inputs"}));
  expectExit("--check-inputs of a stream", 1,
             "input 'x' (standard input): " + message,
             executeOn(embeddedModel, readFile(path), {"--check-inputs"}));
  runTest("main: without --check-inputs", [&] {
    CHECK(execute(embeddedModel, {"--input", path, "--stats"}).code == 0);
  });
}

static void testRepeat() {
  std::string x = makeDrive("x.npy", 0, 12, 4), s = getPath("s.npy");
  std::string state = getPath("state");
  std::vector<std::string> args = {"--input",     x,     "--output", "s=" + s,
                                   "--state-out", state, "--stats"};
  Result once = execute(embeddedModel, args);
  std::string spikes = readFile(s), after = readFile(state);
  args.push_back("--repeat=4");
  runTest("main: --repeat is one run", [&] {
    Result result = execute(embeddedModel, args);
    CHECK(result.code == 0);
    CHECK(readFile(s) == spikes && readFile(state) == after);
    for (const char *part : {" s min, ", " s median, ", " s max of 4 runs",
                             "sequences/s", "steps/s"})
      CHECK(contains(result.out, part));
    // The table of spikes counts one run.
    std::string table = once.out.substr(0, once.out.find("time "));
    CHECK(contains(table, "layer") && contains(result.out, table));
  });
}

void testProgramFormats() {
  testFormatUsage();
  testCsvErrors();
  testFormats();
  testStreams();
  testCheckInputs();
  testRepeat();
}
