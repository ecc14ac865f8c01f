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

// sums += `rows` terms of one row, over all columns: rows of B are read from end to end.
INLINE void NAME(add_terms)(const strip *t, const int rows, size_t k) {
  const SCALAR *a = (const SCALAR *)t->a + (ptrdiff_t)k * t->a_column;
  const SCALAR *b = (const SCALAR *)t->b + (ptrdiff_t)k * t->b_row;
  SCALAR *sums = t->sums;
  vec factors[8];
  EACH(i, rows) factors[i] = (vec)(a[i * t->a_column]);
  size_t j = 0;
  for (; j + LANES <= t->columns; j += LANES) {
    vec sum = *(vec *)(sums + j);
    EACH(i, rows) sum = MULTIPLY_ADD(factors[i], LOAD(b + i * t->b_row + j), sum);
    *(vec *)(sums + j) = sum;
  }
  if (j == t->columns) return;
  const PART part = SOME(t->columns - j);
  vec sum = *(vec *)(sums + j);
  EACH(i, rows) sum = MULTIPLY_ADD(factors[i], LOAD_PART(b + i * t->b_row + j, part), sum);
  *(vec *)(sums + j) = sum;
}

static void NAME(row)(const strip *t) {
  SCALAR *sums = t->sums;
  for (size_t j = 0; j < t->columns; j += LANES) *(vec *)(sums + j) = (vec)(0);
  size_t k = 0;
  for (; k + 4 <= t->k; k += 4) NAME(add_terms)(t, 4, k);
  for (; k < t->k; k++) NAME(add_terms)(t, 1, k);
  for (size_t j = 0; j < t->columns; j += LANES) NAME(finish)(t, 0, j, *(vec *)(sums + j));
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

// The sums of one row by `count` columns, lane by lane.
INLINE void NAME(lane_sums)(const strip *t, const int count, size_t column, vec *out) {
  const SCALAR *a = t->a, *b = (const SCALAR *)t->b + (ptrdiff_t)column * t->b_column;
  const ptrdiff_t b_column = t->b_column;
  vec sums[4], others[4];
  EACH(j, count) sums[j] = others[j] = (vec)(0);
  size_t k = 0;
  for (; k + 2 * LANES <= t->k; k += 2 * LANES) {
    const vec x = LOAD(a + k), y = LOAD(a + k + LANES);
    EACH(j, count) {
      sums[j] = MULTIPLY_ADD(x, LOAD(b + j * b_column + k), sums[j]);
      others[j] = MULTIPLY_ADD(y, LOAD(b + j * b_column + k + LANES), others[j]);
    }
  }
  for (; k < t->k; k += LANES) {
    const PART part = SOME(t->k - k < LANES ? t->k - k : LANES);
    const vec x = LOAD_PART(a + k, part);
    EACH(j, count) sums[j] = MULTIPLY_ADD(x, LOAD_PART(b + j * b_column + k, part), sums[j]);
  }
  EACH(j, count) out[j] = sums[j] + others[j];
}

// One row by all columns, as dot products: the one place where the terms are not added in the order of k.
static void NAME(dots)(const strip *t) {
  const SCALAR *bias = t->bias;
  for (size_t column = 0; column < t->columns; column += LANES) {
    const size_t count = t->columns - column < LANES ? t->columns - column : LANES;
    vec lanes[LANES], rows[LANES];
    size_t j = 0;
    for (; j + 4 <= count; j += 4) NAME(lane_sums)(t, 4, column + j, lanes + j);
    for (; j < count; j++) NAME(lane_sums)(t, 1, column + j, lanes + j);
    for (; j < LANES; j++) lanes[j] = (vec)(0);
    NAME(turn)((const SCALAR *)lanes, LANES, rows);
    EACH(step, LANES / 2)
      if ((LANES >> (step + 1)) > 0)
        EACH(l, LANES >> (step + 1)) rows[l] += rows[(LANES >> (step + 1)) + l];
    SCALAR *c = (SCALAR *)t->c + (ptrdiff_t)column * t->c_row;
    for (j = 0; j < count; j++, c += t->c_row) {
      const SCALAR sum = t->add ? *c + rows[0][j] : rows[0][j];
      *c = bias ? sum + bias[t->bias_step * (ptrdiff_t)(column + j)] : sum;
    }
  }
}

static void NAME(turned_1)(const strip *t) { NAME(any_turned)(t, 1); }
static void NAME(turned_2)(const strip *t) { NAME(any_turned)(t, 2); }
static void NAME(turned_3)(const strip *t) { NAME(any_turned)(t, 3); }
static void NAME(turned_4)(const strip *t) { NAME(any_turned)(t, 4); }
