// Folding rows and columns of float or double arrays; included by bodies of instances.h after vector.h.
//
// The order of a fold depends on the shape alone, and is the same for every instruction set: LANE_BYTES of
// accumulators, whatever the width of a vector, run through FOLD_STEPS steps; such blocks are joined in
// pairs, pairs of pairs, and so on; the lanes are joined in halves at the end. So rounding errors of a sum
// grow like log(count).

#undef VECTORS
#define VECTORS (LANE_BYTES / VECTOR_BYTES)
#undef BLOCK
#define BLOCK (FOLD_STEPS * VECTORS * LANES)

// How two partial results are joined.
INLINE V NAME(sum_of)(V a, V b) { return a + b; }
INLINE V NAME(product_of)(V a, V b) { return a * b; }

// Lane i of the result is lane i + distance of v, for i < distance.
INLINE V NAME(lanes_from)(V v, int distance) {
  V result = v;
#pragma clang loop unroll(full)
  for (int lane = 0; lane < distance; lane++) result[lane] = v[lane + distance];
  return result;
}

INLINE SCALAR NAME(join_lanes)(V *lanes, V (*join)(V, V)) {
#pragma clang loop unroll(full)
  for (int half = VECTORS / 2; half > 0; half /= 2)
#pragma clang loop unroll(full)
    for (int i = 0; i < half; i++) lanes[i] = join(lanes[i], lanes[i + half]);
#pragma clang loop unroll(full)
  for (int half = LANES / 2; half > 0; half /= 2) lanes[0] = join(lanes[0], NAME(lanes_from)(lanes[0], half));
  return lanes[0][0];
}

// What a fold along a row reads and writes.
typedef struct NAME(row) {
  const SCALAR *a, *b;
  SCALAR *out;
  V parameter;
} NAME(row);

// A term of a fold: of `count` elements (LANES or fewer) from element i on.
typedef V (*NAME(term))(const NAME(row) * row, size_t i, size_t count);

INLINE V NAME(term_of_lanes)(NAME(term) term, const NAME(row) * row, size_t i, size_t count, V identity) {
  static const INTEGER lane_numbers[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  const VI lane = *(const NAME(loose_integers) *)lane_numbers;
  return lane < (VI)((INTEGER)count) ? term(row, i, count) : identity;
}

// The fold of the elements [begin, end), at most BLOCK of them, into lanes. Whether the loops over
// accumulators are unrolled is left to the compiler: it does so for short terms, which need it.
INLINE void NAME(fold_block)(const NAME(row) * row, size_t begin, size_t end, V identity, V (*join)(V, V),
                             NAME(term) term, V *lanes) {
  V sums[VECTORS];
  for (int v = 0; v < VECTORS; v++) sums[v] = identity;
  size_t i = begin;
  for (; i + VECTORS * LANES <= end; i += VECTORS * LANES)
    for (int v = 0; v < VECTORS; v++) sums[v] = join(sums[v], term(row, i + (size_t)v * LANES, LANES));
  for (int v = 0; v < VECTORS; v++) lanes[v] = sums[v];
  for (int v = 0; i < end; v++, i += LANES) {
    const size_t left = end - i;
    const V next = left >= LANES ? term(row, i, LANES) : NAME(term_of_lanes)(term, row, i, left, identity);
    lanes[v] = join(lanes[v], next);
  }
}

// The fold of a row of `count` elements.
INLINE SCALAR NAME(fold_row)(const NAME(row) * row, size_t count, V identity, V (*join)(V, V),
                             NAME(term) term) {
  V lanes[VECTORS];
  if (count <= BLOCK) {
    NAME(fold_block)(row, 0, count, identity, join, term, lanes);
    return NAME(join_lanes)(lanes, join);
  }
  // Level l holds the fold of 2^l blocks wherever bit l of the number of blocks so far is set.
  V levels[FOLD_LEVELS][VECTORS];
  size_t blocks = 0;
  for (size_t begin = 0; begin < count; begin += BLOCK, blocks++) {
    NAME(fold_block)(row, begin, count - begin < BLOCK ? count : begin + BLOCK, identity, join, term, lanes);
    int level = 0;
    for (; blocks >> level & 1; level++)
      for (int v = 0; v < VECTORS; v++) lanes[v] = join(levels[level][v], lanes[v]);
    for (int v = 0; v < VECTORS; v++) levels[level][v] = lanes[v];
  }
  for (int v = 0; v < VECTORS; v++) lanes[v] = identity;
  for (int level = 0; blocks >> level; level++)
    if (blocks >> level & 1)
      for (int v = 0; v < VECTORS; v++) lanes[v] = join(levels[level][v], lanes[v]);
  return NAME(join_lanes)(lanes, join);
}

// Terms.
INLINE V NAME(element)(const NAME(row) * row, size_t i, size_t count) {
  return NAME(load_some)(row->a + i, count);
}
INLINE V NAME(element_squared)(const NAME(row) * row, size_t i, size_t count) {
  const V x = NAME(load_some)(row->a + i, count);
  return x * x;
}

INLINE SCALAR NAME(maximum_of_row)(const SCALAR *in, size_t count) {
  const NAME(row) row = {.a = in};
  return NAME(fold_row)(&row, count, C(-__builtin_inf()), NAME(maximum_of), NAME(element));
}
