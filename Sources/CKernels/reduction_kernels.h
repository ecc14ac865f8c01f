#pragma once
// What the reductions share among their sources.
#include "spool_reduction.h"

enum {
  LANE_BYTES = 256,   // of accumulators, on every instruction set
  FOLD_STEPS = 32,    // terms that an accumulator takes one after another
  FOLD_LEVELS = 36,   // of pairwise joining; more than any memory needs
  STRIP_BYTES = 1024  // columns of an array that are folded together
};

// The kernels of one scalar type on one instruction set.
typedef struct reduction_kernels {
  // Reduces `count` adjacent elements.
  void (*row)(spool_reduction op, size_t count, const void *in, void *out);
  // Reduces `width` columns (STRIP_BYTES of them at most) of `count` rows, which are `pitch` elements apart.
  void (*strip)(spool_reduction op, size_t count, size_t width, size_t pitch, const void *in, void *out);
} reduction_kernels;

// Reductions of int32 and bool arrays.
void spool_reduce_integer(spool_reduction op, spool_dtype dtype, size_t outer, size_t count, size_t inner,
                          const void *in, void *out);
