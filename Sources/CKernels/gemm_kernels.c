// Compiles the tiles of gemm_body.h for each scalar type and instruction set.
#include "gemm_kernels.h"

#include <stdint.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#include "gemm_term_avx2.h"
#include "part_avx2.h"
#endif

// A multiply and an add stay two roundings in the portable code wherever it is compiled.
#pragma clang fp contract(off)

#define INLINE static inline __attribute__((always_inline))
// A loop that must unroll, since its index picks registers.
#define EACH(i, count) _Pragma("clang loop unroll(full)") for (int i = 0; i < (count); i++)

// Instruction sets without masks load and store a part of a vector scalar by scalar.
typedef float float_4 __attribute__((ext_vector_type(4)));
typedef double double_2 __attribute__((ext_vector_type(2)));
#define PARTS_BY_SCALARS(vector, scalar)                          \
  INLINE vector load_##vector(const scalar *p, size_t count) {    \
    vector v = (vector)(0);                                       \
    for (size_t i = 0; i < count; i++) v[i] = p[i];               \
    return v;                                                     \
  }                                                               \
  INLINE void store_##vector(scalar *p, size_t count, vector v) { \
    for (size_t i = 0; i < count; i++) p[i] = v[i];               \
  }
PARTS_BY_SCALARS(float_4, float)
PARTS_BY_SCALARS(double_2, double)

// Portable: vectors of 128 bits, sixteen registers, no fused multiply-add.
#define PART size_t
#define PARTIAL_LOADS false
#define ROWS 4
#define ROWS_OF_TILES ROWS, ROWS
#define VECTORS 2
#define SMALL_CACHE false
#define MULTIPLY_ADD(x, y, z) ((x) * (y) + (z))

#define NAME(x) x##_float_portable
#define SCALAR float
#define LANES 4
#define LANE_SCALARS 4
#define SOME(count) (count)
#define LOAD_PART(p, part) load_float_4(p, part)
#define STORE_PART(p, part, v) store_float_4(p, part, v)
#include "gemm_body.h"

#define NAME(x) x##_double_portable
#define SCALAR double
#define LANES 2
#define LANE_SCALARS 2
#define SOME(count) (count)
#define LOAD_PART(p, part) load_double_2(p, part)
#define STORE_PART(p, part, v) store_double_2(p, part, v)
#include "gemm_body.h"
#undef PART
#undef PARTIAL_LOADS
#undef ROWS
#undef ROWS_OF_TILES
#undef VECTORS
#undef SMALL_CACHE
#undef MULTIPLY_ADD

#define MULTIPLY_ADD(x, y, z) __builtin_elementwise_fma(x, y, z)

#if defined(__aarch64__)

// NEON: vectors of 128 bits, thirty-two registers.
#define PART size_t
#define PARTIAL_LOADS false
#define ROWS 8
#define ROWS_OF_TILES ROWS, ROWS, ROWS
#define VECTORS 3
#define SMALL_CACHE false

#define NAME(x) x##_float_neon
#define SCALAR float
#define LANES 4
#define LANE_SCALARS 4
#define SOME(count) (count)
#define LOAD_PART(p, part) load_float_4(p, part)
#define STORE_PART(p, part, v) store_float_4(p, part, v)
#include "gemm_body.h"

#define NAME(x) x##_double_neon
#define SCALAR double
#define LANES 2
#define LANE_SCALARS 2
#define SOME(count) (count)
#define LOAD_PART(p, part) load_double_2(p, part)
#define STORE_PART(p, part, v) store_double_2(p, part, v)
#include "gemm_body.h"

#elif defined(__x86_64__)

// AVX2: vectors of 256 bits, sixteen registers. Tiles of four rows by three vectors have as many sums as six by
// two; batches are more often multiples of four.
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define PART part_avx2
#define SQUARE_PART __m128i
#define PARTIAL_LOADS true
#define ROWS 4
#define ROWS_OF_TILES 8, 6, ROWS
#define VECTORS 3
#define SMALL_CACHE true

#define NAME(x) x##_float_avx2
#define LETTER_OF_AVX2 "s"
#define SCALAR float
#define LANES 8
#define LANE_SCALARS 4
#define SOME(count) part_of_floats_avx2(count)
#define LOAD_PART(p, part) ((vec)_mm256_maskload_ps(p, (part).mask))
#define STORE_PART(p, part, v) store_floats_avx2(p, (part).count, (__m256)(v))
#define SOME_OF_SQUARE(count) _mm256_castsi256_si128(part_of_floats_avx2(count).mask)
#define LOAD_SQUARE(p, part) ((square)_mm_maskload_ps(p, part))
#include "gemm_body.h"

#define NAME(x) x##_double_avx2
#define LETTER_OF_AVX2 "d"
#define SCALAR double
#define LANES 4
#define LANE_SCALARS 2
#define SOME(count) part_of_doubles_avx2(count)
#define LOAD_PART(p, part) ((vec)_mm256_maskload_pd(p, (part).mask))
#define STORE_PART(p, part, v) store_doubles_avx2(p, (part).count, (__m256d)(v))
#define SOME_OF_SQUARE(count) _mm256_castsi256_si128(part_of_doubles_avx2(count).mask)
#define LOAD_SQUARE(p, part) ((square)_mm_maskload_pd(p, part))
#include "gemm_body.h"
#undef SMALL_CACHE
#undef PART
#undef SQUARE_PART
#undef PARTIAL_LOADS
#undef ROWS
#undef ROWS_OF_TILES
#undef VECTORS
#pragma clang attribute pop

// AVX-512: vectors of 512 bits, thirty-two registers, masks.
#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,fma"))), \
                             apply_to = function)
#define PARTIAL_LOADS true
#define SQUARE_PART __mmask8
#define ROWS 8
#define ROWS_OF_TILES ROWS, ROWS, ROWS
#define VECTORS 3
#define SMALL_CACHE false

#define NAME(x) x##_float_avx512
#define SCALAR float
#define LANES 16
#define LANE_SCALARS 4
#define PART __mmask16
#define SOME(count) ((__mmask16)((1u << (count)) - 1))
#define LOAD_PART(p, part) ((vec)_mm512_maskz_loadu_ps(part, p))
#define STORE_PART(p, part, v) _mm512_mask_storeu_ps(p, part, (__m512)(v))
#define SOME_OF_SQUARE(count) ((__mmask8)((1u << (count)) - 1))
#define LOAD_SQUARE(p, part) ((square)_mm_maskz_loadu_ps(part, p))
#include "gemm_body.h"
#undef PART

#define NAME(x) x##_double_avx512
#define SCALAR double
#define LANES 8
#define LANE_SCALARS 2
#define PART __mmask8
#define SOME(count) ((__mmask8)((1u << (count)) - 1))
#define LOAD_PART(p, part) ((vec)_mm512_maskz_loadu_pd(part, p))
#define STORE_PART(p, part, v) _mm512_mask_storeu_pd(p, part, (__m512d)(v))
#define SOME_OF_SQUARE(count) ((__mmask8)((1u << (count)) - 1))
#define LOAD_SQUARE(p, part) ((square)_mm_maskz_loadu_pd(part, p))
#include "gemm_body.h"
#pragma clang attribute pop

#endif
