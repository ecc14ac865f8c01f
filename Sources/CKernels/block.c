// Runs fused blocks: a few instructions over the rows of a batch, tile by tile.
#include "spool_block.h"

#include "pointwise_kernels.h"
#include "row_operations.h"
#include "spool_gemm.h"

typedef struct tile {
  const spool_place *places;
  uint8_t *scratch;
  ptrdiff_t time;
  size_t first, rows;
} tile;

static inline uint8_t *first_row(const tile *t, const spool_block_operand *operand) {
  if (operand->place < 0) return t->scratch + operand->offset;
  uint8_t *place = spool_place_at(t->places[operand->place], t->time);
  return place + operand->offset + (ptrdiff_t)t->first * operand->row_stride;
}

static void run_pointwise(const spool_block_instruction *it, const tile *t, uint8_t *out, uint8_t *const *in) {
  const pointwise_kernel kernel = spool_pointwise_kernel_of(it->operation, it->dtype);
  pointwise_rows rows = {.rows = 1, .columns = t->rows * it->count};
  for (unsigned i = 0; i < it->inputs_count; i++)
    rows.scalar_mask |= (unsigned)it->inputs[i].is_scalar << i;
  if (!it->is_contiguous) {
    rows.rows = t->rows;
    rows.columns = it->count;
    rows.out = it->output.row_stride;
    rows.x = it->inputs[0].row_stride;
    rows.y = it->inputs[1].row_stride;
    rows.z = it->inputs[2].row_stride;
  }
  kernel(&rows, out, in[0], in[1], in[2]);
}

// The last two axes of a row are the rows and columns of a call of the kernel, if operands run through the last
// one densely or are one element along it.
static bool has_runs(const spool_block_instruction *it, const spool_block_strides *strides) {
  enum { SHORT_RUN = 8 };
  const size_t last = strides->rank - 1;
  for (unsigned i = 0; i < it->inputs_count; i++)
    if (strides->inputs[i][last] != 0 && strides->inputs[i][last] != 1) return false;
  return strides->rank > 1 && strides->rank <= 3 && strides->dims[last] >= SHORT_RUN;
}

static void run_runs(const spool_block_instruction *it, const spool_block_strides *strides, uint8_t *out,
                     uint8_t *const *in) {
  const size_t last = strides->rank - 1;
  ptrdiff_t sizes[3] = {0}, steps[3] = {0};
  unsigned scalar_mask = 0;
  for (unsigned i = 0; i < it->inputs_count; i++) {
    sizes[i] = (ptrdiff_t)pointwise_input_size(it->operation, it->dtype, i);
    steps[i] = strides->inputs[i][last - 1] * sizes[i];
    scalar_mask |= (unsigned)(strides->inputs[i][last] == 0) << i;
  }
  const size_t columns = (size_t)strides->dims[last];
  const ptrdiff_t out_step = (ptrdiff_t)(columns * pointwise_output_size(it->operation, it->dtype));
  const pointwise_rows rows = {(size_t)strides->dims[last - 1], columns, out_step, steps[0], steps[1], steps[2],
                               scalar_mask};
  const pointwise_kernel kernel = spool_pointwise_kernel_of(it->operation, it->dtype);
  const ptrdiff_t planes = strides->rank == 3 ? strides->dims[0] : 1;
  for (ptrdiff_t plane = 0; plane < planes; plane++) {
    uint8_t *p[3];
    for (unsigned i = 0; i < 3; i++)
      p[i] = in[i] + (strides->rank == 3 ? plane * strides->inputs[i][0] * sizes[i] : 0);
    kernel(&rows, out + plane * (ptrdiff_t)rows.rows * out_step, p[0], p[1], p[2]);
  }
}

static void run_elements(const spool_block_instruction *it, const spool_block_strides *strides, uint8_t *out,
                         uint8_t *const *in) {
  if (has_runs(it, strides)) {
    run_runs(it, strides, out, in);
    return;
  }
  spool_operand operands[3];
  for (unsigned i = 0; i < it->inputs_count; i++)
    operands[i] = (spool_operand){.data = in[i], .strides = strides->inputs[i]};
  spool_pointwise(it->operation, it->dtype, strides->rank, strides->dims, out, operands);
}

static void run_strided(const spool_block_instruction *it, const tile *t, uint8_t *out, uint8_t **in) {
  if (it->is_contiguous) {
    spool_block_strides all = *it->strides;
    all.dims[0] *= (ptrdiff_t)t->rows;
    run_elements(it, &all, out, in);
    return;
  }
  for (size_t row = 0; row < t->rows; row++) {
    run_elements(it, it->strides, out, in);
    out += it->output.row_stride;
    for (unsigned i = 0; i < it->inputs_count; i++) in[i] += it->inputs[i].row_stride;
  }
}

static row_operation row_operation_of(spool_block_kind kind) {
  switch (kind) {
  case SPOOL_BLOCK_SOFTMAX: return ROW_SOFTMAX;
  case SPOOL_BLOCK_LOG_SOFTMAX: return ROW_LOG_SOFTMAX;
  case SPOOL_BLOCK_SOFTMAX_GRADIENT: return ROW_SOFTMAX_GRADIENT;
  case SPOOL_BLOCK_LOG_SOFTMAX_GRADIENT: return ROW_LOG_SOFTMAX_GRADIENT;
  case SPOOL_BLOCK_STANDARDIZE: return ROW_STANDARDIZE;
  default: return ROW_STANDARDIZE_GRADIENT;
  }
}

// The rows of an operation are the rows of the batch, or several within each of those.
static void run_row_operation(const spool_block_instruction *it, const tile *t, uint8_t *out,
                              uint8_t *const *in) {
  const ptrdiff_t size = (ptrdiff_t)scalar_size(it->dtype), length = (ptrdiff_t)it->count * size;
  const bool is_standardize = it->kind == SPOOL_BLOCK_STANDARDIZE;
  const spool_block_operand *reciprocal = is_standardize ? &it->second_output : &it->inputs[2];
  row_arrays rows = {.columns = it->count,
                     .epsilon = it->parameter,
                     .a = in[0],
                     .b = in[1],
                     .out = out,
                     .scale = is_standardize ? first_row(t, reciprocal) : in[2],
                     .a_row = length,
                     .b_row = length,
                     .out_row = length,
                     .scale_row = size};
  const row_operation operation = row_operation_of(it->kind);
  if (it->is_contiguous) {
    spool_run_rows(operation, it->dtype, &rows, 0, t->rows * it->outer);
  } else if (it->outer == 1) {
    rows.a_row = it->inputs[0].row_stride;
    rows.b_row = it->inputs[1].row_stride;
    rows.out_row = it->output.row_stride;
    rows.scale_row = reciprocal->row_stride;
    spool_run_rows(operation, it->dtype, &rows, 0, t->rows);
  } else {
    for (size_t row = 0; row < t->rows; row++) {
      spool_run_rows(operation, it->dtype, &rows, 0, it->outer);
      rows.a = (const char *)rows.a + it->inputs[0].row_stride;
      rows.b = (const char *)rows.b + it->inputs[1].row_stride;
      rows.out = (char *)rows.out + it->output.row_stride;
      rows.scale = (char *)rows.scale + reciprocal->row_stride;
    }
  }
}

static void run_reduction(const spool_block_instruction *it, const tile *t, uint8_t *out, uint8_t *in) {
  if (it->is_contiguous) {
    spool_reduce(it->operation, it->dtype, t->rows * it->outer, it->count, it->inner, in, out);
    return;
  }
  for (size_t row = 0; row < t->rows; row++) {
    spool_reduce(it->operation, it->dtype, it->outer, it->count, it->inner, in, out);
    in += it->inputs[0].row_stride;
    out += it->output.row_stride;
  }
}

static void run_product(const spool_block_instruction *it, const tile *t, uint8_t *out, uint8_t *const *in) {
  const ptrdiff_t size = (ptrdiff_t)scalar_size(it->dtype);
  const ptrdiff_t *a = it->strides->inputs[0], *b = it->strides->inputs[1];
  const spool_gemm product = {.batch = t->rows,
                              .m = it->outer,
                              .k = it->count,
                              .n = it->inner,
                              .a = in[0],
                              .a_batch = it->inputs[0].row_stride / size,
                              .a_row = a[0],
                              .a_column = a[1],
                              .b = in[1],
                              .b_batch = it->inputs[1].row_stride / size,
                              .b_row = b[0],
                              .b_column = b[1],
                              .c = out,
                              .c_batch = it->output.row_stride / size,
                              .c_row = (ptrdiff_t)it->inner,
                              .free_order = true};
  spool_matmul(it->dtype, &product);
}

static void run_instruction(const spool_block_instruction *it, const tile *t) {
  uint8_t *out = first_row(t, &it->output), *in[3] = {NULL};
  for (unsigned i = 0; i < it->inputs_count; i++) in[i] = first_row(t, &it->inputs[i]);
  switch (it->kind) {
  case SPOOL_BLOCK_POINTWISE: run_pointwise(it, t, out, in); return;
  case SPOOL_BLOCK_STRIDED: run_strided(it, t, out, in); return;
  case SPOOL_BLOCK_REDUCE: run_reduction(it, t, out, in[0]); return;
  case SPOOL_BLOCK_PRODUCT: run_product(it, t, out, in); return;
  default: run_row_operation(it, t, out, in); return;
  }
}

void spool_block_run(const spool_block_instruction *instructions, size_t count, const spool_place *places,
                     size_t time, size_t begin, size_t end, size_t tile_rows, void *scratch) {
  tile t = {.places = places, .scratch = scratch, .time = (ptrdiff_t)time};
  for (t.first = begin; t.first < end; t.first += t.rows) {
    t.rows = end - t.first < tile_rows ? end - t.first : tile_rows;
    for (size_t i = 0; i < count; i++) run_instruction(&instructions[i], &t);
  }
}
