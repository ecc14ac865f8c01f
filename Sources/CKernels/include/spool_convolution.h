#pragma once
#include "spool_types.h"

/// A two-dimensional convolution (cross-correlation, as in every deep-learning library); 1-D sets height
/// to 1. Dense arrays: input [batch, channels, height, width], filter [filters, channels / groups,
/// filter_height, filter_width], output [batch, filters, out_height, out_width].
typedef struct spool_convolution {
  size_t batch, channels, height, width;
  size_t filters, filter_height, filter_width, groups;
  size_t stride_height, stride_width;
  size_t dilation_height, dilation_width;
  // Zeros before the first row / column; those after the last follow from out_height / out_width.
  size_t pad_top, pad_left;
  size_t out_height, out_width;
} spool_convolution;

/// output = input * filter. float and double. The same bits for any number of threads.
///
/// Sums run in blocks over channels and taps. Filters of 3 by 3 with stride and dilation 1 and at least eight
/// channels on both sides go by Winograd's F(2x2, 3x3), whose rounding errors are a few times those of direct
/// sums. An infinite or NaN pixel may then spoil its whole tile of the output, and in the filter's gradient
/// also elements to whose sum it does not belong.
void spool_convolve(spool_dtype dtype, const spool_convolution *shape, const void *input, const void *filter,
                    void *output);
/// The gradient of the input (which is also the transposed convolution of `output_gradient`).
void spool_convolve_input_gradient(spool_dtype dtype, const spool_convolution *shape,
                                   const void *output_gradient, const void *filter, void *input_gradient);
/// The gradient of the filter.
void spool_convolve_filter_gradient(spool_dtype dtype, const spool_convolution *shape, const void *input,
                                    const void *output_gradient, void *filter_gradient);

/// Pooling windows over [planes, height, width]; padding never wins a maximum.
typedef struct spool_pooling {
  size_t planes, height, width;
  size_t window_height, window_width, stride_height, stride_width, pad_top, pad_left;
  size_t out_height, out_width;
} spool_pooling;

/// Maxima and, for the gradient, the flat position in its plane of each (first of equals; NaN wins). A window
/// wholly in the padding gives -infinity at position 0.
void spool_max_pool(spool_dtype dtype, const spool_pooling *shape, const void *input, void *output,
                    int32_t *positions);
/// Means over the whole window; padding counts as zeros where `count_padding`.
void spool_average_pool(spool_dtype dtype, const spool_pooling *shape, bool count_padding, const void *input,
                        void *output);
void spool_average_pool_gradient(spool_dtype dtype, const spool_pooling *shape, bool count_padding,
                                 const void *output_gradient, void *input_gradient);
