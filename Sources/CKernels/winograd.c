// Convolution with filters of 3 by 3 by Winograd's minimal filtering F(2x2, 3x3) (Lavin & Gray 2016): Y =
// A'[(GgG') . (B'dB)]A for tiles of 4 by 4 pixels, which overlap by two, and of 2 by 2 outputs. The
// elementwise products, summed over channels, are sixteen matrix products with 4/9 of the direct
// multiplications. The gradient of the input is such a convolution with flipped filters; that of the filter
// is G'[(AgA') . (B'dB)]G.
#include "convolution_plan.h"
#include "scratch.h"

#include <string.h>

enum {
  TILES = 96,        // tiles of a block: its transforms stay in the second-level cache
  FILTERS = 64,      // output channels whose products are transformed back at a time
  SUMMED_TILES = 256 // tiles over which one product for the filter's gradient sums
};

// One convolution; channels are those of a group. The filter of output channel o and input channel i begins
// o * output_step + i * input_step scalars behind the group's first; its taps are in reverse order where
// `flipped`.
typedef struct winograd {
  const gemm_kernels *kernels;
  spool_dtype dtype;
  size_t element, batch, groups, inputs, outputs;
  size_t height, width, pad_top, pad_left, out_height, out_width;
  size_t tiles_y, tiles_x, blocks;
  const char *in, *filter;
  size_t output_step, input_step;
  bool flipped;
  char *out;
  char *transformed; // filters: [groups][16] planes of [outputs][inputs]
} winograd;

// The distance between planes of `count` scalars: one cache line more, since planes a power of two apart
// would share a few places of the cache, and a transform goes to all sixteen at once.
static size_t plane_size(const winograd *w, size_t count) { return count + 64 / w->element; }

static size_t row_length(const winograd *w) { return 2 * w->tiles_x + 2; }
// Rows of a channel that `tile_rows` need, and what the transform reads beyond them.
static size_t row_bytes(const winograd *w, size_t tile_rows) {
  return ((2 * tile_rows + 2) * row_length(w) + 2 * w->kernels->lanes + 2) * w->element;
}

// Transforms the tile rows [begin, end) of one channel into sixteen planes.
static void transform_channel(const winograd *w, const char *image, size_t begin, size_t end, char *rows,
                              char *to, size_t plane) {
  const size_t length = row_length(w), copied = smaller(w->width, length - smaller(length, w->pad_left));
  for (size_t i = 0; i < 2 * (end - begin) + 2; i++) {
    const size_t y = 2 * begin + i;
    char *row = rows + i * length * w->element;
    memset(row, 0, length * w->element);
    if (y >= w->pad_top && y - w->pad_top < w->height)
      memcpy(row + w->pad_left * w->element, image + (y - w->pad_top) * w->width * w->element,
             copied * w->element);
  }
  for (size_t i = 0; i < end - begin; i++)
    w->kernels->winograd_input(rows + 2 * i * length * w->element, length, w->tiles_x,
                               to + i * w->tiles_x * w->element, plane);
}

static void convolve_blocks(size_t first, size_t last, void *context) {
  const winograd *w = context;
  const size_t most_rows = divided_up(w->tiles_y, w->blocks), most_tiles = most_rows * w->tiles_x;
  const size_t rows_size = divided_up(row_bytes(w, most_rows), 64) * 64;
  const size_t input_size = 16 * plane_size(w, w->inputs * most_tiles) * w->element;
  const size_t bytes = rows_size + input_size + 16 * plane_size(w, FILTERS * most_tiles) * w->element;
  const size_t filter_plane = plane_size(w, w->outputs * w->inputs);
  char *rows = scratch_allocate(bytes), *transformed = rows + rows_size, *products = transformed + input_size;
  memset(rows, 0, rows_size);
  for (size_t unit = first; unit < last; unit++) {
    const size_t image = unit / (w->groups * w->blocks), group = unit / w->blocks % w->groups;
    const size_t begin = cut(w->tiles_y, w->blocks, unit % w->blocks);
    const size_t end = cut(w->tiles_y, w->blocks, unit % w->blocks + 1), tiles = (end - begin) * w->tiles_x;
    const size_t input_plane = plane_size(w, w->inputs * tiles);
    const char *in = w->in + (image * w->groups + group) * w->inputs * w->height * w->width * w->element;
    char *out = w->out + (image * w->groups + group) * w->outputs * w->out_height * w->out_width * w->element;
    for (size_t c = 0; c < w->inputs; c++)
      transform_channel(w, in + c * w->height * w->width * w->element, begin, end, rows,
                        transformed + c * tiles * w->element, input_plane);
    for (size_t o = 0; o < w->outputs; o += FILTERS) {
      const size_t count = smaller(FILTERS, w->outputs - o), product_plane = plane_size(w, count * tiles);
      const spool_gemm product = {.batch = 16,
                                  .m = count,
                                  .n = tiles,
                                  .k = w->inputs,
                                  .a = w->transformed +
                                       (group * 16 * filter_plane + o * w->inputs) * w->element,
                                  .a_batch = (ptrdiff_t)filter_plane,
                                  .a_row = (ptrdiff_t)w->inputs,
                                  .a_column = 1,
                                  .b = transformed,
                                  .b_batch = (ptrdiff_t)input_plane,
                                  .b_row = (ptrdiff_t)tiles,
                                  .b_column = 1,
                                  .c = products,
                                  .c_batch = (ptrdiff_t)product_plane,
                                  .c_row = (ptrdiff_t)tiles};
      spool_matmul(w->dtype, &product);
      for (size_t f = 0; f < count; f++)
        for (size_t i = 0; i < end - begin; i++) {
          const size_t y = 2 * (begin + i);
          w->kernels->winograd_output(products + (f * tiles + i * w->tiles_x) * w->element, product_plane,
                                      w->tiles_x,
                                      out + (((o + f) * w->out_height + y) * w->out_width) * w->element,
                                      w->out_width, smaller(2, w->out_height - y), w->out_width);
        }
    }
  }
  spool_release(rows, bytes);
}

static winograd make(spool_dtype dtype, const spool_convolution *s) {
  winograd w = {.kernels = gemm_kernels_in_use(dtype),
                .dtype = dtype,
                .batch = s->batch,
                .groups = s->groups,
                .inputs = s->channels / s->groups,
                .outputs = s->filters / s->groups,
                .height = s->height,
                .width = s->width,
                .pad_top = s->pad_top,
                .pad_left = s->pad_left,
                .out_height = s->out_height,
                .out_width = s->out_width};
  w.element = w.kernels->element;
  return w;
}

static void count_tiles(winograd *w) {
  w->tiles_y = divided_up(w->out_height, 2);
  w->tiles_x = divided_up(w->out_width, 2);
  w->blocks = divided_up(w->tiles_y * w->tiles_x, TILES);
  const size_t images = w->batch * w->groups, threads = spool_threads_at_hand();
  if (images * w->blocks < threads) w->blocks = divided_up(threads, images);
  w->blocks = smaller(w->blocks, w->tiles_y);
}

static void transform_filters(size_t begin, size_t end, void *context) {
  const winograd *w = context;
  const size_t filters = w->outputs * w->inputs, plane = plane_size(w, filters);
  for (size_t o = begin; o < end; o++) {
    const size_t group = o / w->outputs, output = o % w->outputs;
    w->kernels->winograd_filter(
        w->filter + (group * filters * 9 + output * w->output_step) * w->element, w->input_step, w->flipped,
        w->inputs, w->transformed + (group * 16 * plane + output * w->inputs) * w->element, plane);
  }
}

static void convolve(winograd *w) {
  count_tiles(w);
  const size_t filters = w->outputs * w->inputs, bytes = w->groups * 16 * plane_size(w, filters) * w->element;
  w->transformed = scratch_allocate(bytes);
  spool_parallel_for(w->groups * w->outputs, 2000 / w->inputs + 1, transform_filters, w);
  const double work = (double)filters * (double)(w->tiles_y * w->tiles_x) * 16 / (double)w->blocks;
  spool_parallel_for(w->batch * w->groups * w->blocks, work < 4e5 ? (size_t)(4e5 / (work + 1)) + 1 : 1,
                     convolve_blocks, w);
  spool_release(w->transformed, bytes);
}

bool winograd_applies(const spool_convolution *s) {
  return s->filter_height == 3 && s->filter_width == 3 && s->stride_height == 1 && s->stride_width == 1 &&
         s->dilation_height == 1 && s->dilation_width == 1 && s->pad_top <= 2 && s->pad_left <= 2 &&
         s->channels / s->groups >= 8 && s->filters / s->groups >= 8 && s->out_height >= 4 &&
         s->out_width >= 4 && s->height >= 4 && s->width >= 4;
}

void winograd_convolve(spool_dtype dtype, const spool_convolution *s, const void *input, const void *filter,
                       void *output) {
  winograd w = make(dtype, s);
  w.in = input, w.filter = filter, w.out = output;
  w.output_step = w.inputs * 9, w.input_step = 9;
  convolve(&w);
}

void winograd_input_gradient(spool_dtype dtype, const spool_convolution *s, const void *output_gradient,
                             const void *filter, void *input_gradient) {
  winograd w = make(dtype, s);
  w.in = output_gradient, w.filter = filter, w.out = input_gradient;
  w.output_step = 9, w.input_step = w.inputs * 9, w.flipped = true;
  w.inputs = s->filters / s->groups, w.outputs = s->channels / s->groups;
  w.height = s->out_height, w.width = s->out_width, w.out_height = s->height, w.out_width = s->width;
  w.pad_top = 2 - s->pad_top, w.pad_left = 2 - s->pad_left;
  convolve(&w);
}

// What the filter's gradient sums at a time: some images of one group.
typedef struct summation {
  winograd w;
  const char *gradient;
  size_t group, image, images, tiles;
  char *inputs, *gradients, *sums; // 16 planes of [inputs][tiles], of [outputs][tiles], of [outputs][inputs]
} summation;

// Transforms channels of the input and then of the output's gradient.
static void transform_channels(size_t begin, size_t end, void *context) {
  const summation *s = context;
  const winograd *w = &s->w;
  const size_t in_plane = w->height * w->width, out_plane = w->out_height * w->out_width;
  const size_t bytes = row_bytes(w, w->tiles_y), of_image = w->tiles_y * w->tiles_x;
  char *rows = scratch_allocate(bytes);
  memset(rows, 0, bytes);
  for (size_t c = begin; c < end; c++)
    for (size_t i = 0; i < s->images; i++) {
      const size_t image = (s->image + i) * w->groups + s->group;
      if (c < w->inputs) {
        transform_channel(w, w->in + (image * w->inputs + c) * in_plane * w->element, 0, w->tiles_y, rows,
                          s->inputs + (c * s->tiles + i * of_image) * w->element,
                          plane_size(w, w->inputs * s->tiles));
        continue;
      }
      const size_t o = c - w->inputs;
      const char *g = s->gradient + (image * w->outputs + o) * out_plane * w->element;
      char *to = s->gradients + (o * s->tiles + i * of_image) * w->element;
      for (size_t y = 0; y < w->tiles_y; y++)
        w->kernels->winograd_gradient(g + 2 * y * w->out_width * w->element, w->out_width,
                                      smaller(2, w->out_height - 2 * y), w->out_width, w->tiles_x,
                                      to + y * w->tiles_x * w->element, plane_size(w, w->outputs * s->tiles));
    }
  spool_release(rows, bytes);
}

static void add_products(size_t begin, size_t end, void *context) {
  const summation *s = context;
  const winograd *w = &s->w;
  for (size_t i = begin; i < end; i++) {
    const spool_gemm product = {.batch = 1,
                                .m = w->outputs,
                                .n = w->inputs,
                                .k = s->tiles,
                                .a = s->gradients + i * plane_size(w, w->outputs * s->tiles) * w->element,
                                .a_row = (ptrdiff_t)s->tiles,
                                .a_column = 1,
                                .b = s->inputs + i * plane_size(w, w->inputs * s->tiles) * w->element,
                                .b_row = 1,
                                .b_column = (ptrdiff_t)s->tiles,
                                .c = s->sums + i * plane_size(w, w->outputs * w->inputs) * w->element,
                                .c_row = (ptrdiff_t)w->inputs,
                                .accumulate = s->image > 0};
    spool_matmul(w->dtype, &product);
  }
}

void winograd_filter_gradient(spool_dtype dtype, const spool_convolution *shape, const void *input,
                              const void *output_gradient, void *filter_gradient) {
  summation s = {.w = make(dtype, shape), .gradient = output_gradient};
  winograd *w = &s.w;
  count_tiles(w);
  w->in = input;
  const size_t of_image = w->tiles_y * w->tiles_x, filters = w->outputs * w->inputs;
  const size_t most_images = smaller(w->batch, of_image < SUMMED_TILES ? SUMMED_TILES / of_image : 1);
  const size_t most_tiles = most_images * of_image;
  const size_t input_size = 16 * plane_size(w, w->inputs * most_tiles) * w->element;
  const size_t gradient_size = 16 * plane_size(w, w->outputs * most_tiles) * w->element;
  const size_t bytes = input_size + gradient_size + 16 * plane_size(w, filters) * w->element;
  s.inputs = scratch_allocate(bytes);
  s.gradients = s.inputs + input_size;
  s.sums = s.gradients + gradient_size;
  for (s.group = 0; s.group < w->groups; s.group++) {
    for (s.image = 0; s.image < w->batch; s.image += s.images) {
      s.images = smaller(most_images, w->batch - s.image);
      s.tiles = s.images * of_image;
      const size_t grain = 20000 / (16 * s.tiles) + 1;
      spool_parallel_for(w->inputs + w->outputs, grain, transform_channels, &s);
      spool_parallel_for(16, filters * s.tiles > 50000 ? 1 : 16, add_products, &s);
    }
    w->kernels->winograd_filter_gradient(s.sums, plane_size(w, filters), filters,
                                         (char *)filter_gradient + s.group * filters * 9 * w->element);
  }
  spool_release(s.inputs, bytes);
}
