/* What a generated test program needs of its system: bytes in, bytes out, an
 * end, and memory. With FREESTANDING it brings all of it along. */
#ifndef PLATFORM_H
#define PLATFORM_H

#include <stddef.h>
#include <stdint.h>

#ifdef FREESTANDING
#include "freestanding.h"
#else
#include <stdlib.h>
#include <unistd.h>
static inline long read_some(void *to, long bytes) {
  return read(0, to, (size_t)bytes);
}
static inline long write_some(const void *from, long bytes) {
  return write(1, from, (size_t)bytes);
}
static inline void quit(int code) { exit(code); }
#endif

static inline void read_all(void *to, int64_t bytes) {
  char *at = (char *)to;
  while (bytes > 0) {
    long got = read_some(at, (long)bytes);
    if (got <= 0)
      quit(100);
    at += got, bytes -= got;
  }
}

static inline void write_all(const void *from, int64_t bytes) {
  const char *at = (const char *)from;
  while (bytes > 0) {
    long put = write_some(at, (long)bytes);
    if (put <= 0)
      quit(101);
    at += put, bytes -= put;
  }
}

/* A block of exactly `bytes` bytes, aligned to 64, that is not given back.
 * Negative sizes are minus an error code. */
static inline void *take(int64_t bytes) {
  static uint64_t arena[(ARENA_BYTES + 64) / 8];
  static size_t used;
  size_t begin = (size_t)(-(uintptr_t)arena & 63) + used;
  if (bytes < 0)
    quit((int)-bytes);
  if (begin + (size_t)bytes > sizeof(arena))
    quit(102);
  used += ((size_t)bytes + 63) & ~(size_t)63;
  return (char *)arena + begin;
}

#endif /* PLATFORM_H */
