// Reductions of int32 and bool arrays: plain loops, row by row, which the compiler vectorises.
#include <string.h>

#include "reduction_kernels.h"

// Sums and products wrap, which C defines for unsigned numbers only.
static uint32_t joined(spool_reduction op, uint32_t a, uint32_t b) {
  switch (op) {
  case SPOOL_SUM: return a + b;
  case SPOOL_PRODUCT: return a * b;
  case SPOOL_MAXIMUM_OF: return (int32_t)a > (int32_t)b ? a : b;
  case SPOOL_MINIMUM_OF: return (int32_t)a < (int32_t)b ? a : b;
  default: __builtin_trap();
  }
}

static void reduce_int32(spool_reduction op, size_t count, size_t inner, const uint32_t *in, uint32_t *out) {
  const uint32_t identity = op == SPOOL_PRODUCT      ? 1
                            : op == SPOOL_MAXIMUM_OF ? (uint32_t)INT32_MIN
                            : op == SPOOL_MINIMUM_OF ? INT32_MAX
                                                     : 0;
  for (size_t i = 0; i < inner; i++) out[i] = identity;
  // The operation is chosen outside the loop over elements.
#define LOOP(OP)                                                           \
  case OP:                                                                 \
    for (size_t i = 0; i < inner; i++) out[i] = joined(OP, out[i], in[i]); \
    break;
  for (size_t j = 0; j < count; j++, in += inner) {
    switch (op) {
      LOOP(SPOOL_SUM)
      LOOP(SPOOL_PRODUCT)
      LOOP(SPOOL_MAXIMUM_OF)
      LOOP(SPOOL_MINIMUM_OF)
    default: __builtin_trap();
    }
  }
}

static void find_int32(spool_reduction op, size_t count, size_t inner, const int32_t *in, int32_t *out) {
  for (size_t i = 0; i < inner; i++) {
    size_t best = 0;
    for (size_t j = 1; j < count; j++) {
      const int32_t a = in[best * inner + i], b = in[j * inner + i];
      if (op == SPOOL_ARGMAX ? b > a : b < a) best = j;
    }
    out[i] = (int32_t)best;
  }
}

static void reduce_bool(spool_reduction op, size_t count, size_t inner, const uint8_t *in, uint8_t *out) {
  memset(out, op == SPOOL_ALL, inner);
  for (size_t j = 0; j < count; j++, in += inner) {
    if (op == SPOOL_ALL) {
      for (size_t i = 0; i < inner; i++) out[i] &= in[i];
    } else {
      for (size_t i = 0; i < inner; i++) out[i] |= in[i];
    }
  }
}

void spool_reduce_integer(spool_reduction op, spool_dtype dtype, size_t outer, size_t count, size_t inner,
                          const void *in, void *out) {
  for (size_t o = 0; o < outer; o++) {
    const size_t from = o * count * inner, to = o * inner;
    if (dtype == SPOOL_BOOL) {
      if (op != SPOOL_ANY && op != SPOOL_ALL) __builtin_trap();
      reduce_bool(op, count, inner, (const uint8_t *)in + from, (uint8_t *)out + to);
    } else if (op == SPOOL_ARGMAX || op == SPOOL_ARGMIN) {
      find_int32(op, count, inner, (const int32_t *)in + from, (int32_t *)out + to);
    } else {
      reduce_int32(op, count, inner, (const uint32_t *)in + from, (uint32_t *)out + to);
    }
  }
}
