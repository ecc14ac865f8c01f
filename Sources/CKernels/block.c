// Runs fused blocks: a few instructions over the rows of a batch, tile by tile.
#include "spool_block.h"

#include "pointwise_kernels.h"

typedef struct tile {
  const spool_place *places;
  uint8_t *scratch;
  ptrdiff_t time;
  size_t first, rows;
} tile;

static inline uint8_t *first_row(const tile *t, const spool_block_operand *operand) {
  if (operand->place < 0) return t->scratch + operand->offset;
  const spool_place *place = &t->places[operand->place];
  return (uint8_t *)place->data + t->time * place->time_stride + operand->offset
         + (ptrdiff_t)t->first * operand->row_stride;
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
static bool has_runs(const spool_block_instruction *it) {
  enum { SHORT_RUN = 8 };
  const spool_block_strides *strides = it->strides;
  const size_t last = strides->rank - 1;
  for (unsigned i = 0; i < it->inputs_count; i++)
    if (strides->inputs[i][last] != 0 && strides->inputs[i][last] != 1) return false;
  return strides->rank > 1 && strides->rank <= 3 && strides->dims[last] >= SHORT_RUN;
}

static void run_runs(const spool_block_instruction *it, uint8_t *out, uint8_t *const *in) {
  const spool_block_strides *strides = it->strides;
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

static void run_strided(const spool_block_instruction *it, uint8_t *out, uint8_t *const *in) {
  if (has_runs(it)) {
    run_runs(it, out, in);
    return;
  }
  const spool_block_strides *strides = it->strides;
  spool_operand operands[3];
  for (unsigned i = 0; i < it->inputs_count; i++)
    operands[i] = (spool_operand){.data = in[i], .strides = strides->inputs[i]};
  spool_pointwise(it->operation, it->dtype, strides->rank, strides->dims, out, operands);
}

// Does an instruction's work on `rows` rows that follow one another.
static void run_rows(const spool_block_instruction *it, size_t rows, uint8_t *out, uint8_t *second,
                     uint8_t *const *in) {
  const size_t outer = rows * it->outer, count = it->count;
  switch (it->kind) {
  case SPOOL_BLOCK_POINTWISE: return;
  case SPOOL_BLOCK_STRIDED: run_strided(it, out, in); return;
  case SPOOL_BLOCK_REDUCE:
    spool_reduce(it->operation, it->dtype, outer, count, it->inner, in[0], out);
    return;
  case SPOOL_BLOCK_SOFTMAX: spool_softmax(it->dtype, outer, count, in[0], out); return;
  case SPOOL_BLOCK_LOG_SOFTMAX: spool_log_softmax(it->dtype, outer, count, in[0], out); return;
  case SPOOL_BLOCK_SOFTMAX_GRADIENT:
    spool_softmax_gradient(it->dtype, outer, count, in[0], in[1], out);
    return;
  case SPOOL_BLOCK_LOG_SOFTMAX_GRADIENT:
    spool_log_softmax_gradient(it->dtype, outer, count, in[0], in[1], out);
    return;
  case SPOOL_BLOCK_STANDARDIZE:
    spool_standardize(it->dtype, outer, count, it->parameter, in[0], out, second);
    return;
  case SPOOL_BLOCK_STANDARDIZE_GRADIENT:
    spool_standardize_gradient(it->dtype, outer, count, in[0], in[1], in[2], out);
    return;
  }
}

static void run_instruction(const spool_block_instruction *it, const tile *t) {
  uint8_t *out = first_row(t, &it->output), *in[3] = {NULL};
  for (unsigned i = 0; i < it->inputs_count; i++) in[i] = first_row(t, &it->inputs[i]);
  if (it->kind == SPOOL_BLOCK_POINTWISE) {
    run_pointwise(it, t, out, in);
    return;
  }
  uint8_t *second = it->kind == SPOOL_BLOCK_STANDARDIZE ? first_row(t, &it->second_output) : NULL;
  if (it->is_contiguous) {
    run_rows(it, t->rows, out, second, in);
    return;
  }
  for (size_t row = 0; row < t->rows; row++) {
    run_rows(it, 1, out, second, in);
    out += it->output.row_stride;
    second += second ? it->second_output.row_stride : 0;
    for (unsigned i = 0; i < it->inputs_count; i++) in[i] += it->inputs[i].row_stride;
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
