#pragma once
#include <stddef.h>
#include <stdint.h>

/// The place of the first of `count` indices that is outside 0..<limit, or -1.
ptrdiff_t spool_first_bad_index(size_t count, size_t limit, const int32_t *indices);
