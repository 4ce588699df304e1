/* Linux without a C library, for x86-64 and aarch64: system calls, the start of
 * a program, and the functions of memory that compilers take for granted. */
#ifndef FREESTANDING_H
#define FREESTANDING_H

int main(void);
void *memcpy(void *to, const void *from, size_t bytes);
void *memmove(void *to, const void *from, size_t bytes);
void *memset(void *to, int value, size_t bytes);
int memcmp(const void *a, const void *b, size_t bytes);
void start(void);

void *memcpy(void *to, const void *from, size_t bytes) {
  for (size_t i = 0; i < bytes; ++i)
    ((char *)to)[i] = ((const char *)from)[i];
  return to;
}

void *memmove(void *to, const void *from, size_t bytes) {
  if ((uintptr_t)to <= (uintptr_t)from)
    return memcpy(to, from, bytes);
  while (bytes-- > 0)
    ((char *)to)[bytes] = ((const char *)from)[bytes];
  return to;
}

void *memset(void *to, int value, size_t bytes) {
  for (size_t i = 0; i < bytes; ++i)
    ((char *)to)[i] = (char)value;
  return to;
}

int memcmp(const void *a, const void *b, size_t bytes) {
  for (size_t i = 0; i < bytes; ++i) {
    int difference =
        ((const unsigned char *)a)[i] - ((const unsigned char *)b)[i];
    if (difference)
      return difference;
  }
  return 0;
}

#if defined(__x86_64__)
enum { SYS_READ = 0, SYS_WRITE = 1, SYS_EXIT = 60 };

static inline long call_system(long number, long a, long b, long c) {
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c)
                   : "rcx", "r11", "memory");
  return result;
}

__asm__(
    ".globl _start\n_start: xor %ebp, %ebp\n and $-16, %rsp\n call start\n");
#else
enum { SYS_READ = 63, SYS_WRITE = 64, SYS_EXIT = 93 };

static inline long call_system(long number, long a, long b, long c) {
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
  return x0;
}

__asm__(".globl _start\n_start: mov x29, #0\n bl start\n");
#endif

static inline long read_some(void *to, long bytes) {
  return call_system(SYS_READ, 0, (long)to, bytes);
}
static inline long write_some(const void *from, long bytes) {
  return call_system(SYS_WRITE, 1, (long)from, bytes);
}
static inline void quit(int code) { call_system(SYS_EXIT, code, 0, 0); }

void start(void) { quit(main()); }

#endif /* FREESTANDING_H */
