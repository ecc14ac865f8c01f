// Includes the file BODY once for each scalar type and instruction set, with these defined:
//   SCALAR         double, then float (so that the float instance can use the double one)
//   NAME(x)        x with a suffix for scalar type and instruction set; DOUBLE_NAME(x) that of the double
//   instance and all of vector.h.
// TABLE(x) at the end of a source names the instances of x: [instruction set][SPOOL_FLOAT or SPOOL_DOUBLE].
#define PASTE_(a, b, c) a##_##b##_##c
#define PASTE(a, b, c) PASTE_(a, b, c)
#define NAME(x) PASTE(x, SCALAR, ISA)
#define DOUBLE_NAME(x) PASTE(x, double, ISA)
#define PAIR_(x, isa) {x##_float_##isa, x##_double_##isa}
// Loops that a body wants unrolled stay as they are under a sanitizer; that is no fault of theirs.
#pragma clang diagnostic ignored "-Wpass-failed"
#define INLINE static inline __attribute__((always_inline))

#if defined(__x86_64__)

#include <immintrin.h>

#include "part_avx2.h"

#define ISA avx512
#define VECTOR_BYTES 64
#define HAS_FMA 1
#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma,bmi,bmi2"))), apply_to = function)
#include "instance_pair.h"
#pragma clang attribute pop
#undef ISA
#undef VECTOR_BYTES
#undef HAS_FMA

#define ISA avx2
#define VECTOR_BYTES 32
#define HAS_FMA 1
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#include "instance_pair.h"
#pragma clang attribute pop
#undef ISA
#undef VECTOR_BYTES
#undef HAS_FMA

#define TABLE(x)                              \
  {[SPOOL_ISA_PORTABLE] = PAIR_(x, portable), \
   [SPOOL_ISA_AVX2] = PAIR_(x, avx2),         \
   [SPOOL_ISA_AVX512] = PAIR_(x, avx512)}

#elif defined(__aarch64__)

#define ISA neon
#define VECTOR_BYTES 16
#define HAS_FMA 1
#include "instance_pair.h"
#undef ISA
#undef VECTOR_BYTES
#undef HAS_FMA

#define TABLE(x) {[SPOOL_ISA_PORTABLE] = PAIR_(x, portable), [SPOOL_ISA_NEON] = PAIR_(x, neon)}

#else

#define TABLE(x) {[SPOOL_ISA_PORTABLE] = PAIR_(x, portable)}

#endif

#define ISA portable
#define VECTOR_BYTES 16
#define HAS_FMA 0
#include "instance_pair.h"
#undef ISA
#undef VECTOR_BYTES
#undef HAS_FMA
