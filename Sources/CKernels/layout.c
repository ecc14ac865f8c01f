// Moving rows and elements between arrays, by strides and by indices.
#include "spool_layout.h"

#include <string.h>

#include "indices.h"
#include "pointwise_kernels.h"
#include "spool_threads.h"
#include "strided.h"

// Adds `count` elements of `in` to `out`; int32 wraps.
static void add_run(spool_dtype dtype, size_t count, const void *in, void *out) {
  switch (dtype) {
  case SPOOL_FLOAT:
    for (size_t i = 0; i < count; i++) ((float *)out)[i] += ((const float *)in)[i];
    return;
  case SPOOL_DOUBLE:
    for (size_t i = 0; i < count; i++) ((double *)out)[i] += ((const double *)in)[i];
    return;
  case SPOOL_INT32:
    for (size_t i = 0; i < count; i++) ((uint32_t *)out)[i] += ((const uint32_t *)in)[i];
    return;
  case SPOOL_BOOL: __builtin_trap();
  }
}

// The same with elements of `out` that are `step` apart.
static void add_strided_run(spool_dtype dtype, size_t count, const void *in, void *out, ptrdiff_t step) {
  switch (dtype) {
  case SPOOL_FLOAT:
    for (size_t i = 0; i < count; i++) ((float *)out)[(ptrdiff_t)i * step] += ((const float *)in)[i];
    return;
  case SPOOL_DOUBLE:
    for (size_t i = 0; i < count; i++) ((double *)out)[(ptrdiff_t)i * step] += ((const double *)in)[i];
    return;
  case SPOOL_INT32:
    for (size_t i = 0; i < count; i++) ((uint32_t *)out)[(ptrdiff_t)i * step] += ((const uint32_t *)in)[i];
    return;
  case SPOOL_BOOL: __builtin_trap();
  }
}

#define DEFINE_PUT(T)                                                      \
  static void put_##T(size_t count, const T *in, T *out, ptrdiff_t step) { \
    for (size_t i = 0; i < count; i++) out[(ptrdiff_t)i * step] = in[i];   \
  }
DEFINE_PUT(uint8_t)
DEFINE_PUT(uint32_t)
DEFINE_PUT(uint64_t)

static void put_strided_run(size_t size, size_t count, const void *in, void *out, ptrdiff_t step) {
  switch (size) {
  case 4: put_uint32_t(count, in, out, step); return;
  case 8: put_uint64_t(count, in, out, step); return;
  default: put_uint8_t(count, in, out, step); return;
  }
}

// A dense array whose last axis is not the contiguous one of the destination is turned in blocks of a cache
// line of the destination by some rows.
enum { LINE = 64, BLOCK = 32 };

typedef struct scatter {
  spool_dtype dtype;
  bool add;
  size_t size;
  strided_shape shape;
  const uint8_t *in;
  uint8_t *out;
} scatter;

static void scatter_row(const scatter *s, size_t count, const void *in, void *out, ptrdiff_t step) {
  if (step == 1 && s->add)
    add_run(s->dtype, count, in, out);
  else if (step == 1)
    memcpy(out, in, count * s->size);
  else if (s->add)
    add_strided_run(s->dtype, count, in, out, step);
  else
    put_strided_run(s->size, count, in, out, step);
}

static void scatter_rows(const scatter *s) {
  const strided_shape *shape = &s->shape;
  const size_t last_axis = shape->rank - 1, columns = (size_t)shape->dims[last_axis];
  ptrdiff_t index[SPOOL_MAX_RANK] = {0};
  const uint8_t *in = s->in;
  do {
    scatter_row(s, columns, in, s->out + spool_offset_of(shape, 0, index) * (ptrdiff_t)s->size,
                shape->strides[0][last_axis]);
    in += columns * s->size;
  } while (spool_next_index(shape, 1, index));
}

// Blocks of the last axis and of `axis`, along which the destination is contiguous.
static void scatter_blocks(const scatter *s, size_t axis) {
  const strided_shape *shape = &s->shape;
  const size_t last_axis = shape->rank - 1, size = s->size, block_rows = LINE / size;
  const size_t columns = (size_t)shape->dims[last_axis], rows = (size_t)shape->dims[axis];
  const ptrdiff_t out_column = shape->strides[0][last_axis];
  ptrdiff_t in_row = 1;
  for (size_t later = axis + 1; later < shape->rank; later++) in_row *= shape->dims[later];
  strided_shape outer = *shape;
  outer.dims[last_axis] = outer.dims[axis] = 1;
  ptrdiff_t index[SPOOL_MAX_RANK] = {0};
  _Alignas(LINE) uint8_t block[BLOCK * LINE];
  do {
    ptrdiff_t position = 0, step = 1;
    for (size_t i = shape->rank; i-- > 0; step *= shape->dims[i]) position += index[i] * step;
    const uint8_t *in = s->in + position * (ptrdiff_t)size;
    uint8_t *out = s->out + spool_offset_of(shape, 0, index) * (ptrdiff_t)size;
    for (size_t r = 0; r < rows; r += block_rows) {
      const size_t height = rows - r < block_rows ? rows - r : block_rows;
      for (size_t c = 0; c < columns; c += BLOCK) {
        const size_t width = columns - c < BLOCK ? columns - c : BLOCK;
        spool_copy_block(size, width, height, block, (ptrdiff_t)block_rows,
                         in + ((ptrdiff_t)r * in_row + (ptrdiff_t)c) * (ptrdiff_t)size, 1, in_row);
        for (size_t i = 0; i < width; i++)
          scatter_row(s, height, block + i * LINE,
                      out + ((ptrdiff_t)(c + i) * out_column + (ptrdiff_t)r) * (ptrdiff_t)size, 1);
      }
    }
  } while (spool_next_index(&outer, 0, index));
}

void spool_scatter_strided(spool_dtype dtype, size_t rank, const ptrdiff_t *dims, const void *in, void *out,
                           const ptrdiff_t *out_strides, bool add) {
  scatter s = {.dtype = dtype,
               .add = add,
               .size = scalar_size(dtype),
               .in = in,
               .out = out,
               .shape = spool_collapse(rank, dims, 1, &out_strides)};
  if (s.shape.total == 0) return;
  const size_t last_axis = s.shape.rank - 1;
  if (s.shape.strides[0][last_axis] != 1 && s.shape.dims[last_axis] >= 4)
    for (size_t axis = 0; axis < last_axis; axis++)
      if (s.shape.strides[0][axis] == 1) {
        scatter_blocks(&s, axis);
        return;
      }
  scatter_rows(&s);
}

ptrdiff_t spool_first_bad_index(size_t count, size_t limit, const int32_t *indices) {
  for (size_t begin = 0; begin < count; begin += 256) {
    const size_t end = count - begin < 256 ? count : begin + 256;
    uint32_t bad = 0;
    for (size_t i = begin; i < end; i++) bad |= (uint32_t)indices[i] >= limit;
    if (!bad) continue;
    for (size_t i = begin; i < end; i++)
      if ((uint32_t)indices[i] >= limit) return (ptrdiff_t)i;
  }
  return -1;
}

// Bytes below which a part of the work is not worth a thread.
enum { GRAIN = 1 << 17 };

typedef struct rows {
  spool_dtype dtype;
  size_t count, width, size;
  const uint8_t *in;
  const int32_t *indices;
  uint8_t *out;
} rows;

static void gather_part(size_t begin, size_t end, void *context) {
  const rows *r = context;
  const size_t bytes = r->width * r->size;
  for (size_t i = begin; i < end; i++)
    memcpy(r->out + i * bytes, r->in + (size_t)r->indices[i] * bytes, bytes);
}

ptrdiff_t spool_gather_rows(spool_dtype dtype, size_t count, size_t table_rows, size_t width,
                            const void *table, const int32_t *indices, void *out) {
  const ptrdiff_t bad = spool_first_bad_index(count, table_rows, indices);
  if (bad >= 0) return bad;
  rows r = {.dtype = dtype,
            .count = count,
            .width = width,
            .size = scalar_size(dtype),
            .in = table,
            .indices = indices,
            .out = out};
  spool_parallel_for(count, GRAIN / (width * r.size + 1) + 1, gather_part, &r);
  return -1;
}

// All rows, but only columns [begin, end) of them, so that each sum is one thread's, in the order of the
// rows.
static void scatter_add_part(size_t begin, size_t end, void *context) {
  const rows *r = context;
  for (size_t i = 0; i < r->count; i++)
    add_run(r->dtype, end - begin, r->in + (i * r->width + begin) * r->size,
            r->out + ((size_t)r->indices[i] * r->width + begin) * r->size);
}

ptrdiff_t spool_scatter_add_rows(spool_dtype dtype, size_t count, size_t table_rows, size_t width,
                                 const void *in, const int32_t *indices, void *out) {
  if (dtype == SPOOL_BOOL) __builtin_trap();
  const ptrdiff_t bad = spool_first_bad_index(count, table_rows, indices);
  if (bad >= 0) return bad;
  rows r = {.dtype = dtype,
            .count = count,
            .width = width,
            .size = scalar_size(dtype),
            .in = in,
            .indices = indices,
            .out = out};
  spool_parallel_for(width, GRAIN / (count * r.size + 1) + 64, scatter_add_part, &r);
  return -1;
}

#define DEFINE_TAKE(T)                                                                      \
  static void take_##T(size_t outer, size_t count, size_t picks, size_t inner, const T *in, \
                       const int32_t *indices, T *out) {                                    \
    for (size_t o = 0; o < outer; o++, in += count * inner)                                 \
      for (size_t j = 0; j < picks; j++, indices += inner, out += inner)                    \
        for (size_t i = 0; i < inner; i++) out[i] = in[(size_t)indices[i] * inner + i];     \
  }
DEFINE_TAKE(uint8_t)
DEFINE_TAKE(uint32_t)
DEFINE_TAKE(uint64_t)

#define DEFINE_SCATTER_ADD(T)                                                                      \
  static void scatter_add_##T(size_t outer, size_t count, size_t picks, size_t inner, const T *in, \
                              const int32_t *indices, T *out) {                                    \
    for (size_t o = 0; o < outer; o++, out += count * inner)                                       \
      for (size_t j = 0; j < picks; j++, indices += inner, in += inner)                            \
        for (size_t i = 0; i < inner; i++) out[(size_t)indices[i] * inner + i] += in[i];           \
  }
DEFINE_SCATTER_ADD(float)
DEFINE_SCATTER_ADD(double)
DEFINE_SCATTER_ADD(uint32_t)

ptrdiff_t spool_take_along(spool_dtype dtype, size_t outer, size_t count, size_t picks, size_t inner,
                           const void *in, const int32_t *indices, void *out) {
  const ptrdiff_t bad = spool_first_bad_index(outer * picks * inner, count, indices);
  if (bad >= 0) return bad;
  switch (scalar_size(dtype)) {
  case 4: take_uint32_t(outer, count, picks, inner, in, indices, out); break;
  case 8: take_uint64_t(outer, count, picks, inner, in, indices, out); break;
  default: take_uint8_t(outer, count, picks, inner, in, indices, out); break;
  }
  return -1;
}

ptrdiff_t spool_scatter_add_along(spool_dtype dtype, size_t outer, size_t count, size_t picks, size_t inner,
                                  const void *in, const int32_t *indices, void *out) {
  const ptrdiff_t bad = spool_first_bad_index(outer * picks * inner, count, indices);
  if (bad >= 0) return bad;
  switch (dtype) {
  case SPOOL_FLOAT: scatter_add_float(outer, count, picks, inner, in, indices, out); break;
  case SPOOL_DOUBLE: scatter_add_double(outer, count, picks, inner, in, indices, out); break;
  case SPOOL_INT32: scatter_add_uint32_t(outer, count, picks, inner, in, indices, out); break;
  case SPOOL_BOOL: __builtin_trap();
  }
  return -1;
}
