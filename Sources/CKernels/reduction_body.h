// Reductions of float or double arrays for one instruction set; see instances.h.
#include "elementary.h"
#include "fold.h"

INLINE V NAME(exp_of_difference)(const NAME(row) * row, size_t i, size_t count) {
  return NAME(exp)(NAME(load_some)(row->a + i, count) - row->parameter);
}

// The first element equal to `value`, or the first NaN where that is NaN.
static int32_t NAME(first_of)(size_t count, const SCALAR *in, SCALAR value) {
  const V wanted = (V)(value);
  const VI any_nan = wanted != wanted;
  for (size_t i = 0; i < count; i += LANES) {
    const size_t left = count - i, lanes = left < LANES ? left : LANES;
    const V x = NAME(load_some)(in + i, left);
    const VI found = (x == wanted) | (any_nan & (x != x));
    if (!__builtin_reduce_or(found)) continue;
    for (size_t lane = 0; lane < lanes; lane++)
      if (found[lane]) return (int32_t)(i + lane);
  }
  return (int32_t)count;
}

// maximum + log(sum of exp(x - maximum)) for the finite case; else the maximum itself, infinite or NaN.
INLINE V NAME(log_sum_exp)(V maximum, V sum) {
  return NAME(magnitude)(maximum) < C(__builtin_inf()) ? maximum + NAME(log)(sum) : maximum;
}

#define DEFINE(name, identity, join, term)                                                 \
  static __attribute__((noinline)) SCALAR NAME(row_##name)(size_t count, const SCALAR *in, \
                                                           SCALAR parameter) {             \
    const NAME(row) row = {.a = in, .parameter = (V)(parameter)};                          \
    return NAME(fold_row)(&row, count, identity, NAME(join), NAME(term));                  \
  }
DEFINE(sum, C(0), sum_of, element)
DEFINE(sum_of_squares, C(0), sum_of, element_squared)
DEFINE(sum_of_exp, C(0), sum_of, exp_of_difference)
DEFINE(product, C(1), product_of, element)
DEFINE(maximum, C(-__builtin_inf()), maximum_of, element)
DEFINE(minimum, C(__builtin_inf()), minimum_of, element)
#undef DEFINE

static void NAME(reduce_row)(spool_reduction op, size_t count, const void *in, void *out) {
  SCALAR *result = out;
  switch (op) {
  case SPOOL_SUM: *result = NAME(row_sum)(count, in, 0); return;
  case SPOOL_SUM_OF_SQUARES: *result = NAME(row_sum_of_squares)(count, in, 0); return;
  case SPOOL_PRODUCT: *result = NAME(row_product)(count, in, 0); return;
  case SPOOL_MAXIMUM_OF: *result = NAME(row_maximum)(count, in, 0); return;
  case SPOOL_MINIMUM_OF: *result = NAME(row_minimum)(count, in, 0); return;
  case SPOOL_ARGMAX: *(int32_t *)out = NAME(first_of)(count, in, NAME(row_maximum)(count, in, 0)); return;
  case SPOOL_ARGMIN: *(int32_t *)out = NAME(first_of)(count, in, NAME(row_minimum)(count, in, 0)); return;
  case SPOOL_LOG_SUM_EXP: {
    const SCALAR maximum = NAME(row_maximum)(count, in, 0);
    *result = NAME(log_sum_exp)((V)(maximum), (V)(NAME(row_sum_of_exp)(count, in, maximum)))[0];
    return;
  }
  default: __builtin_trap();
  }
}

// A term of a fold down a column; `parameter` belongs to the column.
typedef V (*NAME(column_term))(V x, V parameter);
INLINE V NAME(itself)(V x, V parameter) {
  (void)parameter;
  return x;
}
INLINE V NAME(squared)(V x, V parameter) {
  (void)parameter;
  return x * x;
}
INLINE V NAME(exp_above)(V x, V parameter) { return NAME(exp)(x - parameter); }

// out[c] = the fold of the terms of column c, where `parameters` (NULL: none) belong to the columns.
INLINE void NAME(fold_strip)(size_t count, size_t width, size_t pitch, const SCALAR *in,
                             const SCALAR *parameters, SCALAR *out, V identity, V (*join)(V, V),
                             NAME(column_term) term) {
  enum { STRIP = STRIP_BYTES / sizeof(SCALAR) };
  _Alignas(64) SCALAR levels[FOLD_LEVELS][STRIP], current[STRIP];
  size_t blocks = 0;
  for (size_t begin = 0; begin < count; begin += FOLD_STEPS, blocks++) {
    const size_t end = count - begin < FOLD_STEPS ? count : begin + FOLD_STEPS;
    size_t c = 0;
    for (; c + VECTORS * LANES <= width; c += VECTORS * LANES) {
      V lanes[VECTORS], p[VECTORS];
      for (int v = 0; v < VECTORS; v++) {
        lanes[v] = identity;
        p[v] = parameters ? LOAD(parameters + c + (size_t)v * LANES) : identity;
      }
      for (size_t r = begin; r < end; r++)
        for (int v = 0; v < VECTORS; v++)
          lanes[v] = join(lanes[v], term(LOAD(in + r * pitch + c + (size_t)v * LANES), p[v]));
      for (int v = 0; v < VECTORS; v++) STORE(current + c + (size_t)v * LANES, lanes[v]);
    }
    for (; c < width; c += LANES) {
      V lanes = identity;
      const V p = parameters ? NAME(load_some)(parameters + c, width - c) : identity;
      for (size_t r = begin; r < end; r++)
        lanes = join(lanes, term(NAME(load_some)(in + r * pitch + c, width - c), p));
      STORE(current + c, lanes);
    }
    int level = 0;
    for (; blocks >> level & 1; level++)
      for (c = 0; c < width; c += LANES) STORE(current + c, join(LOAD(levels[level] + c), LOAD(current + c)));
    for (c = 0; c < width; c += LANES) STORE(levels[level] + c, LOAD(current + c));
  }
  for (size_t c = 0; c < width; c += LANES) {
    V lanes = identity;
    for (int level = 0; blocks >> level; level++)
      if (blocks >> level & 1) lanes = join(LOAD(levels[level] + c), lanes);
    NAME(store_some)(out + c, width - c, lanes);
  }
}

// The folds, as functions: their partial results need some stack.
typedef void (*NAME(strip_fold))(size_t count, size_t width, size_t pitch, const SCALAR *in,
                                 const SCALAR *parameters, SCALAR *out);
#define DEFINE(name, identity, join, term)                                                                 \
  static __attribute__((noinline)) void NAME(strip_##name)(                                                \
      size_t count, size_t width, size_t pitch, const SCALAR *in, const SCALAR *parameters, SCALAR *out) { \
    NAME(fold_strip)(count, width, pitch, in, parameters, out, identity, NAME(join), NAME(term));          \
  }
DEFINE(sums, C(0), sum_of, itself)
DEFINE(sums_of_squares, C(0), sum_of, squared)
DEFINE(sums_of_exp, C(0), sum_of, exp_above)
DEFINE(products, C(1), product_of, itself)
DEFINE(maxima, C(-__builtin_inf()), maximum_of, itself)
DEFINE(minima, C(__builtin_inf()), minimum_of, itself)
#undef DEFINE

// `fold` of narrow columns, by two passes: first as many rows side by side as fill a strip count as one row,
// then its pieces, and the rows left over, are joined by `join`, which is the same without a term of its own.
static void NAME(fold_columns)(NAME(strip_fold) fold, NAME(strip_fold) join, size_t count, size_t width,
                               size_t pitch, const SCALAR *in, SCALAR *out) {
  enum { STRIP = STRIP_BYTES / sizeof(SCALAR) };
  const size_t side_by_side = STRIP / width;
  if (pitch != width || side_by_side < 4 || count < 4 * side_by_side) {
    fold(count, width, pitch, in, NULL, out);
    return;
  }
  const size_t wide_rows = count / side_by_side, wide = side_by_side * width;
  _Alignas(64) SCALAR folded[STRIP], two[STRIP];
  fold(wide_rows, wide, wide, in, NULL, folded);
  join(side_by_side, width, width, folded, NULL, two);
  fold(count - wide_rows * side_by_side, width, width, in + wide_rows * wide, NULL, two + width);
  join(2, width, width, two, NULL, out);
}

// Position of the extreme element of each column: the first of equals, the first NaN before all.
INLINE void NAME(arg_strip)(bool greatest, size_t count, size_t width, size_t pitch, const SCALAR *in,
                            int32_t *out) {
  SCALAR best[STRIP_BYTES / sizeof(SCALAR)];
  for (size_t c = 0; c < width; c++) best[c] = in[c], out[c] = 0;
  for (size_t r = 1; r < count; r++) {
    const SCALAR *x = in + r * pitch;
    for (size_t c = 0; c < width; c++) {
      const bool wins =
          (greatest ? x[c] > best[c] : x[c] < best[c]) | ((x[c] != x[c]) & (best[c] == best[c]));
      out[c] = wins ? (int32_t)r : out[c];
      best[c] = wins ? x[c] : best[c];
    }
  }
}

static void NAME(reduce_strip)(spool_reduction op, size_t count, size_t width, size_t pitch, const void *in,
                               void *out) {
  switch (op) {
  case SPOOL_SUM:
    NAME(fold_columns)(NAME(strip_sums), NAME(strip_sums), count, width, pitch, in, out);
    return;
  case SPOOL_SUM_OF_SQUARES:
    NAME(fold_columns)(NAME(strip_sums_of_squares), NAME(strip_sums), count, width, pitch, in, out);
    return;
  case SPOOL_PRODUCT:
    NAME(fold_columns)(NAME(strip_products), NAME(strip_products), count, width, pitch, in, out);
    return;
  case SPOOL_MAXIMUM_OF:
    NAME(fold_columns)(NAME(strip_maxima), NAME(strip_maxima), count, width, pitch, in, out);
    return;
  case SPOOL_MINIMUM_OF:
    NAME(fold_columns)(NAME(strip_minima), NAME(strip_minima), count, width, pitch, in, out);
    return;
  case SPOOL_ARGMAX: NAME(arg_strip)(true, count, width, pitch, in, out); return;
  case SPOOL_ARGMIN: NAME(arg_strip)(false, count, width, pitch, in, out); return;
  case SPOOL_LOG_SUM_EXP: {
    _Alignas(64) SCALAR maxima[STRIP_BYTES / sizeof(SCALAR)], sums[STRIP_BYTES / sizeof(SCALAR)];
    NAME(fold_columns)(NAME(strip_maxima), NAME(strip_maxima), count, width, pitch, in, maxima);
    NAME(strip_sums_of_exp)(count, width, pitch, in, maxima, sums);
    for (size_t c = 0; c < width; c += LANES) {
      const size_t left = width - c;
      const V result = NAME(log_sum_exp)(NAME(load_some)(maxima + c, left), NAME(load_some)(sums + c, left));
      NAME(store_some)((SCALAR *)out + c, left, result);
    }
    return;
  }
  default: __builtin_trap();
  }
}

static const reduction_kernels NAME(kernels)[] = {{NAME(reduce_row), NAME(reduce_strip)}};
