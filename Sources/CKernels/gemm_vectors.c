// Products whose C is narrow: a few columns, or one row or column by dot products.
#include "gemm_plan.h"
#include "scratch.h"
#include "spool_threads.h"

// A C of few columns would leave most of a vector unused, so C' = B' A' is computed, some rows of C at a
// time, in scratch memory, and turned. Terms are added in the same order, so the bits are the same.
typedef struct narrow {
  spool_gemm product;
  const gemm_kernels *kernels;
  size_t block, blocks; // rows of C at a time
} narrow;

#define DEFINE_TURN(T)                                                                                 \
  static void load_turned_##T(const spool_gemm *g, const T *c, size_t rows, T *out) {                  \
    for (size_t i = 0; i < rows; i++)                                                                  \
      for (size_t j = 0; j < g->n; j++) out[j * rows + i] = c[(ptrdiff_t)i * g->c_row + (ptrdiff_t)j]; \
  }                                                                                                    \
  static void store_turned_##T(const spool_gemm *g, T *c, size_t rows, const T *in) {                  \
    const T *bias = g->bias;                                                                           \
    for (size_t i = 0; i < rows; i++)                                                                  \
      for (size_t j = 0; j < g->n; j++) {                                                              \
        T value = in[j * rows + i];                                                                    \
        c[(ptrdiff_t)i * g->c_row + (ptrdiff_t)j] = bias ? value + bias[j] : value;                    \
      }                                                                                                \
  }
DEFINE_TURN(float)
DEFINE_TURN(double)

static void run_narrow(size_t begin, size_t end, void *context) {
  const narrow *w = context;
  const spool_gemm *g = &w->product;
  const bool single = w->kernels->element == sizeof(float);
  const size_t bytes = g->n * w->block * w->kernels->element;
  char *turned = scratch_allocate(bytes);
  for (size_t i = begin; i < end; i++) {
    const size_t item = i / w->blocks, row = cut(g->m, w->blocks, i % w->blocks);
    const size_t rows = cut(g->m, w->blocks, i % w->blocks + 1) - row;
    const ptrdiff_t size = (ptrdiff_t)w->kernels->element;
    char *c = (char *)g->c + size * ((ptrdiff_t)item * g->c_batch + (ptrdiff_t)row * g->c_row);
    const spool_gemm turned_product = {.batch = 1,
                                       .m = g->n,
                                       .n = rows,
                                       .k = g->k,
                                       .a = (const char *)g->b + size * (ptrdiff_t)item * g->b_batch,
                                       .a_row = g->b_column,
                                       .a_column = g->b_row,
                                       .b = (const char *)g->a +
                                            size * ((ptrdiff_t)item * g->a_batch + (ptrdiff_t)row * g->a_row),
                                       .b_row = g->a_column,
                                       .b_column = g->a_row,
                                       .c = turned,
                                       .c_row = (ptrdiff_t)rows,
                                       .accumulate = g->accumulate};
    if (g->accumulate && single) load_turned_float(g, (const float *)c, rows, (float *)turned);
    if (g->accumulate && !single) load_turned_double(g, (const double *)c, rows, (double *)turned);
    plan p = gemm_make_plan(w->kernels, &turned_product);
    const region all = {0, 0, g->n, 0, p.panels.count};
    gemm_multiply_region(&p, &all);
    if (single)
      store_turned_float(g, (float *)c, rows, (const float *)turned);
    else
      store_turned_double(g, (double *)c, rows, (const double *)turned);
    if (g->epilogue) g->epilogue(c, g->c_row, item, row, rows, 0, g->n, g->epilogue_context);
  }
  spool_release(turned, bytes);
}

void gemm_multiply_narrow(const gemm_kernels *kernels, const spool_gemm *product, size_t threads) {
  narrow w = {.product = *product, .kernels = kernels};
  w.blocks = divided_up(product->m * product->n, STRIP_COLUMNS);
  w.block = divided_up(product->m, w.blocks);
  const size_t count = w.blocks * product->batch;
  spool_parallel_for(count, divided_up(count, threads), run_narrow, &w);
}

// C or its transpose has one column, and the rows by which the vector is multiplied are dense: dot products.
typedef struct dots {
  spool_gemm product;
  const gemm_kernels *kernels;
  size_t count; // dot products for each item
  // The vector; the rows; C; each with its step from item to item and from term to term or row to row.
  const char *vector, *rows;
  char *c;
  ptrdiff_t vector_batch, vector_step, rows_batch, row_step, c_step, bias_step;
  size_t parts;
} dots;

static void run_dots(size_t begin, size_t end, void *context) {
  const dots *d = context;
  const spool_gemm *g = &d->product;
  const size_t size = d->kernels->element, bytes = d->vector_step == 1 ? 0 : g->k * size;
  char *dense = bytes ? scratch_allocate(bytes) : NULL;
  for (size_t i = begin; i < end; i++) {
    const size_t item = i / d->parts, first = cut(d->count, d->parts, i % d->parts);
    const size_t count = cut(d->count, d->parts, i % d->parts + 1) - first;
    const char *vector = d->vector + (ptrdiff_t)size * (ptrdiff_t)item * d->vector_batch;
    if (dense) d->kernels->pack_rows(dense, 1, 1, g->k, vector, 0, d->vector_step);
    char *c = d->c + (ptrdiff_t)size * ((ptrdiff_t)item * g->c_batch + (ptrdiff_t)first * d->c_step);
    const strip s = {
        .k = g->k,
        .columns = count,
        .a = dense ? dense : vector,
        .b = d->rows + (ptrdiff_t)size * ((ptrdiff_t)item * d->rows_batch + (ptrdiff_t)first * d->row_step),
        .b_column = d->row_step,
        .c = c,
        .c_row = d->c_step,
        .add = g->accumulate,
        .bias = g->bias ? (const char *)g->bias + (ptrdiff_t)(size * first) * d->bias_step : NULL,
        .bias_step = d->bias_step};
    d->kernels->dots(&s);
    if (g->epilogue && g->n == 1)
      g->epilogue(c, g->c_row, item, first, count, 0, 1, g->epilogue_context);
    else if (g->epilogue)
      g->epilogue(c, g->c_row, item, 0, 1, first, count, g->epilogue_context);
  }
  if (dense) spool_release(dense, bytes);
}

void gemm_multiply_dots(const gemm_kernels *kernels, const spool_gemm *g, size_t threads) {
  dots d = {.product = *g, .kernels = kernels, .count = g->n == 1 ? g->m : g->n, .c = g->c};
  if (g->n == 1) {
    d.rows = g->a, d.rows_batch = g->a_batch, d.row_step = g->a_row, d.c_step = g->c_row;
    d.vector = g->b, d.vector_batch = g->b_batch, d.vector_step = g->b_row;
    // A packed column is the first of one vector.
    if (g->packed_b)
      d.vector = g->packed_b->values, d.vector_batch = 0, d.vector_step = (ptrdiff_t)kernels->lanes;
  } else {
    d.rows = g->b, d.rows_batch = g->b_batch, d.row_step = g->b_column, d.c_step = d.bias_step = 1;
    d.vector = g->a, d.vector_batch = g->a_batch, d.vector_step = g->a_column;
  }
  d.parts = smaller(divided_up(threads, g->batch), d.count);
  spool_parallel_for(g->batch * d.parts, divided_up(g->batch * d.parts, threads), run_dots, &d);
}
