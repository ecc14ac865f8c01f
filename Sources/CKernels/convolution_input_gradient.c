// The gradient of a convolution's input: at one phase of the stride it is itself a convolution, of the
// output's gradient with those taps of the filter that meet that phase.
#include "convolution_plan.h"
#include "scratch.h"

#include <string.h>

// One axis: pixel r + stride * i of the input meets tap t at pixel i + shift of the output, for the taps t of
// phase r.
typedef struct axis {
  size_t stride, size;
  size_t *starts;    // where the taps of each phase begin; stride + 1 of them
  size_t *taps;      // every tap, phase by phase
  ptrdiff_t *shifts; // of every tap
  size_t margin,
      extent; // zeros that the output needs before its first pixel; pixels that are read, zeros too
  size_t bytes;
} axis;

static size_t pixels(const axis *a, size_t phase) {
  return phase < a->size ? divided_up(a->size - phase, a->stride) : 0;
}

static axis make_axis(size_t size, size_t stride, size_t pad, size_t dilation, size_t taps) {
  axis a = {.stride = stride, .size = size, .bytes = (stride + 1 + 2 * taps) * sizeof(size_t)};
  a.starts = scratch_allocate(a.bytes);
  a.taps = a.starts + stride + 1;
  a.shifts = (ptrdiff_t *)(a.taps + taps);
  size_t found = 0;
  ptrdiff_t least = 0, most = 0;
  for (size_t phase = 0; phase < stride; phase++) {
    a.starts[phase] = found;
    for (size_t tap = 0; tap < taps; tap++) {
      const ptrdiff_t distance = (ptrdiff_t)(phase + pad) - (ptrdiff_t)(tap * dilation);
      if (distance % (ptrdiff_t)stride != 0) continue;
      const ptrdiff_t shift = distance / (ptrdiff_t)stride;
      a.taps[found] = tap;
      a.shifts[found++] = shift;
      if (pixels(&a, phase) == 0) continue;
      if (shift < least) least = shift;
      if (shift + (ptrdiff_t)pixels(&a, phase) > most) most = shift + (ptrdiff_t)pixels(&a, phase);
    }
  }
  a.starts[stride] = found;
  a.margin = (size_t)-least;
  a.extent = (size_t)(most - least);
  return a;
}

typedef struct gradient {
  convolution base;
  axis y, x;
  bool leaves_gaps; // some phase meets no tap
} gradient;

// For each group and phase, the filter as a matrix [channels, filters * taps], and one offset for each of its
// columns.
#define DEFINE_ARRANGE(T)                                                                                 \
  static void arrange_##T(const gradient *d, const T *filter, T *out) {                                   \
    const spool_convolution *s = d->base.shape;                                                           \
    for (size_t g = 0; g < s->groups; g++)                                                                \
      for (size_t ry = 0; ry < d->y.stride; ry++)                                                         \
        for (size_t rx = 0; rx < d->x.stride; rx++)                                                       \
          for (size_t c = 0; c < d->base.group_channels; c++)                                             \
            for (size_t f = 0; f < d->base.group_filters; f++) {                                          \
              const T *taps =                                                                             \
                  filter + ((g * d->base.group_filters + f) * d->base.group_channels + c) * d->base.taps; \
              for (size_t i = d->y.starts[ry]; i < d->y.starts[ry + 1]; i++)                              \
                for (size_t j = d->x.starts[rx]; j < d->x.starts[rx + 1]; j++)                            \
                  *out++ = taps[d->y.taps[i] * s->filter_width + d->x.taps[j]];                           \
            }                                                                                             \
  }
DEFINE_ARRANGE(float)
DEFINE_ARRANGE(double)

static void fill_offsets(const gradient *d, ptrdiff_t *out) {
  const padding *p = &d->base.padding;
  for (size_t ry = 0; ry < d->y.stride; ry++)
    for (size_t rx = 0; rx < d->x.stride; rx++)
      for (size_t f = 0; f < d->base.group_filters; f++)
        for (size_t i = d->y.starts[ry]; i < d->y.starts[ry + 1]; i++)
          for (size_t j = d->x.starts[rx]; j < d->x.starts[rx + 1]; j++)
            *out++ = (ptrdiff_t)(f * convolution_padded_plane(p)) +
                     (d->y.shifts[i] + (ptrdiff_t)d->y.margin) * (ptrdiff_t)p->row + d->x.shifts[j] +
                     (ptrdiff_t)d->x.margin;
}

static void gradient_of_images(size_t begin, size_t end, void *context) {
  const gradient *d = context;
  const convolution *t = &d->base;
  const spool_convolution *s = t->shape;
  const size_t in_plane = s->height * s->width, out_plane = s->out_height * s->out_width,
               row = t->padding.row;
  const size_t padded_bytes =
      t->padding.in_place ? 0 : t->group_filters * convolution_padded_plane(&t->padding) * t->element;
  const size_t most = (pixels(&d->y, 0) - 1) * row + pixels(&d->x, 0);
  const bool direct = d->y.stride * d->x.stride == 1 && most == in_plane;
  const size_t result_bytes = direct ? 0 : t->group_channels * most * t->element;
  char *scratch = padded_bytes + result_bytes ? scratch_allocate(padded_bytes + result_bytes) : NULL;
  char *result = scratch + padded_bytes;
  for (size_t i = begin; i < end; i++) {
    const size_t image = i / s->groups, group = i % s->groups;
    const char *g = t->in + (image * s->filters + group * t->group_filters) * out_plane * t->element;
    char *out = t->out + (image * s->channels + group * t->group_channels) * in_plane * t->element;
    if (!t->padding.in_place) convolution_pad(t, t->group_filters, g, scratch);
    if (d->leaves_gaps) memset(out, 0, t->group_channels * in_plane * t->element);
    const char *filter = t->filter + group * t->group_channels * t->group_filters * t->taps * t->element;
    const ptrdiff_t *offsets = t->offsets;
    for (size_t phase = 0; phase < d->y.stride * d->x.stride; phase++) {
      const size_t ry = phase / d->x.stride, rx = phase % d->x.stride;
      const size_t height = pixels(&d->y, ry), width = pixels(&d->x, rx);
      const size_t k = t->group_filters * (d->y.starts[ry + 1] - d->y.starts[ry]) *
                       (d->x.starts[rx + 1] - d->x.starts[rx]);
      if (k > 0 && height > 0 && width > 0) {
        const size_t count = (height - 1) * row + width;
        const spool_gemm product = {.batch = 1,
                                    .m = t->group_channels,
                                    .n = count,
                                    .k = k,
                                    .a = filter,
                                    .a_row = (ptrdiff_t)k,
                                    .a_column = 1,
                                    .b = t->padding.in_place ? g : scratch,
                                    .c = direct ? out : result,
                                    .c_row = (ptrdiff_t)count};
        gemm_multiply_unfolded(t->dtype, &product, offsets, NULL);
        for (size_t c = 0; c < t->group_channels && !direct; c++)
          convolution_copy_rows(t, result + c * count * t->element, row, height, width,
                                out + (c * in_plane + ry * s->width + rx) * t->element,
                                d->y.stride * s->width, d->x.stride);
      }
      filter += t->group_channels * k * t->element;
      offsets += k;
    }
  }
  if (scratch) spool_release(scratch, padded_bytes + result_bytes);
}

void spool_convolve_input_gradient(spool_dtype dtype, const spool_convolution *s, const void *output_gradient,
                                   const void *filter, void *input_gradient) {
  gradient d = {.base = convolution_make(dtype, s)};
  convolution *t = &d.base;
  if (s->batch * s->channels * s->height * s->width == 0) return;
  if (convolution_is_empty(s)) {
    memset(input_gradient, 0, s->batch * s->channels * s->height * s->width * t->element);
    return;
  }
  if (winograd_applies(s)) {
    winograd_input_gradient(dtype, s, output_gradient, filter, input_gradient);
    return;
  }
  d.y = make_axis(s->height, s->stride_height, s->pad_top, s->dilation_height, s->filter_height);
  d.x = make_axis(s->width, s->stride_width, s->pad_left, s->dilation_width, s->filter_width);
  for (size_t phase = 0; phase < d.y.stride; phase++)
    d.leaves_gaps |= d.y.starts[phase] == d.y.starts[phase + 1];
  for (size_t phase = 0; phase < d.x.stride; phase++)
    d.leaves_gaps |= d.x.starts[phase] == d.x.starts[phase + 1];
  t->padding = convolution_padding(s->out_height, s->out_width, d.y.margin, d.x.margin, 1, 1,
                                   d.y.extent > 0 ? d.y.extent : 1, d.x.extent > 0 ? d.x.extent : 1);

  const size_t filter_bytes = s->channels * t->group_filters * t->taps * t->element;
  const size_t offset_bytes = t->group_filters * t->taps * sizeof(ptrdiff_t);
  char *arranged = scratch_allocate(filter_bytes + offset_bytes);
  ptrdiff_t *offsets = (ptrdiff_t *)arranged;
  fill_offsets(&d, offsets);
  if (dtype == SPOOL_FLOAT)
    arrange_float(&d, filter, (float *)(arranged + offset_bytes));
  else
    arrange_double(&d, filter, (double *)(arranged + offset_bytes));
  t->in = output_gradient, t->out = input_gradient, t->filter = arranged + offset_bytes, t->offsets = offsets;
  const double work =
      (double)(s->out_height * s->out_width) * (double)(t->group_filters * t->group_channels * t->taps);
  convolution_for_each_image(s->batch * s->groups, work, gradient_of_images, t);
  spool_release(arranged, filter_bytes + offset_bytes);
  spool_release(d.y.starts, d.y.bytes);
  spool_release(d.x.starts, d.x.bytes);
}
