#pragma once
// What the loops of gemm.c need from an instruction set: register tiles and packing, for one scalar type.
#include <stdbool.h>
#include <stddef.h>

// The most of any instruction set.
enum { TILE_ROWS = 8, TILE_PANELS = 4, TILE_VECTORS = 3, STRIP_ROWS = 4, DOT_ROWS = 4, THIN_VECTORS = 8 };
enum { CACHE_LINE = 64, FEW_TERMS = 32 }; // a tile of fewer terms is not worth more than one loop

// One register tile of C, and how to get it. B comes as rows of a panel, `b_row` elements apart: straight
// from a matrix with dense columns, or packed. A tile of few rows takes several panels of equal width side by
// side.
typedef struct tile {
  size_t k;
  const void *a;
  ptrdiff_t a_row, a_column;
  const void *b;
  ptrdiff_t b_row, b_panel; // from one row, one panel to the next
  // Or, of one panel and where `rows` is not NULL: row i is rows[i] elements behind b, row i + ahead is
  // fetched from memory beforehand, and all rows are written to `pack`, `pack_step` elements apart: as a
  // packed panel, or, with a step of zero, nowhere in particular.
  const ptrdiff_t *rows;
  void *pack;
  ptrdiff_t pack_step;
  size_t ahead;
  // Of one panel: what is fetched from memory meanwhile, for a later tile and for what comes after the product,
  // so many bytes further with each term.
  const char *coming, *next;
  size_t coming_step, next_step;
  // And, with FEW_TERMS terms or more, of a later panel in rows of B: with each row of C the next `far_count`
  // rows, which are far_rows[0] and so on elements behind `far`.
  const void *far;
  const ptrdiff_t *far_rows;
  size_t far_count;
  void *c;
  ptrdiff_t c_row;
  size_t last_columns; // valid columns of the last panel: less than its vectors hold, if n divides badly
  bool add;            // C += instead of C =
  const void *bias;    // NULL or one element for each column
} tile;

typedef void (*tile_kernel)(const tile *);

// Rows of C by any number of columns, for products that tiles are no good for: a B that is read once and so
// not worth packing, or sums of so few terms that writing C is the work.
typedef struct strip {
  size_t k, rows, columns; // the rows: of `thin`; the others are each for a number of them
  const void *a;
  ptrdiff_t a_row, a_column;
  const void *b;
  ptrdiff_t b_row, b_column; // `thin`: the latter from one vector of columns to the next
  void *c;
  ptrdiff_t c_row;
  bool add;
  const void *bias;
  ptrdiff_t c_column, bias_row, bias_column; // `dots`; for the others C and the bias are dense
  void *sums; // B with dense columns: scratch of `columns` scalars for each row, rounded up to whole vectors
} strip;

typedef void (*strip_kernel)(const strip *);

typedef struct gemm_kernels {
  size_t element; // bytes of a scalar
  size_t lanes, rows, vectors;
  size_t tile_rows[TILE_VECTORS]; // the most rows of a tile of so many vectors; where A is packed, `rows`
  bool partial_loads; // whether tiles read an incomplete last vector of B quickly (else such a panel is
                      // copied)
  // Whether the second-level cache is small, and vectors are short for the cores that have it, as where there is
  // no more than AVX2. It holds a block of A then, packed; the panels of B wait in the third, or are fetched from
  // memory.
  bool small_cache;
  // [rows - 1][panels - 1][vectors of a panel - 1]; NULL where the registers would not hold it or nothing is
  // won
  tile_kernel tiles[TILE_ROWS][TILE_PANELS][TILE_VECTORS];
  strip_kernel rows_of_strip[STRIP_ROWS]; // [rows - 1], B with dense columns
  strip_kernel grouped_row;               // the same of one row, with the terms added in groups
  strip_kernel thin;             // few terms, vectors of B anywhere
  size_t dot_rows;
  strip_kernel dots[DOT_ROWS];     // [rows - 1], dense rows, B with dense rows of its transpose; in lanes
  strip_kernel dots_in_turn;       // one dense row, B two dense columns
  strip_kernel turned[STRIP_ROWS]; // [rows - 1], B with dense rows of its transpose
  // Writes `columns` columns of a [k, n] matrix as one panel of `vectors` vectors, zeros behind the last
  // column.
  void (*pack_panel)(void *panel, size_t vectors, size_t k, size_t columns, const void *b, ptrdiff_t b_row,
                     ptrdiff_t b_column);
  // The same for a matrix whose column j begins `columns_at[j]` elements behind b, the terms of a column
  // dense.
  void (*pack_columns_at)(void *panel, size_t vectors, size_t k, size_t columns, const void *b,
                          const ptrdiff_t *columns_at);
  // Writes `rows` rows of a [rows, k] matrix as [k][stride].
  void (*pack_rows)(void *out, size_t stride, size_t rows, size_t k, const void *a, ptrdiff_t a_row,
                    ptrdiff_t a_column);
  // Writes the rows of `tiles` whole tiles, a matrix with dense columns, each as [k][rows of a tile].
  void (*pack_tiles)(void *out, size_t tiles, size_t k, const void *a, ptrdiff_t a_column);
  // Writes C, [rows, columns], from its transpose, [columns][rows]; bias: NULL or one element for each column.
  void (*store_turned)(void *c, ptrdiff_t c_row, size_t rows, size_t columns, const void *from,
                       const void *bias);
  // The transforms of winograd_body.h.
  void (*winograd_input)(const void *rows, size_t row, size_t tiles, void *to, size_t plane);
  void (*winograd_output)(const void *from, size_t plane, size_t tiles, void *to, size_t row, size_t rows,
                          size_t width);
  void (*winograd_gradient)(const void *from, size_t row, size_t rows, size_t width, size_t tiles, void *to,
                            size_t plane);
  void (*winograd_filter)(const void *from, size_t step, bool flipped, size_t count, void *to, size_t plane);
  void (*winograd_filter_gradient)(const void *from, size_t plane, size_t count, void *to);
} gemm_kernels;

extern const gemm_kernels gemm_kernels_float_portable, gemm_kernels_double_portable;
#if defined(__x86_64__)
extern const gemm_kernels gemm_kernels_float_avx2, gemm_kernels_double_avx2;
extern const gemm_kernels gemm_kernels_float_avx512, gemm_kernels_double_avx512;
#elif defined(__aarch64__)
extern const gemm_kernels gemm_kernels_float_neon, gemm_kernels_double_neon;
#endif
