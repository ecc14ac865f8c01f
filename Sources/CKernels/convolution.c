// Convolution and the gradient of its filter; see convolution_plan.h.
#include "convolution_plan.h"
#include "scratch.h"

#include <string.h>

// Where position (y, x) of a padded plane lies.
static ptrdiff_t position(const padding *p, size_t y, size_t x) {
  const size_t phase = y % p->stride_y * p->stride_x + x % p->stride_x;
  return (ptrdiff_t)(phase * p->phase + y / p->stride_y * p->row + x / p->stride_x);
}

// How the input is padded for the taps to be read from, and where each tap of each channel of a group begins.
static ptrdiff_t *unfold_input(convolution *t) {
  const spool_convolution *s = t->shape;
  t->padding =
      convolution_padding(s->height, s->width, s->pad_top, s->pad_left, s->stride_height, s->stride_width,
                          s->out_height + (s->filter_height - 1) * s->dilation_height / s->stride_height,
                          s->out_width + (s->filter_width - 1) * s->dilation_width / s->stride_width);
  ptrdiff_t *offsets = scratch_allocate(t->group_channels * t->taps * sizeof *offsets), *offset = offsets;
  for (size_t c = 0; c < t->group_channels; c++)
    for (size_t y = 0; y < s->filter_height; y++)
      for (size_t x = 0; x < s->filter_width; x++)
        *offset++ = (ptrdiff_t)(c * convolution_padded_plane(&t->padding)) +
                    position(&t->padding, y * s->dilation_height, x * s->dilation_width);
  t->offsets = offsets;
  return offsets;
}

static void convolve_images(size_t begin, size_t end, void *context) {
  const convolution *t = context;
  const spool_convolution *s = t->shape;
  const size_t in_plane = s->height * s->width, out_plane = s->out_height * s->out_width,
               row = t->padding.row;
  const size_t count = (s->out_height - 1) * row + s->out_width;
  const bool direct = count == out_plane;
  const size_t padded_bytes =
      t->padding.in_place ? 0 : t->group_channels * convolution_padded_plane(&t->padding) * t->element;
  const size_t result_bytes = direct ? 0 : t->group_filters * count * t->element;
  char *scratch = padded_bytes + result_bytes ? scratch_allocate(padded_bytes + result_bytes) : NULL;
  char *result = scratch + padded_bytes;
  for (size_t i = begin; i < end; i++) {
    const size_t image = i / s->groups, group = i % s->groups;
    const char *in = t->in + (image * s->channels + group * t->group_channels) * in_plane * t->element;
    char *out = t->out + (image * s->filters + group * t->group_filters) * out_plane * t->element;
    if (!t->padding.in_place) convolution_pad(t, t->group_channels, in, scratch);
    const size_t k = t->group_channels * t->taps;
    const spool_gemm product = {.batch = 1,
                                .m = t->group_filters,
                                .n = count,
                                .k = k,
                                .a = t->filter + group * t->group_filters * k * t->element,
                                .a_row = (ptrdiff_t)k,
                                .a_column = 1,
                                .b = t->padding.in_place ? in : scratch,
                                .c = direct ? out : result,
                                .c_row = (ptrdiff_t)count};
    gemm_multiply_unfolded(t->dtype, &product, t->offsets, NULL);
    for (size_t f = 0; f < t->group_filters && !direct; f++)
      convolution_copy_rows(t, result + f * count * t->element, row, s->out_height, s->out_width,
                            out + f * out_plane * t->element, s->out_width, 1);
  }
  if (scratch) spool_release(scratch, padded_bytes + result_bytes);
}

static double image_work(const convolution *t) {
  const spool_convolution *s = t->shape;
  return (double)(s->out_height * s->out_width) * (double)(t->group_filters * t->group_channels * t->taps);
}

void spool_convolve(spool_dtype dtype, const spool_convolution *shape, const void *input, const void *filter,
                    void *output) {
  if (convolution_is_empty(shape)) return;
  if (winograd_applies(shape)) {
    winograd_convolve(dtype, shape, input, filter, output);
    return;
  }
  convolution t = convolution_make(dtype, shape);
  t.in = input, t.filter = filter, t.out = output;
  ptrdiff_t *offsets = unfold_input(&t);
  convolution_for_each_image(shape->batch * shape->groups, image_work(&t), convolve_images, &t);
  spool_release(offsets, t.group_channels * t.taps * sizeof *offsets);
}

// The filter's gradient: the output's gradient, its rows spread out as the padded input's are, times the
// transposed unfolded input, image by image. What lies between the rows is multiplied by zero.
void spool_convolve_filter_gradient(spool_dtype dtype, const spool_convolution *s, const void *input,
                                    const void *output_gradient, void *filter_gradient) {
  convolution t = convolution_make(dtype, s);
  const size_t k = t.group_channels * t.taps;
  if (convolution_is_empty(s)) {
    memset(filter_gradient, 0, s->filters * k * t.element);
    return;
  }
  if (winograd_applies(s)) {
    winograd_filter_gradient(dtype, s, input, output_gradient, filter_gradient);
    return;
  }
  ptrdiff_t *offsets = unfold_input(&t);
  const size_t in_plane = s->height * s->width, out_plane = s->out_height * s->out_width, row = t.padding.row;
  const size_t count = (s->out_height - 1) * row + s->out_width;
  const bool direct = count == out_plane;
  const size_t padded_bytes =
      t.padding.in_place ? 0 : t.group_channels * convolution_padded_plane(&t.padding) * t.element;
  const size_t spread_bytes = direct ? 0 : t.group_filters * count * t.element;
  char *scratch = padded_bytes + spread_bytes ? scratch_allocate(padded_bytes + spread_bytes) : NULL;
  char *spread = scratch + padded_bytes;
  if (spread_bytes) memset(spread, 0, spread_bytes);
  for (size_t i = 0; i < s->batch * s->groups; i++) {
    const size_t image = i / s->groups, group = i % s->groups;
    const char *in =
        (const char *)input + (image * s->channels + group * t.group_channels) * in_plane * t.element;
    const char *g = (const char *)output_gradient +
                    (image * s->filters + group * t.group_filters) * out_plane * t.element;
    if (!t.padding.in_place) convolution_pad(&t, t.group_channels, in, scratch);
    for (size_t f = 0; f < t.group_filters && !direct; f++)
      convolution_copy_rows(&t, g + f * out_plane * t.element, s->out_width, s->out_height, s->out_width,
                            spread + f * count * t.element, row, 1);
    const spool_gemm product = {.batch = 1,
                                .m = t.group_filters,
                                .n = k,
                                .k = count,
                                .a = direct ? g : spread,
                                .a_row = (ptrdiff_t)count,
                                .a_column = 1,
                                .b = t.padding.in_place ? in : scratch,
                                .c = (char *)filter_gradient + group * t.group_filters * k * t.element,
                                .c_row = (ptrdiff_t)k,
                                .accumulate = image > 0};
    gemm_multiply_unfolded(dtype, &product, NULL, offsets);
  }
  if (scratch) spool_release(scratch, padded_bytes + spread_bytes);
  spool_release(offsets, k * sizeof *offsets);
}
