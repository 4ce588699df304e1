//===- measure.cpp - The largest error of a function, against MPFR --------===//
//
// Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   measure FUNCTION f32|f64 RESULTS.npy X.npy [Y.npy]
//
// prints the largest error in units of the exact value's last place, and where
// it is. A wrong special value is an infinite error.
//
//===----------------------------------------------------------------------===//

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <mpfr.h>
#include <stdexcept>
#include <string>
#include <vector>

/// The elements of a .npy file, of version 1.
template <typename T> static std::vector<T> read(const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file)
    throw std::runtime_error(std::string("cannot open ") + path);
  unsigned char header[10];
  std::vector<T> values;
  if (fread(header, 1, 10, file) == 10) {
    long begin = 10 + header[8] + 256 * header[9];
    fseek(file, 0, SEEK_END);
    values.resize((ftell(file) - begin) / sizeof(T));
    fseek(file, begin, SEEK_SET);
    values.resize(fread(values.data(), sizeof(T), values.size(), file));
  }
  fclose(file);
  return values;
}

using Unary = int (*)(mpfr_t, const mpfr_t, mpfr_rnd_t);

static Unary findFunction(const std::string &name) {
  const std::pair<const char *, Unary> functions[] = {
      {"exp", mpfr_exp},     {"expm1", mpfr_expm1}, {"log", mpfr_log},
      {"log1p", mpfr_log1p}, {"tanh", mpfr_tanh},   {"sin", mpfr_sin},
      {"cos", mpfr_cos}};
  for (auto &[key, function] : functions)
    if (name == key)
      return function;
  return nullptr; // pow
}

namespace {
struct Format {
  long digits, minExponent, maxExponent;
};
} // namespace

/// The error of `actual` in units of the last place of `exact`.
static double measure(double actual, mpfr_t exact, mpfr_t scratch,
                      const Format &format) {
  if (mpfr_nan_p(exact) || std::isnan(actual))
    return mpfr_nan_p(exact) && std::isnan(actual) ? 0 : INFINITY;
  if (mpfr_inf_p(exact) || mpfr_zero_p(exact))
    return mpfr_get_d(exact, MPFR_RNDN) == actual &&
                   std::signbit(actual) == bool(mpfr_signbit(exact))
               ? 0
               : INFINITY;
  // An overflow is the number after the largest; what is above it is below.
  long exponent = mpfr_get_exp(exact);
  if (std::isinf(actual) && exponent > format.maxExponent)
    return std::signbit(actual) == bool(mpfr_signbit(exact)) ? 0 : INFINITY;
  mpfr_set_d(scratch, std::isinf(actual) ? std::copysign(1, actual) : actual,
             MPFR_RNDN);
  if (std::isinf(actual))
    mpfr_mul_2si(scratch, scratch, format.maxExponent, MPFR_RNDN);
  mpfr_sub(scratch, scratch, exact, MPFR_RNDN);
  long place = std::max(exponent - format.digits, format.minExponent);
  mpfr_mul_2si(scratch, scratch, -place, MPFR_RNDN);
  return std::fabs(mpfr_get_d(scratch, MPFR_RNDN));
}

template <typename T>
static void run(char **paths, bool isBinary, Unary function,
                const Format &format) {
  std::vector<T> results = read<T>(paths[0]), x = read<T>(paths[1]), y;
  if (isBinary)
    y = read<T>(paths[2]);
  if (x.size() != results.size() || (isBinary && y.size() != x.size()))
    throw std::runtime_error("expected files of one size");
  mpfr_t a, b, exact, scratch;
  mpfr_inits2(64, a, b, nullptr);
  mpfr_inits2(128, exact, scratch, nullptr);
  double worst = -1;
  size_t where = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    mpfr_set_d(a, x[i], MPFR_RNDN);
    if (isBinary) {
      mpfr_set_d(b, y[i], MPFR_RNDN);
      mpfr_pow(exact, a, b, MPFR_RNDN);
    } else {
      function(exact, a, MPFR_RNDN);
    }
    double error = measure(results[i], exact, scratch, format);
    if (error > worst)
      worst = error, where = i;
  }
  printf("%.4f %zu %a", worst, x.size(), double(x[where]));
  if (isBinary)
    printf(" %a", double(y[where]));
  printf(" -> %a\n", double(results[where]));
}

int main(int argc, char **argv) {
  if (argc < 5) {
    fprintf(stderr, "usage: measure FUNCTION f32|f64 RESULTS X [Y]\n");
    return 2;
  }
  try {
    Unary function = findFunction(argv[1]);
    if (std::strcmp(argv[2], "f32") == 0)
      run<float>(argv + 3, argc == 6, function, {24, -149, 128});
    else
      run<double>(argv + 3, argc == 6, function, {53, -1074, 1024});
  } catch (const std::exception &error) {
    fprintf(stderr, "measure: error: %s\n", error.what());
    return 1;
  }
}
