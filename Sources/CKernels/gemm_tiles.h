// The register tiles; included by gemm_body.h.
#ifdef LETTER_OF_AVX2
#define IS_WRITTEN_OUT (rows == 4 && panels == 1 && width == 3)
#define WRITTEN_OUT WRITTEN_OUT_AVX2
#else
#define IS_WRITTEN_OUT false
#define WRITTEN_OUT(MEANWHILE, pointer)
#endif

// Terms of a tile of one panel, four at a time, so that its pointers step once for the four: steps for each would
// be a seventh of the instructions, which count where two threads share a core. Where A is packed the distances
// in it are constants, and else, in dense rows, those along a row. Returns how many terms are left.
INLINE size_t NAME(add_fours)(vec (*sums)[TILE_PANELS * TILE_VECTORS], const tile *t, const int rows,
                              const int width, const bool masked, const bool a_is_packed) {
  const PART tail = SOME(t->last_columns - (size_t)(width - 1) * LANES);
  const ptrdiff_t a_row = a_is_packed ? 1 : t->a_row, a_column = a_is_packed ? ROWS : 1, b_row = t->b_row;
  const SCALAR *low = t->a, *high = low + 4 * a_row, *b = t->b, *c = t->c;
  const char *coming = t->coming, *next = t->next;
  const ptrdiff_t coming_step = (ptrdiff_t)t->coming_step, next_step = (ptrdiff_t)t->next_step;
  size_t left = t->k / 4;
  const size_t of_row = left / rows;
  for (int fetched = 0; fetched < rows; fetched++) {
    // All of C at once would keep B's rows from coming.
    EACH(v, width) __builtin_prefetch(c + v * LANES, 1);
    c += t->c_row;
    size_t count = fetched == rows - 1 ? left : of_row;
    left -= count;
#pragma clang loop unroll(disable)
    for (; count > 0; count--) {
      EACH(u, 4) {
        __builtin_prefetch(next + u * next_step, 0, 2);
        __builtin_prefetch(coming + u * coming_step, 0, 2);
        vec row[TILE_VECTORS];
        EACH(v, width) {
          const SCALAR *from = b + u * b_row + v * LANES;
          row[v] = masked && v == width - 1 ? LOAD_PART(from, tail) : LOAD(from);
        }
        EACH(r, rows) {
          const SCALAR *from = a_is_packed || r < 4 ? low + r * a_row : high + (r - 4) * a_row;
          const vec factor = (vec)(from[u * a_column]);
          EACH(v, width) sums[r][v] = MULTIPLY_ADD(factor, row[v], sums[r][v]);
        }
      }
      low += 4 * a_column;
      high += 4 * a_column;
      b += 4 * b_row;
      coming += 4 * coming_step;
      next += 4 * next_step;
      OPAQUE(low);
      if (!a_is_packed && rows > 4) OPAQUE(high);
      OPAQUE(b);
      OPAQUE(coming);
      OPAQUE(next);
    }
  }
  return t->k % 4;
}

// Rows by `panels` panels of `width` vectors. `masked`: the last vector of B may be incomplete.
INLINE void NAME(any_tile)(const tile *t, const int rows, const int panels, const int width,
                           const bool masked) {
  const int vectors = panels * width;
  const PART tail = SOME(t->last_columns - (size_t)(width - 1) * LANES);
  vec sums[TILE_ROWS][TILE_PANELS * TILE_VECTORS];
  EACH(r, rows)
    EACH(v, vectors) sums[r][v] = (vec)(0);

  // Every third row has an address in a register, the others are found from it: one for each would be too
  // many. The compiler must not see through these addresses, or it keeps dozens for the loop's steps to come.
  const ptrdiff_t a_row = t->a_row, a_column = t->a_column, b_row = t->b_row, b_panel = t->b_panel;
  const SCALAR *third[(TILE_ROWS + 2) / 3];
  EACH(i, (rows + 2) / 3) {
    third[i] = (const SCALAR *)t->a + 3 * i * a_row;
    OPAQUE(third[i]);
  }
  const SCALAR *b = t->b;
  SCALAR *to = t->c;
  const ptrdiff_t c_row = t->c_row;

  // One term of every sum. Meanwhile the row of B is copied to `packed`, or what `coming` points at is fetched.
#define COPY(packed) EACH(v, vectors)((vec *)packed)[v] = row[v];
#define FETCH(coming) \
  if (panels == 1 && rows >= 4 && width >= 2) __builtin_prefetch(coming, 0, 2);
#define TERM(MEANWHILE, pointer)                                                \
  if (IS_WRITTEN_OUT) {                                                         \
    WRITTEN_OUT(MEANWHILE, pointer)                                             \
  } else {                                                                      \
    vec row[TILE_PANELS * TILE_VECTORS];                                        \
    EACH(v, vectors) {                                                          \
      const SCALAR *from = b + v / width * b_panel + v % width * LANES;         \
      row[v] = masked && v == vectors - 1 ? LOAD_PART(from, tail) : LOAD(from); \
    }                                                                           \
    MEANWHILE(pointer)                                                          \
    EACH(r, rows) {                                                             \
      const vec factor = (vec)(third[r / 3][r % 3 * a_row]);                    \
      EACH(v, vectors) sums[r][v] = MULTIPLY_ADD(factor, row[v], sums[r][v]);   \
    }                                                                           \
  }                                                                             \
  EACH(q, (rows + 2) / 3) {                                                     \
    third[q] += a_column;                                                       \
    OPAQUE(third[q]);                                                           \
  }                                                                             \
  b += b_row;                                                                   \
  OPAQUE(b);

  const bool a_is_packed = a_row == 1 && a_column == ROWS;
  size_t left = t->k;
  if (!IS_WRITTEN_OUT && panels == 1 && rows >= 4 && width >= 2 && !t->rows &&
      (a_is_packed || a_column == 1)) {
    left = a_is_packed ? NAME(add_fours)(sums, t, rows, width, masked, true)
                       : NAME(add_fours)(sums, t, rows, width, masked, false);
    const ptrdiff_t done = (ptrdiff_t)(t->k - left);
    b += done * b_row;
    EACH(i, (rows + 2) / 3) third[i] += done * a_column;
  } else {
    EACH(r, rows)
      EACH(v, vectors) __builtin_prefetch(to + r * c_row + v * LANES, 1);
  }
  if (panels == 1 && t->rows) {
    const SCALAR *const start = b;
    SCALAR *packed = t->pack;
    const ptrdiff_t *const rows_of_b = t->rows, pack_step = t->pack_step;
    const size_t k = t->k, ahead = t->ahead;
    for (size_t i = 0; i < k; i++, packed += pack_step) {
      b = start + rows_of_b[i];
      const SCALAR *coming = start + rows_of_b[i + ahead < k ? i + ahead : k - 1];
      EACH(v, vectors) __builtin_prefetch(coming + v * LANES);
      TERM(COPY, packed)
    }
  } else {
    const char *coming = t->coming;
    const char *next = t->next;
    const size_t coming_step = t->coming_step, next_step = t->next_step;
#pragma clang loop unroll(disable)
    for (size_t i = left; i > 0; i--, coming += coming_step, next += next_step) {
      FETCH(next)
      TERM(FETCH, coming)
    }
  }
#undef TERM
#undef COPY
#undef FETCH

  // Whole vectors are stored as such: some processors store a part of one much more slowly, a full part, too.
#define PUT(v, sum)                        \
  if (masked && v == vectors - 1)          \
    STORE_PART(to + v * LANES, tail, sum); \
  else                                     \
    STORE(to + v * LANES, sum);
#define GET(from, v) \
  (masked && v == vectors - 1 ? LOAD_PART((from) + v * LANES, tail) : LOAD((from) + v * LANES))
  const bool add = t->add;
  const SCALAR *const bias = t->bias;
  if (!add && !bias)
    EACH(r, rows) {
      EACH(v, vectors) { PUT(v, sums[r][v]) }
      to += c_row;
    }
  else
    EACH(r, rows) {
      EACH(v, vectors) {
        vec sum = add ? GET(to, v) + sums[r][v] : sums[r][v];
        if (bias) sum += GET(bias, v);
        PUT(v, sum)
      }
      to += c_row;
    }
#undef PUT
#undef GET
}
#undef IS_WRITTEN_OUT
#undef WRITTEN_OUT

#define TILE(R, P, V)                                     \
  static void NAME(tile_##R##_##P##_##V)(const tile *t) { \
    if (t->last_columns < V * LANES)                      \
      NAME(any_tile)(t, R, P, V, true);                   \
    else                                                  \
      NAME(any_tile)(t, R, P, V, false);                  \
  }
#define ENTRY(R, P, V) [R - 1][P - 1][V - 1] = NAME(tile_##R##_##P##_##V),
// One panel, of one, two or three vectors; then several panels of whole width for one and two rows, since as
// many sums as a multiply-add takes cycles, times the units for it, must be in flight.
#if VECTORS == 3
#define EACH_WIDTH(X, R) X(R, 1, 1) X(R, 1, 2) X(R, 1, 3)
#define EACH_WIDE(X) X(1, 2, 3) X(1, 3, 3) X(1, 4, 3) X(2, 2, 3) X(1, 2, 2) X(2, 2, 2)
#else
#define EACH_WIDTH(X, R) X(R, 1, 1) X(R, 1, 2)
#define EACH_WIDE(X) X(1, 2, 2) X(1, 3, 2) X(1, 4, 2) X(2, 2, 2)
#endif
#if ROWS == 8
#define EACH_ROWS(X) EACH_WIDTH(X, 5) EACH_WIDTH(X, 6) EACH_WIDTH(X, 7) EACH_WIDTH(X, 8)
#elif VECTORS == 3
#define EACH_ROWS(X) X(5, 1, 1) X(5, 1, 2) X(6, 1, 1) X(6, 1, 2) X(7, 1, 1) X(8, 1, 1)
#else
#define EACH_ROWS(X)
#endif
#define EACH_TILE(X) \
  EACH_WIDTH(X, 1) EACH_WIDTH(X, 2) EACH_WIDTH(X, 3) EACH_WIDTH(X, 4) EACH_ROWS(X) EACH_WIDE(X)
EACH_TILE(TILE)
