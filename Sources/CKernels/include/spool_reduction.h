#pragma once
#include "spool_types.h"

typedef enum spool_reduction : uint8_t {
  SPOOL_SUM, SPOOL_PRODUCT,            // float, double, int32 (which wraps)
  SPOOL_MAXIMUM_OF, SPOOL_MINIMUM_OF,  // float, double, int32; NaN wins
  SPOOL_ARGMAX, SPOOL_ARGMIN,          // float, double, int32 -> int32; first of equals; the first NaN wins
  SPOOL_ANY, SPOOL_ALL,                // bool -> bool
  // float, double; max-shifted; empty or all -inf gives -inf, any NaN gives NaN, else any +inf gives +inf
  SPOOL_LOG_SUM_EXP,
  SPOOL_SUM_OF_SQUARES,                // float, double
} spool_reduction;

/// Reduces the middle axis of a dense [outer, count, inner] array to [outer, inner].
/// count = 0 gives the identity (0, 1, false, true, -inf for log-sum-exp); for max, min, argmax, argmin the
/// caller forbids it. The order of summation is fixed by the shape alone: sums, products and sums of squares
/// have the same bits on every instruction set and for any number of threads. Terms are added in blocks that
/// are joined pairwise, so the error of a float sum grows with log(count), not count.
void spool_reduce(spool_reduction op, spool_dtype dtype, size_t outer, size_t count, size_t inner,
                  const void *in, void *out);

typedef enum spool_prefix : uint8_t { SPOOL_PREFIX_SUM, SPOOL_PREFIX_PRODUCT } spool_prefix;
/// Running sum or product along the middle axis of a dense [outer, count, inner] array; float, double, int32.
/// `reversed` runs from the last element to the first; `exclusive` leaves the element itself out (starts at 0
/// or 1). `out` may not be `in`.
void spool_scan_axis(spool_prefix op, spool_dtype dtype, size_t outer, size_t count, size_t inner,
                     const void *in, void *out, bool reversed, bool exclusive);

// Rows of a dense [rows, columns] array; float and double. The output may be exactly an input. Sums run as in
// spool_reduce; the bits do not depend on the number of threads.

/// softmax and log-softmax are max-shifted; a row that is all -inf gives zeros (softmax) and -inf
/// (log-softmax), a row with NaN or +inf gives NaN.
void spool_softmax(spool_dtype dtype, size_t rows, size_t columns, const void *in, void *out);
void spool_log_softmax(spool_dtype dtype, size_t rows, size_t columns, const void *in, void *out);
/// in-gradient of softmax: y * (g - sum(g * y)); of log-softmax: g - exp(y) * sum(g).
void spool_softmax_gradient(spool_dtype dtype, size_t rows, size_t columns, const void *g, const void *y,
                            void *out);
void spool_log_softmax_gradient(spool_dtype dtype, size_t rows, size_t columns, const void *g, const void *y,
                                void *out);
/// out[row] = log-softmax(row)[label of the row], [rows]; its in-gradient is g * (1 at the label, 0 elsewhere, less
/// softmax(row)), where `likelihoods` is what the first gave. Both return the place of the first label that is not
/// below `columns`, having done nothing, or -1.
ptrdiff_t spool_log_likelihood(spool_dtype dtype, size_t rows, size_t columns, const void *in,
                               const int32_t *labels, void *out);
ptrdiff_t spool_log_likelihood_gradient(spool_dtype dtype, size_t rows, size_t columns, const void *g,
                                        const void *in, const int32_t *labels, const void *likelihoods,
                                        void *out);
/// out = (x - mean) * r, r = 1 / sqrt(variance + epsilon) per row; `reciprocal` receives r, [rows]. The mean
/// is corrected by the mean of the differences, so a row of equal numbers gives zeros.
void spool_standardize(spool_dtype dtype, size_t rows, size_t columns, double epsilon, const void *in,
                       void *out, void *reciprocal);
/// Its in-gradient: r * (g - mean(g) - out * mean(g * out)).
void spool_standardize_gradient(spool_dtype dtype, size_t rows, size_t columns, const void *g,
                                const void *out_, const void *reciprocal, void *result);
