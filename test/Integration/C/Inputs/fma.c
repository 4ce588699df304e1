/* The multiply-add of objects for small machines against that of the C library:
 * the same bits for all pairs of special values, near ties, and random bits. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

float emulated_fmaf(float a, float b, float c);

static int64_t count, different;

static uint32_t to_bits(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof(bits));
  return isnan(value) ? 0x7fc00000 : bits;
}

static float from_bits(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof(value));
  return value;
}

static void compare(float a, float b, float c) {
  volatile float x = a, y = b,
                 z = c; /* no value is known when it is compiled */
  uint32_t expected = to_bits(fmaf(x, y, z)),
           got = to_bits(emulated_fmaf(x, y, z));
  ++count;
  if (expected != got && ++different <= 10)
    printf("%a * %a + %a: expected %08x, but got %08x\n", (double)a, (double)b,
           (double)c, (unsigned)expected, (unsigned)got);
}

static uint64_t seed = 88172645463325252u;

static uint32_t draw(void) {
  seed ^= seed << 13;
  seed ^= seed >> 7;
  seed ^= seed << 17;
  return (uint32_t)(seed >> 16);
}

/* A float with an exponent near to that of one, and few digits at times. */
static float draw_near(void) {
  uint32_t fraction = draw() & 0x7fffff;
  if (draw() % 4 == 0)
    fraction &= 0x7fffffu << draw() % 23;
  return from_bits((draw() & 0x80000000u) | (117 + draw() % 21) << 23 |
                   (fraction & 0x7fffff));
}

static void compare_special(void) {
  static const uint32_t edges[] = {
      0x00000000, 0x00000001, 0x00000002, 0x00000003, 0x007fffff, 0x00800000,
      0x00800001, 0x00ffffff, 0x01000000, 0x33800000, 0x34000000, 0x3effffff,
      0x3f000000, 0x3f7fffff, 0x3f800000, 0x3f800001, 0x3fc00000, 0x40000000,
      0x4b000000, 0x4b7fffff, 0x4b800001, 0x5f000000, 0x7effffff, 0x7f000000,
      0x7f7fffff, 0x7f800000, 0x7f800001, 0x7fc00000, 0x1fffffff, 0x20000001,
      0x0c800000, 0x73000001};
  enum { EDGES = sizeof(edges) / sizeof(edges[0]) };
  for (int i = 0; i < 2 * EDGES; ++i)
    for (int j = 0; j < 2 * EDGES; ++j)
      for (int k = 0; k < 2 * EDGES; ++k)
        compare(from_bits(edges[i / 2] | (uint32_t)(i % 2) << 31),
                from_bits(edges[j / 2] | (uint32_t)(j % 2) << 31),
                from_bits(edges[k / 2] | (uint32_t)(k % 2) << 31));
}

int main(void) {
  compare_special();
  for (int i = 0; i < 3000000; ++i) {
    float a = draw_near(), b = draw_near();
    compare(from_bits(draw()), from_bits(draw()), from_bits(draw()));
    compare(a, b, draw_near());
    /* Sums that nearly cancel, and that are half a unit from a tie. */
    compare(a, b, -(a * b));
    compare(a, b, ldexpf(a * b, (int)(draw() % 60) - 30));
    /* Results among the subnormals. */
    compare(ldexpf(a, -70), ldexpf(b, -66), ldexpf(draw_near(), -140));
  }
  printf("%lld compared, %lld differ\n", (long long)count,
         (long long)different);
  return different != 0;
}
