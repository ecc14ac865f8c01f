// Products whose C is narrow: a few columns, or one row or column by dot products.
#include "gemm_plan.h"
#include "scratch.h"
#include "spool_threads.h"

// A C of few columns would leave most of a vector unused, so C' = B' A' is computed, some rows of C at a
// time, in scratch memory, and turned. Terms are added in the same order, so the bits are the same. A dense C
// of one column is its own transpose.
typedef struct narrow {
  spool_gemm product;
  const gemm_kernels *kernels;
  size_t block, blocks; // rows of C at a time
} narrow;

// What C holds already is turned, to be added to.
#define DEFINE_LOAD_TURNED(T)                                                                          \
  static void load_turned_##T(const spool_gemm *g, const T *c, size_t rows, T *out) {                  \
    for (size_t i = 0; i < rows; i++)                                                                  \
      for (size_t j = 0; j < g->n; j++) out[j * rows + i] = c[(ptrdiff_t)i * g->c_row + (ptrdiff_t)j]; \
  }
DEFINE_LOAD_TURNED(float)
DEFINE_LOAD_TURNED(double)

static void run_narrow(size_t begin, size_t end, void *context) {
  const narrow *w = context;
  const spool_gemm *g = &w->product;
  const bool single = w->kernels->element == sizeof(float);
  const bool in_place = g->n == 1 && g->c_row == 1 && !g->bias;
  const size_t bytes = in_place ? 0 : g->n * w->block * w->kernels->element;
  char *turned = bytes ? scratch_allocate(bytes) : NULL;
  for (size_t i = begin; i < end; i++) {
    const size_t item = i / w->blocks, row = cut(g->m, w->blocks, i % w->blocks);
    const size_t rows = cut(g->m, w->blocks, i % w->blocks + 1) - row;
    const ptrdiff_t size = (ptrdiff_t)w->kernels->element;
    char *c = (char *)g->c + size * ((ptrdiff_t)item * g->c_batch + (ptrdiff_t)row * g->c_row);
    spool_gemm turned_product = {.batch = 1,
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
                                 .c = in_place ? c : turned,
                                 .c_row = (ptrdiff_t)rows,
                                 .accumulate = g->accumulate,
                                 .free_order = g->n == 1};
    // A packed column is the first of one vector.
    if (g->packed_b)
      turned_product.a = g->packed_b->values, turned_product.a_column = (ptrdiff_t)w->kernels->lanes;
    if (!in_place && g->accumulate && single) load_turned_float(g, (const float *)c, rows, (float *)turned);
    if (!in_place && g->accumulate && !single)
      load_turned_double(g, (const double *)c, rows, (double *)turned);
    plan p = gemm_make_plan(w->kernels, &turned_product);
    const region all = {0, 0, g->n, 0, p.panels.count};
    gemm_multiply_region(&p, &all);
    if (!in_place) w->kernels->store_turned(c, g->c_row, rows, g->n, turned, g->bias);
    if (g->epilogue) g->epilogue(c, g->c_row, item, row, rows, 0, g->n, g->epilogue_context);
  }
  if (turned) spool_release(turned, bytes);
}

void gemm_multiply_narrow(const gemm_kernels *kernels, const spool_gemm *product, size_t threads) {
  narrow w = {.product = *product, .kernels = kernels};
  w.blocks = divided_up(product->m * product->n, STRIP_COLUMNS);
  w.block = divided_up(product->m, w.blocks);
  const size_t count = w.blocks * product->batch;
  spool_parallel_for(count, divided_up(count, threads), run_narrow, &w);
}

// C has few rows or few columns, and both operands are dense along the terms, or one is two columns: dot
// products.
typedef struct dots {
  const spool_gemm *product;
  const gemm_kernels *kernels;
  bool turned;  // whether a column of C counts as a row
  bool in_turn; // whether the terms of two columns lie in turn
  strip strip; // of the first item
  ptrdiff_t a_batch, b_batch;
  size_t parts;
} dots;

static void run_dots(size_t begin, size_t end, void *context) {
  const dots *d = context;
  const spool_gemm *g = d->product;
  const ptrdiff_t size = (ptrdiff_t)d->kernels->element;
  // A lone row need not be dense: it is copied.
  const size_t bytes = d->strip.a_column == 1 ? 0 : g->k * d->kernels->element;
  char *dense = bytes ? scratch_allocate(bytes) : NULL;
  for (size_t i = begin; i < end; i++) {
    const ptrdiff_t item = (ptrdiff_t)(i / d->parts);
    const size_t first = cut(d->strip.columns, d->parts, i % d->parts);
    strip s = d->strip;
    s.columns = cut(d->strip.columns, d->parts, i % d->parts + 1) - first;
    s.a = (const char *)s.a + size * item * d->a_batch;
    if (dense) {
      d->kernels->pack_rows(dense, 1, 1, g->k, s.a, 0, s.a_column);
      s.a = dense;
    }
    s.b = (const char *)s.b + size * (item * d->b_batch + (ptrdiff_t)first * s.b_column);
    s.c = (char *)s.c + size * (item * g->c_batch + (ptrdiff_t)first * s.c_column);
    if (s.bias) s.bias = (const char *)s.bias + size * (ptrdiff_t)first * s.bias_column;
    void *const c = s.c;
    for (size_t row = 0, rows; row < s.rows; row += rows) {
      rows = smaller(s.rows - row, d->kernels->dot_rows);
      (d->in_turn ? d->kernels->dots_in_turn : d->kernels->dots[rows - 1])(&s);
      s.a = (const char *)s.a + size * (ptrdiff_t)rows * s.a_row;
      s.c = (char *)s.c + size * (ptrdiff_t)rows * s.c_row;
      if (s.bias) s.bias = (const char *)s.bias + size * (ptrdiff_t)rows * s.bias_row;
    }
    if (g->epilogue && d->turned)
      g->epilogue(c, g->c_row, (size_t)item, first, s.columns, 0, g->n, g->epilogue_context);
    else if (g->epilogue)
      g->epilogue(c, g->c_row, (size_t)item, 0, g->m, first, s.columns, g->epilogue_context);
  }
  if (dense) spool_release(dense, bytes);
}

void gemm_multiply_dots(const gemm_kernels *kernels, const spool_gemm *g, size_t threads) {
  dots d = {.product = g, .kernels = kernels, .turned = g->n == 1 || g->n < g->m};
  d.strip = (strip){.k = g->k, .c = g->c, .add = g->accumulate, .bias = g->bias};
  strip *s = &d.strip;
  if (d.turned) {
    s->rows = g->n, s->columns = g->m;
    s->a = g->b, s->a_row = g->b_column, s->a_column = g->b_row, d.a_batch = g->b_batch;
    // A packed column is the first of one vector.
    if (g->packed_b) s->a = g->packed_b->values, s->a_column = (ptrdiff_t)kernels->lanes, d.a_batch = 0;
    s->b = g->a, s->b_column = g->a_row, d.b_batch = g->a_batch;
    s->c_row = 1, s->c_column = g->c_row;
    s->bias_row = 1;
  } else {
    s->rows = g->m, s->columns = g->n;
    s->a = g->a, s->a_row = g->a_row, s->a_column = g->a_column, d.a_batch = g->a_batch;
    s->b = g->b, s->b_column = g->b_column, d.b_batch = g->b_batch;
    s->c_row = g->c_row, s->c_column = 1;
    s->bias_column = 1;
  }
  d.in_turn = gemm_is_in_turn(g);
  d.parts = d.in_turn ? 1 : smaller(divided_up(threads, g->batch), s->columns);
  spool_parallel_for(g->batch * d.parts, divided_up(g->batch * d.parts, threads), run_dots, &d);
}
