#pragma once
// Walking over strided arrays.
#include "spool_types.h"

enum { MAX_OPERANDS = 3 };

/// A shape and the strides of some operands over it, with as few axes as describe the same walk.
typedef struct strided_shape {
  size_t rank;
  ptrdiff_t dims[SPOOL_MAX_RANK];
  unsigned operands;
  ptrdiff_t strides[MAX_OPERANDS][SPOOL_MAX_RANK];
  size_t total;  // elements
} strided_shape;

/// Drops axes of size 1 and joins neighbours that every operand runs through as one. At least one axis is
/// left, unless the shape is empty.
strided_shape spool_collapse(size_t rank, const ptrdiff_t *dims, unsigned operands,
                             const ptrdiff_t *const *strides);

/// The index of element `position` in row-major order.
void spool_index_of(const strided_shape *shape, size_t position, ptrdiff_t *index);
/// Where an operand has the element with that index.
ptrdiff_t spool_offset_of(const strided_shape *shape, unsigned operand, const ptrdiff_t *index);
/// Moves an index on by one in all axes but the last `fixed` ones; false at the end.
bool spool_next_index(const strided_shape *shape, size_t fixed, ptrdiff_t *index);

/// out[r * out_row + c] = in[r * in_row + c * in_column] for elements of `size` bytes (1, 4 or 8).
void spool_copy_block(size_t size, size_t rows, size_t columns, void *out, ptrdiff_t out_row, const void *in,
                      ptrdiff_t in_row, ptrdiff_t in_column);
