#pragma once
#include "spool_pointwise.h"
#include "spool_reduction.h"
#include "spool_types.h"

/// What one instruction of a block does to each row of a batch.
typedef enum spool_block_kind : uint8_t {
  SPOOL_BLOCK_POINTWISE,  // operands dense along a row, or one element for all of it
  SPOOL_BLOCK_STRIDED,    // pointwise with any strides along a row
  SPOOL_BLOCK_REDUCE,     // [outer, count, inner] -> [outer, inner]
  SPOOL_BLOCK_PRODUCT,    // of matrices [outer, count] and [count, inner], with any strides
  // These work on `outer` rows of `count` elements; the inputs are those of the functions in spool_reduction.h.
  SPOOL_BLOCK_SOFTMAX, SPOOL_BLOCK_LOG_SOFTMAX, SPOOL_BLOCK_SOFTMAX_GRADIENT, SPOOL_BLOCK_LOG_SOFTMAX_GRADIENT,
  SPOOL_BLOCK_STANDARDIZE,           // the second output takes the reciprocal deviations
  SPOOL_BLOCK_STANDARDIZE_GRADIENT,  // of g, y and the reciprocal deviations
} spool_block_kind;

/// Memory that a loop over time works on: row 0 of the batch at time 0, and how far on, in bytes, at each later
/// time.
typedef struct spool_place {
  void *data;
  ptrdiff_t time_stride;
  ptrdiff_t time_mask;  // the bits of the time that count: all, or the lowest one where two rooms take turns
} spool_place;

/// Row 0 of the batch at a time.
static inline void *spool_place_at(spool_place place, ptrdiff_t time) {
  return (uint8_t *)place.data + (time & place.time_mask) * place.time_stride;
}

/// Where an instruction finds an operand's rows.
typedef struct spool_block_operand {
  int32_t place;         // an index into the places; negative: the tile's scratch memory
  bool is_scalar;        // pointwise: one element for the whole row
  ptrdiff_t offset;      // bytes from the place, or from the start of the scratch memory
  ptrdiff_t row_stride;  // bytes
} spool_block_operand;

/// The elements of a row where not all operands run through it densely.
typedef struct spool_block_strides {
  size_t rank;
  ptrdiff_t dims[SPOOL_MAX_RANK];
  ptrdiff_t inputs[3][SPOOL_MAX_RANK];
} spool_block_strides;

typedef struct spool_block_instruction {
  spool_block_kind kind;
  uint8_t operation;  // a spool_pointwise_op or spool_reduction
  spool_dtype dtype;  // of the numeric inputs
  // The rows of a tile follow one another in every operand that is not one element for all; strided: as if the
  // first axis of a row were longer.
  bool is_contiguous;
  uint8_t inputs_count;
  uint32_t outer, count, inner;  // pointwise: `count` elements of a row
  double parameter;              // standardize: epsilon
  spool_block_operand output, second_output, inputs[3];
  const spool_block_strides *strides;  // of SPOOL_BLOCK_STRIDED and SPOOL_BLOCK_PRODUCT
} spool_block_instruction;

/// Runs the instructions one after another over `tile_rows` rows of the batch at a time, for the rows
/// [begin, end), so that what they pass to one another stays in a near cache. `scratch`, aligned to 64
/// bytes, is the memory of the operands with no place.
///
/// The bits of a row depend neither on the tile nor on its position.
void spool_block_run(const spool_block_instruction *instructions, size_t count, const spool_place *places,
                     size_t time, size_t begin, size_t end, size_t tile_rows, void *scratch);
