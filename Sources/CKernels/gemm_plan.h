#pragma once
// What the sources of the matrix product share: how a product is cut up, and the sizes by which it is.
#include "gemm_kernels.h"
#include "spool_gemm.h"

enum {
  K_BLOCK = 256,          // terms that are summed in registers
  ROW_BLOCK = 256,        // rows of A that stay in the second-level cache, K_BLOCK wide
  KEPT_BYTES = 3 << 18,   // packed panels of B that are kept there for the next row block,
  KEPT_FAR_BYTES = 2 << 20, // ... or in the third, where the second is small;
  DENSE_ROWS = 128,       // from so many on, dense rows of A are packed then, too,
  DENSE_PANELS = 8,       // for more panels than that
  DOT_TERMS = 4,          // from so many on, one column of C is computed by dot products;
  LONG_DOT_TERMS = 128,   // from so many on twice DOT_ROWS rows, too
  THIN_TERMS = 8,         // up to so many, a C that is not small
  THIN_TERMS_OF_SHORT = 24, // (where vectors are short and rows of C wide: up to so many,
  THIN_TERMS_OF_FEW = 30, // or, for up to STRIP_ROWS rows, so many,
  THIN_FAR_BYTES = 8 << 20, // if C is no larger than this)
  THIN_BYTES = 32 << 10,  // ... or has few rows, and a B whose columns are not dense, is written row by row,
  THIN_ROWS = 16,
  THIN_BLOCK_BYTES = 16 << 10, // so much of B and a row of C at a time,
  THIN_WIDTH = 4,         // if a row has as many vectors
  FEW_ROWS = 2,           // up to so many, a tile takes several panels
  NARROW = 8,             // a C with at most so many columns is computed transposed (from a far A twice as many),
  NARROW_TERMS = 32,      // unless they fill vectors, for up to so many terms more than half;
  THIN_NARROW = 3,        // of sums of no more than THIN_TERMS, one with at most so many
  FAR_BYTES = 3 << 19,    // a larger B does not stay in the second-level cache; its rows are fetched
  AHEAD = 16,             // so many terms beforehand,
  AHEAD_IN_SET = 4,       // or fewer where all rows fall into one set of the first-level cache,
  SET_STRIDE = 4 << 10,   // being a multiple of this apart,
  IN_SET_TILES = 4,       // and no more tiles share what is fetched
  FETCHED_ROWS = 3,       // with a row of C, so many rows of B at most are fetched for the next panel
  DISPLACING_BYTES = 1 << 18, // a B of so much leaves little of what was in the near caches before it
  WIDE_VECTORS = 64,      // rows of a far B from so many vectors on are read from end to end for a few rows of C
  STRIP_COLUMNS = 4096,   // columns of a strip; where its sums are in memory, the nearest cache, of all its rows
  DIRECT_BYTES = 16 << 10 // a B that is smaller stays in the first-level cache and need not be packed
};
// The columns of B and C as panels, each `vectors` vectors wide but the last ones: where one vector would be
// left over, the last two panels share what they have, since a tile of one vector starves the arithmetic.
typedef struct panels {
  size_t columns, lanes, vectors, all_vectors, count;
  bool shared;
} panels;

struct spool_packed {
  const gemm_kernels *kernels;
  size_t k;
  panels panels;
  _Alignas(64) char values[];
};

static inline size_t smaller(size_t x, size_t y) { return x < y ? x : y; }
static inline size_t divided_up(size_t x, size_t size) { return (x + size - 1) / size; }
// Where part i of `parts` nearly equal parts of [0, count) begins.
static inline size_t cut(size_t count, size_t parts, size_t i) {
  return count / parts * i + smaller(i, count % parts);
}

panels gemm_make_panels(const gemm_kernels *kernels, size_t columns);
// The first vector of panel i; of panel `count`, the number of vectors.
static inline size_t panel_begin(const panels *p, size_t i) {
  if (i == p->count) return p->all_vectors;
  return i * p->vectors - (p->shared && i + 1 == p->count);
}
static inline size_t panel_vectors(const panels *p, size_t i) {
  return panel_begin(p, i + 1) - panel_begin(p, i);
}
static inline size_t panel_columns(const panels *p, size_t i) {
  return smaller(panel_begin(p, i + 1) * p->lanes, p->columns) - panel_begin(p, i) * p->lanes;
}

// A product being run: the caller's, with what was decided about it.
typedef struct plan {
  spool_gemm product;
  const gemm_kernels *kernels;
  panels panels;
  size_t k_blocks;
  size_t row_parts, column_parts; // how C is split over threads
  bool pack_a, fetches_panels; // the latter: while the tiles of one panel run, the next is fetched
  size_t ahead; // so many terms beforehand rows of B are fetched
  // Where tiles find B: packed beforehand; in place; in place while the first row tile copies it to a packed
  // panel for the others; or in a panel packed before the first. Or no tiles, but strips.
  enum { B_PREPACKED, B_IN_PLACE, B_COPIED, B_PACKED, B_IN_STRIPS } b_source;
  // NULL, or where each row (each column) of B begins, for an unfolded image: copied, packed.
  const ptrdiff_t *b_rows, *b_columns;
} plan;

// Rows [row, row_end) and panels [panel, panel_end) of C, of one batch item.
typedef struct region {
  size_t item, row, row_end, panel, panel_end;
} region;

static inline char *element(const plan *p, const void *base, ptrdiff_t offset) {
  return (char *)base + offset * (ptrdiff_t)p->kernels->element;
}

// How many of the panels [panel, end) one tile of `rows` rows takes.
size_t gemm_panels_at_once(const gemm_kernels *kernels, const panels *p, size_t rows, size_t panel,
                           size_t end);

const gemm_kernels *gemm_kernels_in_use(spool_dtype dtype);
plan gemm_make_plan(const gemm_kernels *kernels, const spool_gemm *product);
// Computes a region of C on the calling thread.
void gemm_multiply_region(const plan *p, const region *r);
// Whether C is two sums, the terms of which lie in turn.
bool gemm_is_in_turn(const spool_gemm *product);
// Products with a C of few columns, by dot products, or with few terms, split over threads.
void gemm_multiply_narrow(const gemm_kernels *kernels, const spool_gemm *product, size_t threads);
void gemm_multiply_dots(const gemm_kernels *kernels, const spool_gemm *product, size_t threads);
void gemm_multiply_thin(const gemm_kernels *kernels, const spool_gemm *product, size_t threads);

// The product with a B whose row i begins b_rows[i] elements behind product->b, its columns dense, or whose
// column j begins b_columns[j] behind it, its rows dense; the other of the two is NULL. One batch item.
void gemm_multiply_unfolded(spool_dtype dtype, const spool_gemm *product, const ptrdiff_t *b_rows,
                            const ptrdiff_t *b_columns);
