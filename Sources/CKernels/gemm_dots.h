// Dot products of dense rows: the one place where the terms are added neither in the order of k nor in groups
// of neighbours, but lane by lane; included by gemm_body.h.
// The sums of `rows` rows by `count` columns from `column` on; those of row r in out[r]. Two sums for each
// where there is one row, to have enough in flight.
INLINE void NAME(lane_sums)(const strip *t, const int rows, const int count, size_t column,
                            vec out[DOT_ROWS][LANES], size_t at) {
  const SCALAR *a = t->a, *b = (const SCALAR *)t->b + (ptrdiff_t)column * t->b_column;
  const ptrdiff_t b_column = t->b_column, a_row = t->a_row;
  const int chains = rows == 1 ? 2 : 1;
  vec sums[DOT_ROWS * 4][2];
  EACH(s, rows * count)
    EACH(e, chains) sums[s][e] = (vec)(0);
#define TERMS(LOAD_FROM)                                                                               \
  {                                                                                                    \
    vec x[DOT_ROWS];                                                                                   \
    EACH(r, rows) x[r] = LOAD_FROM(a + r * a_row + from);                                              \
    EACH(j, count) {                                                                                   \
      const vec y = LOAD_FROM(b + j * b_column + from);                                                \
      EACH(r, rows) sums[r * count + j][chain] = MULTIPLY_ADD(x[r], y, sums[r * count + j][chain]);    \
    }                                                                                                  \
  }
#define PART_FROM(p) LOAD_PART(p, part)
  size_t k = 0;
  for (; k + (size_t)chains * LANES <= t->k; k += (size_t)chains * LANES)
    EACH(chain, chains) {
      const size_t from = k + (size_t)chain * LANES;
      TERMS(LOAD)
    }
  for (; k + LANES <= t->k; k += LANES) {
    const int chain = 0;
    const size_t from = k;
    TERMS(LOAD)
  }
  if (k < t->k) {
    const PART part = SOME(t->k - k);
    const size_t from = k;
    const int chain = 0;
    TERMS(PART_FROM)
  }
#undef TERMS
#undef PART_FROM
  EACH(r, rows)
    EACH(j, count) {
      const vec *sum = sums[r * count + j];
      out[r][at + (size_t)j] = chains == 1 ? sum[0] : sum[0] + sum[1];
    }
}

// Puts the sums of a column of C, counted as a row, where they belong.
INLINE void NAME(finish_column)(const strip *t, const int row, size_t column, size_t count, vec sums) {
  SCALAR *c = (SCALAR *)t->c + row * t->c_row + (ptrdiff_t)column * t->c_column;
  const SCALAR bias = t->bias ? ((const SCALAR *)t->bias)[row] : 0;
  for (size_t j = 0; j < count; j++, c += t->c_column) {
    const SCALAR sum = t->add ? *c + sums[j] : sums[j];
    *c = t->bias ? sum + bias : sum;
  }
}

INLINE void NAME(finish_dots)(const strip *t, const int row, size_t column, size_t count, vec sums) {
  if (t->c_column == 1 && (!t->bias || t->bias_row == 0))
    NAME(finish)(t, (size_t)row, column, sums);
  else
    NAME(finish_column)(t, row, column, count, sums);
}

INLINE void NAME(any_dots)(const strip *t, const int rows) {
  vec lanes[DOT_ROWS][LANES];
  for (size_t column = 0; column < t->columns; column += LANES) {
    const size_t count = t->columns - column < LANES ? t->columns - column : LANES;
    size_t j = 0;
    for (; j + 4 <= count; j += 4) NAME(lane_sums)(t, rows, 4, column + j, lanes, j);
    for (; j < count; j++) NAME(lane_sums)(t, rows, 1, column + j, lanes, j);
    EACH(r, rows) {
      vec *const sums = lanes[r];
      for (j = count; j < LANES; j++) sums[j] = (vec)(0);
      EACH(step, LANES / 2)
        EACH(l, LANES >> (step + 1))
          sums[l] = EVENS(sums[2 * l], sums[2 * l + 1]) + ODDS(sums[2 * l], sums[2 * l + 1]);
      NAME(finish_dots)(t, r, column, count, sums[0]);
    }
  }
}

// Two columns whose terms lie in turn: a vector of B has half as many terms of both.
static void NAME(dots_in_turn)(const strip *t) {
  const SCALAR *a = t->a, *b = t->b;
  vec low = (vec)(0), high = (vec)(0), sums = (vec)(0);
  size_t k = 0;
  for (; k + LANES <= t->k; k += LANES, a += LANES, b += 2 * LANES) {
    vec factors = LOAD(a);
    low = MULTIPLY_ADD(ALTERNATE_LOW(factors, factors), LOAD(b), low);
    high = MULTIPLY_ADD(ALTERNATE_HIGH(factors, factors), LOAD(b + LANES), high);
  }
  low += high;
  EACH(l, LANES) sums[l % 2] += low[l];
  for (; k < t->k; k++, a++, b += 2) sums[0] += *a * b[0], sums[1] += *a * b[1];
  NAME(finish_dots)(t, 0, 0, 2, sums);
}

static void NAME(dots_1)(const strip *t) { NAME(any_dots)(t, 1); }
static void NAME(dots_2)(const strip *t) { NAME(any_dots)(t, 2); }
#if ROWS == 8
static void NAME(dots_3)(const strip *t) { NAME(any_dots)(t, 3); }
static void NAME(dots_4)(const strip *t) { NAME(any_dots)(t, 4); }
#endif
