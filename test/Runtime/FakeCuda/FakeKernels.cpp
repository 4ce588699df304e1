//===- FakeKernels.cpp - Kernels of a driver without a GPU ----------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FakeDriver.h"

#include <cstring>
#include <dlfcn.h>

using namespace snn::test;
using namespace snn::rt::cuda;

/// An image is a text that begins with "sm_90" or "compute_80".
FAKE cuModuleLoadDataEx(Module *module, const void *image, unsigned count,
                        JitOption *options, void **values) {
  ENTER("cuModuleLoadDataEx");
  std::string text(static_cast<const char *>(image));
  counts.image = text;
  if (text.find("broken") != text.npos) {
    for (unsigned i = 0; i < count; ++i)
      if (options[i] == kErrorLog)
        std::strcpy(static_cast<char *>(values[i]), "a log of the compiler");
    return text[0] == 's' ? kNoBinaryForGpu : kInvalidPtx;
  }
  *module = new ModuleTag;
  ++counts.modules;
  ++counts.loads;
  return 0;
}

FAKE cuModuleUnload(Module module) {
  ENTER("cuModuleUnload");
  delete module;
  --counts.modules;
  return 0;
}

FAKE cuModuleGetFunction(Function *function, Module module, const char *name) {
  ENTER("cuModuleGetFunction");
  void *symbol = dlsym(RTLD_DEFAULT, name);
  FunctionTag &entry = module->functions[name];
  entry.kernel = reinterpret_cast<void (*)(void **)>(symbol);
  *function = &entry;
  return 0;
}

FAKE cuFuncSetAttribute(Function function, FunctionAttribute attribute,
                        int value) {
  ENTER("cuFuncSetAttribute");
  if (attribute != kDynamicSharedBytes || value > 226 << 10)
    return invalidValue;
  function->mostShared = value;
  return 0;
}

/// Each kernel has 1 KiB of its own.
FAKE cuFuncGetAttribute(int *value, FunctionAttribute attribute, Function) {
  ENTER("cuFuncGetAttribute");
  *value = attribute == kStaticSharedBytes ? 1024 : 0;
  return 0;
}

FAKE cuOccupancyMaxActiveBlocksPerMultiprocessor(int *blocks, Function,
                                                 int threads, size_t shared) {
  ENTER("cuOccupancyMaxActiveBlocksPerMultiprocessor");
  *blocks = shared > 100 << 10 ? 1 : 2048 / threads;
  return 0;
}

static Result launch(Function function, const FakeLaunch &shape,
                     void **arguments) {
  if (!shape.blocks[0] || !shape.blocks[1] || !shape.blocks[2] ||
      shape.shared > unsigned(function->mostShared))
    return launchTooLarge;
  ++counts.launches;
  counts.last = shape;
  if (function->kernel)
    function->kernel(arguments);
  return 0;
}

FAKE cuLaunchKernel(Function function, unsigned bx, unsigned by, unsigned bz,
                    unsigned tx, unsigned ty, unsigned tz, unsigned shared,
                    Stream stream, void **arguments, void **) {
  ENTER("cuLaunchKernel");
  return launch(function, {{bx, by, bz}, {tx, ty, tz}, shared, false, stream},
                arguments);
}

FAKE cuLaunchCooperativeKernel(Function function, unsigned bx, unsigned by,
                               unsigned bz, unsigned tx, unsigned ty,
                               unsigned tz, unsigned shared, Stream stream,
                               void **arguments) {
  ENTER("cuLaunchCooperativeKernel");
  return launch(function, {{bx, by, bz}, {tx, ty, tz}, shared, true, stream},
                arguments);
}
