//===- Header.cpp - The C header of a library -----------------------------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "snn/Runtime/Runtime.h"
#include "snn/Target/Object.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace mlir::snn;

namespace {
/// How a type of elements is written in C, and what it is called.
struct CType {
  StringRef spelling, name;
};

class HeaderWriter {
public:
  HeaderWriter(const ModelInterface &interface, ArrayRef<Variant> variants,
               bool hasCuda)
      : interface(interface), variants(variants), hasCuda(hasCuda),
        name(interface.name), upper(StringRef(interface.name).upper()),
        stream(text) {}

  std::string write();

private:
  void writeIntroduction();
  void writeMacros();
  void writeWeights();
  void writeRun(bool isStep, bool isCuda = false);
  void writeOthers();
  void writeCuda();
  void writeTensors(StringRef title, ArrayRef<BoundaryTensor> tensors);
  void writeSizes(const BoundaryTensor &tensor, StringRef identifier);
  std::string getIdentifier(const BoundaryTensor &tensor);
  bool hasWeights() const {
    return llvm::any_of(interface.params,
                        [](const auto &param) { return param.data.empty(); });
  }

  const ModelInterface &interface;
  ArrayRef<Variant> variants;
  bool hasCuda;
  std::string name, upper, text;
  llvm::raw_string_ostream stream;
  llvm::StringSet<> taken;
};
} // namespace

static CType getCType(snn_dtype type) {
  switch (type) {
  case SNN_I1:
    return {"uint8_t", "spikes (one byte each, 0 or 1)"};
  case SNN_I8:
    return {"int8_t", "int8"};
  case SNN_I16:
    return {"int16_t", "int16"};
  case SNN_I32:
    return {"int32_t", "int32"};
  case SNN_I64:
    return {"int64_t", "int64"};
  case SNN_F16:
    return {"uint16_t", "float16 (bits)"};
  case SNN_BF16:
    return {"uint16_t", "bfloat16 (bits)"};
  case SNN_F32:
    return {"float", "float32"};
  case SNN_F64:
    return {"double", "float64"};
  }
  llvm_unreachable("all types are there");
}

static std::string formatShape(const BoundaryTensor &tensor) {
  std::string text = "[";
  for (auto [i, size] : llvm::enumerate(tensor.shape)) {
    text += i ? ", " : "";
    text += size == SNN_DIM_TIME    ? "T"
            : size == SNN_DIM_BATCH ? "batch"
                                    : std::to_string(size);
  }
  return text + "]";
}

/// Whether C, C++, <stdint.h> or a compiler have another use for a name.
static bool isReserved(StringRef name) {
  static const llvm::StringSet<> words = {
      "alignas", "alignof", "and", "and_eq", "asm", "auto", "bitand", "bitor",
      "bool", "break", "case", "catch", "char", "class", "compl", "const",
      "const_cast", "constexpr", "continue", "decltype", "default", "delete",
      "do", "double", "dynamic_cast", "else", "enum", "explicit", "export",
      "extern", "false", "float", "for", "friend", "goto", "if", "inline",
      "int", "linux", "long", "mutable", "namespace", "new", "noexcept", "not",
      "not_eq", "nullptr", "operator", "or", "or_eq", "private", "protected",
      "public", "register", "reinterpret_cast", "requires", "restrict",
      "return", "short", "signed", "sizeof", "static", "static_assert",
      "static_cast", "struct", "switch", "template", "this", "thread_local",
      "throw", "true", "try", "typedef", "typeid", "typename", "typeof",
      "union", "unix", "unsigned", "using", "virtual", "void", "volatile",
      "wchar_t", "while", "xor", "xor_eq", "concept",
      // Parameters and types of the header.
      "T", "batch", "state", "workspace", "weights", "stream", "snn_model"};
  return words.contains(name) || name.starts_with("_") ||
         name.ends_with("_t") || name.ends_with("_MAX") ||
         name.ends_with("_MIN");
}

/// A name that C allows, like that of the tensor, and distinct from others even
/// in capitals, which macros are written in.
std::string HeaderWriter::getIdentifier(const BoundaryTensor &tensor) {
  std::string base;
  for (char c : tensor.name)
    base += llvm::isAlnum(c) ? c : '_';
  if (base.empty() || llvm::isDigit(base.front()) || isReserved(base) ||
      base == name + "_weights")
    base = "a_" + base;
  std::string identifier = base;
  for (int number = 1; !taken.insert(StringRef(identifier).lower()).second;
       ++number)
    identifier = base + "_" + std::to_string(number);
  return identifier;
}

/// Text of a model that is safe in a comment.
static std::string quote(StringRef text) {
  std::string result;
  for (char c : text.take_front(64))
    result += llvm::isPrint(c) && c != '*' && c != '\\' ? c : '?';
  return result;
}

void HeaderWriter::writeTensors(StringRef title,
                                ArrayRef<BoundaryTensor> tensors) {
  for (const BoundaryTensor &tensor : tensors)
    stream << llvm::formatv(" *   {0,-7} {1}: {2}, {3}{4}\n", title,
                            quote(tensor.name), formatShape(tensor),
                            getCType(tensor.type).name,
                            tensor.data.empty() ? "" : ", embedded");
}

void HeaderWriter::writeIntroduction() {
  stream << "/* " << name << ".h - a spiking network, compiled by "
         << getCompilerVersion() << "\n *\n";
  writeTensors("input", interface.inputs);
  writeTensors("output", interface.outputs);
  writeTensors("weight", interface.params);
  writeTensors("state", interface.states);
  stream << R"( *
 * T is the number of steps, batch that of sequences. Arrays are dense and
 * row-major: time, then batch, then neurons. They must not overlap, and are
 * aligned to their elements. Memory is the caller's: nothing here allocates,
 * exits or keeps a pointer. Any number of threads may call at the same time,
 * each with a state and a workspace of its own.
 */
)";
}

/// Elements of one step of one sequence.
void HeaderWriter::writeSizes(const BoundaryTensor &tensor,
                              StringRef identifier) {
  int64_t size = 1;
  for (auto [dim, length] : llvm::enumerate(tensor.shape))
    if (int32_t(dim) != tensor.batchDim && !(dim == 0 && tensor.isSequence))
      size *= length;
  stream << "#define " << upper << "_" << identifier.upper() << "_SIZE " << size
         << "\n";
}

/// What one step of one element takes, whichever variant runs it.
static int64_t getStepBytes(const ModelInterface &interface,
                            ArrayRef<Variant> variants) {
  static thread_local int64_t windowBytes;
  int64_t most = 0;
  for (const Variant &variant : variants) {
    windowBytes = variant.stepBytes;
    ModelDescription description(
        interface,
        {{"", 0, nullptr, [](int64_t, int64_t) { return windowBytes; }}});
    most = std::max(most, snn_rows_workspace_bytes(&description.get(), 1, 1));
  }
  return most;
}

void HeaderWriter::writeMacros() {
  stream << "#define " << upper << "_ABI_VERSION " << SNN_ABI_VERSION
         << "\n\n/* Elements of one step of one sequence. */\n";
  llvm::StringSet<> before = taken;
  for (const auto *list : {&interface.inputs, &interface.outputs})
    for (const BoundaryTensor &tensor : *list)
      writeSizes(tensor, getIdentifier(tensor));
  taken = before;
  ModelDescription description(interface, {});
  int64_t stateBytes = snn_stream_state_bytes(&description.get(), 1);
  int64_t stepBytes = getStepBytes(interface, variants);
  if (stateBytes <= 0 || stepBytes <= 0)
    return; // of another batch or number of steps
  stream
      << "\n/* Bytes for one sequence, one step at a time: enough for arrays "
         "that are\n * declared, see "
      << name << "_state_bytes() and " << name
      << "_workspace_bytes() for others. */\n"
      << "#define " << upper << "_STATE_BYTES " << stateBytes << "\n"
      << "#define " << upper << "_STEP_WORKSPACE_BYTES " << stepBytes << "\n";
}

void HeaderWriter::writeWeights() {
  if (!hasWeights())
    return;
  stream
      << "\n/* The values of the weights, row-major, which may change between "
         "calls: each\n * begins with ordering the matrices as the code reads "
         "them. What is embedded is\n * ordered when it is compiled. */"
         "\ntypedef struct "
      << name << "_weights {\n";
  llvm::StringSet<> before = taken;
  for (const BoundaryTensor &param : interface.params)
    stream << "  const " << getCType(param.type).spelling << " *"
           << getIdentifier(param) << "; /* " << quote(param.name) << " "
           << formatShape(param) << " */\n";
  taken = before;
  stream << "} " << name << "_weights;\n";
}

void HeaderWriter::writeRun(bool isStep, bool isCuda) {
  std::string function = name + (isStep ? "_step" : "_run");
  function += isCuda ? "_cuda(" : "(";
  stream << "int " << function;
  llvm::StringSet<> before = taken;
  auto declare = [&](const BoundaryTensor &tensor, StringRef qualifier) {
    stream << qualifier << getCType(tensor.type).spelling << " *"
           << getIdentifier(tensor) << ", ";
  };
  for (const BoundaryTensor &input : interface.inputs)
    declare(input, "const ");
  for (const BoundaryTensor &output : interface.outputs)
    declare(output, "");
  taken = before;
  stream << (isStep ? "" : "int64_t T, ")
         << "int64_t batch,\n    void *state, void *workspace";
  if (hasWeights())
    stream << ", const " << name << "_weights *weights";
  stream << (isCuda ? ", void *stream);\n" : ");\n");
}

void HeaderWriter::writeOthers() {
  stream << llvm::formatv(R"(
/* Bytes of the state of `batch` sequences; negative: minus an error code. */
int64_t {0}_state_bytes(int64_t batch);

/* Bytes of memory that {0}_run() needs while it runs. */
int64_t {0}_workspace_bytes(int64_t T, int64_t batch);

/* Makes `state` (aligned to 8) the initial state: all zeros, before step 0. */
int {0}_reset(void *state, int64_t batch);

/* Shapes, types and names as data: see snn/Runtime/Model.h. */
const struct snn_model *{0}_info(void);

/* What a code means. */
const char *{0}_strerror(int code);
)",
                          name);
}

/// The weights whose memory on a GPU is that of their transpose.
static std::string listTransposed(const ModelInterface &interface) {
  std::string list;
  for (const BoundaryTensor &param : interface.params)
    if (param.isTransposed && param.data.empty())
      list += (list.empty() ? "" : ", ") + quote(param.name);
  return list;
}

void HeaderWriter::writeCuda() {
  stream << llvm::formatv(
      R"(
/* GPUs. Arrays, weights, the workspace and the memory of a state are those of
 * one GPU (or managed), with the shapes and types above, aligned to 16 bytes; a
 * state is on the host. `stream` is a CUstream (cudaStream_t); null is the
 * default stream of the current context, and if there is none, of GPU 0. A call
 * queues its work on the stream and does not wait, so arrays may be used again
 * when the stream has come that far; it can be captured into a CUDA graph, after
 * {0}_load_cuda(). Without a CUDA driver, without a GPU, with one too old for
 * the code or with too little memory, and for an array of the host, it returns
 * an error code. */
#define {1}_CUDA_STATE_BYTES {2} /* of a state, on the host */
)",
      name, upper, sizeof(snn_cuda_state));
  if (std::string list = listTransposed(interface); !list.empty())
    stream << "\n/* On a GPU these weights are column-major, and stay so: "
           << list << ". */\n";
  stream << "\n/* Queues T steps and advances the state. A null state is the "
            "initial one, and is\n * not kept. */\n";
  writeRun(/*isStep=*/false, /*isCuda=*/true);
  if (interface.hasStep()) {
    stream << "\n/* The same for T = 1. */\n";
    writeRun(/*isStep=*/true, /*isCuda=*/true);
  }
  stream << llvm::formatv(R"(
/* Loads the code and the embedded weights for GPU `device`: what the first call
 * would do. And gives that of all GPUs back, when no call is under way. */
int {0}_load_cuda(int device);
int {0}_unload_cuda(void);

/* Makes `state` (aligned to 8) the initial state, in `memory` of the GPU. */
int {0}_reset_cuda(void *state, void *memory, int64_t batch, void *stream);

/* Bytes of that memory, and of the workspace. */
int64_t {0}_state_bytes_cuda(int64_t batch);
int64_t {0}_workspace_bytes_cuda(int64_t T, int64_t batch);
)",
                          name);
}

std::string HeaderWriter::write() {
  writeIntroduction();
  stream << "#ifndef SNN_MODEL_" << upper << "_H\n#define SNN_MODEL_" << upper
         << "_H\n\n#include <stdint.h>\n\n";
  writeMacros();
  stream << "\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n\nstruct "
            "snn_model;\n";
  writeWeights();
  stream << "\n/* Runs T steps and advances the state; 0, or an error code. A "
            "null state is the\n * initial one, and is not kept. */\n";
  writeRun(/*isStep=*/false);
  if (interface.hasStep()) {
    stream << "\n/* The same for T = 1. */\n";
    writeRun(/*isStep=*/true);
  }
  writeOthers();
  if (hasCuda)
    writeCuda();
  stream << "\n#ifdef __cplusplus\n} /* extern \"C\" */\n#endif\n\n#endif /* "
            "SNN_MODEL_"
         << upper << "_H */\n";
  return text;
}

std::string snn::makeHeader(const ModelInterface &interface,
                            ArrayRef<Variant> variants, bool hasCuda) {
  return HeaderWriter(interface, variants, hasCuda).write();
}
