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

static void run_strided(const spool_block_instruction *it, void *out, uint8_t *const *in) {
  const spool_block_strides *strides = it->strides;
  spool_operand operands[3];
  for (unsigned i = 0; i < it->inputs_count; i++)
    operands[i] = (spool_operand){.data = in[i], .strides = strides->inputs[i]};
  spool_pointwise(it->operation, it->dtype, strides->rank, strides->dims, out, operands);
}

// Does an instruction's work on `rows` rows that follow one another.
static inline void run_rows(const spool_block_instruction *it, pointwise_kernel kernel, unsigned scalar_mask,
                            size_t rows, uint8_t *out, uint8_t *second, uint8_t *const *in) {
  const size_t outer = rows * it->outer, count = it->count;
  switch (it->kind) {
  case SPOOL_BLOCK_POINTWISE: kernel(rows * count, out, in[0], in[1], in[2], scalar_mask); return;
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
  uint8_t *out = first_row(t, &it->output), *second = NULL, *in[3] = {NULL};
  if (it->kind == SPOOL_BLOCK_STANDARDIZE) second = first_row(t, &it->second_output);
  unsigned scalar_mask = 0;
  for (unsigned i = 0; i < it->inputs_count; i++) {
    in[i] = first_row(t, &it->inputs[i]);
    scalar_mask |= (unsigned)it->inputs[i].is_scalar << i;
  }
  const pointwise_kernel kernel =
      it->kind == SPOOL_BLOCK_POINTWISE ? spool_pointwise_kernel_of(it->operation, it->dtype) : NULL;
  if (it->is_contiguous) {
    run_rows(it, kernel, scalar_mask, t->rows, out, second, in);
    return;
  }
  for (size_t row = 0; row < t->rows; row++) {
    run_rows(it, kernel, scalar_mask, 1, out, second, in);
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
