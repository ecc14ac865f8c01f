// Operations on the rows of float or double arrays for one instruction set; see instances.h.
#include "elementary.h"
#include "fold.h"

#undef EACH_VECTOR
#define EACH_VECTOR(i, count) for (size_t i = 0; i < count; i += LANES)

// Terms of sums along a row.
INLINE V NAME(exp_of_difference)(const NAME(row) * row, size_t i, size_t count) {
  return NAME(exp)(NAME(load_some)(row->a + i, count) - row->parameter);
}
INLINE V NAME(written_exp_of_difference)(const NAME(row) * row, size_t i, size_t count) {
  const V e = NAME(exp_of_difference)(row, i, count);
  NAME(store_some)(row->out + i, count, e);
  return e;
}
INLINE V NAME(product)(const NAME(row) * row, size_t i, size_t count) {
  return NAME(load_some)(row->a + i, count) * NAME(load_some)(row->b + i, count);
}
INLINE V NAME(difference)(const NAME(row) * row, size_t i, size_t count) {
  return NAME(load_some)(row->a + i, count) - row->parameter;
}
INLINE V NAME(difference_squared)(const NAME(row) * row, size_t i, size_t count) {
  const V d = NAME(difference)(row, i, count);
  return d * d;
}
INLINE SCALAR NAME(sum_along)(const NAME(row) * row, size_t count, NAME(term) term) {
  return NAME(fold_row)(row, count, C(0), NAME(sum_of), term);
}

INLINE const SCALAR *NAME(row_of)(const void *array, ptrdiff_t step, size_t row) {
  return (const SCALAR *)((const char *)array + (ptrdiff_t)row * step);
}

static void NAME(softmax)(const row_arrays *arrays, size_t begin, size_t end) {
  const size_t columns = arrays->columns;
  for (size_t r = begin; r < end; r++) {
    const SCALAR *in = NAME(row_of)(arrays->a, arrays->a_row, r);
    SCALAR *out = (SCALAR *)NAME(row_of)(arrays->out, arrays->out_row, r);
    const SCALAR maximum = NAME(maximum_of_row)(in, columns);
    if (maximum == (SCALAR)-__builtin_inf()) {
      __builtin_memset(out, 0, columns * sizeof(SCALAR));
      continue;
    }
    const NAME(row) row = {.a = in, .out = out, .parameter = (V)(maximum)};
    const V scale = (V)(1 / NAME(sum_along)(&row, columns, NAME(written_exp_of_difference)));
    EACH_VECTOR(i, columns) {
      NAME(store_some)(out + i, columns - i, NAME(load_some)(out + i, columns - i) * scale);
    }
  }
}

// What log-softmax takes away from a row, in turn: its maximum, and the logarithm of the sum of e^x of what is
// left.
typedef struct NAME(normalizer) {
  V shift, logarithm;
} NAME(normalizer);

INLINE NAME(normalizer) NAME(normalizer_of)(const SCALAR *in, size_t columns) {
  const SCALAR maximum = NAME(maximum_of_row)(in, columns);
  // Where all is -inf, so is the result: x - 0 - 0.
  const V shift = (V)(maximum == (SCALAR)-__builtin_inf() ? 0 : maximum);
  const NAME(row) row = {.a = in, .parameter = shift};
  const V sum = (V)(NAME(sum_along)(&row, columns, NAME(exp_of_difference)));
  return (NAME(normalizer)){shift, sum == C(0) ? C(0) : NAME(log)(sum)};
}

static void NAME(log_softmax)(const row_arrays *arrays, size_t begin, size_t end) {
  const size_t columns = arrays->columns;
  for (size_t r = begin; r < end; r++) {
    const SCALAR *in = NAME(row_of)(arrays->a, arrays->a_row, r);
    SCALAR *out = (SCALAR *)NAME(row_of)(arrays->out, arrays->out_row, r);
    const NAME(normalizer) n = NAME(normalizer_of)(in, columns);
    EACH_VECTOR(i, columns) {
      NAME(store_some)(out + i, columns - i, NAME(load_some)(in + i, columns - i) - n.shift - n.logarithm);
    }
  }
}

static void NAME(softmax_gradient)(const row_arrays *arrays, size_t begin, size_t end) {
  const size_t columns = arrays->columns;
  for (size_t r = begin; r < end; r++) {
    const SCALAR *g = NAME(row_of)(arrays->a, arrays->a_row, r), *y = NAME(row_of)(arrays->b, arrays->b_row, r);
    SCALAR *out = (SCALAR *)NAME(row_of)(arrays->out, arrays->out_row, r);
    const NAME(row) row = {.a = g, .b = y};
    const V sum = (V)(NAME(sum_along)(&row, columns, NAME(product)));
    EACH_VECTOR(i, columns) {
      const size_t left = columns - i;
      const V gradient = NAME(load_some)(y + i, left) * (NAME(load_some)(g + i, left) - sum);
      NAME(store_some)(out + i, left, gradient);
    }
  }
}

static void NAME(log_softmax_gradient)(const row_arrays *arrays, size_t begin, size_t end) {
  const size_t columns = arrays->columns;
  for (size_t r = begin; r < end; r++) {
    const SCALAR *g = NAME(row_of)(arrays->a, arrays->a_row, r), *y = NAME(row_of)(arrays->b, arrays->b_row, r);
    SCALAR *out = (SCALAR *)NAME(row_of)(arrays->out, arrays->out_row, r);
    const NAME(row) row = {.a = g};
    const V sum = (V)(NAME(sum_along)(&row, columns, NAME(element)));
    EACH_VECTOR(i, columns) {
      const size_t left = columns - i;
      const V probability = NAME(exp)(NAME(load_some)(y + i, left));
      NAME(store_some)(out + i, left, MA(-probability, sum, NAME(load_some)(g + i, left)));
    }
  }
}

static void NAME(log_likelihood)(const row_arrays *arrays, size_t begin, size_t end) {
  for (size_t r = begin; r < end; r++) {
    const SCALAR *in = NAME(row_of)(arrays->a, arrays->a_row, r);
    const NAME(normalizer) n = NAME(normalizer_of)(in, arrays->columns);
    ((SCALAR *)arrays->out)[r] = in[arrays->labels[r]] - n.shift[0] - n.logarithm[0];
  }
}

static void NAME(log_likelihood_gradient)(const row_arrays *arrays, size_t begin, size_t end) {
  const size_t columns = arrays->columns;
  for (size_t r = begin; r < end; r++) {
    const SCALAR *in = NAME(row_of)(arrays->a, arrays->a_row, r);
    SCALAR *out = (SCALAR *)NAME(row_of)(arrays->out, arrays->out_row, r);
    const SCALAR likelihood = ((const SCALAR *)arrays->b)[r], g = ((const SCALAR *)arrays->scale)[r];
    const int32_t label = arrays->labels[r];
    // The likelihood says what was taken away from its logit, unless both are infinite.
    NAME(normalizer) n = {(V)(in[label] - likelihood), C(0)};
    if (!__builtin_isfinite(likelihood)) n = NAME(normalizer_of)(in, columns);
    const V scale = (V)(-g);
    EACH_VECTOR(i, columns) {
      const size_t left = columns - i;
      const V log_probability = NAME(load_some)(in + i, left) - n.shift - n.logarithm;
      NAME(store_some)(out + i, left, NAME(exp)(log_probability) * scale);
    }
    out[label] += g;
  }
}

static void NAME(standardize)(const row_arrays *arrays, size_t begin, size_t end) {
  const size_t columns = arrays->columns;
  const SCALAR share = 1 / (SCALAR)columns;
  for (size_t r = begin; r < end; r++) {
    SCALAR *out = (SCALAR *)NAME(row_of)(arrays->out, arrays->out_row, r);
    NAME(row) row = {.a = NAME(row_of)(arrays->a, arrays->a_row, r)};
    // The mean is corrected by the mean of what is left, so that a constant row gives zeros and a large
    // offset costs no precision; so is the variance. The two sums that this takes do not wait for each other.
    const SCALAR rough = NAME(sum_along)(&row, columns, NAME(element)) * share;
    row.parameter = (V)(rough);
    const SCALAR rest = NAME(sum_along)(&row, columns, NAME(difference)) * share;
    const SCALAR squares = NAME(sum_along)(&row, columns, NAME(difference_squared)) * share;
    row.parameter = (V)(rough + rest);
    const SCALAR variance = __builtin_elementwise_max(squares - rest * rest, (SCALAR)0);
    const SCALAR scale = 1 / __builtin_elementwise_sqrt(variance + (SCALAR)arrays->epsilon);
    *(SCALAR *)NAME(row_of)(arrays->scale, arrays->scale_row, r) = scale;
    EACH_VECTOR(i, columns) {
      NAME(store_some)(out + i, columns - i, NAME(difference)(&row, i, columns - i) * (V)(scale));
    }
  }
}

static void NAME(standardize_gradient)(const row_arrays *arrays, size_t begin, size_t end) {
  const size_t columns = arrays->columns;
  const SCALAR share = 1 / (SCALAR)columns;
  for (size_t r = begin; r < end; r++) {
    const SCALAR *g = NAME(row_of)(arrays->a, arrays->a_row, r), *y = NAME(row_of)(arrays->b, arrays->b_row, r);
    SCALAR *out = (SCALAR *)NAME(row_of)(arrays->out, arrays->out_row, r);
    const NAME(row) row = {.a = g, .b = y};
    const V g_mean = (V)(NAME(sum_along)(&row, columns, NAME(element)) * share);
    const V product_mean = (V)(NAME(sum_along)(&row, columns, NAME(product)) * share);
    const V scale = (V)(*NAME(row_of)(arrays->scale, arrays->scale_row, r));
    EACH_VECTOR(i, columns) {
      const size_t left = columns - i;
      const V centred = NAME(load_some)(g + i, left) - g_mean;
      NAME(store_some)(out + i, left, scale * MA(-NAME(load_some)(y + i, left), product_mean, centred));
    }
  }
}

static const row_kernel NAME(kernels)[ROW_OPERATIONS] = {
    [ROW_SOFTMAX] = NAME(softmax),
    [ROW_LOG_SOFTMAX] = NAME(log_softmax),
    [ROW_SOFTMAX_GRADIENT] = NAME(softmax_gradient),
    [ROW_LOG_SOFTMAX_GRADIENT] = NAME(log_softmax_gradient),
    [ROW_LOG_LIKELIHOOD] = NAME(log_likelihood),
    [ROW_LOG_LIKELIHOOD_GRADIENT] = NAME(log_likelihood_gradient),
    [ROW_STANDARDIZE] = NAME(standardize),
    [ROW_STANDARDIZE_GRADIENT] = NAME(standardize_gradient),
};
