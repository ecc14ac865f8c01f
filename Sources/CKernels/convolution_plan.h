#pragma once
// Convolution and its gradients as matrix products. An image is not unfolded: with its rows padded to one
// length, the pixels that one tap of the filter meets at all positions are one run of memory, so the unfolded
// matrix is the padded image read from a table of offsets, one for each tap. A stride splits the image into
// phases (every second pixel, the others), within which the stride is one. Positions between the end of an
// output row and the end of a padded row are computed and dropped.
#include "gemm_plan.h"
#include "spool_convolution.h"
#include "spool_threads.h"

// How planes [height, width] lie when padded: `margin`s of zeros before the first row and column, phases by
// the strides, each phase `rows` rows of `row` scalars and the last row's overhang. Positions count from the
// top left of the padding.
typedef struct padding {
  size_t height, width;
  size_t margin_top, margin_left, stride_y, stride_x;
  size_t rows, row,
      phase;     // of one phase: its rows, the distance between rows, the distance to the next phase
  bool in_place; // the planes are as they should be already
} padding;

// One convolution or gradient being computed.
typedef struct convolution {
  const spool_convolution *shape;
  spool_dtype dtype;
  size_t element, group_channels, group_filters, taps;
  const char *in, *filter; // in: the images that are padded
  char *out;
  padding padding;
  const ptrdiff_t *offsets; // of every row (or column) of the unfolded matrix
} convolution;

convolution convolution_make(spool_dtype dtype, const spool_convolution *shape);
// `rows` by `columns` will be readable in each phase.
padding convolution_padding(size_t height, size_t width, size_t margin_top, size_t margin_left,
                            size_t stride_y, size_t stride_x, size_t rows, size_t columns);
size_t convolution_padded_plane(const padding *p);
// Copies planes with their padding.
void convolution_pad(const convolution *t, size_t planes, const void *in, void *out);
// Copies rows of `width`, `in_row` apart, to rows `out_row` apart with pixels `step` apart.
void convolution_copy_rows(const convolution *t, const void *in, size_t in_row, size_t rows, size_t width,
                           void *out, size_t out_row, size_t step);
// Runs `body` over `count` images of `work` multiply-adds: on all threads where there are enough of them,
// else one image after another, whose products then use the threads.
void convolution_for_each_image(size_t count, double work, spool_loop_body body, convolution *t);
bool convolution_is_empty(const spool_convolution *shape);

// Filters of 3 by 3, densely placed: another way, with fewer multiplications; see winograd.c.
bool winograd_applies(const spool_convolution *shape);
void winograd_convolve(spool_dtype dtype, const spool_convolution *shape, const void *input,
                       const void *filter, void *output);
void winograd_input_gradient(spool_dtype dtype, const spool_convolution *shape, const void *output_gradient,
                             const void *filter, void *input_gradient);
void winograd_filter_gradient(spool_dtype dtype, const spool_convolution *shape, const void *input,
                              const void *output_gradient, void *filter_gradient);
