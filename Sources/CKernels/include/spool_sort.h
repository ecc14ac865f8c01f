#pragma once
#include "spool_types.h"

/// Sorts along the middle axis of a dense [outer, count, inner] array and writes the sorted values (or not,
/// where `values` is NULL) and their indices. Stable; NaN sorts last in both directions, and -0 equals 0.
/// float, double, int32. `values` may not be `in`.
void spool_sort(spool_dtype dtype, size_t outer, size_t count, size_t inner, bool descending, const void *in,
                void *values, int32_t *indices);
