// The register tiles; included by gemm_body.h.
#ifdef LETTER_OF_AVX2
#define IS_WRITTEN_OUT (rows == 4 && panels == 1 && width == 3)
#define WRITTEN_OUT WRITTEN_OUT_AVX2
#else
#define IS_WRITTEN_OUT false
#define WRITTEN_OUT(MEANWHILE, pointer)
#endif

// Where the next term is, in the first four rows of A, in the others, in B; and what is fetched with it.
typedef struct NAME(place) {
  const SCALAR *low, *high, *b;
  const char *coming, *next;
} NAME(place);

// Term u from `at` on of every sum. Meanwhile the row of B is copied to where `pointer` says, or what it points
// at is fetched.
#define COPY(pointer) EACH(v, vectors)((vec *)pointer)[v] = row[v];
#define FETCH(pointer) \
  if (panels == 1 && rows >= 4 && width >= 2) __builtin_prefetch(pointer, 0, 2);
#define TERM(u, MEANWHILE, pointer)                                                               \
  if (IS_WRITTEN_OUT) {                                                                           \
    WRITTEN_OUT(MEANWHILE, pointer)                                                               \
  } else {                                                                                        \
    vec row[TILE_PANELS * TILE_VECTORS];                                                          \
    EACH(v, vectors) {                                                                            \
      const SCALAR *from = at.b + (u) * b_row + v / width * b_panel + v % width * LANES;          \
      row[v] = masked && v == vectors - 1 ? LOAD_PART(from, tail) : LOAD(from);                   \
    }                                                                                             \
    MEANWHILE(pointer)                                                                            \
    EACH(r, rows) {                                                                               \
      const SCALAR *from = a_is_packed || r < 4 ? at.low + r * a_row : at.high + (r - 4) * a_row; \
      const vec factor = (vec)(from[(u) * a_column]);                                             \
      EACH(v, vectors) sums[r][v] = MULTIPLY_ADD(factor, row[v], sums[r][v]);                     \
    }                                                                                             \
  }
// The compiler must not see through the addresses, or it keeps dozens for the loop's steps to come.
#define STEP_IN_A(terms)           \
  at.low += (terms) * a_column;    \
  OPAQUE(at.low);                  \
  if (!a_is_packed && rows > 4) {  \
    at.high += (terms) * a_column; \
    OPAQUE(at.high);               \
  }

// `count` times `terms` terms. Steps of the pointers for each would be a seventh of the instructions, which
// count where two threads share a core.
INLINE NAME(place) NAME(add_steps)(vec (*sums)[TILE_PANELS * TILE_VECTORS], NAME(place) at, const tile *t,
                                   size_t count, const int terms, const int rows, const int panels,
                                   const int width, const bool masked, const bool a_is_packed,
                                   const ptrdiff_t a_row, const ptrdiff_t a_column) {
  const int vectors = panels * width;
  const PART tail = SOME(t->last_columns - (size_t)(width - 1) * LANES);
  const ptrdiff_t b_row = t->b_row, b_panel = t->b_panel;
  const ptrdiff_t coming_step = (ptrdiff_t)t->coming_step, next_step = (ptrdiff_t)t->next_step;
#pragma clang loop unroll(disable)
  for (; count > 0; count--) {
    EACH(u, terms) {
      FETCH(at.next + u * next_step)
      TERM(u, FETCH, at.coming + u * coming_step)
    }
    STEP_IN_A(terms)
    at.b += terms * b_row;
    at.coming += terms * coming_step;
    at.next += terms * next_step;
    OPAQUE(at.b);
    OPAQUE(at.coming);
    OPAQUE(at.next);
  }
  return at;
}

// `vectors` vectors that are anywhere: the last one may reach into one more line.
#define FETCH_LINES(from, vectors, ...)                                 \
  {                                                                     \
    const SCALAR *const line = from;                                    \
    EACH(v, vectors) __builtin_prefetch(line + v * LANES, __VA_ARGS__); \
    __builtin_prefetch(line + (vectors) * LANES - 1, __VA_ARGS__);      \
  }

// All terms, `terms` at once. Meanwhile rows of C, and those of B for a later panel, are fetched one by one:
// all at the same time would keep others from coming.
INLINE void NAME(add_all)(vec (*sums)[TILE_PANELS * TILE_VECTORS], NAME(place) at, const tile *t,
                          const int terms, const int rows, const int panels, const int width,
                          const bool masked, const bool a_is_packed, const ptrdiff_t a_row,
                          const ptrdiff_t a_column) {
  const SCALAR *c = t->c;
  const ptrdiff_t *far_row = t->far_rows;
  const size_t steps = t->k / terms, of_row = steps / rows;
  for (size_t r = 0; r < rows; r++) {
    FETCH_LINES(c, panels * width, 1)
    c += t->c_row;
    for (size_t i = t->far_count; i > 0; i--, far_row++)
      FETCH_LINES((const SCALAR *)t->far + *far_row, width, 0, 2)
    const size_t count = r + 1 < rows ? of_row : steps - r * of_row;
    at = NAME(add_steps)(sums, at, t, count, terms, rows, panels, width, masked, a_is_packed, a_row, a_column);
  }
  NAME(add_steps)(sums, at, t, t->k % terms, 1, rows, panels, width, masked, a_is_packed, a_row, a_column);
}

// Rows by `panels` panels of `width` vectors. `masked`: the last vector of B may be incomplete.
INLINE void NAME(any_tile)(const tile *t, const int rows, const int panels, const int width,
                           const bool masked) {
  const int vectors = panels * width;
  const PART tail = SOME(t->last_columns - (size_t)(width - 1) * LANES);
  vec sums[TILE_ROWS][TILE_PANELS * TILE_VECTORS];
  EACH(r, rows)
    EACH(v, vectors) sums[r][v] = (vec)(0);

  const ptrdiff_t a_row = t->a_row, a_column = t->a_column, b_row = t->b_row, b_panel = t->b_panel;
  NAME(place) at = {.low = t->a, .high = t->a, .b = t->b, .coming = t->coming, .next = t->next};
  if (rows > 4) at.high += 4 * a_row;
  SCALAR *to = t->c;
  const ptrdiff_t c_row = t->c_row;
  if (panels == 1 && t->rows) {
    EACH(r, rows) FETCH_LINES(to + r * c_row, vectors, 1)
    const bool a_is_packed = false;
    SCALAR *copy = t->pack;
    const ptrdiff_t *const rows_of_b = t->rows, pack_step = t->pack_step;
    const size_t k = t->k, ahead = t->ahead;
    const SCALAR *const start = at.b;
    for (size_t i = 0; i < k; i++, copy += pack_step) {
      at.b = start + rows_of_b[i];
      FETCH_LINES(start + rows_of_b[i + ahead < k ? i + ahead : k - 1], vectors, 0)
      TERM(0, COPY, copy)
      STEP_IN_A(1)
    }
  } else {
    const bool a_is_packed = a_row == 1 && a_column == ROWS;
    const bool by_fours = !IS_WRITTEN_OUT && panels == 1 && rows >= 4 && width >= 2;
    if (t->k < FEW_TERMS) {
      EACH(r, rows) FETCH_LINES(to + r * c_row, vectors, 1)
      NAME(add_steps)(sums, at, t, t->k, 1, rows, panels, width, masked, false, a_row, a_column);
    } else if (by_fours && a_is_packed) {
      NAME(add_all)(sums, at, t, 4, rows, panels, width, masked, true, 1, ROWS);
    } else if (by_fours && a_column == 1) {
      NAME(add_all)(sums, at, t, 4, rows, panels, width, masked, false, a_row, 1);
    } else {
      NAME(add_all)(sums, at, t, 1, rows, panels, width, masked, false, a_row, a_column);
    }
  }

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
#undef TERM
#undef COPY
#undef FETCH
#undef FETCH_LINES
#undef STEP_IN_A
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
