#pragma once
// The first scalars of a vector for AVX2: eight floats, four doubles.
#include <immintrin.h>
#include <stddef.h>

#define AVX2_INLINE static inline __attribute__((always_inline, target("avx2")))

typedef struct part_avx2 {
  __m256i mask;
  size_t count;
} part_avx2;

AVX2_INLINE part_avx2 part_of_floats_avx2(size_t count) {
  const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  return (part_avx2){_mm256_cmpgt_epi32(_mm256_set1_epi32((int)count), lanes), count};
}
AVX2_INLINE part_avx2 part_of_doubles_avx2(size_t count) {
  const __m256i lanes = _mm256_setr_epi32(0, 0, 1, 1, 2, 2, 3, 3);
  return (part_avx2){_mm256_cmpgt_epi32(_mm256_set1_epi32((int)count), lanes), count};
}

// A store with a mask takes some twenty cycles on several processors, whatever the mask, so parts are stored in
// pieces.
AVX2_INLINE void store_floats_avx2(float *to, size_t count, __m256 values) {
  if (count >= 8) {
    _mm256_storeu_ps(to, values);
    return;
  }
  __m128 left = _mm256_castps256_ps128(values);
  if (count & 4) {
    _mm_storeu_ps(to, left);
    left = _mm256_extractf128_ps(values, 1);
    to += 4;
  }
  if (count & 2) {
    _mm_storel_pi((__m64 *)to, left);
    left = _mm_movehl_ps(left, left);
    to += 2;
  }
  if (count & 1) _mm_store_ss(to, left);
}
AVX2_INLINE void store_doubles_avx2(double *to, size_t count, __m256d values) {
  if (count >= 4) {
    _mm256_storeu_pd(to, values);
    return;
  }
  __m128d left = _mm256_castpd256_pd128(values);
  if (count & 2) {
    _mm_storeu_pd(to, left);
    left = _mm256_extractf128_pd(values, 1);
    to += 2;
  }
  if (count & 1) _mm_store_sd(to, left);
}
