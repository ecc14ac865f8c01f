// The pointwise operations on int32 and bool: plain loops, which the compiler vectorises.
#include <string.h>

#include "pointwise_kernels.h"

#define PARAMETERS size_t count, void *out, const void *x, const void *y, const void *z, unsigned mask
// Where a sanitizer keeps the compiler from vectorising them, that is no fault of the loops.
#pragma clang diagnostic ignored "-Wpass-failed"
// The loops may be vectorised although `out` may be an input: element i depends on no other.
#define LOOP _Pragma("clang loop vectorize(assume_safety)") for (size_t i = 0; i < count; i++)

#define OF_ONE(name, T, U, expression) \
  static inline void name##_row(PARAMETERS) {       \
    (void)y, (void)z;                  \
    U *o = out;                        \
    const T *p = x;                    \
    if (mask & 1) {                    \
      const T a = *p;                  \
      LOOP o[i] = (U)(expression);     \
    } else {                           \
      LOOP {                           \
        const T a = p[i];              \
        o[i] = (U)(expression);        \
      }                                \
    }                                  \
  } \
  POINTWISE_KERNEL(name, name##_row)

#define OF_TWO(name, T, U, expression) \
  static inline void name##_row(PARAMETERS) {       \
    (void)z;                           \
    U *o = out;                        \
    const T *p = x, *q = y;            \
    if ((mask & 3) == 0) {             \
      LOOP {                           \
        const T a = p[i], b = q[i];    \
        o[i] = (U)(expression);        \
      }                                \
    } else if (mask & 1) {             \
      const T a = *p;                  \
      const size_t step = !(mask & 2); \
      LOOP {                           \
        const T b = q[i * step];       \
        o[i] = (U)(expression);        \
      }                                \
    } else {                           \
      const T b = *q;                  \
      LOOP {                           \
        const T a = p[i];              \
        o[i] = (U)(expression);        \
      }                                \
    }                                  \
  } \
  POINTWISE_KERNEL(name, name##_row)

#define WHERE(name, T)                                                             \
  static inline void name##_row(PARAMETERS) {                                                   \
    T *o = out;                                                                    \
    const uint8_t *p = x;                                                          \
    const T *q = y, *r = z;                                                        \
    const size_t step_x = !(mask & 1), step_y = !(mask & 2), step_z = !(mask & 4); \
    if (mask) {                                                                    \
      LOOP o[i] = p[i * step_x] ? q[i * step_y] : r[i * step_z];                   \
    } else {                                                                       \
      LOOP o[i] = p[i] ? q[i] : r[i];                                              \
    }                                                                              \
  } \
  POINTWISE_KERNEL(name, name##_row)

#define COPY(name, T)                              \
  static inline void name##_row(PARAMETERS) {                   \
    (void)y, (void)z;                              \
    T *o = out;                                    \
    if (mask & 1) {                                \
      const T a = *(const T *)x;                   \
      for (size_t i = 0; i < count; i++) o[i] = a; \
    } else {                                       \
      memmove(out, x, count * sizeof(T));          \
    }                                              \
  } \
  POINTWISE_KERNEL(name, name##_row)

// Sums and products wrap, which C defines for unsigned numbers only.
OF_ONE(int32_negate, uint32_t, uint32_t, -a)
OF_ONE(int32_abs, uint32_t, uint32_t, a >> 31 ? -a : a)
OF_ONE(int32_sign, int32_t, int32_t, (a > 0) - (a < 0))
OF_ONE(int32_relu, int32_t, int32_t, a < 0 ? 0 : a)
OF_ONE(int32_square, uint32_t, uint32_t, (a * a))
OF_TWO(int32_add, uint32_t, uint32_t, a + b)
OF_TWO(int32_subtract, uint32_t, uint32_t, a - b)
OF_TWO(int32_multiply, uint32_t, uint32_t, (a * b))
OF_TWO(int32_divide, int32_t, uint32_t, b == 0 ? 0 : b == -1 ? -(uint32_t)a : (uint32_t)(a / b))
OF_TWO(int32_minimum, int32_t, int32_t, a < b ? a : b)
OF_TWO(int32_maximum, int32_t, int32_t, a > b ? a : b)
COPY(int32_copy, int32_t)
WHERE(int32_where, int32_t)

OF_TWO(bool_and, uint8_t, uint8_t, (a & b))
OF_TWO(bool_or, uint8_t, uint8_t, a | b)
OF_ONE(bool_not, uint8_t, uint8_t, a ^ 1)
COPY(bool_copy, uint8_t)
WHERE(bool_where, uint8_t)

#define COMPARISONS(OP)          \
  OP(EQUAL, equal, ==)           \
  OP(NOT_EQUAL, not_equal, !=)   \
  OP(LESS, less, <)              \
  OP(LESS_EQUAL, less_equal, <=) \
  OP(GREATER, greater, >)        \
  OP(GREATER_EQUAL, greater_equal, >=)
#define DEFINE(NAME, name, operator)                   \
  OF_TWO(int32_##name, int32_t, uint8_t, a operator b) \
  OF_TWO(bool_##name, uint8_t, uint8_t, a operator b)
COMPARISONS(DEFINE)

pointwise_kernel spool_pointwise_integer_kernel(spool_pointwise_op op, spool_dtype dtype) {
#define INT32_ENTRY(NAME, name, operator) [SPOOL_##NAME] = int32_##name,
#define BOOL_ENTRY(NAME, name, operator) [SPOOL_##NAME] = bool_##name,
  static const pointwise_kernel int32_kernels[SPOOL_POINTWISE_COUNT] = {
      [SPOOL_NEGATE] = int32_negate, [SPOOL_ABS] = int32_abs,           [SPOOL_SIGN] = int32_sign,
      [SPOOL_RELU] = int32_relu,     [SPOOL_SQUARE] = int32_square,     [SPOOL_COPY] = int32_copy,
      [SPOOL_ADD] = int32_add,       [SPOOL_SUBTRACT] = int32_subtract, [SPOOL_MULTIPLY] = int32_multiply,
      [SPOOL_DIVIDE] = int32_divide, [SPOOL_MINIMUM] = int32_minimum,   [SPOOL_MAXIMUM] = int32_maximum,
      [SPOOL_WHERE] = int32_where,   COMPARISONS(INT32_ENTRY)};
  static const pointwise_kernel bool_kernels[SPOOL_POINTWISE_COUNT] = {
      [SPOOL_COPY] = bool_copy, [SPOOL_AND] = bool_and,     [SPOOL_OR] = bool_or,
      [SPOOL_NOT] = bool_not,   [SPOOL_WHERE] = bool_where, COMPARISONS(BOOL_ENTRY)};
  return dtype == SPOOL_INT32 ? int32_kernels[op] : bool_kernels[op];
}
