// Stable sorting with indices: by insertion where short, else by the bytes of an unsigned key, lowest first.
#include "spool_sort.h"

#include <string.h>

#include "scratch.h"
#include "spool_threads.h"

// An element while it is sorted: a key whose unsigned order is the wanted one, and where it stood.
typedef struct entry {
  uint64_t key;
  int32_t index;
} entry;

// Bits of a real number as a key: negative numbers reversed, the sign's order too, -0 as 0, NaN above all.
static uint64_t float_key(float x) {
  uint32_t bits;
  x = x == 0 ? 0 : x;
  memcpy(&bits, &x, sizeof bits);
  return bits >> 31 ? (uint32_t)~bits : bits | 0x80000000u;
}
static uint64_t double_key(double x) {
  uint64_t bits;
  x = x == 0 ? 0 : x;
  memcpy(&bits, &x, sizeof bits);
  return bits >> 63 ? ~bits : bits | 0x8000000000000000u;
}
static uint64_t int32_key(int32_t x) { return (uint32_t)x ^ 0x80000000u; }

static uint64_t key_at(spool_dtype dtype, const void *in, size_t i, bool descending) {
  switch (dtype) {
  case SPOOL_FLOAT: {
    const float x = ((const float *)in)[i];
    const uint64_t key = float_key(x);
    return x != x ? UINT32_MAX : descending ? (uint32_t)~key : key;
  }
  case SPOOL_DOUBLE: {
    const double x = ((const double *)in)[i];
    const uint64_t key = double_key(x);
    return x != x ? UINT64_MAX : descending ? ~key : key;
  }
  case SPOOL_INT32: {
    const uint64_t key = int32_key(((const int32_t *)in)[i]);
    return descending ? (uint32_t)~key : key;
  }
  default: __builtin_trap();
  }
}

static void sort_short(entry *entries, size_t count) {
  for (size_t i = 1; i < count; i++) {
    const entry moving = entries[i];
    size_t at = i;
    for (; at > 0 && entries[at - 1].key > moving.key; at--) entries[at] = entries[at - 1];
    entries[at] = moving;
  }
}

enum { SHORT = 48, DIGIT_BITS = 8, DIGITS = 64 / DIGIT_BITS, BUCKETS = 1 << DIGIT_BITS };

// Counting sorts by each byte of the keys, from one array to the other and back; returns the one with the
// result.
static entry *sort_long(entry *from, entry *to, size_t count) {
  size_t counts[DIGITS][BUCKETS] = {0};
  for (size_t i = 0; i < count; i++)
    for (int digit = 0; digit < DIGITS; digit++)
      counts[digit][from[i].key >> digit * DIGIT_BITS & (BUCKETS - 1)]++;
  for (int digit = 0; digit < DIGITS; digit++) {
    const int shift = digit * DIGIT_BITS;
    size_t *places = counts[digit];
    if (places[from[0].key >> shift & (BUCKETS - 1)] == count) continue;  // all alike
    size_t place = 0;
    for (size_t bucket = 0; bucket < BUCKETS; bucket++) {
      const size_t size = places[bucket];
      places[bucket] = place;
      place += size;
    }
    for (size_t i = 0; i < count; i++) to[places[from[i].key >> shift & (BUCKETS - 1)]++] = from[i];
    entry *sorted = to;
    to = from;
    from = sorted;
  }
  return from;
}

typedef struct sort {
  spool_dtype dtype;
  bool descending;
  size_t count, inner;
  const void *in;
  void *values;
  int32_t *indices;
} sort;

// The lines [begin, end), line o * inner + i being that of [o, :, i].
static void sort_lines(size_t begin, size_t end, void *context) {
  const sort *s = context;
  const size_t bytes = 2 * s->count * sizeof(entry);
  entry *entries = scratch_allocate(bytes);
  for (size_t line = begin; line < end; line++) {
    const size_t first = line / s->inner * s->count * s->inner + line % s->inner;
    for (size_t j = 0; j < s->count; j++)
      entries[j] = (entry){key_at(s->dtype, s->in, first + j * s->inner, s->descending), (int32_t)j};
    const entry *sorted = entries;
    if (s->count <= SHORT)
      sort_short(entries, s->count);
    else
      sorted = sort_long(entries, entries + s->count, s->count);

    for (size_t j = 0; j < s->count; j++) {
      const size_t to = first + j * s->inner, from = first + (size_t)sorted[j].index * s->inner;
      s->indices[to] = sorted[j].index;
      if (!s->values) continue;
      if (s->dtype == SPOOL_DOUBLE)
        ((double *)s->values)[to] = ((const double *)s->in)[from];
      else
        memcpy((uint32_t *)s->values + to, (const uint32_t *)s->in + from, sizeof(uint32_t));
    }
  }
  spool_release(entries, bytes);
}

enum { GRAIN = 4096 };

void spool_sort(spool_dtype dtype, size_t outer, size_t count, size_t inner, bool descending, const void *in,
                void *values, int32_t *indices) {
  if (count == 0) return;
  sort s = {dtype, descending, count, inner, in, values, indices};
  spool_parallel_for(outer * inner, GRAIN / count + 1, sort_lines, &s);
}
