// Packing of both operands; included by gemm_body.h.
// Transposes squares of 128 bits a side, within the 128-bit parts of `LANE_SCALARS` vectors.
INLINE void NAME(turn_squares)(vec *v) {
#if LANE_SCALARS == 4
  vec p = LOW_PAIRS(v[0], v[1]), q = HIGH_PAIRS(v[0], v[1]);
  vec r = LOW_PAIRS(v[2], v[3]), s = HIGH_PAIRS(v[2], v[3]);
  v[0] = LOW_HALVES(p, r), v[1] = HIGH_HALVES(p, r);
  v[2] = LOW_HALVES(q, s), v[3] = HIGH_HALVES(q, s);
#else
  vec p = v[0], q = v[1];
  v[0] = LOW_HALVES(p, q), v[1] = HIGH_HALVES(p, q);
#endif
}

// Loads LANES columns of LANES scalars each, `column` apart, and turns them into rows. Much of the turning is
// done by loading half vectors into place, which the load units do beside the shuffles. The barrier keeps the
// compiler from mixing two blocks, which the registers would not hold.
INLINE void NAME(turn)(const SCALAR *b, ptrdiff_t column, vec *rows) {
  __asm__ volatile("" ::: "memory");
#if LANES == LANE_SCALARS
  EACH(j, LANES) rows[j] = LOAD(b + j * column);
  NAME(turn_squares)(rows);
#else
  // Every fourth address is kept and the others are found from it: all of them would not fit the registers.
  const SCALAR *fourth[LANES / 4];
  EACH(j, LANES / 4) {
    fourth[j] = b + 4 * j * column;
    OPAQUE(fourth[j]);
  }
#define HALF(j, h) (*(const NAME(loose_half) *)(fourth[(j) / 4] + (j) % 4 * column + (h) * (LANES / 2)))
#define SQUARE(j, h) JOIN(HALF(j, h), HALF((j) + LANE_SCALARS, h))
  EACH(h, 2) {
#if LANES == 2 * LANE_SCALARS
    EACH(e, LANE_SCALARS) rows[h * LANE_SCALARS + e] = SQUARE(e, h);
    NAME(turn_squares)(rows + h * LANE_SCALARS);
#else
    vec x[LANE_SCALARS], y[LANE_SCALARS];
    EACH(e, LANE_SCALARS) x[e] = SQUARE(e, h), y[e] = SQUARE(2 * LANE_SCALARS + e, h);
    NAME(turn_squares)(x);
    NAME(turn_squares)(y);
    EACH(e, LANE_SCALARS) {
      rows[2 * h * LANE_SCALARS + e] = EVEN_BLOCKS(x[e], y[e]);
      rows[(2 * h + 1) * LANE_SCALARS + e] = ODD_BLOCKS(x[e], y[e]);
    }
#endif
  }
#undef HALF
#undef SQUARE
#endif
}

#if LANES > LANE_SCALARS
// The same for no more than the first 128 bits of each column: `count` scalars, turned into as many rows.
INLINE void NAME(turn_few)(const SCALAR *b, ptrdiff_t column, size_t count, vec *rows) {
  const SQUARE_PART part = SOME_OF_SQUARE(count);
  square *const parts = (square *)rows;
  EACH(q, LANES / LANE_SCALARS) {
    EACH(e, LANE_SCALARS) parts[e * (LANES / LANE_SCALARS) + q] = LOAD_SQUARE(b + e * column, part);
    b += LANE_SCALARS * column;
    OPAQUE(b);
  }
  NAME(turn_squares)(rows);
}
#endif

// The same for a block of fewer columns or scalars: what is missing is zero.
INLINE void NAME(turn_part)(const SCALAR *b, ptrdiff_t column, size_t columns, size_t count, vec *rows) {
#if LANES > LANE_SCALARS
  if (columns == LANES) {
    EACH(q, LANES / LANE_SCALARS)
      if (count > q * LANE_SCALARS) {
        const size_t left = count - q * LANE_SCALARS;
        NAME(turn_few)(b + q * LANE_SCALARS, column, left < LANE_SCALARS ? left : LANE_SCALARS,
                       rows + q * LANE_SCALARS);
      }
    return;
  }
#endif
  _Alignas(64) SCALAR whole[LANES * LANES];
  const PART part = SOME(count);
  for (size_t j = 0; j < LANES; j++)
    *(vec *)(whole + j * LANES) = j < columns ? LOAD_PART(b + (ptrdiff_t)j * column, part) : (vec)(0);
  NAME(turn)(whole, LANES, rows);
}

// B with dense columns: panel rows are copies.
INLINE void NAME(copy_panel)(SCALAR *panel, const int vectors, size_t k, size_t columns, const SCALAR *b,
                             ptrdiff_t b_row) {
  const PART tail = SOME(columns - (size_t)(vectors - 1) * LANES);
  for (size_t i = 0; i < k; i++, b += b_row, panel += vectors * LANES) {
    EACH(v, vectors - 1) ((vec *)panel)[v] = LOAD(b + v * LANES);
    ((vec *)panel)[vectors - 1] = LOAD_PART(b + (vectors - 1) * LANES, tail);
  }
}

// B with dense rows of its transpose: blocks are turned in registers.
INLINE void NAME(turn_panel)(SCALAR *panel, const int vectors, size_t k, size_t columns, const SCALAR *b,
                             ptrdiff_t b_column) {
  for (int v = 0; v < vectors; v++) {
    const size_t left = columns - (size_t)v * LANES, used = left < LANES ? left : LANES;
    const SCALAR *block = b + v * LANES * b_column;
    SCALAR *out = panel + v * LANES;
    for (size_t i = 0; i < k; i += LANES, block += LANES, out += LANES * vectors * LANES) {
      const size_t count = k - i < LANES ? k - i : LANES;
      if (used == LANES && count == LANES) {
        vec rows[LANES];
        NAME(turn)(block, b_column, rows);
        EACH(j, LANES) *(vec *)(out + j * vectors * LANES) = rows[j];
      } else {
        vec rows[LANES];
        NAME(turn_part)(block, b_column, used, count, rows);
        EACH(j, LANES)
          if (j < (int)count) *(vec *)(out + j * vectors * LANES) = rows[j];
      }
    }
  }
}

static void NAME(pack_panel)(void *to, size_t vectors, size_t k, size_t columns, const void *from,
                             ptrdiff_t b_row, ptrdiff_t b_column) {
  SCALAR *panel = to;
  const SCALAR *b = from;
  if (b_column == 1) {
    switch (vectors) {
    case 1: NAME(copy_panel)(panel, 1, k, columns, b, b_row); break;
    case 2: NAME(copy_panel)(panel, 2, k, columns, b, b_row); break;
    case 3: NAME(copy_panel)(panel, 3, k, columns, b, b_row); break;
    default: NAME(copy_panel)(panel, (int)vectors, k, columns, b, b_row); break;
    }
  } else if (b_row == 1) {
    switch (vectors) {
    case 1: NAME(turn_panel)(panel, 1, k, columns, b, b_column); break;
    case 2: NAME(turn_panel)(panel, 2, k, columns, b, b_column); break;
    case 3: NAME(turn_panel)(panel, 3, k, columns, b, b_column); break;
    default: NAME(turn_panel)(panel, (int)vectors, k, columns, b, b_column); break;
    }
  } else {
    const size_t width = vectors * LANES;
    for (size_t i = 0; i < k; i++, b += b_row, panel += width)
      for (size_t j = 0; j < width; j++) panel[j] = j < columns ? b[(ptrdiff_t)j * b_column] : 0;
  }
}

static void NAME(pack_columns_at)(void *panel, size_t vectors, size_t k, size_t columns, const void *b,
                                  const ptrdiff_t *columns_at) {
  _Alignas(64) SCALAR whole[LANES * LANES];
  for (size_t v = 0; v < vectors; v++) {
    const size_t used = columns - v * LANES < LANES ? columns - v * LANES : LANES;
    SCALAR *out = (SCALAR *)panel + v * LANES;
    for (size_t i = 0; i < k; i += LANES) {
      const size_t count = k - i < LANES ? k - i : LANES;
      const PART part = SOME(count);
      for (size_t j = 0; j < LANES; j++) {
        const SCALAR *from = (const SCALAR *)b + (j < used ? columns_at[v * LANES + j] + (ptrdiff_t)i : 0);
        *(vec *)(whole + j * LANES) = j >= used        ? (vec)(0)
                                      : count == LANES ? LOAD(from)
                                                       : LOAD_PART(from, part);
      }
      vec rows[LANES];
      NAME(turn)(whole, LANES, rows);
      EACH(j, LANES) {
        if (j < (int)count) *(vec *)out = rows[j];
        out += vectors * LANES;
      }
    }
  }
}

// LANES terms of ROWS dense rows, turned into LANES columns.
INLINE void NAME(turn_rows)(SCALAR *out, const SCALAR *a, ptrdiff_t a_row) {
  EACH(g, ROWS / LANE_SCALARS) {
    vec v[LANE_SCALARS];
    EACH(e, LANE_SCALARS) v[e] = LOAD(a + (g * LANE_SCALARS + e) * a_row);
    NAME(turn_squares)(v);
    EACH(q, LANES / LANE_SCALARS)
      EACH(e, LANE_SCALARS)
        *(square *)(out + (q * LANE_SCALARS + e) * ROWS + g * LANE_SCALARS) = ((const square *)(v + e))[q];
  }
}

static void NAME(pack_rows)(void *to, size_t stride, size_t rows, size_t k, const void *from, ptrdiff_t a_row,
                            ptrdiff_t a_column) {
  SCALAR *out = to;
  const SCALAR *a = from;
  const bool whole = rows == ROWS && stride == ROWS;
  size_t i = 0;
  if (whole && a_column == 1)
    for (; i + LANES <= k; i += LANES, a += LANES, out += LANES * ROWS) NAME(turn_rows)(out, a, a_row);
  for (; i < k; i++, a += a_column, out += stride)
    for (size_t r = 0; r < rows; r++) out[r] = a[(ptrdiff_t)r * a_row];
}

// By cache lines: where rows are a power of two apart, the first-level cache loses a line before the next tile
// comes to it. Of more tiles at once, what is written would push each other out of a set of it; of fewer, memory
// is read in pieces.
static void NAME(pack_tiles)(void *to, size_t tiles, size_t k, const void *from, ptrdiff_t a_column) {
  enum { AT_ONCE = 8 };
  SCALAR *out = to;
  const SCALAR *a = from;
  for (size_t count; tiles > 0; tiles -= count, a += count * ROWS, out += count * k * ROWS) {
    count = tiles < AT_ONCE ? tiles : AT_ONCE;
    const SCALAR *term = a;
    for (size_t i = 0; i < k; i++, term += a_column)
      for (size_t t = 0; t < count; t++)
        memcpy(out + (t * k + i) * ROWS, term + t * ROWS, ROWS * sizeof(SCALAR));
  }
}

// `rows` <= LANES rows of C by `columns` <= LANE_SCALARS columns, from its transpose.
INLINE void NAME(store_turned_block)(SCALAR *c, ptrdiff_t c_row, size_t rows, size_t columns,
                                     const SCALAR *from, size_t from_row, const SCALAR *bias) {
  vec v[LANE_SCALARS];
  const PART part = SOME(rows);
  EACH(j, LANE_SCALARS) {
    v[j] = (size_t)j >= columns ? (vec)(0) : rows == LANES ? LOAD(from) : LOAD_PART(from, part);
    if (bias && (size_t)j < columns) v[j] += bias[j];
    from += from_row;
  }
  NAME(turn_squares)(v);
  EACH(q, LANES / LANE_SCALARS)
    EACH(i, LANE_SCALARS) {
      if ((size_t)(q * LANE_SCALARS + i) < rows) {
        const square row = ((const square *)(v + i))[q];
        if (columns == LANE_SCALARS)
          *(square *)c = row;
        else
          for (size_t j = 0; j < columns; j++) c[j] = row[j];
        c += c_row;
      }
    }
}

static void NAME(store_turned)(void *to, ptrdiff_t c_row, size_t rows, size_t columns, const void *from,
                               const void *bias) {
  for (size_t i = 0; i < rows; i += LANES)
    for (size_t j = 0; j < columns; j += LANE_SCALARS) {
      SCALAR *const c = (SCALAR *)to + (ptrdiff_t)i * c_row + (ptrdiff_t)j;
      const SCALAR *const block = (const SCALAR *)from + j * rows + i;
      const SCALAR *const biases = bias ? (const SCALAR *)bias + j : NULL;
      if (rows - i >= LANES && columns - j >= LANE_SCALARS)
        NAME(store_turned_block)(c, c_row, LANES, LANE_SCALARS, block, rows, biases);
      else
        NAME(store_turned_block)(c, c_row, rows - i < LANES ? rows - i : LANES,
                                 columns - j < LANE_SCALARS ? columns - j : LANE_SCALARS, block, rows,
                                 biases);
    }
}
