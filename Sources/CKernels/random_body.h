// Random numbers for one scalar type and instruction set; see instances.h. Written for SEPARATE_ROUNDING, so
// that all instruction sets give the same bits.
#include "elementary.h"
#include "trigonometric.h"

// Twice as many lanes: the two uniforms of each pair that becomes two normals, or those two.
typedef SCALAR NAME(pairs) __attribute__((ext_vector_type(2 * LANES), aligned(sizeof(SCALAR)), may_alias));
typedef UNSIGNED NAME(bit_pairs) __attribute__((ext_vector_type(2 * LANES), aligned(4), may_alias));

// Integers below 2^24 or 2^53, uniform: the top bits of a word, or of two, the first word being the high one.
INLINE VI NAME(top_bits)(VU words) {
#if IS_DOUBLE
  return (VI)((words << 32 | words >> 32) >> 11);
#else
  return (VI)(words >> 8);
#endif
}

static void NAME(uniform)(size_t count, const uint32_t *words, void *out) {
  const V unit = C(IS_DOUBLE ? 0x1p-53 : 0x1p-24);
  for (size_t i = 0; i < count; i += 2 * LANES) {
    const NAME(bit_pairs) bits = *(const NAME(bit_pairs) *)((const UNSIGNED *)(const void *)words + i);
    STORE((SCALAR *)out + i, __builtin_convertvector(NAME(top_bits)(bits.lo), V) * unit);
    STORE((SCALAR *)out + i + LANES, __builtin_convertvector(NAME(top_bits)(bits.hi), V) * unit);
  }
}

// Box & Muller (1958): sqrt(-2 log u) times the cosine and the sine of 2 pi v, for u and v in (0, 1].
static void NAME(normal)(size_t count, const uint32_t *words, void *out) {
  const V unit = C(IS_DOUBLE ? 0x1p-53 : 0x1p-24), rounder = C(TYPED(ROUNDER));
  for (size_t i = 0; i < count; i += 2 * LANES) {
    const NAME(bit_pairs) bits = *(const NAME(bit_pairs) *)((const UNSIGNED *)(const void *)words + i);
    const V u = __builtin_convertvector(NAME(top_bits)(bits.even) + (INTEGER)1, V) * unit;
    const V v = __builtin_convertvector(NAME(top_bits)(bits.odd) + (INTEGER)1, V) * unit;
    const V radius = __builtin_elementwise_sqrt(C(-2) * NAME(log)(u));

    // Quarter turns; what is left of them is exact.
    const V turns = C(4) * v, rounded = turns + rounder;
    const V r = (turns - (rounded - rounder)) * C(0x1.921fb54442d18p+0);
    const VI quadrant = (VI)rounded & (INTEGER)3;
    const VU positive = (VU)((UNSIGNED)0);
    NAME(pairs) result;
    result.even = radius * NAME(sin_of_quadrant)(r, C(0), quadrant + (INTEGER)1, positive);
    result.odd = radius * NAME(sin_of_quadrant)(r, C(0), quadrant, positive);
    *(NAME(pairs) *)((SCALAR *)out + i) = result;
  }
}

#if IS_DOUBLE
// Blocks of the stream of `key` from block `first` on, a lane to a block.
static void NAME(blocks)(uint64_t key, uint64_t first, size_t count, uint32_t *out) {
  static const int64_t lane_numbers[] = {0, 1, 2, 3, 4, 5, 6, 7};
  const VU word = (VU)((uint64_t)0xffffffff);
  for (size_t i = 0; i < count; i += LANES) {
    const VU counter = (VU)(*(const NAME(loose_integers) *)lane_numbers) + (uint64_t)(first + i);
    VU c0 = counter & word, c1 = counter >> 32, c2 = (VU)((uint64_t)0), c3 = c2;
    uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
    for (int round = 0; round < ROUNDS; round++) {
      const VU p0 = c0 * (uint64_t)MULTIPLIER_0, p1 = c2 * (uint64_t)MULTIPLIER_1;
      c0 = (p1 >> 32) ^ c1 ^ (uint64_t)k0;
      c1 = p1 & word;
      c2 = (p0 >> 32) ^ c3 ^ (uint64_t)k1;
      c3 = p0 & word;
      k0 += KEY_STEP_0;
      k1 += KEY_STEP_1;
    }
    NAME(bit_pairs) blocks;
    blocks.even = c0 | c1 << 32;
    blocks.odd = c2 | c3 << 32;
    *(NAME(bit_pairs) *)((uint64_t *)(void *)out + 2 * i) = blocks;
  }
}
#endif

static const random_kernels NAME(kernels)[] = {{DOUBLE_NAME(blocks), NAME(uniform), NAME(normal)}};
