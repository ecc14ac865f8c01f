// Elementary functions of a vector, for one scalar type and instruction set; included by bodies of
// instances.h after elementary_terms.h. One algorithm for all instances: they differ in constants, and in
// whether multiply_add rounds once. Each function holds for every argument: denormals, infinities, NaN and
// signed zeros need no other path.

// terms[0] + terms[1] x + ...
INLINE V NAME(polynomial)(V x, const SCALAR *terms, int count) {
  V sum = C(terms[count - 1]);
#pragma clang loop unroll(full)
  for (int i = count - 2; i >= 0; i--) sum = MA(sum, x, C(terms[i]));
  return sum;
}
#undef POLYNOMIAL
#define POLYNOMIAL(x, terms) NAME(polynomial)(x, TYPED(terms), sizeof TYPED(terms) / sizeof(SCALAR))

// NaN stays NaN in both.
INLINE V NAME(at_most)(V x, V limit) { return x > limit ? limit : x; }
INLINE V NAME(at_least)(V x, V limit) { return x < limit ? limit : x; }

INLINE V NAME(magnitude)(V x) { return (V)((VU)x & ~((VU)((UNSIGNED)1 << (8 * sizeof(SCALAR) - 1)))); }
INLINE VU NAME(sign_bit)(V x) { return (VU)x & (VU)((UNSIGNED)1 << (8 * sizeof(SCALAR) - 1)); }
INLINE V NAME(with_sign_of)(V magnitude, V sign) { return (V)((VU)magnitude | NAME(sign_bit)(sign)); }

// 2^n for an integral n, where that is normal.
INLINE V NAME(power_of_two)(V n) {
  return (V)(((VU)(n + C(TYPED(ROUNDER))) + (UNSIGNED)TYPED(BIAS)) << TYPED(FRACTION_BITS));
}

// v 2^n for an integral n and v near 1, rounded once where the result is denormal.
INLINE V NAME(times_power_of_two)(V v, V n) {
#if VECTOR_BYTES == 64 && IS_DOUBLE
  return (V)_mm512_scalef_pd((__m512d)v, (__m512d)n);
#elif VECTOR_BYTES == 64
  return (V)_mm512_scalef_ps((__m512)v, (__m512)n);
#else
  // Two factors: one would leave the range of normal numbers before v 2^n does. n / 2 rounds down; the first
  // product is exact.
  const UNSIGNED offset = 2 * TYPED(BIAS);
  const VU biased = (VU)(n + C(TYPED(ROUNDER))) - (VU)C(TYPED(ROUNDER)) + offset, half = biased >> 1;
  return v * (V)(half << TYPED(FRACTION_BITS)) * (V)((biased - half) << TYPED(FRACTION_BITS));
#endif
}

// x = n ln(2) + r + r_low with an integral n, |r| <= ln(2) / 2 and r_low the rounding error of r.
INLINE void NAME(exp_reduce)(V x, V *n, V *r, V *r_low) {
  const V rounder = C(TYPED(ROUNDER));
  *n = MA(x, C(0x1.71547652b82fep+0), rounder) - rounder;
  const V high = MA(*n, C(-TYPED(LN2_HIGH)), x);
  *r = MA(*n, C(-TYPED(LN2_LOW)), high);
  *r_low = MA(*n, C(-TYPED(LN2_LOW)), high - *r);
}

// e^(r + r_low) - 1 for |r| <= ln(2) / 2.
INLINE V NAME(expm1_near)(V r, V r_low) { return r + MA(r * r, POLYNOMIAL(r, exp_terms), r_low); }

INLINE V NAME(exp)(V x) {
  V n, r, r_low;
  x = NAME(at_most)(NAME(at_least)(x, C(TYPED(EXP_LOWEST))), C(TYPED(EXP_HIGHEST)));
  NAME(exp_reduce)(x, &n, &r, &r_low);
  return NAME(times_power_of_two)(C(1) + MA(r * r, POLYNOMIAL(r, exp_terms), r), n);
}

// exp where the result is a normal number.
INLINE V NAME(exp_of_moderate)(V x) {
  V n, r, r_low;
  NAME(exp_reduce)(x, &n, &r, &r_low);
  const V fraction = C(1) + MA(r * r, POLYNOMIAL(r, exp_terms), r);
#if VECTOR_BYTES == 64
  return NAME(times_power_of_two)(fraction, n);
#else
  return fraction * NAME(power_of_two)(n);
#endif
}

// 2^n (e^r - 1) + (2^n - 1), with the first factor and the sum halved until the end, since 2^n may overflow
// alone.
INLINE V NAME(expm1)(V x) {
  V n, r, r_low;
  // Below -(FRACTION_BITS + 2) ln 2 the result rounds to -1.
  const V lowest = C(-0.7 * (TYPED(FRACTION_BITS) + 2));
  const V clamped = NAME(at_most)(NAME(at_least)(x, lowest), C(TYPED(EXP_HIGHEST)));
  NAME(exp_reduce)(clamped, &n, &r, &r_low);
  const V power = NAME(expm1_near)(r, r_low);
  const V half = NAME(power_of_two)(n - C(1));
  const V result = MA(power, half, half - C(0.5)) * C(2);
  return NAME(magnitude)(x) < C(TYPED(MIN_NORMAL) * 4) ? x : result;
}

// k ln(2) + log(1 + f) + c for an integral k, sqrt(1/2) <= 1 + f <= sqrt(2), and c a small correction of f:
// log(1 + f) = f - f^2/2 + s (f^2/2 + R(s^2)), s = f / (2 + f), summed from the smallest term up.
INLINE V NAME(log_sum)(V k, V f, V c) {
  const V s = f / (C(2) + f), z = s * s, half_square = C(0.5) * f * f;
  const V rest = POLYNOMIAL(z, log_terms);
  const V low = MA(s, MA(z, rest, half_square), MA(k, C(TYPED(LN2_LOW)), c));
  return MA(k, C(TYPED(LN2_HIGH)), f - (half_square - low));
}

// x = 2^k m with sqrt(1/2) <= m < sqrt(2), for a positive normal x.
INLINE void NAME(log_split)(V x, V *k, V *m) {
  const UNSIGNED one = (UNSIGNED)TYPED(BIAS) << TYPED(FRACTION_BITS);
  const UNSIGNED two_to_fraction_bits = (UNSIGNED)(TYPED(BIAS) + TYPED(FRACTION_BITS))
                                        << TYPED(FRACTION_BITS);
  const VU bits = (VU)x + (UNSIGNED)(one - TYPED(SQRT_HALF_BITS));
  const VU exponent = bits >> TYPED(FRACTION_BITS);
  *k = (V)(exponent | two_to_fraction_bits) - C(((UNSIGNED)1 << TYPED(FRACTION_BITS)) + TYPED(BIAS));
  *m = (V)((bits & (((UNSIGNED)1 << TYPED(FRACTION_BITS)) - 1)) + (UNSIGNED)TYPED(SQRT_HALF_BITS));
}

// The same for a positive x that may be denormal.
INLINE void NAME(log_split_any)(V x, V *k, V *m) {
  const VI denormal = x < C(TYPED(MIN_NORMAL));
  const UNSIGNED lift = (UNSIGNED)(TYPED(BIAS) + TYPED(FRACTION_BITS) + 1) << TYPED(FRACTION_BITS);
  V lifted_k;
  NAME(log_split)(denormal ? x * (V)((VU)lift) : x, &lifted_k, m);
  *k = denormal ? lifted_k - C(TYPED(FRACTION_BITS) + 1) : lifted_k;
}

INLINE V NAME(log)(V x) {
  V k, m;
  NAME(log_split_any)(x, &k, &m);
  const V result = NAME(log_sum)(k, m - C(1), C(0));
  const V special = x == C(0) ? C(-__builtin_inf()) : x < C(0) ? C(__builtin_nan("")) : x;
  return ((x > C(0)) & (x < C(__builtin_inf()))) ? result : special;
}

INLINE V NAME(log1p)(V x) {
  V k, m;
  const V u = C(1) + x;
  NAME(log_split)(u, &k, &m);
  // What rounding took from u, scaled as m is. Where u is so large that 2^-k would be denormal, it is
  // nothing.
  const V lost = x > C(1) ? C(1) - (u - x) : x - (u - C(1));
  const V scale = NAME(power_of_two)(NAME(at_least)(-k, C(1 - TYPED(BIAS))));
  const V f = m - C(1), c = lost * scale;
  const VI near = k == C(0);
  const V result = NAME(log_sum)(k, near ? x : f, near ? C(0) : MA(-c, f, c));
  const V special = x == C(-1) ? C(-__builtin_inf()) : x < C(-1) ? C(__builtin_nan("")) : x;
  return ((x > C(-1)) & (x < C(__builtin_inf())) & (x != C(0))) ? result : special;
}

// e^-|x| as a sum of two.
INLINE void NAME(exp_of_minus_magnitude)(V x, V *e, V *e_low) {
  V n, r, r_low;
  NAME(exp_reduce)(NAME(at_least)(-NAME(magnitude)(x), C(TYPED(EXP_LOWEST))), &n, &r, &r_low);
  const V rest = MA(r * r, POLYNOMIAL(r, exp_terms), r_low);
  const V power = r + rest, fraction = C(1) + power;
  const V fraction_low = (power - (fraction - C(1))) + ((r - power) + rest);
  *e = NAME(times_power_of_two)(fraction, n);
  *e_low = NAME(times_power_of_two)(fraction_low, n);
}

// max(x, 0) + log(1 + e^-|x|).
INLINE V NAME(softplus)(V x) {
  V e, e_low;
  NAME(exp_of_minus_magnitude)(x, &e, &e_low);
  const V u = C(1) + e;
  const VI above = u > C(0x1.6a09e667f3bcdp+0);
  const V f = above ? C(0.5) * u - C(1) : e;
  const V c = above ? C(0.5) * ((e - (u - C(1))) + e_low) : e_low;
  const V k = above ? C(1) : C(0);
  return (x > C(0) ? x : C(0)) + NAME(log_sum)(k, f, MA(-c, f, c));
}

// 1 / (1 + e) for e = e^-|x|, or e / (1 + e) where x < 0. What the last rounding took from the numerator and the
// denominator is put back to first order, for which a line within 6 % of 1 / denominator is enough: at most 1.43 ulp
// off, of all floats. What the roundings before took, too, would make that 1.12, and a third more work.
INLINE V NAME(sigmoid)(V x) {
  V n, r, r_low;
  NAME(exp_reduce)(NAME(at_least)(-NAME(magnitude)(x), C(TYPED(EXP_LOWEST))), &n, &r, &r_low);
  const V power = MA(r * r, POLYNOMIAL(r, exp_terms), r), fraction = C(1) + power;
  const V e = NAME(times_power_of_two)(fraction, n);
  const V e_low = NAME(times_power_of_two)(power - (fraction - C(1)), n);
  const V denominator = C(1) + e, denominator_low = e - (denominator - C(1));
  const VI below = x < C(0);
  const V quotient = (below ? e : C(1)) / denominator;
  const V remainder = MA(-quotient, denominator_low, below ? e_low : C(0));
  return MA(remainder, MA(denominator, C(-0.4706), C(1.4117)), quotient);
}

// x + x^3 P(x^2) near 0, else 1 - 2 / (e^2x + 1); computed for |x|, so exactly odd.
INLINE V NAME(tanh)(V x) {
  const V a = NAME(magnitude)(x), z = a * a;
  const V near = MA(a * z, POLYNOMIAL(z, tanh_terms), a);
  const V e = NAME(exp_of_moderate)(C(2) * NAME(at_most)(a, C(TYPED(TANH_END))));
  const V far = C(1) - C(2) / (e + C(1));
  return NAME(with_sign_of)(a < C(0.625) ? near : far, x);
}

// x + x P(x^2) up to 1, else 1 - e^Q(x - 1); computed for |x|, so exactly odd.
INLINE V NAME(erf)(V x) {
  const V a = NAME(magnitude)(x), z = a * a;
  const V near = MA(a, POLYNOMIAL(z, erf_terms), a);
  const V t = NAME(at_most)(a, C(TYPED(ERF_END))) - C(1);
  const V far = C(1) - NAME(exp_of_moderate)(POLYNOMIAL(t, erfc_terms));
  return NAME(with_sign_of)(a < C(1) ? near : far, x);
}
