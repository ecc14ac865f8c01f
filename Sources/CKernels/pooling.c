// Maximum and average pooling over [planes, height, width], one plane per task.
#include "spool_convolution.h"
#include "spool_threads.h"

#include <math.h>
#include <string.h>

typedef struct pooling_task {
  const spool_pooling *shape;
  const void *in;
  void *out;
  int32_t *positions;
  bool count_padding;
} pooling_task;

// The part of a window that lies inside the plane, along one axis.
typedef struct extent {
  size_t begin, end;
} extent;

static extent inside(size_t out, size_t stride, size_t window, size_t pad, size_t size) {
  size_t first = out * stride, last = first + window;
  extent e = {first > pad ? first - pad : 0, last > pad ? last - pad : 0};
  if (e.begin > size) e.begin = size;
  if (e.end > size) e.end = size;
  return e;
}

static size_t in_plane(const spool_pooling *s) { return s->height * s->width; }
static size_t out_plane(const spool_pooling *s) { return s->out_height * s->out_width; }

// How many elements a mean divides by; never zero, so that a window wholly in the padding gives 0.
static size_t divisor(const spool_pooling *s, extent rows, extent columns, bool count_padding) {
  size_t count = count_padding ? s->window_height * s->window_width
                               : (rows.end - rows.begin) * (columns.end - columns.begin);
  return count ? count : 1;
}

// For each window of plane p: `rows` and `columns` are its extents, `o` its flat position in the output.
#define FOR_EACH_WINDOW(s, p, statement)                                                    \
  for (size_t oy = 0; oy < s->out_height; oy++) {                                           \
    extent rows = inside(oy, s->stride_height, s->window_height, s->pad_top, s->height);    \
    for (size_t ox = 0; ox < s->out_width; ox++) {                                          \
      extent columns = inside(ox, s->stride_width, s->window_width, s->pad_left, s->width); \
      size_t o = p * out_plane(s) + oy * s->out_width + ox;                                 \
      statement                                                                             \
    }                                                                                       \
  }

#define DEFINE_POOLING(T)                                                                      \
  static void max_##T(size_t begin, size_t end, void *context) {                               \
    const pooling_task *t = context;                                                           \
    const spool_pooling *s = t->shape;                                                         \
    for (size_t p = begin; p < end; p++) {                                                     \
      const T *in = (const T *)t->in + p * in_plane(s);                                        \
      FOR_EACH_WINDOW(s, p, {                                                                  \
        const bool padding_only = rows.begin == rows.end || columns.begin == columns.end;      \
        size_t best = padding_only ? 0 : rows.begin * s->width + columns.begin;                \
        T most = padding_only ? (T) - INFINITY : in[best];                                     \
        for (size_t y = rows.begin; y < rows.end && most == most; y++)                         \
          for (size_t x = columns.begin; x < columns.end; x++) {                               \
            T value = in[y * s->width + x];                                                    \
            if (value <= most) continue; /* false for a NaN, which wins */                     \
            most = value;                                                                      \
            best = y * s->width + x;                                                           \
            if (value != value) break;                                                         \
          }                                                                                    \
        ((T *)t->out)[o] = most;                                                               \
        if (t->positions) t->positions[o] = (int32_t)best;                                     \
      })                                                                                       \
    }                                                                                          \
  }                                                                                            \
  static void average_##T(size_t begin, size_t end, void *context) {                           \
    const pooling_task *t = context;                                                           \
    const spool_pooling *s = t->shape;                                                         \
    for (size_t p = begin; p < end; p++) {                                                     \
      const T *in = (const T *)t->in + p * in_plane(s);                                        \
      FOR_EACH_WINDOW(s, p, {                                                                  \
        T sum = 0;                                                                             \
        for (size_t y = rows.begin; y < rows.end; y++)                                         \
          for (size_t x = columns.begin; x < columns.end; x++) sum += in[y * s->width + x];    \
        ((T *)t->out)[o] = sum / (T)divisor(s, rows, columns, t->count_padding);               \
      })                                                                                       \
    }                                                                                          \
  }                                                                                            \
  static void average_gradient_##T(size_t begin, size_t end, void *context) {                  \
    const pooling_task *t = context;                                                           \
    const spool_pooling *s = t->shape;                                                         \
    for (size_t p = begin; p < end; p++) {                                                     \
      T *out = (T *)t->out + p * in_plane(s);                                                  \
      memset(out, 0, in_plane(s) * sizeof(T));                                                 \
      FOR_EACH_WINDOW(s, p, {                                                                  \
        T share = ((const T *)t->in)[o] / (T)divisor(s, rows, columns, t->count_padding);      \
        for (size_t y = rows.begin; y < rows.end; y++)                                         \
          for (size_t x = columns.begin; x < columns.end; x++) out[y * s->width + x] += share; \
      })                                                                                       \
    }                                                                                          \
  }

DEFINE_POOLING(float)
DEFINE_POOLING(double)

static void run(const pooling_task *task, spool_loop_body body) {
  const spool_pooling *s = task->shape;
  // Planes whose work is worth a thread.
  size_t work = out_plane(s) * s->window_height * s->window_width + in_plane(s);
  spool_parallel_for(s->planes, work ? 50000 / work + 1 : s->planes, body, (void *)task);
}

void spool_max_pool(spool_dtype dtype, const spool_pooling *shape, const void *input, void *output,
                    int32_t *positions) {
  pooling_task task = {.shape = shape, .in = input, .out = output, .positions = positions};
  run(&task, dtype == SPOOL_FLOAT ? max_float : max_double);
}

void spool_average_pool(spool_dtype dtype, const spool_pooling *shape, bool count_padding, const void *input,
                        void *output) {
  pooling_task task = {.shape = shape, .in = input, .out = output, .count_padding = count_padding};
  run(&task, dtype == SPOOL_FLOAT ? average_float : average_double);
}

void spool_average_pool_gradient(spool_dtype dtype, const spool_pooling *shape, bool count_padding,
                                 const void *output_gradient, void *input_gradient) {
  pooling_task task = {
      .shape = shape, .in = output_gradient, .out = input_gradient, .count_padding = count_padding};
  run(&task, dtype == SPOOL_FLOAT ? average_gradient_float : average_gradient_double);
}
