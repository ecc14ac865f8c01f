#pragma once
#include "spool_types.h"

/// Pooled memory, aligned to 64 bytes and not cleared. `bytes` = 0 is allowed. NULL when the system has none
/// left. Freed blocks are kept by size class (a small cache per thread, a shared one behind it), since a
/// training step asks for the same sizes again and again. Built with AddressSanitizer, every block comes from
/// malloc instead.
void *spool_allocate(size_t bytes);
/// Gives a block back; `bytes` as it was asked for.
void spool_release(void *block, size_t bytes);
/// What a block of `bytes` counts for in the numbers below: the size of its class.
size_t spool_block_bytes(size_t bytes);
/// Bytes handed out at present, and the most there were since the last `spool_memory_reset_peak`.
size_t spool_memory_in_use(void);
size_t spool_memory_peak(void);
void spool_memory_reset_peak(void);
/// Bytes that the shared cache keeps for later; each thread's own cache holds at most 1 MiB of a size besides.
size_t spool_memory_unused(void);
/// Returns all unused pooled memory of the shared cache and of the calling thread to the system.
void spool_memory_trim(void);
