// Filling, converting and checking dense arrays.
#include "pointwise_kernels.h"

#define CONVERT(T, U, EXPRESSION)        \
  {                                      \
    const T *from_elements = in;         \
    U *to_elements = out;                \
    for (size_t i = 0; i < count; i++) { \
      const T a = from_elements[i];      \
      to_elements[i] = (U)(EXPRESSION);  \
    }                                    \
    return;                              \
  }

#define CONVERT_REAL(T)                                                                                      \
  switch (to) {                                                                                              \
  case SPOOL_FLOAT: CONVERT(T, float, a)                                                                     \
  case SPOOL_DOUBLE: CONVERT(T, double, a)                                                                   \
  case SPOOL_INT32:                                                                                          \
    CONVERT(T, int32_t, a != a ? 0 : a >= (T)0x1p31 ? INT32_MAX : a < (T) - 0x1p31 ? INT32_MIN : (int32_t)a) \
  case SPOOL_BOOL: CONVERT(T, uint8_t, a != 0)                                                               \
  }                                                                                                          \
  return

#define CONVERT_INTEGER(T)                     \
  switch (to) {                                \
  case SPOOL_FLOAT: CONVERT(T, float, a)       \
  case SPOOL_DOUBLE: CONVERT(T, double, a)     \
  case SPOOL_INT32: CONVERT(T, int32_t, a)     \
  case SPOOL_BOOL: CONVERT(T, uint8_t, a != 0) \
  }                                            \
  return

void spool_convert(spool_dtype from, spool_dtype to, size_t count, void *out, const void *in) {
  switch (from) {
  case SPOOL_FLOAT: CONVERT_REAL(float);
  case SPOOL_DOUBLE: CONVERT_REAL(double);
  case SPOOL_INT32: CONVERT_INTEGER(int32_t);
  case SPOOL_BOOL: CONVERT_INTEGER(uint8_t);
  }
}

void spool_fill(spool_dtype dtype, size_t count, void *out, const void *value) {
  spool_pointwise_dense(SPOOL_COPY, dtype, count, out, value, NULL, NULL, 1);
}

void spool_iota(spool_dtype dtype, size_t count, void *out, double start, double step) {
  switch (dtype) {
  case SPOOL_FLOAT:
    for (size_t i = 0; i < count; i++) ((float *)out)[i] = (float)(start + (double)i * step);
    return;
  case SPOOL_DOUBLE:
    for (size_t i = 0; i < count; i++) ((double *)out)[i] = start + (double)i * step;
    return;
  case SPOOL_INT32:
    for (size_t i = 0; i < count; i++) ((int32_t *)out)[i] = (int32_t)(start + (double)i * step);
    return;
  case SPOOL_BOOL: __builtin_trap();
  }
}

void spool_accumulate(spool_dtype dtype, size_t count, void *out, const void *in) {
  spool_pointwise_dense(SPOOL_ADD, dtype, count, out, out, in, NULL, 0);
}

// An exponent of all ones marks infinities and NaN. Blocks are checked whole, which the compiler vectorises,
// and searched only where one of them is found.
#define FIRST_NONFINITE(T, EXPONENT)                                                  \
  {                                                                                   \
    const T *bits = in;                                                               \
    for (size_t begin = 0; begin < count; begin += 1024) {                            \
      const size_t end = count - begin < 1024 ? count : begin + 1024;                 \
      T found = 0;                                                                    \
      for (size_t i = begin; i < end; i++) found |= (bits[i] & EXPONENT) == EXPONENT; \
      if (!found) continue;                                                           \
      for (size_t i = begin; i < end; i++)                                            \
        if ((bits[i] & EXPONENT) == EXPONENT) return (ptrdiff_t)i;                    \
    }                                                                                 \
    return -1;                                                                        \
  }

ptrdiff_t spool_first_nonfinite(spool_dtype dtype, size_t count, const void *in) {
  if (dtype == SPOOL_FLOAT) FIRST_NONFINITE(uint32_t, 0x7f800000u)
  if (dtype == SPOOL_DOUBLE) FIRST_NONFINITE(uint64_t, 0x7ff0000000000000u)
  __builtin_trap();
}
