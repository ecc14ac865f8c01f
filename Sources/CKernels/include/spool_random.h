#pragma once
#include "spool_types.h"

// Random numbers have the same bits on every machine and instruction set, and for any number of threads:
// element i of a stream depends on nothing but the key and i.

/// Philox 4x32-10 (Salmon, Moraes, Dror & Shaw 2011): the block of four words that belongs to (key, counter).
void spool_philox(const uint32_t key[2], const uint32_t counter[4], uint32_t out[4]);

/// Words of the stream of `key` (its low word first): out[i] is word (i mod 4) of the block whose counter is
/// i / 4 in its two low words.
void spool_random_bits(uint64_t key, size_t count, uint32_t *out);
/// Uniform in [0, 1): the top 24 bits of word i (float), or the top 53 bits of words 2i and 2i + 1, the first
/// being the high one (double).
void spool_random_uniform(spool_dtype dtype, uint64_t key, size_t count, void *out);
/// Standard normal, float and double (Box & Muller 1958): elements 2i and 2i + 1 are sqrt(-2 log u) times the
/// cosine and the sine of 2 pi v, where u and v are those uniforms, one unit of 2^-24 or 2^-53 higher, so in
/// (0, 1].
void spool_random_normal(spool_dtype dtype, uint64_t key, size_t count, void *out);
