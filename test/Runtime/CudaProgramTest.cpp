//===- CudaProgramTest.cpp - Tests of an executable on GPUs ---------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CudaTest.h"
#include "Execute.h"

using namespace snn::test;

using Args = std::vector<std::string>;

static Result executeWith(const char *environment, const Args &args,
                          const snn_model &model = cudaModel) {
  return execute(model, args,
                 [&] { ::putenv(const_cast<char *>(environment)); });
}

/// An option that names a file: `--output`, `s=`, `s.npy`.
struct FileOption {
  std::string flag, name, file;
};

/// Runs with these options on the CPU and on a GPU; the files must be equal.
static void expectEqual(const std::string &name, const std::string &drive,
                        const Args &options,
                        const std::vector<FileOption> &outputs) {
  runTest("main: " + name, [&] {
    for (const char *device : {"cpu", "cuda"}) {
      Args args = {"--device", device, "--input", drive};
      args.insert(args.end(), options.begin(), options.end());
      for (const FileOption &output : outputs)
        args.insert(args.end(),
                    {output.flag, output.name + getPath(device + output.file)});
      Result result = execute(cudaModel, args);
      CHECK(result.code == 0);
      if (result.code)
        std::printf("  %s\n", result.err.c_str());
    }
    for (const FileOption &output : outputs) {
      std::string expected = readFile(getPath("cpu" + output.file));
      CHECK(!expected.empty());
      CHECK(readFile(getPath("cuda" + output.file)) == expected);
    }
  });
}

/// Runs as above, but a GPU runs `window` steps at once.
static void testPieces() {
  std::string drive = makeDrive("pieces.npy", 0, 23, 2);
  Args args = {"--input", drive, "--stats"};
  std::string files[2][4], lines[2];
  const std::string names[] = {"s", "rate", "time"};
  for (int i = 0; i < 2; ++i)
    runTest(i ? "main: a GPU in pieces" : "main: a GPU at once", [&] {
      Args all = args;
      all.push_back("--device=cuda");
      for (const std::string &name : names)
        all.push_back("--output=" + name + "=" + getPath(name + ".npy"));
      all.push_back("--state-out=" + getPath("state"));
      Result result =
          executeWith(i ? "SNN_WINDOW=5" : "SNN_WINDOW=0", all, cudaModel);
      CHECK(result.code == 0);
      for (int k = 0; k < 3; ++k)
        files[i][k] = readFile(getPath(names[k] + ".npy"));
      files[i][3] = readFile(getPath("state"));
      size_t line = result.out.find("\nlif ");
      CHECK(line != std::string::npos);
      lines[i] =
          result.out.substr(line, result.out.find('\n', line + 1) - line);
      for (int k = 0; k < 4; ++k)
        CHECK(!files[i][k].empty() && files[i][k] == files[0][k]);
      CHECK(lines[i] == lines[0]);
    });
  // Five pieces launch twice each, and no eleventh time.
  expectExit("the last piece on a GPU", 70, "(CUDA_ERROR_ILLEGAL_ADDRESS)",
             execute(cudaModel, {"--input", drive, "--device=cuda"}, [] {
               ::setenv("SNN_WINDOW", "5", 1);
               ::setenv("FAKE_CUDA_FAIL", "cuLaunchKernel:10:700", 1);
             }));
  expectExit("all pieces on a GPU", 0, "",
             execute(cudaModel,
                     {"--input", drive, "--device=cuda", "--output",
                      "s=" + getPath("s.npy")},
                     [] {
                       ::setenv("SNN_WINDOW", "5", 1);
                       ::setenv("FAKE_CUDA_FAIL", "cuLaunchKernel:11:700", 1);
                     }));
}

static void testFiles() {
  std::string first = makeDrive("first.npy", 0, 7, 3),
              second = makeDrive("second.npy", 7, 9, 3),
              none = makeDrive("none.npy", 0, 0, 3);
  const std::vector<FileOption> outputs = {{"--output", "s=", "s.npy"},
                                           {"--output", "rate=", "rate.npy"},
                                           {"--output", "time=", "time.npy"},
                                           {"--state-out", "", "state"}};
  expectEqual("arrays on a GPU", first, {}, outputs);
  // A state of one is a state of the other.
  std::string ofCpu =
                  writeFile(getPath("of-cpu"), readFile(getPath("cpustate"))),
              ofGpu =
                  writeFile(getPath("of-gpu"), readFile(getPath("cudastate")));
  expectEqual("a state of the CPU", second, {"--state-in", ofCpu}, outputs);
  expectEqual("a state of a GPU", second, {"--state-in", ofGpu}, outputs);
  expectEqual("no steps on a GPU", none, {}, outputs);
  expectEqual("repeated runs on a GPU", first, {"--repeat", "2"}, outputs);
  expectEqual("text from a GPU", first, {}, {{"--output", "s=", "s.csv"}});
  expectEqual("pictures of a GPU", first, {"--sample", "2"},
              {{"--raster", "", "raster.svg"}, {"--rates", "", "rates.svg"}});
}

static void testStream() {
  runTest("main: a stream on a GPU", [&] {
    std::string drive = makeDrive("stream.npy", 0, 50, 1), answers[2];
    for (int i = 0; i < 2; ++i) {
      Result result = execute(
          cudaModel,
          {"--device", i ? "cuda" : "cpu", "--input", "-", "--output", "s=-"},
          [&] {
            int file = ::open(drive.c_str(), O_RDONLY);
            if (file < 0 || ::dup2(file, STDIN_FILENO) < 0)
              std::abort();
          });
      CHECK(result.code == 0 && !result.out.empty());
      answers[i] = result.out;
    }
    CHECK(answers[0] == answers[1]);
  });
  runTest("main: statistics of a GPU", [&] {
    std::string drive = makeDrive("stats.npy", 0, 20, 2), lines[2];
    for (int i = 0; i < 2; ++i) {
      Result result = execute(cudaModel, {"--device", i ? "cuda" : "cpu",
                                          "--input", drive, "--stats"});
      size_t line = result.out.find("\nlif ");
      CHECK(result.code == 0 && line != std::string::npos);
      lines[i] =
          result.out.substr(line, result.out.find('\n', line + 1) - line);
      CHECK(!i || contains(result.out, "T = 20, B = 2, cuda:0\n"));
    }
    CHECK(lines[0] == lines[1]);
  });
}

static void testErrors() {
  std::string drive = makeDrive("drive.npy", 0, 5, 2);
  auto run = [&](const char *device) {
    return Args{"--input", drive, std::string("--device=") + device};
  };
  for (const char *device : {"gpu", "cuda:", "cuda:x", "cuda:-1", "cuda0"})
    expectExit(std::string("--device=") + device, 2,
               "--device: expected cpu, cuda or cuda:N",
               execute(cudaModel, run(device)));
  Args cpu = run("cuda"), threads = run("cuda:0");
  cpu.insert(cpu.end(), {"--cpu", "x86-64-v2"});
  threads.push_back("--threads=2");
  expectExit("--cpu on a GPU", 2, "--cpu: the model runs on a GPU",
             execute(cudaModel, cpu));
  expectExit("--threads on a GPU", 2, "--threads: the model runs on a GPU",
             execute(cudaModel, threads));
  Args param = run("cuda");
  param.push_back("--param=" +
                  makeArray("w.npy", ElementType::F32, {numNeurons}));
  expectExit("no code for a GPU", 4, "not compiled for GPUs",
             execute(lifModel, param));
  expectExit("no such GPU", 4, "there is no such GPU",
             execute(cudaModel, run("cuda:1")));
  expectExit("no GPU", 4, "there is no such GPU",
             executeWith("FAKE_CUDA_DEVICES=0", run("cuda")));
  expectExit("an older GPU", 4, "no code that this GPU",
             executeWith("FAKE_CUDA_CAPABILITY=70", run("cuda")));
  expectExit("no memory on the GPU", 5,
             "too little free memory (CUDA_ERROR_OUT_OF_MEMORY); try",
             executeWith("FAKE_CUDA_FAIL=cuMemAlloc_v2:3:2", run("cuda")));
  expectExit("a launch that fails", 70, "(CUDA_ERROR_ILLEGAL_ADDRESS)",
             executeWith("FAKE_CUDA_FAIL=cuLaunchKernel:1:700", run("cuda")));
}

/// What a driver says of PTX that it refuses is for those who ask.
static void testVerbose() {
  static const snn_cuda_image broken = {90, 1, 18, "compute_90 broken"};
  snn_cuda before = cudaCode;
  cudaCode.images = &broken;
  cudaCode.num_images = 1;
  Args args = {"--device=cuda", "--input", makeDrive("drive.npy", 0, 5, 2)};
  for (const char *verbose : {"SNN_VERBOSE=0", "SNN_VERBOSE=1"}) {
    Result result = executeWith(verbose, args);
    expectExit(verbose, 4, "no code that this GPU", result);
    runTest(std::string("main: the log with ") + verbose, [&] {
      bool isWanted = verbose[std::strlen(verbose) - 1] == '1';
      CHECK(contains(result.err, "a log of the compiler") == isWanted);
    });
  }
  cudaCode = before;
}

void snn::test::testCudaProgram(bool isNone) {
  if (isNone) {
    Args args = {"--output", "s=" + getPath("s.npy"), "--input",
                 makeDrive("drive.npy", 0, 5, 2)};
    expectExit("without a driver, on the CPU", 0, "", execute(cudaModel, args));
    args.push_back("--device=cuda");
    expectExit("without a driver, on a GPU", 4, "there is no CUDA driver",
               execute(cudaModel, args));
    return;
  }
  testFiles();
  testPieces();
  testStream();
  testErrors();
  testVerbose();
}
