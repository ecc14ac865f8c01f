// Sine and cosine of a vector; included after elementary.h.

// sin(r + r_low) and cos(r + r_low) for |r| <= pi/4.
INLINE V NAME(sin_near)(V r, V r_low) {
  const V z = r * r;
  return r + MA(r * z, POLYNOMIAL(z, sin_terms), MA(r_low * C(-0.5), z, r_low));
}
INLINE V NAME(cos_near)(V r, V r_low) {
  const V z = r * r, half_square = C(0.5) * z, w = C(1) - half_square;
  return w + (((C(1) - w) - half_square) + MA(z * z, POLYNOMIAL(z, cos_terms), -(r * r_low)));
}

// a = (4 i + quadrant) pi/2 + r + r_low for a >= 0. Up to 2^20, multiples of pi/2 are subtracted in parts so
// short that their products are exact; beyond, and where nearly nothing is left, lane by lane.
INLINE void NAME(reduce_angle)(V a, V *r, V *r_low, VI *quadrant) {
  typedef double wide __attribute__((ext_vector_type(LANES)));
  typedef int64_t wide_integer __attribute__((ext_vector_type(LANES)));
  const wide rounder = (wide)(ROUNDER_double), x = __builtin_convertvector(a, wide);
  const wide rounded = x * (wide)(0x1.45f306dc9c883p-1) + rounder, n = rounded - rounder;
  const wide first = x - n * (wide)(0x1.921fb544p+0);
#if IS_DOUBLE
  const wide second = n * (wide)(0x1.0b4611a6p-34);
  *r = first - second;
  const wide opposite = *r - first;
  *r_low = ((first - (*r - opposite)) - (second + opposite)) - n * (wide)(0x1.3198a2e037073p-69);
  const VI unsure = (NAME(magnitude)(*r) < (wide)(0x1p-39)) & (a > (wide)(0.5));
#else
  *r = __builtin_convertvector(first - n * (wide)(0x1.0b4611a626331p-34), V);
  *r_low = C(0);
  const VI unsure = (VI)((INTEGER)0);
#endif
  *quadrant = __builtin_convertvector((wide_integer)rounded & (wide_integer)((int64_t)3), VI);

  const VI by_lane = ((a >= C(0x1p20)) & (a < C(__builtin_inf()))) | unsure;
  if (__builtin_expect(__builtin_reduce_or(by_lane) != 0, 0)) {
    for (int lane = 0; lane < LANES; lane++) {
      if (!by_lane[lane]) continue;
      double high, low;
      (*quadrant)[lane] = (INTEGER)spool_reduce_angle((double)a[lane], &high, &low);
      (*r)[lane] = (SCALAR)high;
      (*r_low)[lane] = (SCALAR)(high - (double)(SCALAR)high + low);
    }
  }
}

// sin(r + quadrant pi/2), its sign flipped where the sign bit of `sign` is set.
INLINE V NAME(sin_of_quadrant)(V r, V r_low, VI quadrant, VU sign) {
  const V value = (quadrant & (INTEGER)1) != (INTEGER)0 ? NAME(cos_near)(r, r_low) : NAME(sin_near)(r, r_low);
  return (V)((VU)value ^ sign ^ ((VU)(quadrant & (INTEGER)2) << (8 * sizeof(SCALAR) - 2)));
}

INLINE V NAME(sin)(V x) {
  V r, r_low;
  VI quadrant;
  const V a = NAME(magnitude)(x);
  NAME(reduce_angle)(a, &r, &r_low, &quadrant);
  const V result = NAME(sin_of_quadrant)(r, r_low, quadrant, NAME(sign_bit)(x));
  return a < C(__builtin_inf()) ? result : x - x;
}

INLINE V NAME(cos)(V x) {
  V r, r_low;
  VI quadrant;
  const V a = NAME(magnitude)(x);
  NAME(reduce_angle)(a, &r, &r_low, &quadrant);
  const V result = NAME(sin_of_quadrant)(r, r_low, quadrant + (INTEGER)1, (VU)((UNSIGNED)0));
  return a < C(__builtin_inf()) ? result : x - x;
}
