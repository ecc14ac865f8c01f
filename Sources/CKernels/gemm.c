// The matrix product: which operands are packed, how it is split over threads, and which shapes go another
// way. The arithmetic is in gemm_body.h.
#include "gemm_plan.h"
#include "spool_isa.h"
#include "spool_threads.h"

// Multiply-adds that pay for waking a thread.
static const double WORK_PER_THREAD = 4e5;

const gemm_kernels *gemm_kernels_in_use(spool_dtype dtype) {
  bool single = dtype == SPOOL_FLOAT;
  switch (spool_isa_current()) {
#if defined(__x86_64__)
  case SPOOL_ISA_AVX512: return single ? &gemm_kernels_float_avx512 : &gemm_kernels_double_avx512;
  case SPOOL_ISA_AVX2: return single ? &gemm_kernels_float_avx2 : &gemm_kernels_double_avx2;
#elif defined(__aarch64__)
  case SPOOL_ISA_NEON: return single ? &gemm_kernels_float_neon : &gemm_kernels_double_neon;
#endif
  default: return single ? &gemm_kernels_float_portable : &gemm_kernels_double_portable;
  }
}

panels gemm_make_panels(const gemm_kernels *kernels, size_t columns) {
  panels p = {.columns = columns, .lanes = kernels->lanes, .vectors = kernels->vectors};
  p.all_vectors = divided_up(columns, p.lanes);
  p.count = divided_up(p.all_vectors, p.vectors);
  p.shared = p.vectors > 2 && p.count > 1 && p.all_vectors % p.vectors == 1;
  return p;
}

// Whether rows of C are so few that reading rows of B from end to end is quicker than keeping sums in registers:
// where vectors are short, tiles of two rows wait for their sums, and tiles of three or four for a far B.
static bool reads_b_once(const gemm_kernels *kernels, const spool_gemm *g, size_t panels, bool b_is_far) {
  if (g->m == 1) return g->free_order || panels > TILE_PANELS;
  if (!kernels->small_cache) return false;
  return g->m <= FEW_ROWS || (g->m <= STRIP_ROWS && b_is_far && g->n >= WIDE_VECTORS * kernels->lanes);
}

plan gemm_make_plan(const gemm_kernels *kernels, const spool_gemm *product) {
  plan p = {.product = *product, .kernels = kernels, .panels = gemm_make_panels(kernels, product->n)};
  spool_gemm *g = &p.product;
  // The stride along an axis of one element is free; these values let more operands be read in place.
  if (g->k == 1) g->a_column = 1;
  if (g->n == 1) g->b_column = 1;
  p.k_blocks = g->k > K_BLOCK ? divided_up(g->k, K_BLOCK) : 1;
  p.row_parts = p.column_parts = 1;
  const bool b_is_far = g->k * g->n * kernels->element > FAR_BYTES;
  const bool in_one_set = g->b_row * (ptrdiff_t)kernels->element % SET_STRIDE == 0;
  if (b_is_far) p.ahead = in_one_set && g->m <= IN_SET_TILES * kernels->rows ? AHEAD_IN_SET : AHEAD;
  if (g->packed_b)
    p.b_source = B_PREPACKED;
  else if (g->b_column == 1 && reads_b_once(kernels, g, p.panels.count, b_is_far))
    p.b_source = B_IN_STRIPS;
  else if (g->m <= STRIP_ROWS && g->b_row == 1 && g->b_column != 1 && 4 * g->k >= p.panels.lanes &&
           g->n >= p.panels.lanes)
    p.b_source = B_IN_STRIPS;
  else if (g->b_column != 1)
    p.b_source = B_PACKED;
  else if (g->m <= (b_is_far ? FEW_ROWS : kernels->rows) || g->k * g->n * kernels->element <= DIRECT_BYTES)
    p.b_source = B_IN_PLACE;
  else
    p.b_source = B_COPIED;
  p.fetches_panels = b_is_far && (p.b_source == B_PREPACKED || p.b_source == B_COPIED);
  // Rows of A that are not dense cost a cache line for each term, once for each panel: packed where there are
  // several, or two for which the cache does not keep the lines. Dense rows that are a power of two apart fall
  // into the same sets of a cache: packed for many panels. Panels of short vectors are narrow: three are few.
  const bool rows_are_dense = g->a_column == 1;
  const bool lines_collide = g->a_column * (ptrdiff_t)kernels->element % (SET_STRIDE / 2) == 0;
  const size_t few_panels = rows_are_dense ? DENSE_PANELS : lines_collide ? 1 : kernels->small_cache ? 3 : 2;
  p.pack_a = p.panels.count > few_panels && (!rows_are_dense || (kernels->small_cache && g->m >= DENSE_ROWS)) &&
             g->m * g->k * kernels->element > DIRECT_BYTES;
  return p;
}

// Splits C over `parts` threads where that saves time: every thread packs what it needs of A and B by itself,
// so a cut through the rows costs packing B again, a cut through the columns packing A.
static void split(plan *p, size_t parts) {
  const size_t tiles = divided_up(p->product.m, p->kernels->rows), count = p->panels.count;
  const bool b_is_free = p->b_source == B_PREPACKED || p->b_source == B_IN_STRIPS;
  const double b_cost = b_is_free ? 0 : p->b_source == B_PACKED ? 8 : 3, a_cost = p->pack_a ? 6 : 1;
  double best = 0;
  for (size_t rows = 1; rows <= parts; rows++) {
    if (parts % rows) continue;
    const size_t columns = parts / rows;
    if (rows > tiles || columns > count) continue;
    size_t vectors = 0; // of the widest part
    for (size_t i = 0; i < columns; i++) {
      const size_t width = panel_begin(&p->panels, cut(count, columns, i + 1)) -
                           panel_begin(&p->panels, cut(count, columns, i));
      if (width > vectors) vectors = width;
    }
    const double m = (double)(divided_up(tiles, rows) * p->kernels->rows);
    const double n = (double)(vectors * p->kernels->lanes);
    const double cost = m * n + b_cost * n + a_cost * m;
    if (best != 0 && cost >= best) continue;
    best = cost;
    p->row_parts = rows;
    p->column_parts = columns;
  }
}

static void run_parts(size_t begin, size_t end, void *context) {
  const plan *p = context;
  const size_t tiles = divided_up(p->product.m, p->kernels->rows);
  const size_t of_item = p->row_parts * p->column_parts;
  for (size_t i = begin; i < end; i++) {
    const size_t row_part = i % of_item / p->column_parts, column_part = i % p->column_parts;
    const region r = {.item = i / of_item,
                      .row = cut(tiles, p->row_parts, row_part) * p->kernels->rows,
                      .row_end =
                          smaller(cut(tiles, p->row_parts, row_part + 1) * p->kernels->rows, p->product.m),
                      .panel = cut(p->panels.count, p->column_parts, column_part),
                      .panel_end = cut(p->panels.count, p->column_parts, column_part + 1)};
    gemm_multiply_region(p, &r);
  }
}

static size_t threads_worth(const spool_gemm *g) {
  const double work = (double)g->m * (double)g->n * (double)(g->k + 8) * (double)g->batch;
  if (work < 2 * WORK_PER_THREAD) return 1;
  const size_t threads = spool_threads_at_hand();
  return work < WORK_PER_THREAD * (double)threads ? (size_t)(work / WORK_PER_THREAD) : threads;
}

static void run(plan *p, size_t threads) {
  const size_t batch = p->product.batch;
  if (threads > batch) split(p, divided_up(threads, batch));
  const size_t count = batch * p->row_parts * p->column_parts;
  if (threads == 1)
    run_parts(0, count, p);
  else
    spool_parallel_for(count, divided_up(count, threads), run_parts, p);
}

// A product whose B stays in the first-level cache: tiles straight from the operands, nothing else.
static void multiply_small(const gemm_kernels *kernels, const spool_gemm *g) {
  const ptrdiff_t size = (ptrdiff_t)kernels->element;
  const panels made = g->packed_b ? g->packed_b->panels : gemm_make_panels(kernels, g->n);
  tile t = {.k = g->k,
            .a_row = g->a_row,
            .a_column = g->a_column,
            .b_row = g->b_row,
            .c_row = g->c_row,
            .add = g->accumulate};
  for (size_t item = 0; item < g->batch; item++) {
    const char *a = (const char *)g->a + size * (ptrdiff_t)item * g->a_batch;
    const char *b =
        g->packed_b ? g->packed_b->values : (const char *)g->b + size * (ptrdiff_t)item * g->b_batch;
    char *c = (char *)g->c + size * (ptrdiff_t)item * g->c_batch;
    for (size_t panel = 0, count; panel < made.count; panel += count) {
      const size_t column = panel_begin(&made, panel) * kernels->lanes, vectors = panel_vectors(&made, panel);
      const size_t tiles = divided_up(g->m, kernels->tile_rows[vectors - 1]);
      count = g->m <= FEW_ROWS ? gemm_panels_at_once(kernels, &made, g->m, panel, made.count) : 1;
      t.last_columns = panel_columns(&made, panel + count - 1);
      t.b = b + size * (ptrdiff_t)(g->packed_b ? column * g->k : column);
      if (g->packed_b) t.b_row = (ptrdiff_t)(vectors * kernels->lanes);
      t.b_panel = (ptrdiff_t)(vectors * kernels->lanes * (g->packed_b ? g->k : 1));
      t.coming = t.next = t.b;
      t.bias = g->bias ? (const char *)g->bias + size * (ptrdiff_t)column : NULL;
      for (size_t i = 0; i < tiles; i++) {
        const size_t begin = cut(g->m, tiles, i), end = cut(g->m, tiles, i + 1);
        t.a = a + size * (ptrdiff_t)begin * g->a_row;
        t.c = c + size * ((ptrdiff_t)begin * g->c_row + (ptrdiff_t)column);
        kernels->tiles[end - begin - 1][count - 1][vectors - 1](&t);
      }
    }
    if (g->epilogue) g->epilogue(c, g->c_row, item, 0, g->m, 0, g->n, g->epilogue_context);
  }
}

bool gemm_is_in_turn(const spool_gemm *g) {
  if (!g->free_order || g->packed_b || g->k < DOT_TERMS) return false;
  return g->n == 1 ? g->m == 2 && g->a_row == 1 && g->a_column == 2
                   : g->n == 2 && g->m == 1 && g->b_column == 1 && g->b_row == 2;
}

// Dot products: for one column, also a packed one; where the order of the terms is free also for few rows or
// columns. Strips are as quick where there are few terms, but not for less than a vector of columns.
static bool uses_dots(const gemm_kernels *kernels, const spool_gemm *g) {
  if (gemm_is_in_turn(g)) return true;
  if (g->n == 1) return g->k >= DOT_TERMS && g->a_column == 1;
  if (!g->free_order || g->packed_b || g->b_row != 1 || g->b_column == 1) return false;
  if (g->k < (g->n < kernels->lanes ? 1 : 4) * kernels->lanes) return false;
  if (g->m == 1) return true;
  if (g->a_column != 1) return false;
  return smaller(g->m, g->n) <= DOT_ROWS || (g->m <= 2 * DOT_ROWS && g->k >= LONG_DOT_TERMS);
}

// A tall C of few columns, unless its rows fill vectors, or for few terms nearly do: then it costs less to
// leave some lanes unused than to turn C, and A where its rows are dense.
static bool is_narrow(const gemm_kernels *kernels, const spool_gemm *g) {
  if (g->n == 1) return g->a_row == 1;
  // A far A whose columns are dense is read from end to end that way.
  const bool a_is_far = kernels->small_cache && g->a_row == 1 && g->m * g->k * kernels->element > FAR_BYTES;
  if (g->n > (a_is_far ? 2 * NARROW : NARROW) || g->m < 4 * g->n || g->m < kernels->lanes || g->packed_b)
    return false;
  if (g->k <= THIN_TERMS && g->n > THIN_NARROW) return false;
  const size_t width = divided_up(g->n, kernels->lanes) * kernels->lanes;
  const bool few_terms = g->k <= NARROW_TERMS, nearly_full = kernels->partial_loads && 2 * g->n > width;
  if (g->n == width) return g->a_column != 1 && !few_terms;
  return !(g->a_column == 1 && few_terms && nearly_full);
}

// Up to how many terms C is written row by row. More where vectors are short, since tiles store more for each
// term then: if rows are wide, A is dense or near, C stays in a cache, and there are no strips for it.
static size_t thin_terms(const gemm_kernels *kernels, const spool_gemm *g) {
  const bool is_wide = g->n >= WIDE_VECTORS * kernels->lanes;
  const bool is_far = g->m * g->n * kernels->element > THIN_FAR_BYTES;
  if (!kernels->small_cache || !is_wide || is_far) return THIN_TERMS;
  const bool a_is_near = g->a_column == 1 || g->m * g->k * kernels->element <= DIRECT_BYTES;
  if (g->m > STRIP_ROWS) return a_is_near ? THIN_TERMS_OF_SHORT : THIN_TERMS;
  return g->m > FEW_ROWS || g->b_column == 1 ? THIN_TERMS_OF_FEW : THIN_TERMS;
}

void spool_matmul(spool_dtype dtype, const spool_gemm *product) {
  if (product->batch == 0 || product->m == 0 || product->n == 0) return;
  spool_gemm g = *product;
  // Items that share B and lie one behind the other are one product.
  if (g.batch > 1 && (g.packed_b || g.b_batch == 0) && !g.epilogue && g.a_batch == (ptrdiff_t)g.m * g.a_row &&
      g.c_batch == (ptrdiff_t)g.m * g.c_row) {
    g.m *= g.batch;
    g.batch = 1;
  }
  const gemm_kernels *kernels = g.packed_b ? g.packed_b->kernels : gemm_kernels_in_use(dtype);
  const size_t threads = threads_worth(&g);
  const bool dense_b = (g.b_column == 1 || g.n == 1) && !g.packed_b;
  if (!g.packed_b && g.k <= thin_terms(kernels, &g) && g.n >= THIN_WIDTH * kernels->lanes && g.m > 1 &&
      (g.m * g.n * kernels->element > THIN_BYTES || (g.b_column != 1 && g.m <= THIN_ROWS))) {
    gemm_multiply_thin(kernels, &g, threads);
    return;
  }
  if (uses_dots(kernels, &g)) {
    gemm_multiply_dots(kernels, &g, threads);
    return;
  }
  if (is_narrow(kernels, &g)) {
    gemm_multiply_narrow(kernels, &g, threads);
    return;
  }
  if (threads == 1 && g.k <= K_BLOCK && g.k * g.n * kernels->element <= DIRECT_BYTES &&
      (g.packed_b || (dense_b && (kernels->partial_loads || g.n % kernels->lanes == 0)))) {
    multiply_small(kernels, &g);
    return;
  }
  plan p = gemm_make_plan(kernels, &g);
  run(&p, threads);
}

void gemm_multiply_unfolded(spool_dtype dtype, const spool_gemm *product, const ptrdiff_t *b_rows,
                            const ptrdiff_t *b_columns) {
  plan p = gemm_make_plan(gemm_kernels_in_use(dtype), product);
  p.b_source = b_rows ? B_COPIED : B_PACKED;
  p.b_rows = b_rows;
  p.b_columns = b_columns;
  p.fetches_panels = false;
  run(&p, threads_worth(product));
}
