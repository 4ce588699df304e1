//===- Scalar.h - Numbers as a model has them -------------------*- C++ -*-===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A register holds one number: a float of up to 32 bits as a float, an f64 as a
// double, an integer sign-extended (an i1 as 0 or 1). f16 and bf16 are floats
// that were rounded to the type.
//
//===----------------------------------------------------------------------===//

#ifndef SNN_LIB_REFERENCE_SCALAR_H
#define SNN_LIB_REFERENCE_SCALAR_H

#include "snn/Reference/Reference.h"

namespace mlir::snn::reference {

enum class Kind : uint8_t { Int, F16, BF16, F32, F64 };

/// The type of a number. Integers have 1 to 64 bits; an index has 64.
struct Element {
  Kind kind = Kind::Int;
  unsigned width = 64;

  bool isFloat() const { return kind != Kind::Int; }
  /// Bytes of one number in a tensor.
  int64_t getBytes() const;
};

/// The element of a type as it is computed; none for what is not a number.
std::optional<Element> getElement(Type type);

/// The type that numbers of `type` have in the chosen arithmetic.
Type getComputedType(Type type, Arithmetic arithmetic);

union Word {
  int64_t i;
  float f;
  double d;
};

template <typename T> T get(Word word);
template <> inline int64_t get(Word word) { return word.i; }
template <> inline float get(Word word) { return word.f; }
template <> inline double get(Word word) { return word.d; }

inline Word toWord(int64_t value) {
  Word word;
  word.i = value;
  return word;
}
inline Word toWord(float value) {
  Word word;
  word.i = 0;
  word.f = value;
  return word;
}
inline Word toWord(double value) {
  Word word;
  word.d = value;
  return word;
}

/// Cuts an integer to its width, in the form that registers have.
inline int64_t wrap(int64_t value, unsigned width) {
  if (width == 1)
    return value & 1;
  unsigned shift = 64 - width;
  return int64_t(uint64_t(value) << shift) >> shift;
}

/// The value of a register read as a number with or without a sign.
inline int64_t toSigned(int64_t value, unsigned width) {
  return width == 1 ? -value : value;
}
inline uint64_t toUnsigned(int64_t value, unsigned width) {
  return width == 64 ? value : value & ((uint64_t(1) << width) - 1);
}

/// Rounds to the nearest number of a type, ties to even, once.
float roundToF16(double value);
float roundToBF16(double value);

/// The same for any float type; a register of that type.
Word roundTo(Kind kind, double value);
/// The value of a register of a float type; exact.
double toDouble(Kind kind, Word word);

using LoadFn = Word (*)(const char *);
using StoreFn = void (*)(char *, Word);
/// Move a number between a tensor and a register.
LoadFn getLoad(Element element);
StoreFn getStore(Element element);

/// Bits of a float register in its type, and back.
uint64_t toBits(Kind kind, Word word);
Word fromBits(Kind kind, uint64_t bits);

/// All numbers of a tensor as T: rounded once where T is a narrower float.
template <typename T> std::vector<T> decode(const Tensor &tensor);
/// The tensor of those numbers, each rounded or cut once to the element type.
template <typename T>
Tensor encode(const std::vector<T> &values, Type elementType,
              ArrayRef<int64_t> shape);

/// A number as a tensor without dimensions, and back.
Tensor makeNumber(Type type, Word word);
Word getNumber(const Tensor &tensor);

/// A tensor of zeros.
Tensor makeTensor(Type elementType, ArrayRef<int64_t> shape);

} // namespace mlir::snn::reference

#endif // SNN_LIB_REFERENCE_SCALAR_H
