// Running sums and products. Each step takes a whole row of the inner axis, which the compiler vectorises.
#include "spool_reduction.h"

#define DEFINE_PREFIX(T, NAME, OPERATOR, IDENTITY)                                                   \
  static void NAME(size_t count, size_t inner, const T *in, T *out, bool reversed, bool exclusive) { \
    for (size_t k = 0; k < count; k++) {                                                             \
      const size_t row = reversed ? count - 1 - k : k, before = reversed ? row + 1 : row - 1;        \
      /* out[row] = out[before] (term), the term being that of the row before where exclusive. */    \
      const T *terms = in + (exclusive ? before : row) * inner, *sums = out + before * inner;        \
      T *results = out + row * inner;                                                                \
      if (k == 0) {                                                                                  \
        for (size_t i = 0; i < inner; i++) results[i] = exclusive ? IDENTITY : terms[i];             \
      } else {                                                                                       \
        for (size_t i = 0; i < inner; i++) results[i] = sums[i] OPERATOR terms[i];                   \
      }                                                                                              \
    }                                                                                                \
  }
DEFINE_PREFIX(float, float_sums, +, 0)
DEFINE_PREFIX(float, float_products, *, 1)
DEFINE_PREFIX(double, double_sums, +, 0)
DEFINE_PREFIX(double, double_products, *, 1)
DEFINE_PREFIX(uint32_t, int32_sums, +, 0)
DEFINE_PREFIX(uint32_t, int32_products, *, 1)

void spool_scan_axis(spool_prefix op, spool_dtype dtype, size_t outer, size_t count, size_t inner,
                     const void *in, void *out, bool reversed, bool exclusive) {
  const bool sums = op == SPOOL_PREFIX_SUM;
  for (size_t o = 0; o < outer; o++) {
    const size_t at = o * count * inner;
    switch (dtype) {
    case SPOOL_FLOAT:
      (sums ? float_sums : float_products)(count, inner, (const float *)in + at, (float *)out + at, reversed,
                                           exclusive);
      break;
    case SPOOL_DOUBLE:
      (sums ? double_sums : double_products)(count, inner, (const double *)in + at, (double *)out + at,
                                             reversed, exclusive);
      break;
    case SPOOL_INT32:
      (sums ? int32_sums : int32_products)(count, inner, (const uint32_t *)in + at, (uint32_t *)out + at,
                                           reversed, exclusive);
      break;
    case SPOOL_BOOL: __builtin_trap();
    }
  }
}
