#pragma once
// Scratch memory of a kernel: from the pool, given back with spool_release before the kernel returns.
#include "spool_memory.h"

#include <stdio.h>
#include <stdlib.h>

// Kernels have no way to report an error, and their scratch is small beside their operands: out of memory
// ends the process with a message.
static inline void *scratch_allocate(size_t bytes) {
  void *block = spool_allocate(bytes);
  if (!block) {
    fprintf(stderr, "spool: out of memory: a kernel needs %zu bytes of scratch memory\n", bytes);
    abort();
  }
  return block;
}
