// Products with sums of so few terms that writing C is the work: C is written row by row, from end to end.
#include "gemm_plan.h"
#include "scratch.h"
#include "spool_threads.h"

typedef struct thin {
  const spool_gemm *product;
  const gemm_kernels *kernels;
  size_t block;         // columns at a time, whose part of B stays in the first-level cache
  const char *packed_b; // NULL or B of all items, as panels of one vector
  size_t packed_item;   // scalars
} thin;

static void run_thin(size_t begin, size_t end, void *context) {
  const thin *t = context;
  const spool_gemm *g = t->product;
  const ptrdiff_t size = (ptrdiff_t)t->kernels->element, lanes = (ptrdiff_t)t->kernels->lanes;
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
                 .b = (const char *)g->b + size * ((ptrdiff_t)item * g->b_batch + (ptrdiff_t)column),
                 .b_row = g->b_row,
                 .b_column = lanes,
                 .c = (char *)g->c + size * ((ptrdiff_t)item * g->c_batch + (ptrdiff_t)row * g->c_row +
                                             (ptrdiff_t)column),
                 .c_row = g->c_row,
                 .add = g->accumulate,
                 .bias = g->bias ? (const char *)g->bias + size * (ptrdiff_t)column : NULL};
      if (t->packed_b) {
        s.b = t->packed_b + (size_t)size * (item * t->packed_item + column * g->k);
        s.b_row = lanes;
        s.b_column = lanes * (ptrdiff_t)g->k;
      }
      t->kernels->thin(&s);
      if (g->epilogue) g->epilogue(s.c, g->c_row, item, row, rows, column, columns, g->epilogue_context);
    }
  }
}

void gemm_multiply_thin(const gemm_kernels *kernels, const spool_gemm *g, size_t threads) {
  const size_t lanes = kernels->lanes, part = lanes * THIN_VECTORS;
  thin t = {.product = g, .kernels = kernels};
  const size_t most = THIN_BYTES / (g->k + 1) / kernels->element;
  t.block = divided_up(divided_up(g->n, divided_up(g->n, most)), part) * part;
  const bool is_packed = g->b_column != 1 && g->n > 1;
  const size_t items = g->b_batch == 0 ? 1 : g->batch;
  const size_t bytes = is_packed ? items * divided_up(g->n, lanes) * lanes * g->k * kernels->element : 0;
  char *packed = bytes ? scratch_allocate(bytes) : NULL;
  if (packed) {
    t.packed_item = items == 1 ? 0 : divided_up(g->n, lanes) * lanes * g->k;
    for (size_t item = 0; item < items; item++)
      for (size_t column = 0; column < g->n; column += lanes)
        kernels->pack_panel(packed + kernels->element * (item * t.packed_item + column * g->k), 1, g->k,
                            smaller(lanes, g->n - column),
                            (const char *)g->b + (ptrdiff_t)kernels->element *
                                                     ((ptrdiff_t)item * g->b_batch +
                                                      (ptrdiff_t)column * g->b_column),
                            g->b_row, g->b_column);
    t.packed_b = packed;
  }
  const size_t rows = g->batch * g->m;
  spool_parallel_for(rows, divided_up(rows, threads), run_thin, &t);
  if (packed) spool_release(packed, bytes);
}
