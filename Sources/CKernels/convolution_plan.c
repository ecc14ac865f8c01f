// Planes with padding, and how work on images is split over threads.
#include "convolution_plan.h"

#include <string.h>

padding convolution_padding(size_t height, size_t width, size_t margin_top, size_t margin_left,
                            size_t stride_y, size_t stride_x, size_t rows, size_t columns) {
  padding p = {height, width, margin_top, margin_left, stride_y, stride_x, rows, columns, 0, false};
  if (stride_x == 1) {
    // The zeros behind one row may be the zeros before the next.
    const size_t behind = columns > margin_left + width ? columns - margin_left - width : 0;
    p.row = columns - smaller(margin_left, behind);
  }
  p.phase = rows * p.row + columns - p.row;
  if (margin_top + margin_left == 0 && stride_y * stride_x == 1 && columns <= width && rows <= height) {
    p.in_place = true;
    p.row = width;
    p.phase = height * width;
  }
  return p;
}

size_t convolution_padded_plane(const padding *p) { return p->phase * p->stride_y * p->stride_x; }
#define DEFINE_PAD(T)                                                                                      \
  static void pad_##T(const padding *p, size_t planes, const T *in, T *out) {                              \
    const ptrdiff_t height = (ptrdiff_t)p->height, width = (ptrdiff_t)p->width;                            \
    const ptrdiff_t stride_x = (ptrdiff_t)p->stride_x;                                                     \
    memset(out, 0, planes * convolution_padded_plane(p) * sizeof(T));                                      \
    for (size_t plane = 0; plane < planes; plane++, in += height * width)                                  \
      for (size_t phase_y = 0; phase_y < p->stride_y; phase_y++)                                           \
        for (ptrdiff_t phase_x = 0; phase_x < stride_x; phase_x++, out += p->phase) {                      \
          /* The columns of the phase that lie inside the plane. */                                        \
          ptrdiff_t shift = phase_x - (ptrdiff_t)p->margin_left;                                           \
          ptrdiff_t begin = shift >= 0 ? 0 : (-shift + stride_x - 1) / stride_x;                           \
          ptrdiff_t end = shift >= width ? 0 : (width - shift + stride_x - 1) / stride_x;                  \
          ptrdiff_t columns = (ptrdiff_t)(p->phase - (p->rows - 1) * p->row);                              \
          if (end > columns) end = columns;                                                                \
          for (size_t i = 0; i < p->rows; i++) {                                                           \
            ptrdiff_t y = (ptrdiff_t)(i * p->stride_y + phase_y) - (ptrdiff_t)p->margin_top;               \
            if (y < 0 || y >= height) continue;                                                            \
            const T *from = in + y * width + shift;                                                        \
            T *to = out + i * p->row;                                                                      \
            if (stride_x == 1 && end > begin)                                                              \
              memcpy(to + begin, from + begin, (size_t)(end - begin) * sizeof(T));                         \
            else                                                                                           \
              for (ptrdiff_t j = begin; j < end; j++) to[j] = from[j * stride_x];                          \
          }                                                                                                \
        }                                                                                                  \
  }                                                                                                        \
  static void copy_rows_##T(const T *in, size_t in_row, size_t rows, size_t width, T *out, size_t out_row, \
                            size_t step) {                                                                 \
    for (size_t i = 0; i < rows; i++, in += in_row, out += out_row)                                        \
      if (step == 1)                                                                                       \
        memcpy(out, in, width * sizeof(T));                                                                \
      else                                                                                                 \
        for (size_t j = 0; j < width; j++) out[j * step] = in[j];                                          \
  }
DEFINE_PAD(float)
DEFINE_PAD(double)

convolution convolution_make(spool_dtype dtype, const spool_convolution *s) {
  return (convolution){.shape = s,
                       .dtype = dtype,
                       .element = dtype == SPOOL_FLOAT ? sizeof(float) : sizeof(double),
                       .group_channels = s->channels / s->groups,
                       .group_filters = s->filters / s->groups,
                       .taps = s->filter_height * s->filter_width};
}

void convolution_pad(const convolution *t, size_t planes, const void *in, void *out) {
  if (t->dtype == SPOOL_FLOAT)
    pad_float(&t->padding, planes, in, out);
  else
    pad_double(&t->padding, planes, in, out);
}

void convolution_copy_rows(const convolution *t, const void *in, size_t in_row, size_t rows, size_t width,
                           void *out, size_t out_row, size_t step) {
  if (t->dtype == SPOOL_FLOAT)
    copy_rows_float(in, in_row, rows, width, out, out_row, step);
  else
    copy_rows_double(in, in_row, rows, width, out, out_row, step);
}

void convolution_for_each_image(size_t count, double work, spool_loop_body body, convolution *t) {
  const size_t threads = spool_threads_at_hand();
  if (count % threads != 0 && count < 4 * threads && work > 1e6) {
    body(0, count, t);
    return;
  }
  spool_parallel_for(count, work < 4e5 ? (size_t)(4e5 / (work + 1)) + 1 : 1, body, t);
}

bool convolution_is_empty(const spool_convolution *s) {
  return s->batch * s->filters * s->out_height * s->out_width == 0;
}
