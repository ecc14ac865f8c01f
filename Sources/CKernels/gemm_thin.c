// Products with sums of so few terms that writing C is the work: C is written row by row, from end to end.
#include "gemm_plan.h"
#include "scratch.h"
#include "spool_threads.h"

typedef struct thin {
  const spool_gemm *product;
  const gemm_kernels *kernels;
  size_t block; // columns at a time, whose part of B stays in the first-level cache
} thin;

static void run_thin(size_t begin, size_t end, void *context) {
  const thin *t = context;
  const spool_gemm *g = t->product;
  const gemm_kernels *kernels = t->kernels;
  const ptrdiff_t size = (ptrdiff_t)kernels->element;
  // A B whose columns are not dense is packed, the block as one panel; and one of more rows than a set of the
  // first-level cache has lines, since they may fall into the same sets.
  const bool is_packed = g->b_column != 1 || (g->k > THIN_TERMS && g->m > STRIP_ROWS);
  const size_t bytes = is_packed ? t->block * g->k * kernels->element : 0;
  char *packed = bytes ? scratch_allocate(bytes) : NULL;
  for (size_t i = begin, rows; i < end; i += rows) {
    const size_t item = i / g->m, row = i % g->m;
    rows = smaller(end - i, g->m - row);
    for (size_t column = 0, columns; column < g->n; column += columns) {
      columns = smaller(t->block, g->n - column);
      strip s = {.k = g->k,
                 .rows = rows,
                 .columns = columns,
                 .a = (const char *)g->a + size * ((ptrdiff_t)item * g->a_batch + (ptrdiff_t)row * g->a_row),
                 .a_row = g->a_row,
                 .a_column = g->a_column,
                 .b = (const char *)g->b +
                      size * ((ptrdiff_t)item * g->b_batch + (ptrdiff_t)column * g->b_column),
                 .b_row = g->b_row,
                 .b_column = (ptrdiff_t)kernels->lanes,
                 .c = (char *)g->c + size * ((ptrdiff_t)item * g->c_batch + (ptrdiff_t)row * g->c_row +
                                             (ptrdiff_t)column),
                 .c_row = g->c_row,
                 .add = g->accumulate,
                 .bias = g->bias ? (const char *)g->bias + size * (ptrdiff_t)column : NULL};
      if (packed) {
        const size_t vectors = divided_up(columns, kernels->lanes);
        kernels->pack_panel(packed, vectors, g->k, columns, s.b, g->b_row, g->b_column);
        s.b = packed;
        s.b_row = (ptrdiff_t)(vectors * kernels->lanes);
      }
      kernels->thin(&s);
      if (g->epilogue) g->epilogue(s.c, g->c_row, item, row, rows, column, columns, g->epilogue_context);
    }
  }
  if (packed) spool_release(packed, bytes);
}

void gemm_multiply_thin(const gemm_kernels *kernels, const spool_gemm *g, size_t threads) {
  const size_t part = kernels->lanes * THIN_VECTORS;
  const size_t most = THIN_BLOCK_BYTES / (g->k + 1) / kernels->element;
  thin t = {.product = g, .kernels = kernels};
  t.block = divided_up(divided_up(g->n, divided_up(g->n, most)), part) * part;
  const size_t rows = g->batch * g->m;
  spool_parallel_for(rows, divided_up(rows, threads), run_thin, &t);
}
