#pragma once
#include "spool_types.h"

/// Copies a dense array of shape `dims` into a strided destination (the reverse of SPOOL_COPY); with `add`,
/// adds (float, double, int32). Elements of the destination may not overlap.
void spool_scatter_strided(spool_dtype dtype, size_t rank, const ptrdiff_t *dims, const void *in, void *out,
                           const ptrdiff_t *out_strides, bool add);

// Indices are checked in every build, before anything is written.

/// out[i, :] = table[indices[i], :] for a dense table [rows, width]. Any dtype. Returns -1, or the first i
/// whose index is outside 0..<rows; then nothing is written.
ptrdiff_t spool_gather_rows(spool_dtype dtype, size_t count, size_t rows, size_t width, const void *table,
                            const int32_t *indices, void *out);
/// out[indices[i], :] += in[i, :], in the order of i (so sums are reproducible); out is [rows, width], not
/// cleared first. float, double, int32. Returns as spool_gather_rows.
ptrdiff_t spool_scatter_add_rows(spool_dtype dtype, size_t count, size_t rows, size_t width, const void *in,
                                 const int32_t *indices, void *out);

/// out[o, j, i] = in[o, indices[o, j, i], i] for dense in [outer, count, inner], indices [outer, picks,
/// inner]. Any dtype. Returns -1, or the flat position of the first index outside 0..<count; then nothing is
/// written.
ptrdiff_t spool_take_along(spool_dtype dtype, size_t outer, size_t count, size_t picks, size_t inner,
                           const void *in, const int32_t *indices, void *out);
/// out[o, indices[o, j, i], i] += in[o, j, i], in the order of j; out [outer, count, inner], not cleared
/// first. float, double, int32. Returns as spool_take_along.
ptrdiff_t spool_scatter_add_along(spool_dtype dtype, size_t outer, size_t count, size_t picks, size_t inner,
                                  const void *in, const int32_t *indices, void *out);
