#include "strided.h"

#include <string.h>

strided_shape spool_collapse(size_t rank, const ptrdiff_t *dims, unsigned operands,
                             const ptrdiff_t *const *strides) {
  strided_shape shape = {.operands = operands, .total = 1};
  for (size_t axis = 0; axis < rank; axis++) {
    shape.total *= (size_t)dims[axis];
    if (dims[axis] == 1) continue;
    bool joins = shape.rank > 0;
    for (unsigned i = 0; i < operands && joins; i++)
      joins = shape.strides[i][shape.rank - 1] == strides[i][axis] * dims[axis];
    if (!joins) shape.rank++;
    const size_t last = shape.rank - 1;
    shape.dims[last] = joins ? shape.dims[last] * dims[axis] : dims[axis];
    for (unsigned i = 0; i < operands; i++) shape.strides[i][last] = strides[i][axis];
  }
  if (shape.rank == 0) shape.dims[shape.rank++] = 1;
  return shape;
}

void spool_index_of(const strided_shape *shape, size_t position, ptrdiff_t *index) {
  for (size_t axis = shape->rank; axis-- > 0;) {
    index[axis] = (ptrdiff_t)(position % (size_t)shape->dims[axis]);
    position /= (size_t)shape->dims[axis];
  }
}

ptrdiff_t spool_offset_of(const strided_shape *shape, unsigned operand, const ptrdiff_t *index) {
  ptrdiff_t offset = 0;
  for (size_t axis = 0; axis < shape->rank; axis++) offset += index[axis] * shape->strides[operand][axis];
  return offset;
}

bool spool_next_index(const strided_shape *shape, size_t fixed, ptrdiff_t *index) {
  for (size_t axis = shape->rank - fixed; axis-- > 0;) {
    if (++index[axis] < shape->dims[axis]) return true;
    index[axis] = 0;
  }
  return false;
}

// The general loop, and transposition of squares in registers where the rows of the result are columns of
// dense memory. A machine's basic 16-byte vectors are enough to keep up with its caches.
#define DEFINE_COPY(T, SIDE, TRANSPOSE)                                                                     \
  static void copy_strided_##T(size_t rows, size_t columns, T *out, ptrdiff_t out_row, const T *in,         \
                               ptrdiff_t in_row, ptrdiff_t in_column) {                                     \
    for (size_t r = 0; r < rows; r++) {                                                                     \
      const T *from = in + (ptrdiff_t)r * in_row;                                                           \
      T *to = out + (ptrdiff_t)r * out_row;                                                                 \
      for (size_t c = 0; c < columns; c++) to[c] = from[(ptrdiff_t)c * in_column];                          \
    }                                                                                                       \
  }                                                                                                         \
  static void copy_block_##T(size_t rows, size_t columns, T *out, ptrdiff_t out_row, const T *in,           \
                             ptrdiff_t in_row, ptrdiff_t in_column) {                                       \
    if (in_column == 1) {                                                                                   \
      for (size_t r = 0; r < rows; r++)                                                                     \
        memcpy(out + (ptrdiff_t)r * out_row, in + (ptrdiff_t)r * in_row, columns * sizeof(T));              \
      return;                                                                                               \
    }                                                                                                       \
    if (in_row != 1) {                                                                                      \
      copy_strided_##T(rows, columns, out, out_row, in, in_row, in_column);                                 \
      return;                                                                                               \
    }                                                                                                       \
    const size_t square_rows = rows - rows % SIDE, square_columns = columns - columns % SIDE;               \
    for (size_t c = 0; c < square_columns; c += SIDE)                                                       \
      for (size_t r = 0; r < square_rows; r += SIDE)                                                        \
        TRANSPOSE(out + (ptrdiff_t)r * out_row + c, out_row, in + r + (ptrdiff_t)c * in_column, in_column); \
    copy_strided_##T(rows, columns - square_columns, out + square_columns, out_row,                         \
                     in + (ptrdiff_t)square_columns * in_column, 1, in_column);                             \
    copy_strided_##T(rows - square_rows, square_columns, out + (ptrdiff_t)square_rows * out_row, out_row,   \
                     in + square_rows, 1, in_column);                                                       \
  }

typedef uint32_t four __attribute__((ext_vector_type(4)));
typedef uint32_t loose_four __attribute__((ext_vector_type(4), aligned(4)));
typedef uint64_t two __attribute__((ext_vector_type(2)));
typedef uint64_t loose_two __attribute__((ext_vector_type(2), aligned(8)));

static inline void transpose_four(uint32_t *out, ptrdiff_t out_row, const uint32_t *in, ptrdiff_t in_row) {
  const four a = *(const loose_four *)in, b = *(const loose_four *)(in + in_row);
  const four c = *(const loose_four *)(in + 2 * in_row), d = *(const loose_four *)(in + 3 * in_row);
  const four ab_low = __builtin_shufflevector(a, b, 0, 4, 1, 5),
             ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  const four cd_low = __builtin_shufflevector(c, d, 0, 4, 1, 5),
             cd_high = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  *(loose_four *)out = __builtin_shufflevector(ab_low, cd_low, 0, 1, 4, 5);
  *(loose_four *)(out + out_row) = __builtin_shufflevector(ab_low, cd_low, 2, 3, 6, 7);
  *(loose_four *)(out + 2 * out_row) = __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5);
  *(loose_four *)(out + 3 * out_row) = __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7);
}

static inline void transpose_two(uint64_t *out, ptrdiff_t out_row, const uint64_t *in, ptrdiff_t in_row) {
  const two a = *(const loose_two *)in, b = *(const loose_two *)(in + in_row);
  *(loose_two *)out = __builtin_shufflevector(a, b, 0, 2);
  *(loose_two *)(out + out_row) = __builtin_shufflevector(a, b, 1, 3);
}

static inline void transpose_one(uint8_t *out, ptrdiff_t out_row, const uint8_t *in, ptrdiff_t in_row) {
  (void)out_row, (void)in_row;
  *out = *in;
}

DEFINE_COPY(uint32_t, 4, transpose_four)
DEFINE_COPY(uint64_t, 2, transpose_two)
DEFINE_COPY(uint8_t, 1, transpose_one)

void spool_copy_block(size_t size, size_t rows, size_t columns, void *out, ptrdiff_t out_row, const void *in,
                      ptrdiff_t in_row, ptrdiff_t in_column) {
  switch (size) {
  case 4: copy_block_uint32_t(rows, columns, out, out_row, in, in_row, in_column); return;
  case 8: copy_block_uint64_t(rows, columns, out, out_row, in, in_row, in_column); return;
  default: copy_block_uint8_t(rows, columns, out, out_row, in, in_row, in_column); return;
  }
}
