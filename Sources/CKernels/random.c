// Random numbers of a counter-based generator: Philox 4x32-10 (Salmon, Moraes, Dror & Shaw 2011).
#include "spool_random.h"

#include <string.h>

#include "angle.h"
#include "elementary_terms.h"
#include "spool_isa.h"
#include "spool_threads.h"

enum { ROUNDS = 10 };
#define MULTIPLIER_0 0xD2511F53u
#define MULTIPLIER_1 0xCD9E8D57u
#define KEY_STEP_0 0x9E3779B9u
#define KEY_STEP_1 0xBB67AE85u

void spool_philox(const uint32_t key[2], const uint32_t counter[4], uint32_t out[4]) {
  uint32_t k0 = key[0], k1 = key[1], c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
  for (int round = 0; round < ROUNDS; round++) {
    const uint64_t p0 = (uint64_t)MULTIPLIER_0 * c0, p1 = (uint64_t)MULTIPLIER_1 * c2;
    c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
    c1 = (uint32_t)p1;
    c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
    c3 = (uint32_t)p0;
    k0 += KEY_STEP_0;
    k1 += KEY_STEP_1;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

typedef struct random_kernels {
  // `count` blocks of the stream of `key`; writes a multiple of VECTOR_BLOCKS.
  void (*blocks)(uint64_t key, uint64_t first, size_t count, uint32_t *out);
  // Turns words into `count` numbers; writes a multiple of 2 VECTOR_BLOCKS or 4 VECTOR_BLOCKS of them.
  void (*uniform)(size_t count, const uint32_t *words, void *out);
  void (*normal)(size_t count, const uint32_t *words, void *out);
} random_kernels;

#define SEPARATE_ROUNDING
#define BODY "random_body.h"
#include "instances.h"

static const random_kernels *const kernels[][2] = TABLE(kernels);

// Words that are made at a time: a part of the output starts at a multiple of these.
enum { TILE_WORDS = 512, GRAIN = 16 };

typedef struct draw {
  uint64_t key;
  const random_kernels *kernels;
  void (*transform)(size_t count, const uint32_t *words, void *out);  // NULL: the words themselves
  size_t count, size;                                                 // elements, and their bytes
  uint8_t *out;
} draw;

static void draw_tiles(size_t begin, size_t end, void *context) {
  const draw *d = context;
  _Alignas(64) uint32_t words[TILE_WORDS], numbers[TILE_WORDS];
  const size_t words_each = d->size / sizeof(uint32_t), tile = TILE_WORDS / words_each;
  for (size_t i = begin; i < end; i++) {
    const size_t left = d->count - i * tile, count = left < tile ? left : tile;
    d->kernels->blocks(d->key, i * (TILE_WORDS / 4), (count * words_each + 3) / 4, words);
    if (d->transform) d->transform(count, words, numbers);
    memcpy(d->out + i * tile * d->size, d->transform ? numbers : words, count * d->size);
  }
}

static void run(draw d) {
  const size_t tile = TILE_WORDS / (d.size / sizeof(uint32_t));
  spool_parallel_for((d.count + tile - 1) / tile, GRAIN, draw_tiles, &d);
}

void spool_random_bits(uint64_t key, size_t count, uint32_t *out) {
  const random_kernels *k = kernels[spool_isa_current()][SPOOL_FLOAT];
  run((draw){.key = key, .kernels = k, .count = count, .size = sizeof(uint32_t), .out = (uint8_t *)out});
}

static const random_kernels *kernels_of(spool_dtype dtype) {
  if (dtype > SPOOL_DOUBLE) __builtin_trap();
  return kernels[spool_isa_current()][dtype];
}

static size_t size_of(spool_dtype dtype) { return dtype == SPOOL_FLOAT ? sizeof(float) : sizeof(double); }

void spool_random_uniform(spool_dtype dtype, uint64_t key, size_t count, void *out) {
  const random_kernels *k = kernels_of(dtype);
  run((draw){
      .key = key, .kernels = k, .transform = k->uniform, .count = count, .size = size_of(dtype), .out = out});
}

void spool_random_normal(spool_dtype dtype, uint64_t key, size_t count, void *out) {
  const random_kernels *k = kernels_of(dtype);
  run((draw){
      .key = key, .kernels = k, .transform = k->normal, .count = count, .size = size_of(dtype), .out = out});
}
