// Products of a few rows, for which packing is not worth its cost; included by gemm_body.h.
// Puts finished sums of one row into C.
INLINE void NAME(finish)(const strip *t, size_t row, size_t column, vec sum) {
  SCALAR *to = (SCALAR *)t->c + (ptrdiff_t)row * t->c_row + column;
  const SCALAR *bias = t->bias ? (const SCALAR *)t->bias + column : NULL;
  if (t->columns - column >= LANES) {
    if (t->add) sum = LOAD(to) + sum;
    STORE(to, bias ? sum + LOAD(bias) : sum);
  } else {
    const PART part = SOME(t->columns - column);
    if (t->add) sum = LOAD_PART(to, part) + sum;
    STORE_PART(to, part, bias ? sum + LOAD_PART(bias, part) : sum);
  }
}

// A sum after `count` more terms. `grouped`: these are added up before, so that a step waits for one addition of
// the step before instead of all.
INLINE vec NAME(with_terms)(vec sum, const int count, const bool grouped, const vec *factors, const vec *terms) {
  vec group = grouped ? factors[0] * terms[0] : MULTIPLY_ADD(factors[0], terms[0], sum);
  EACH(i, count - 1) group = MULTIPLY_ADD(factors[i + 1], terms[i + 1], group);
  return grouped ? sum + group : group;
}

// sums += `count` terms of `rows` rows, over all columns: rows of B are read from end to end. The sums of one row
// begin `sums_row` vectors behind those of the row before.
INLINE void NAME(add_terms)(const strip *t, const int rows, const int count, const bool grouped, size_t k,
                            vec *sums, size_t sums_row) {
  const SCALAR *a = (const SCALAR *)t->a + (ptrdiff_t)k * t->a_column;
  const SCALAR *b = (const SCALAR *)t->b + (ptrdiff_t)k * t->b_row;
  const ptrdiff_t a_row = t->a_row, a_column = t->a_column, b_row = t->b_row;
  vec factors[STRIP_ROWS][8], terms[8];
  EACH(r, rows)
    EACH(i, count) factors[r][i] = (vec)(a[r * a_row + i * a_column]);
#define ADD_TERMS \
  EACH(r, rows)   \
    sums[(size_t)r * sums_row] = NAME(with_terms)(sums[(size_t)r * sums_row], count, grouped, factors[r], terms);
  const size_t whole = t->columns / LANES, left = t->columns % LANES;
  for (size_t j = 0; j < whole; j++, b += LANES, sums++) {
    EACH(i, count) terms[i] = LOAD(b + i * b_row);
    ADD_TERMS
  }
  if (left == 0) return;
  const PART part = SOME(left);
  EACH(i, count) terms[i] = LOAD_PART(b + i * b_row, part);
  ADD_TERMS
#undef ADD_TERMS
}

INLINE void NAME(add_all_terms)(const strip *t, const int rows, const int count, const bool grouped, vec *sums,
                                size_t sums_row) {
  size_t k = 0;
  for (; k + (size_t)count <= t->k; k += (size_t)count)
    NAME(add_terms)(t, rows, count, grouped, k, sums, sums_row);
  for (; k + 2 <= t->k; k += 2) NAME(add_terms)(t, rows, 2, grouped, k, sums, sums_row);
  if (k < t->k) NAME(add_terms)(t, rows, 1, grouped, k, sums, sums_row);
}

INLINE void NAME(any_rows)(const strip *t, const int rows, const int count, const bool grouped) {
  vec *sums = t->sums;
  const size_t sums_row = (t->columns + LANES - 1) / LANES;
  for (size_t j = 0; j < (size_t)rows * sums_row; j++) sums[j] = (vec)(0);
  NAME(add_all_terms)(t, rows, count, grouped, sums, sums_row);
  EACH(r, rows)
    for (size_t j = 0; j * LANES < t->columns; j++)
      NAME(finish)(t, (size_t)r, j * LANES, sums[(size_t)r * sums_row + j]);
}
static void NAME(rows_1)(const strip *t) { NAME(any_rows)(t, 1, 4, false); }
static void NAME(rows_2)(const strip *t) { NAME(any_rows)(t, 2, 4, false); }
static void NAME(rows_3)(const strip *t) { NAME(any_rows)(t, 3, 2, false); }
static void NAME(rows_4)(const strip *t) { NAME(any_rows)(t, 4, 2, false); }
static void NAME(grouped_row)(const strip *t) {
  if (t->columns > LANES) {
    NAME(any_rows)(t, 1, 8, true);
    return;
  }
  // The sum of a single vector stays in a register: through memory each step would take twice as long.
  strip narrow = *t;
  vec sum = (vec)(0);
  NAME(add_all_terms)(&narrow, 1, 8, true, &sum, 1);
  NAME(finish)(t, 0, 0, sum);
}

// One row of C by `vectors` vectors, or by one that is incomplete where `masked`. `plain`: nothing is added;
// testing for it at each vector would cost as much as the vector.
INLINE void NAME(thin_part)(const strip *t, const int vectors, const bool masked, const bool plain,
                            size_t row, size_t column) {
  const SCALAR *a = (const SCALAR *)t->a + (ptrdiff_t)row * t->a_row;
  const SCALAR *b = (const SCALAR *)t->b + (ptrdiff_t)(column / LANES) * t->b_column;
  SCALAR *const to = (SCALAR *)t->c + (ptrdiff_t)row * t->c_row + column;
  const PART part = SOME(masked ? t->columns - column : 1);
  vec sums[THIN_VECTORS];
  EACH(v, vectors) sums[v] = (vec)(0);
  const ptrdiff_t b_column = t->b_column;
#pragma clang loop unroll(disable)
  for (size_t k = t->k; k > 0; k--, a += t->a_column, b += t->b_row) {
    const vec factor = (vec)(*a);
    EACH(v, vectors) {
      const SCALAR *from = b + v * b_column;
      sums[v] = MULTIPLY_ADD(factor, masked ? LOAD_PART(from, part) : LOAD(from), sums[v]);
    }
  }
  EACH(v, vectors) {
    if (!plain)
      NAME(finish)(t, row, column + (size_t)v * LANES, sums[v]);
    else if (masked)
      STORE_PART(to + v * LANES, part, sums[v]);
    else
      STORE(to + v * LANES, sums[v]);
  }
}

INLINE void NAME(any_thin)(const strip *t, const bool plain) {
  for (size_t row = 0; row < t->rows; row++) {
    size_t column = 0;
#define PARTS(vectors)                                                        \
  for (; column + (vectors) * LANES <= t->columns; column += (vectors) * LANES) \
    NAME(thin_part)(t, vectors, false, plain, row, column);
    PARTS(THIN_VECTORS)
    PARTS(4)
    PARTS(2)
    PARTS(1)
#undef PARTS
    if (column < t->columns) NAME(thin_part)(t, 1, true, plain, row, column);
  }
}

// Row by row, each from end to end, as memory likes to be written.
static void NAME(thin)(const strip *t) {
  const strip own = *t; // which no store into C can change, so that it need not be read again after each
  if (own.add || own.bias)
    NAME(any_thin)(&own, false);
  else
    NAME(any_thin)(&own, true);
}

// Rows by `blocks` blocks of LANES columns from `column` on; two blocks for few rows, to have enough sums in
// flight.
INLINE void NAME(turned_blocks)(const strip *t, const int rows, const int blocks, size_t column, vec *sums) {
  const SCALAR *b = (const SCALAR *)t->b + (ptrdiff_t)column * t->b_column, *a = t->a;
  const ptrdiff_t b_column = t->b_column, a_row = t->a_row, a_column = t->a_column;
  EACH(s, rows * blocks) sums[s] = (vec)(0);
  size_t k = 0;
  for (; k + LANES <= t->k; k += LANES, b += LANES, a += LANES * a_column) {
    EACH(c, blocks) {
      vec terms[LANES];
      NAME(turn)(b + c * LANES * b_column, b_column, terms);
      EACH(i, LANES)
        EACH(r, rows)
          sums[r * blocks + c] =
              MULTIPLY_ADD((vec)(a[r * a_row + i * a_column]), terms[i], sums[r * blocks + c]);
    }
  }
  const int left = (int)(t->k - k);
  if (left == 0) return;
  EACH(c, blocks) {
    vec terms[LANES];
    NAME(turn_part)(b + c * LANES * b_column, b_column, LANES, (size_t)left, terms);
    EACH(i, LANES - 1)
      if (i < left)
        EACH(r, rows)
          sums[r * blocks + c] =
              MULTIPLY_ADD((vec)(a[r * a_row + i * a_column]), terms[i], sums[r * blocks + c]);
  }
}

INLINE void NAME(any_turned)(const strip *t, const int rows) {
  const int blocks = rows > 2 ? 1 : 2;
  size_t column = 0;
  vec sums[STRIP_ROWS];
  for (; column + (size_t)blocks * LANES <= t->columns; column += (size_t)blocks * LANES) {
    NAME(turned_blocks)(t, rows, blocks, column, sums);
    EACH(r, rows)
      EACH(c, blocks) NAME(finish)(t, (size_t)r, column + (size_t)c * LANES, sums[r * blocks + c]);
  }
  for (; column + LANES <= t->columns; column += LANES) {
    NAME(turned_blocks)(t, rows, 1, column, sums);
    EACH(r, rows) NAME(finish)(t, (size_t)r, column, sums[r]);
  }
  if (column == t->columns) return;
  // The last columns: as a block that overlaps the one before, or, where there is none, one by one.
  const size_t left = t->columns - column;
  for (int r = 0; r < rows; r++) {
    SCALAR last[LANES];
    if (t->columns >= LANES) {
      if (r == 0) NAME(turned_blocks)(t, rows, 1, t->columns - LANES, sums);
      for (size_t j = 0; j < left; j++) last[j] = sums[r][LANES - left + j];
    } else {
      const SCALAR *a = (const SCALAR *)t->a + r * t->a_row;
      for (size_t j = 0; j < left; j++) {
        const SCALAR *b = (const SCALAR *)t->b + (ptrdiff_t)j * t->b_column;
        last[j] = 0;
        for (size_t k = 0; k < t->k; k++)
          last[j] = MULTIPLY_ADD(a[(ptrdiff_t)k * t->a_column], b[k], last[j]);
      }
    }
    vec sum = (vec)(0);
    for (size_t j = 0; j < left; j++) sum[j] = last[j];
    NAME(finish)(t, (size_t)r, column, sum);
  }
}

static void NAME(turned_1)(const strip *t) { NAME(any_turned)(t, 1); }
static void NAME(turned_2)(const strip *t) { NAME(any_turned)(t, 2); }
static void NAME(turned_3)(const strip *t) { NAME(any_turned)(t, 3); }
static void NAME(turned_4)(const strip *t) { NAME(any_turned)(t, 4); }
