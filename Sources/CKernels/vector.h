// Vectors of one scalar type on one instruction set; included by instance_pair.h for each. The macros below
// are written in terms of NAME and SCALAR, so they mean those of the instance in which they are used.
#undef LANES
#define LANES (VECTOR_BYTES / (int)sizeof(SCALAR))

typedef SCALAR NAME(vector) __attribute__((ext_vector_type(LANES)));
typedef INTEGER NAME(ivector) __attribute__((ext_vector_type(LANES)));
typedef UNSIGNED NAME(uvector) __attribute__((ext_vector_type(LANES)));
typedef INTEGER NAME(loose_integers)
    __attribute__((ext_vector_type(LANES), aligned(sizeof(SCALAR)), may_alias));
typedef SCALAR NAME(loose) __attribute__((ext_vector_type(LANES), aligned(sizeof(SCALAR)), may_alias));

#undef V
#undef VI
#undef VU
#undef C
#undef LOAD
#undef STORE
#define V NAME(vector)
#define VI NAME(ivector)  // also the type of a comparison: -1 where it holds, else 0
#define VU NAME(uvector)
#define C(constant) ((V)((SCALAR)(constant)))
#define LOAD(p) ((V)(*(const NAME(loose) *)(p)))
#define STORE(p, v) (*(NAME(loose) *)(p) = (v))

// a b + c: one rounding where the instruction set has FMA (unless the source defines SEPARATE_ROUNDING), else
// two. Nothing else is contracted, so that an element has the same bits wherever the compiler puts its
// computation.
#pragma clang fp contract(off)
INLINE V NAME(multiply_add)(V a, V b, V c) {
#if HAS_FMA && !defined(SEPARATE_ROUNDING)
  return __builtin_elementwise_fma(a, b, c);
#else
  return a * b + c;
#endif
}
#undef MA
#define MA(a, b, c) NAME(multiply_add)(a, b, c)

// The first `count` < LANES lanes of memory; the lanes behind them read as zero and are not written.
#if VECTOR_BYTES == 64 && IS_DOUBLE
typedef __mmask8 NAME(part);
INLINE NAME(part) NAME(part_of)(size_t count) { return (__mmask8)((1u << count) - 1); }
INLINE V NAME(load_part)(const SCALAR *p, NAME(part) part) { return (V)_mm512_maskz_loadu_pd(part, p); }
INLINE void NAME(store_part)(SCALAR *p, NAME(part) part, V v) { _mm512_mask_storeu_pd(p, part, (__m512d)v); }
#elif VECTOR_BYTES == 64
typedef __mmask16 NAME(part);
INLINE NAME(part) NAME(part_of)(size_t count) { return (__mmask16)((1u << count) - 1); }
INLINE V NAME(load_part)(const SCALAR *p, NAME(part) part) { return (V)_mm512_maskz_loadu_ps(part, p); }
INLINE void NAME(store_part)(SCALAR *p, NAME(part) part, V v) { _mm512_mask_storeu_ps(p, part, (__m512)v); }
#elif VECTOR_BYTES == 32 && IS_DOUBLE
typedef part_avx2 NAME(part);
INLINE NAME(part) NAME(part_of)(size_t count) { return part_of_doubles_avx2(count); }
INLINE V NAME(load_part)(const SCALAR *p, NAME(part) part) { return (V)_mm256_maskload_pd(p, part.mask); }
INLINE void NAME(store_part)(SCALAR *p, NAME(part) part, V v) {
  store_doubles_avx2(p, part.count, (__m256d)v);
}
#elif VECTOR_BYTES == 32
typedef part_avx2 NAME(part);
INLINE NAME(part) NAME(part_of)(size_t count) { return part_of_floats_avx2(count); }
INLINE V NAME(load_part)(const SCALAR *p, NAME(part) part) { return (V)_mm256_maskload_ps(p, part.mask); }
INLINE void NAME(store_part)(SCALAR *p, NAME(part) part, V v) { store_floats_avx2(p, part.count, (__m256)v); }
#else
typedef size_t NAME(part);
INLINE NAME(part) NAME(part_of)(size_t count) { return count; }
INLINE V NAME(load_part)(const SCALAR *p, NAME(part) part) {
  V v = C(0);
  for (size_t lane = 0; lane < part; lane++) v[lane] = p[lane];
  return v;
}
INLINE void NAME(store_part)(SCALAR *p, NAME(part) part, V v) {
  for (size_t lane = 0; lane < part; lane++) p[lane] = v[lane];
}
#endif

// The same, of `count` lanes or a whole vector.
INLINE V NAME(load_some)(const SCALAR *p, size_t count) {
  return count >= LANES ? LOAD(p) : NAME(load_part)(p, NAME(part_of)(count));
}
INLINE void NAME(store_some)(SCALAR *p, size_t count, V v) {
  if (count >= LANES)
    STORE(p, v);
  else
    NAME(store_part)(p, NAME(part_of)(count), v);
}

// a > b ? a : b and a < b ? a : b: b where one is NaN. Written that way, the compiler may join the comparison
// with others that follow into a longer chain than one instruction.
INLINE V NAME(greater_of)(V a, V b) {
#if VECTOR_BYTES == 64 && IS_DOUBLE
  return (V)_mm512_max_pd((__m512d)a, (__m512d)b);
#elif VECTOR_BYTES == 64
  return (V)_mm512_max_ps((__m512)a, (__m512)b);
#elif VECTOR_BYTES == 32 && IS_DOUBLE
  return (V)_mm256_max_pd((__m256d)a, (__m256d)b);
#elif VECTOR_BYTES == 32
  return (V)_mm256_max_ps((__m256)a, (__m256)b);
#else
  return a > b ? a : b;
#endif
}
INLINE V NAME(less_of)(V a, V b) {
#if VECTOR_BYTES == 64 && IS_DOUBLE
  return (V)_mm512_min_pd((__m512d)a, (__m512d)b);
#elif VECTOR_BYTES == 64
  return (V)_mm512_min_ps((__m512)a, (__m512)b);
#elif VECTOR_BYTES == 32 && IS_DOUBLE
  return (V)_mm256_min_pd((__m256d)a, (__m256d)b);
#elif VECTOR_BYTES == 32
  return (V)_mm256_min_ps((__m256)a, (__m256)b);
#else
  return a < b ? a : b;
#endif
}

// The same with NaN where one is NaN.
INLINE V NAME(maximum_of)(V a, V b) { return b != b ? b : NAME(greater_of)(b, a); }
INLINE V NAME(minimum_of)(V a, V b) { return b != b ? b : NAME(less_of)(b, a); }
