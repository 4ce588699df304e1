//===- CudaLoad.cpp - Models in contexts of GPUs --------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Cuda.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

using namespace snn::rt;
using namespace snn::rt::cuda;

/// Protects what follows against other writers.
static pthread_mutex_t loading = PTHREAD_MUTEX_INITIALIZER;
/// What is loaded, the last one first. Runs read the list without the mutex.
static LoadedModel *loadedModels = nullptr;

/// The primary contexts that are retained, each once.
static constexpr int maxDevices = 64;
static Context primaries[maxDevices];

namespace {
struct Lock {
  Lock() { pthread_mutex_lock(&loading); }
  ~Lock() { pthread_mutex_unlock(&loading); }
};
} // namespace

//===----------------------------------------------------------------------===//
// Contexts
//===----------------------------------------------------------------------===//

static int getPrimary(const Driver &driver, int device, Context &context) {
  if (device < 0 || device >= maxDevices)
    return SNN_ERROR_CUDA_DEVICE;
  context = __atomic_load_n(&primaries[device], __ATOMIC_ACQUIRE);
  if (context)
    return SNN_OK;
  Lock lock;
  context = primaries[device];
  if (context)
    return SNN_OK;
  Device handle;
  if (int status = toStatus(driver.getDevice(&handle, device)))
    return status;
  if (int status = toStatus(driver.retainPrimary(&context, handle)))
    return status;
  __atomic_store_n(&primaries[device], context, __ATOMIC_RELEASE);
  return SNN_OK;
}

int ContextScope::push(Context wanted, Context current) {
  if (wanted != current) {
    if (int status = toStatus(driver.pushCurrent(wanted)))
      return status;
    isPushed = true;
  }
  context = wanted;
  return toStatus(driver.getContextDevice(&device));
}

int ContextScope::enter(Stream stream) {
  Context current = nullptr, wanted = nullptr;
  if (int status = toStatus(driver.getCurrent(&current)))
    return status;
  wanted = current;
  if (isOwnStream(stream))
    if (int status = toStatus(driver.getStreamContext(stream, &wanted)))
      return status;
  if (!wanted)
    if (int status = getPrimary(driver, 0, wanted))
      return status;
  return push(wanted, current);
}

int ContextScope::enterDevice(int wantedDevice) {
  Context current = nullptr, wanted;
  if (int status = toStatus(driver.getCurrent(&current)))
    return status;
  if (current) {
    if (int status = push(current, current))
      return status;
    if (device == wantedDevice)
      return SNN_OK;
  }
  if (int status = getPrimary(driver, wantedDevice, wanted))
    return status;
  return push(wanted, current);
}

ContextScope::~ContextScope() {
  Context popped;
  if (isPushed)
    driver.popCurrent(&popped);
}

//===----------------------------------------------------------------------===//
// Loading
//===----------------------------------------------------------------------===//

/// Gives back a model whose context is current, as far as it is loaded.
static void unload(const Driver &driver, LoadedModel *loaded) {
  closeLibraries(*loaded, /*isAlive=*/true);
  if (loaded->memory)
    driver.free(loaded->memory);
  if (loaded->module)
    driver.unloadModule(loaded->module);
  free(loaded);
}

/// Loads an image, and says on request what a compiler of PTX says.
static Result loadImage(const Driver &driver, const snn_cuda_image &image,
                        Module &module) {
  char log[2048];
  log[0] = 0;
  JitOption options[] = {kErrorLog, kErrorLogBytes};
  void *values[] = {log, reinterpret_cast<void *>(sizeof(log))};
  Result result = driver.loadModule(&module, image.data, image.is_ptx ? 2 : 0,
                                    image.is_ptx ? options : nullptr,
                                    image.is_ptx ? values : nullptr);
  const char *verbose = getenv("SNN_VERBOSE");
  if (result != kSuccess && log[0] && verbose && strcmp(verbose, "1") == 0) {
    log[sizeof(log) - 1] = 0;
    (void)!write(STDERR_FILENO, log, strlen(log));
    (void)!write(STDERR_FILENO, "\n", 1);
  }
  return result;
}

/// The best cubin for a GPU, else null; or the best PTX.
static const snn_cuda_image *chooseImage(const snn_cuda &code, bool isPtx,
                                         int architecture) {
  const snn_cuda_image *best = nullptr;
  for (int32_t i = 0; i < code.num_images; ++i) {
    const snn_cuda_image &image = code.images[i];
    bool fits = !!image.is_ptx == isPtx && image.architecture <= architecture &&
                (isPtx || image.architecture / 10 == architecture / 10);
    if (fits && (!best || image.architecture > best->architecture))
      best = &image;
  }
  return best;
}

static int loadCode(const Driver &driver, LoadedModel &loaded) {
  const snn_cuda &code = *loaded.model->cuda;
  int major = 0, minor = 0;
  if (int status =
          toStatus(driver.getDeviceAttribute(&major, kMajor, loaded.device)))
    return status;
  if (int status =
          toStatus(driver.getDeviceAttribute(&minor, kMinor, loaded.device)))
    return status;
  int status = SNN_ERROR_CUDA_CODE;
  for (int isPtx = 0; isPtx < 2; ++isPtx) {
    const snn_cuda_image *image = chooseImage(code, isPtx, 10 * major + minor);
    if (image)
      status = toStatus(loadImage(driver, *image, loaded.module));
    if (status != SNN_ERROR_CUDA_CODE)
      return status;
  }
  return status;
}

static int getLimits(const Driver &driver, LoadedModel &loaded) {
  static constexpr DeviceAttribute attributes[] = {
      kMultiprocessors, kLevel2Bytes, kThreadsPerMultiprocessor,
      kMostSharedBytes};
  int value = 0;
  for (int i = 0; i < 4; ++i) {
    if (int status = toStatus(
            driver.getDeviceAttribute(&value, attributes[i], loaded.device)))
      return status;
    loaded.limits[i] = value;
  }
  int status = toStatus(
      driver.getDeviceAttribute(&value, kCooperativeLaunch, loaded.device));
  loaded.isCooperative = value;
  return status;
}

/// Finds the kernels, and lets each have all the shared memory of the GPU, so
/// that launches have nothing to set.
static int loadKernels(const Driver &driver, LoadedModel &loaded) {
  const snn_cuda &code = *loaded.model->cuda;
  for (int32_t i = 0; i < code.num_kernels; ++i) {
    Kernel &kernel = loaded.kernels[i];
    int taken = 0;
    if (int status = toStatus(driver.getFunction(
            &kernel.function, loaded.module, code.kernels[i])))
      return status;
    if (int status = toStatus(driver.getFunctionAttribute(
            &taken, kStaticSharedBytes, kernel.function)))
      return status;
    kernel.mostShared = int32_t(loaded.limits[3]) - taken;
    if (int status = toStatus(driver.setFunctionAttribute(
            kernel.function, kDynamicSharedBytes, kernel.mostShared)))
      return status;
  }
  return SNN_OK;
}

/// Bytes of an embedded parameter, whose sizes are all static.
static int64_t getParamBytes(const snn_tensor &param) {
  int64_t bytes = getElementBytes(param);
  for (int32_t d = 0; d < param.rank; ++d)
    bytes *= param.shape[d];
  return bytes;
}

/// Copies the embedded parameters to the memory that is there for them.
static int copyParams(const Driver &driver, LoadedModel &loaded) {
  // Not the default stream, which would wait for all others.
  Stream stream;
  if (int status = toStatus(driver.createStream(&stream, kNonBlocking)))
    return status;
  Address at = loaded.memory;
  Result result = kSuccess;
  for (int32_t i = 0; i < loaded.model->num_params; ++i) {
    const snn_tensor &param = loaded.model->params[i];
    if (!param.data)
      continue;
    int64_t bytes = getParamBytes(param);
    loaded.params[i] = reinterpret_cast<const void *>(at);
    if (result == kSuccess && bytes > 0)
      result = driver.copyToDevice(at, param.data, bytes, stream);
    at += alignUp(bytes, kAlignment);
  }
  if (result == kSuccess)
    result = driver.synchronize(stream);
  driver.destroyStream(stream);
  return toStatus(result);
}

static int loadParams(const Driver &driver, LoadedModel &loaded) {
  int64_t bytes = 0;
  for (int32_t i = 0; i < loaded.model->num_params; ++i)
    if (loaded.model->params[i].data)
      bytes += alignUp(getParamBytes(loaded.model->params[i]), kAlignment);
  if (!bytes)
    return SNN_OK;
  if (int status = toStatus(driver.allocate(&loaded.memory, bytes)))
    return status;
  return copyParams(driver, loaded);
}

static const LoadedModel *lookUp(const snn_model &model, Context context,
                                 unsigned long long id) {
  for (LoadedModel *loaded = __atomic_load_n(&loadedModels, __ATOMIC_ACQUIRE);
       loaded; loaded = loaded->next)
    if (loaded->model == &model && loaded->context == context &&
        loaded->contextId == id)
      return loaded;
  return nullptr;
}

/// Loads a model into the current context, with the mutex held.
static int load(const Driver &driver, const snn_model &model,
                const ContextScope &scope, unsigned long long id) {
  // One block, with the lists behind it.
  size_t listBytes = sizeof(void *) * model.num_params,
         kernelBytes = sizeof(Kernel) * model.cuda->num_kernels;
  auto *loaded = static_cast<LoadedModel *>(
      calloc(1, sizeof(LoadedModel) + listBytes + kernelBytes));
  if (!loaded)
    return SNN_ERROR_CUDA_MEMORY;
  loaded->model = &model;
  loaded->context = scope.context;
  loaded->contextId = id;
  loaded->device = scope.device;
  loaded->params = reinterpret_cast<const void **>(loaded + 1);
  loaded->kernels =
      reinterpret_cast<Kernel *>(loaded->params + model.num_params);
  RelaxedCapture relaxed(driver);
  int status = getLimits(driver, *loaded);
  if (!status)
    status = loadCode(driver, *loaded);
  if (!status)
    status = loadKernels(driver, *loaded);
  if (!status)
    status = loadParams(driver, *loaded);
  if (status) {
    unload(driver, loaded);
    return status;
  }
  openLibraries(*loaded);
  clearError(); // of an image that another stands for
  loaded->next = loadedModels;
  __atomic_store_n(&loadedModels, loaded, __ATOMIC_RELEASE);
  return SNN_OK;
}

bool cuda::isCaptured(const Driver &driver, Stream stream) {
  int capture = 0;
  return driver.isCapturing(stream, &capture) != kSuccess || capture;
}

int cuda::findModel(const Driver &driver, const snn_model &model,
                    const ContextScope &scope, const Stream *stream,
                    const LoadedModel *&loaded) {
  unsigned long long id = 0;
  if (int status = toStatus(driver.getContextId(scope.context, &id)))
    return status;
  loaded = lookUp(model, scope.context, id);
  if (loaded)
    return SNN_OK;
  if (stream && isCaptured(driver, *stream))
    return SNN_ERROR_CUDA_LOAD;
  Lock lock;
  loaded = lookUp(model, scope.context, id);
  if (loaded)
    return SNN_OK;
  int status = load(driver, model, scope, id);
  loaded = loadedModels;
  return status;
}

//===----------------------------------------------------------------------===//
// The C interface
//===----------------------------------------------------------------------===//

int snn_cuda_device_count(void) {
  const Driver *driver;
  clearError();
  int status = openDriver(driver);
  if (status == SNN_ERROR_CUDA_DEVICE)
    return 0;
  int count = 0;
  if (!status)
    status = toStatus(driver->getDeviceCount(&count));
  return status ? -status : count;
}

int snn_cuda_load(const snn_model *model, int device) {
  const Driver *driver;
  const LoadedModel *loaded;
  clearError();
  if (!model)
    return SNN_ERROR_NULL;
  if (model->abi_version != SNN_ABI_VERSION)
    return SNN_ERROR_ABI;
  if (!model->cuda)
    return SNN_ERROR_TARGET;
  if (int status = openDriver(driver))
    return status;
  ContextScope scope(*driver);
  if (int status = scope.enterDevice(device))
    return status;
  return findModel(*driver, *model, scope, nullptr, loaded);
}

/// Whether the context that a model is in is still there.
static bool isAlive(const Driver &driver, const LoadedModel &loaded) {
  unsigned long long id;
  return driver.getContextId(loaded.context, &id) == kSuccess &&
         id == loaded.contextId;
}

int snn_cuda_unload(const snn_model *model) {
  clearError();
  if (!model)
    return SNN_ERROR_NULL;
  const Driver *driver;
  Lock lock;
  if (!loadedModels || openDriver(driver))
    return SNN_OK;
  RelaxedCapture relaxed(*driver);
  for (LoadedModel **link = &loadedModels; *link;) {
    LoadedModel *loaded = *link;
    if (loaded->model != model) {
      link = &loaded->next;
      continue;
    }
    *link = loaded->next;
    Context popped;
    if (isAlive(*driver, *loaded) &&
        driver->pushCurrent(loaded->context) == kSuccess) {
      unload(*driver, loaded);
      driver->popCurrent(&popped);
    } else {
      closeLibraries(*loaded, /*isAlive=*/false);
      free(loaded);
    }
  }
  for (int i = 0; !loadedModels && i < maxDevices; ++i) {
    Device device;
    if (primaries[i] && driver->getDevice(&device, i) == kSuccess)
      driver->releasePrimary(device);
    primaries[i] = nullptr;
  }
  return SNN_OK;
}
