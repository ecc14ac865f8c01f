// Computes a region of C on one thread: in blocks that fit the caches, with tiles or strips.
#include "gemm_plan.h"
#include "scratch.h"

// Terms [begin, end) of the sums.
typedef struct terms {
  size_t begin, end;
  bool first, last;
} terms;

// What is fetched beside the tiles for the work that comes after the product.
typedef struct fetching {
  const spool_bytes *first, *end; // what is left
  size_t done;                    // of the first
  size_t share;                   // of a tile
} fetching;

static fetching fetching_beside(size_t tiles, const plan *p) {
  const spool_gemm *g = &p->product;
  const bool is_whole = p->row_parts * p->column_parts == 1;
  if (g->next_count == 0 || !is_whole || g->k * g->n * p->kernels->element < DISPLACING_BYTES)
    return (fetching){0};
  fetching f = {.first = g->next, .end = g->next + g->next_count};
  size_t count = 0;
  for (const spool_bytes *bytes = f.first; bytes < f.end; bytes++) count += bytes->count;
  // The tile that comes to the end of one place fetches less.
  const size_t whole = tiles > 2 * g->next_count ? tiles - g->next_count : divided_up(tiles, 2);
  f.share = divided_up(divided_up(count, whole), CACHE_LINE) * CACHE_LINE;
  return f;
}

static void fetch_share(fetching *f, tile *t) {
  t->next_step = 0;
  if (f->first == f->end || t->k == 0) return;
  const size_t left = f->first->count - f->done, share = smaller(f->share, left);
  t->next = (const char *)f->first->data + f->done;
  t->next_step = divided_up(share, t->k);
  f->done += share;
  if (share == left) {
    f->first++;
    f->done = 0;
  }
}

size_t gemm_panels_at_once(const gemm_kernels *kernels, const panels *p, size_t rows, size_t panel,
                           size_t end) {
  const size_t width = panel_vectors(p, panel),
               whole = p->shared ? p->count - 2 : p->all_vectors / p->vectors;
  // Panels of this width from here on: whole ones, the two that share, or a last one.
  const size_t equal = panel < whole ? smaller(whole, end) - panel : p->shared ? end - panel : 1;
  size_t most = smaller(equal, TILE_PANELS);
  while (!kernels->tiles[rows - 1][most - 1][width - 1]) most--;
  // Nearly equal groups: five panels as three and two, not as four and one.
  return divided_up(equal, divided_up(equal, most));
}

// Points the tile at `count` panels of B from `panel` on. `buffer` holds them already where `buffered`;
// `rows` is the table of B's rows for this block of terms.
static void find_b(const plan *p, const region *r, terms ks, size_t panel, size_t count,
                   const ptrdiff_t *rows, char *buffer, bool buffered, tile *t) {
  const gemm_kernels *kernels = p->kernels;
  const spool_gemm *g = &p->product;
  const size_t column = panel_begin(&p->panels, panel) * kernels->lanes;
  const size_t vectors = panel_vectors(&p->panels, panel), width = vectors * kernels->lanes;
  if (p->b_source == B_PREPACKED) {
    t->b = element(p, g->packed_b->values, (ptrdiff_t)(column * g->k + ks.begin * width));
    t->b_row = (ptrdiff_t)width;
    t->b_panel = (ptrdiff_t)(width * g->k);
    return;
  }
  const bool quick = kernels->partial_loads || column + count * width <= g->n;
  const char *item = element(p, g->b, (ptrdiff_t)r->item * g->b_batch);
  if (p->b_source == B_IN_PLACE && quick) {
    t->b = element(p, item, (ptrdiff_t)ks.begin * g->b_row + (ptrdiff_t)column);
    t->b_row = g->b_row;
    t->b_panel = (ptrdiff_t)width;
    return;
  }
  if (rows && !buffered && count == 1) {
    t->b = element(p, item, (ptrdiff_t)column);
    t->rows = rows;
    t->pack = buffer;
    t->pack_step = (ptrdiff_t)width;
    t->ahead = p->ahead;
    return;
  }
  t->b = buffer;
  t->b_row = (ptrdiff_t)width;
  t->b_panel = (ptrdiff_t)(width * t->k);
  if (buffered) return;
  for (size_t i = 0; i < count; i++) {
    char *to = element(p, buffer, (ptrdiff_t)(i * width * t->k));
    const size_t first = column + i * width, columns = panel_columns(&p->panels, panel + i);
    if (p->b_columns)
      kernels->pack_columns_at(to, vectors, t->k, columns, element(p, item, (ptrdiff_t)ks.begin),
                               p->b_columns + first);
    else
      kernels->pack_panel(to, vectors, t->k, columns,
                          element(p, item, (ptrdiff_t)ks.begin * g->b_row + (ptrdiff_t)first * g->b_column),
                          g->b_row, g->b_column);
  }
}

// The tiles of rows [row, row_end) by `count` panels from `panel` on, over one block of terms.
static void multiply_panels(const plan *p, const region *r, terms ks, size_t row, size_t row_end,
                            size_t panel, size_t count, const char *packed_a, const ptrdiff_t *rows_of_b,
                            char *buffer, bool buffered, fetching *beside) {
  const gemm_kernels *kernels = p->kernels;
  const spool_gemm *g = &p->product;
  const size_t column = panel_begin(&p->panels, panel) * kernels->lanes;
  const size_t vectors = panel_vectors(&p->panels, panel);
  tile t = {.k = ks.end - ks.begin,
            .c_row = g->c_row,
            .last_columns = panel_columns(&p->panels, panel + count - 1),
            .add = g->accumulate || !ks.first,
            .bias = g->bias && ks.last ? element(p, g->bias, (ptrdiff_t)column) : NULL};
  find_b(p, r, ks, panel, count, rows_of_b, buffer, buffered, &t);

  const size_t rows = row_end - row;
  const size_t tiles = divided_up(rows, packed_a ? kernels->rows : kernels->tile_rows[vectors - 1]);
  if (tiles == 1) t.pack_step = 0;
  t.a_row = packed_a ? 1 : g->a_row;
  t.a_column = packed_a ? (ptrdiff_t)kernels->rows : g->a_column;
  t.a = packed_a ? packed_a
                 : element(p, g->a,
                           (ptrdiff_t)r->item * g->a_batch + (ptrdiff_t)row * g->a_row +
                               (ptrdiff_t)ks.begin * g->a_column);
  char *const c = element(
      p, g->c, (ptrdiff_t)r->item * g->c_batch + (ptrdiff_t)row * g->c_row + (ptrdiff_t)column);
  t.c = c;
  // Each tile fetches its part of the panel that follows in memory. Where that is in rows of B, the first tile
  // copies this panel and the others fetch some rows each; or, where few tiles would fetch many at a time, and
  // the second-level cache is small, a cache line of every row each.
  const bool fetches = p->fetches_panels && count == 1;
  const size_t width = vectors * kernels->lanes * kernels->element;
  const ptrdiff_t *next_rows = fetches ? t.rows : NULL;
  const char *const next_panel = (const char *)t.b + width;
  const size_t others = rows - divided_up(rows, tiles); // rows of C behind the first tile
  const bool spreads_rows = next_rows && t.k >= FEW_TERMS && t.k <= FETCHED_ROWS * others;
  const bool fetches_lines = next_rows && !spreads_rows && kernels->small_cache;
  size_t rows_left = t.k;
  t.coming = t.next = t.b;
  if (fetches && !next_rows) {
    t.coming += t.k * width;
    t.coming_step = divided_up(width, tiles);
  }
  // Nearly equal tiles: the first ones have one row more.
  const size_t fewest = rows / tiles, longer = rows % tiles;
  for (size_t i = 0; i < tiles; i++) {
    const size_t tile_rows = fewest + (i < longer);
    fetch_share(beside, &t);
    if (spreads_rows && i > 0) {
      t.far = next_panel;
      t.far_rows = next_rows;
      t.far_count = smaller(divided_up(t.k, others), rows_left / tile_rows);
      next_rows += t.far_count * tile_rows;
      rows_left -= t.far_count * tile_rows;
    }
    kernels->tiles[tile_rows - 1][count - 1][vectors - 1](&t);
    t.a = element(p, t.a, packed_a ? (ptrdiff_t)(kernels->rows * t.k) : (ptrdiff_t)tile_rows * g->a_row);
    t.c = element(p, t.c, (ptrdiff_t)tile_rows * g->c_row);
    if (t.rows) {
      t.b = t.pack;
      t.b_row = (ptrdiff_t)(vectors * kernels->lanes);
      t.rows = NULL;
    }
    if (fetches_lines) {
      t.coming = element(p, next_panel, next_rows[0]) + i * CACHE_LINE;
      t.coming_step = i * CACHE_LINE < width ? (size_t)g->b_row * kernels->element : 0;
    } else {
      t.coming += t.k * t.coming_step;
    }
  }
  if (g->epilogue && ks.last)
    g->epilogue(c, g->c_row, r->item, row, rows, column,
                smaller((count * vectors) * kernels->lanes, g->n - column), g->epilogue_context);
}

// Packs rows [row, row_end) of A as the tiles will read them.
static void pack_a(const plan *p, const region *r, terms ks, size_t row, size_t row_end, char *to) {
  const gemm_kernels *kernels = p->kernels;
  const spool_gemm *g = &p->product;
  const size_t rows = row_end - row, tiles = divided_up(rows, kernels->rows), k = ks.end - ks.begin;
  const char *a = element(p, g->a,
                          (ptrdiff_t)r->item * g->a_batch + (ptrdiff_t)row * g->a_row +
                              (ptrdiff_t)ks.begin * g->a_column);
  const size_t fewest = rows / tiles, longer = rows % tiles;
  const size_t whole = fewest == kernels->rows ? tiles : fewest + 1 == kernels->rows ? longer : 0;
  size_t i = 0;
  if (g->a_row == 1) {
    kernels->pack_tiles(to, whole, k, a, g->a_column);
    i = whole;
  }
  for (; i < tiles; i++) {
    const size_t begin = cut(rows, tiles, i), end = cut(rows, tiles, i + 1);
    kernels->pack_rows(element(p, to, (ptrdiff_t)(i * kernels->rows * k)), kernels->rows, end - begin, k,
                       element(p, a, (ptrdiff_t)begin * g->a_row), g->a_row, g->a_column);
  }
}

// One region of C whose rows are few, as strips: each column of B is read once.
static void multiply_strips(const plan *p, const region *r) {
  const gemm_kernels *kernels = p->kernels;
  const spool_gemm *g = &p->product;
  const size_t column_begin = panel_begin(&p->panels, r->panel) * kernels->lanes;
  const size_t column_end = smaller(panel_begin(&p->panels, r->panel_end) * kernels->lanes, g->n);
  const bool dense_columns = g->b_column == 1;
  const size_t columns =
      dense_columns ? STRIP_COLUMNS / g->m / kernels->lanes * kernels->lanes : STRIP_COLUMNS;
  const size_t sums_bytes = dense_columns ? g->m * (columns + kernels->lanes) * kernels->element : 0;
  strip s = {.a_row = g->a_row,
             .a_column = g->a_column,
             .b_row = g->b_row,
             .b_column = g->b_column,
             .c_row = g->c_row,
             .sums = sums_bytes ? scratch_allocate(sums_bytes) : NULL};
  for (size_t column = column_begin; column < column_end; column += s.columns) {
    s.columns = smaller(column_end - column, columns);
    s.c = element(p, g->c, (ptrdiff_t)r->item * g->c_batch + (ptrdiff_t)column);
    for (size_t i = 0; i < p->k_blocks; i++) {
      const size_t k = cut(g->k, p->k_blocks, i);
      s.k = cut(g->k, p->k_blocks, i + 1) - k;
      s.a = element(p, g->a, (ptrdiff_t)r->item * g->a_batch + (ptrdiff_t)k * g->a_column);
      s.b = element(p, g->b,
                    (ptrdiff_t)r->item * g->b_batch + (ptrdiff_t)k * g->b_row +
                        (ptrdiff_t)column * g->b_column);
      s.add = g->accumulate || i > 0;
      s.bias = g->bias && i + 1 == p->k_blocks ? element(p, g->bias, (ptrdiff_t)column) : NULL;
      (!dense_columns                 ? kernels->turned[g->m - 1]
       : g->m == 1 && g->free_order ? kernels->grouped_row
                                    : kernels->rows_of_strip[g->m - 1])(&s);
    }
    if (g->epilogue) g->epilogue(s.c, g->c_row, r->item, 0, g->m, column, s.columns, g->epilogue_context);
  }
  if (s.sums) spool_release(s.sums, sums_bytes);
}

// One region of C. Outermost panel blocks, then blocks of k, then row blocks: packed B serves all row blocks,
// packed A all panels of a block.
void gemm_multiply_region(const plan *p, const region *r) {
  if (p->b_source == B_IN_STRIPS) {
    multiply_strips(p, r);
    return;
  }
  const gemm_kernels *kernels = p->kernels;
  // At least one, so that there is a buffer to point at when k is zero.
  const size_t k_most = divided_up(p->product.k + (p->product.k == 0), p->k_blocks);
  const size_t rows = r->row_end - r->row, row_blocks = divided_up(rows, ROW_BLOCK);
  const size_t rows_most = divided_up(divided_up(rows, row_blocks), kernels->rows) * kernels->rows;
  const size_t all_panels = r->panel_end - r->panel;
  // Where nothing is packed for the sake of other panels, each panel is read to its end: memory likes that.
  const bool one_by_one = p->b_source == B_PREPACKED && !p->pack_a && rows > FEW_ROWS;
  const size_t panel_bytes = k_most * kernels->vectors * kernels->lanes * kernels->element;
  const size_t kept_bytes = kernels->small_cache ? KEPT_FAR_BYTES : KEPT_BYTES;
  const size_t panel_blocks = row_blocks > 1 ? divided_up(all_panels * panel_bytes, kept_bytes)
                              : one_by_one   ? all_panels
                                             : 1;
  const bool needs_buffer = p->b_source == B_COPIED || p->b_source == B_PACKED ||
                            (p->b_source == B_IN_PLACE && !kernels->partial_loads);
  const size_t kept_panels = row_blocks > 1 ? divided_up(all_panels, panel_blocks) : TILE_PANELS;
  const size_t b_bytes = needs_buffer ? kept_panels * panel_bytes : 0;
  const size_t a_bytes = p->pack_a ? rows_most * k_most * kernels->element : 0;
  char *scratch = a_bytes + b_bytes ? scratch_allocate(a_bytes + b_bytes) : NULL;
  char *packed_a = p->pack_a ? scratch + b_bytes : NULL;
  ptrdiff_t strided_rows[K_BLOCK];
  fetching beside =
      fetching_beside(all_panels * divided_up(rows, kernels->rows) * p->k_blocks, p);

  for (size_t block = 0; block < panel_blocks; block++) {
    const size_t panel = r->panel + cut(all_panels, panel_blocks, block);
    const size_t panel_end = r->panel + cut(all_panels, panel_blocks, block + 1);
    for (size_t i = 0; i < p->k_blocks; i++) {
      const terms ks = {cut(p->product.k, p->k_blocks, i), cut(p->product.k, p->k_blocks, i + 1), i == 0,
                        i + 1 == p->k_blocks};
      const ptrdiff_t *rows_of_b = p->b_source == B_COPIED ? strided_rows : NULL;
      if (p->b_rows)
        rows_of_b = p->b_rows + ks.begin;
      else if (rows_of_b)
        for (size_t t = ks.begin; t < ks.end; t++)
          strided_rows[t - ks.begin] = (ptrdiff_t)t * p->product.b_row;
      for (size_t j = 0; j < row_blocks; j++) {
        const size_t row = r->row + cut(rows, row_blocks, j), row_end = r->row + cut(rows, row_blocks, j + 1);
        if (packed_a) pack_a(p, r, ks, row, row_end, packed_a);
        const size_t tile_rows = divided_up(row_end - row, divided_up(row_end - row, kernels->rows));
        for (size_t at = panel, count; at < panel_end; at += count) {
          count = tile_rows > FEW_ROWS || p->b_rows
                      ? 1
                      : gemm_panels_at_once(kernels, &p->panels, tile_rows, at, panel_end);
          char *buffer = needs_buffer ? scratch + (row_blocks > 1 ? (at - panel) * panel_bytes : 0) : NULL;
          multiply_panels(p, r, ks, row, row_end, at, count, packed_a, rows_of_b, buffer,
                          needs_buffer && j > 0, &beside);
        }
      }
    }
  }
  if (scratch) spool_release(scratch, a_bytes + b_bytes);
}
