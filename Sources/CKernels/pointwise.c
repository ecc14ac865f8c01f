// Runs a pointwise operation over dense or strided operands, in one of four ways, the simplest that fits.
#include "pointwise_kernels.h"
#include "spool_threads.h"
#include "strided.h"

// Elements below which a part of an operation is not worth a thread: some microseconds of work.
static size_t grain_of(spool_pointwise_op op) {
  switch (op) {
  case SPOOL_EXP:
  case SPOOL_EXPM1:
  case SPOOL_LOG:
  case SPOOL_LOG1P:
  case SPOOL_SIN:
  case SPOOL_COS:
  case SPOOL_TANH:
  case SPOOL_SIGMOID:
  case SPOOL_SOFTPLUS:
  case SPOOL_ERF:
  case SPOOL_POWER: return 8192;
  default: return 32768;
  }
}

// A block of a strided operand that is made dense: as many rows as fill a cache line, since where a walk
// along a row jumps from line to line, the next rows mostly find their elements in the same lines.
enum { LINE = 64, BLOCK_COLUMNS = 64, BLOCK_BYTES = LINE * BLOCK_COLUMNS };
// Elements that are gathered at a time where rows are too short for a loop of their own.
enum { RUN = 512 };
_Static_assert(RUN * sizeof(double) <= BLOCK_BYTES, "a run fits into a block");
// Rows of this length are worth a call of the kernel.
enum { LONG_ROW = 32, BLOCK_ROW = 16 };

typedef struct walk {
  spool_pointwise_op op;
  pointwise_kernel kernel;
  strided_shape shape;
  size_t sizes[MAX_OPERANDS], out_size;
  const uint8_t *inputs[MAX_OPERANDS];
  uint8_t *out;
  unsigned scalar_mask;  // dense: operands of one element
  unsigned dense_mask;   // runs: operands that are dense as they are
  size_t row_axis;       // blocks: the axis along which their rows follow each other
  size_t row_blocks, column_blocks, rows_in_block;
} walk;

static const void *at(const walk *w, unsigned operand, ptrdiff_t offset) {
  return w->inputs[operand] + offset * (ptrdiff_t)w->sizes[operand];
}

// Dense operands, in units of DENSE_UNIT elements.
enum { DENSE_UNIT = 1024 };

static void run_dense(size_t begin, size_t end, void *context) {
  const walk *w = context;
  const size_t first = begin * DENSE_UNIT;
  const size_t last = end * DENSE_UNIT < w->shape.total ? end * DENSE_UNIT : w->shape.total;
  const void *p[MAX_OPERANDS];
  for (unsigned i = 0; i < MAX_OPERANDS; i++)
    p[i] = w->scalar_mask >> i & 1 || !w->inputs[i] ? w->inputs[i] : at(w, i, (ptrdiff_t)first);
  pointwise_run_row(w->kernel, last - first, w->out + first * w->out_size, p[0], p[1], p[2], w->scalar_mask);
}

void spool_pointwise_dense(spool_pointwise_op op, spool_dtype dtype, size_t count, void *out, const void *x,
                           const void *y, const void *z, unsigned scalar_mask) {
  const pointwise_kernel kernel = spool_pointwise_kernel_of(op, dtype);
  const size_t grain = grain_of(op);
  if (count == 0) return;  // not even an input of one element is read
  if (count < 2 * grain) {
    pointwise_run_row(kernel, count, out, x, y, z, scalar_mask);
    return;
  }
  walk w = {.op = op, .kernel = kernel, .out = out, .inputs = {x, y, z}, .scalar_mask = scalar_mask};
  w.shape.total = count;
  w.out_size = pointwise_output_size(op, dtype);
  for (unsigned i = 0; i < MAX_OPERANDS; i++) w.sizes[i] = pointwise_input_size(op, dtype, i);
  spool_parallel_for((count + DENSE_UNIT - 1) / DENSE_UNIT, grain / DENSE_UNIT, run_dense, &w);
}

// Long rows whose operands are dense or one element along the row.
static void run_rows(size_t begin, size_t end, void *context) {
  const walk *w = context;
  const size_t last_axis = w->shape.rank - 1, columns = (size_t)w->shape.dims[last_axis];
  ptrdiff_t index[SPOOL_MAX_RANK];
  spool_index_of(&w->shape, begin * columns, index);
  for (size_t row = begin; row < end; row++) {
    const void *p[MAX_OPERANDS] = {NULL};
    unsigned mask = 0;
    for (unsigned i = 0; i < w->shape.operands; i++) {
      p[i] = at(w, i, spool_offset_of(&w->shape, i, index));
      mask |= (unsigned)(w->shape.strides[i][last_axis] == 0) << i;
    }
    pointwise_run_row(w->kernel, columns, w->out + row * columns * w->out_size, p[0], p[1], p[2], mask);
    spool_next_index(&w->shape, 1, index);
  }
}

// Blocks of rows and columns: operands that are neither dense nor one element along a row are gathered block
// by block. A copy goes through the block too: rows of a power of two of bytes, written a few elements at a
// time, would push each other out of the cache.
static void run_block(const walk *w, const ptrdiff_t *start, size_t rows, size_t columns, size_t position,
                      size_t out_row) {
  const strided_shape *shape = &w->shape;
  const size_t last_axis = shape->rank - 1;
  _Alignas(64) uint8_t blocks[MAX_OPERANDS][BLOCK_BYTES];
  const uint8_t *p[MAX_OPERANDS] = {NULL};
  ptrdiff_t row_bytes[MAX_OPERANDS] = {0};
  unsigned mask = 0;
  uint8_t *out = w->out + position * w->out_size;
  for (unsigned i = 0; i < shape->operands; i++) {
    const ptrdiff_t column = shape->strides[i][last_axis], row = shape->strides[i][w->row_axis];
    const ptrdiff_t size = (ptrdiff_t)w->sizes[i];
    p[i] = at(w, i, spool_offset_of(shape, i, start));
    row_bytes[i] = row * size;
    mask |= (unsigned)(column == 0) << i;
    if (column == 0 || column == 1) continue;
    spool_copy_block((size_t)size, rows, columns, blocks[i], BLOCK_COLUMNS, p[i], row, column);
    p[i] = blocks[i];
    row_bytes[i] = BLOCK_COLUMNS * size;
  }
  const pointwise_rows all = {rows, columns, (ptrdiff_t)(out_row * w->out_size), row_bytes[0], row_bytes[1],
                              row_bytes[2], mask};
  w->kernel(&all, out, p[0], p[1], p[2]);
}

static void run_blocks(size_t begin, size_t end, void *context) {
  const walk *w = context;
  const strided_shape *shape = &w->shape;
  const size_t last_axis = shape->rank - 1, row_axis = w->row_axis;
  ptrdiff_t out_strides[SPOOL_MAX_RANK], step = 1;
  for (size_t axis = shape->rank; axis-- > 0; step *= shape->dims[axis]) out_strides[axis] = step;
  strided_shape outer = *shape;  // the same with blocks for indices of the two axes
  outer.dims[row_axis] = (ptrdiff_t)w->row_blocks;
  outer.dims[last_axis] = (ptrdiff_t)w->column_blocks;
  ptrdiff_t block[SPOOL_MAX_RANK];
  spool_index_of(&outer, begin, block);
  for (size_t i = begin; i < end; i++) {
    ptrdiff_t start[SPOOL_MAX_RANK];
    ptrdiff_t position = 0;
    for (size_t axis = 0; axis < shape->rank; axis++) {
      start[axis] = block[axis] * (axis == row_axis    ? (ptrdiff_t)w->rows_in_block
                                   : axis == last_axis ? BLOCK_COLUMNS
                                                       : 1);
      position += start[axis] * out_strides[axis];
    }
    const size_t rows = (size_t)(shape->dims[row_axis] - start[row_axis]);
    const size_t columns = (size_t)(shape->dims[last_axis] - start[last_axis]);
    run_block(w, start, rows < w->rows_in_block ? rows : w->rows_in_block,
              columns < BLOCK_COLUMNS ? columns : BLOCK_COLUMNS, (size_t)position,
              (size_t)out_strides[row_axis]);
    spool_next_index(&outer, 0, block);
  }
}

// Makes `count` elements of an operand, from `index` on in row-major order, dense.
#define DEFINE_GATHER(T)                                                                                    \
  static void gather_##T(const strided_shape *shape, unsigned operand, const ptrdiff_t *from, size_t count, \
                         const T *in, T *out) {                                                             \
    const size_t last_axis = shape->rank - 1, length = (size_t)shape->dims[last_axis];                      \
    const ptrdiff_t *strides = shape->strides[operand], step = strides[last_axis];                          \
    ptrdiff_t index[SPOOL_MAX_RANK];                                                                        \
    for (size_t axis = 0; axis <= last_axis; axis++) index[axis] = from[axis];                              \
    const T *row = in + spool_offset_of(shape, operand, from);                                              \
    size_t columns = length - (size_t)from[last_axis];                                                      \
    index[last_axis] = 0;                                                                                   \
    while (true) {                                                                                          \
      if (columns > count) columns = count;                                                                 \
      for (size_t c = 0; c < columns; c++) out[c] = row[(ptrdiff_t)c * step];                               \
      out += columns;                                                                                       \
      count -= columns;                                                                                     \
      if (count == 0) return;                                                                               \
      columns = length;                                                                                     \
      spool_next_index(shape, 1, index);                                                                    \
      row = in + spool_offset_of(shape, operand, index);                                                    \
    }                                                                                                       \
  }
DEFINE_GATHER(uint8_t)
DEFINE_GATHER(uint32_t)
DEFINE_GATHER(uint64_t)

static void gather_run(const walk *w, unsigned operand, const ptrdiff_t *from, size_t count, void *out) {
  const void *in = w->inputs[operand];
  switch (w->sizes[operand]) {
  case 4: gather_uint32_t(&w->shape, operand, from, count, in, out); return;
  case 8: gather_uint64_t(&w->shape, operand, from, count, in, out); return;
  default: gather_uint8_t(&w->shape, operand, from, count, in, out); return;
  }
}

// Everything else: runs of elements in row-major order.
static void run_runs(size_t begin, size_t end, void *context) {
  const walk *w = context;
  const strided_shape *shape = &w->shape;
  _Alignas(64) uint8_t runs[MAX_OPERANDS][RUN * sizeof(double)];
  for (size_t position = begin * RUN; position < end * RUN && position < shape->total; position += RUN) {
    const size_t left = shape->total - position, count = left < RUN ? left : RUN;
    ptrdiff_t index[SPOOL_MAX_RANK];
    spool_index_of(shape, position, index);
    uint8_t *out = w->out + position * w->out_size;
    const void *p[MAX_OPERANDS] = {NULL};
    for (unsigned i = 0; i < shape->operands; i++) {
      p[i] = w->dense_mask >> i & 1 ? at(w, i, (ptrdiff_t)position) : runs[i];
      if (p[i] == runs[i]) gather_run(w, i, index, count, w->op == SPOOL_COPY ? out : runs[i]);
    }
    if (w->op != SPOOL_COPY) pointwise_run_row(w->kernel, count, out, p[0], p[1], p[2], 0);
  }
}

void spool_pointwise(spool_pointwise_op op, spool_dtype dtype, size_t rank, const ptrdiff_t *dims, void *out,
                     const spool_operand *inputs) {
  const unsigned operands = pointwise_input_count(op);
  const ptrdiff_t *strides[MAX_OPERANDS] = {NULL};
  walk w = {.op = op, .out = out};
  for (unsigned i = 0; i < operands; i++) {
    strides[i] = inputs[i].strides;
    w.inputs[i] = inputs[i].data;
    w.sizes[i] = pointwise_input_size(op, dtype, i);
  }
  w.shape = spool_collapse(rank, dims, operands, strides);
  if (w.shape.total == 0) return;
  w.out_size = pointwise_output_size(op, dtype);

  const size_t last_axis = w.shape.rank - 1, columns = (size_t)w.shape.dims[last_axis], grain = grain_of(op);
  unsigned scalar_mask = 0, gathered_mask = 0;
  for (unsigned i = 0; i < operands; i++) {
    const ptrdiff_t step = w.shape.strides[i][last_axis];
    scalar_mask |= (unsigned)(step == 0) << i;
    gathered_mask |= (unsigned)(step != 0 && step != 1) << i;
  }
  if (w.shape.rank == 1 && (!gathered_mask || columns == 1)) {
    spool_pointwise_dense(op, dtype, columns, out, w.inputs[0], w.inputs[1], w.inputs[2], scalar_mask);
    return;
  }
  w.kernel = spool_pointwise_kernel_of(op, dtype);
  if (!gathered_mask && columns >= LONG_ROW) {
    spool_parallel_for(w.shape.total / columns, grain / columns + 1, run_rows, &w);
    return;
  }
  if (gathered_mask && w.shape.rank > 1 && columns >= BLOCK_ROW) {
    // Rows follow each other along the axis in which the first gathered operand takes the shortest steps.
    const ptrdiff_t *steps = w.shape.strides[__builtin_ctz(gathered_mask)];
    w.row_axis = last_axis - 1;
    for (size_t axis = last_axis; axis-- > 0;) {
      const ptrdiff_t step = steps[axis] < 0 ? -steps[axis] : steps[axis];
      const ptrdiff_t best = steps[w.row_axis] < 0 ? -steps[w.row_axis] : steps[w.row_axis];
      if (step != 0 && (step < best || best == 0)) w.row_axis = axis;
    }
    size_t widest = 1;
    for (unsigned i = 0; i < operands; i++) widest = w.sizes[i] > widest ? w.sizes[i] : widest;
    w.rows_in_block = LINE / widest;
    w.row_blocks = ((size_t)w.shape.dims[w.row_axis] + w.rows_in_block - 1) / w.rows_in_block;
    w.column_blocks = (columns + BLOCK_COLUMNS - 1) / BLOCK_COLUMNS;
    const size_t others = w.shape.total / columns / (size_t)w.shape.dims[w.row_axis];
    spool_parallel_for(others * w.row_blocks * w.column_blocks, grain / (w.rows_in_block * BLOCK_COLUMNS) + 1,
                       run_blocks, &w);
    return;
  }
  for (unsigned i = 0; i < operands; i++) {
    ptrdiff_t step = 1;
    bool dense = true;
    for (size_t axis = w.shape.rank; axis-- > 0; step *= w.shape.dims[axis])
      dense = dense && w.shape.strides[i][axis] == step;
    w.dense_mask |= (unsigned)dense << i;
  }
  spool_parallel_for((w.shape.total + RUN - 1) / RUN, grain / RUN, run_runs, &w);
}
