// x to the power y for vectors; included after elementary.h.

#if IS_DOUBLE
// a b as a sum of two, the first the rounded product.
INLINE void NAME(exact_product)(V a, V b, V *high, V *low) {
  *high = a * b;
#if HAS_FMA
  *low = __builtin_elementwise_fma(a, b, -*high);
#else
  // Dekker (1971): halves of 26 bits, whose products are exact.
  const V splitter = C(0x1p27 + 1);
  const V a_high = splitter * a - (splitter * a - a), a_low = a - a_high;
  const V b_high = splitter * b - (splitter * b - b), b_low = b - b_high;
  *low = ((a_high * b_high - *high) + a_high * b_low + a_low * b_high) + a_low * b_low;
#endif
}

// a + b as a sum of two where |a| >= |b| or a = 0.
INLINE void NAME(exact_sum)(V a, V b, V *high, V *low) {
  *high = a + b;
  *low = b - (*high - a);
}

// log(x) as a sum of two with an error below 2^-64 of it, for a finite x > 0. As in log_sum, but with s, s^2
// and the cubic term carried as sums of two: log(1 + f) = 2 s + s^3 (2/3 + s^2 Q(s^2)).
INLINE void NAME(log_of_two)(V x, V *high, V *low) {
  V k, m;
  NAME(log_split_any)(x, &k, &m);
  const V f = m - C(1), sum = C(2) + f, sum_low = f - (sum - C(2));
  const V s = f / sum;
  V product, product_low;
  NAME(exact_product)(s, sum, &product, &product_low);
  const V s_low = (((f - product) - product_low) - s * sum_low) / sum;

  V z, z_low, third, third_low, cube, cube_low;
  NAME(exact_product)(s, s, &z, &z_low);
  z_low = MA(C(2) * s, s_low, z_low);
  NAME(exact_product)(z, C(0x1.5555555555555p-1), &third, &third_low);
  third_low = third_low + MA(z, C(0x1.5555555555555p-55), z_low * C(0x1.5555555555555p-1));
  third_low = MA(z * z, POLYNOMIAL(z, log_tail_terms), third_low);
  NAME(exact_product)(s, third, &cube, &cube_low);
  cube_low = cube_low + MA(s, third_low, s_low * third);

  // k ln 2 (exact in its high part) + 2 s + cube; each sum's first term is 0 or the larger.
  V a, a_low, b, b_low;
  NAME(exact_sum)(k * C(LN2_HIGH_double), C(2) * s, &a, &a_low);
  NAME(exact_sum)(a, cube, &b, &b_low);
  const V tail = (a_low + b_low) + (MA(k, C(LN2_LOW_double), C(2) * s_low) + cube_low);
  NAME(exact_sum)(b, tail, high, low);
}

// |x|^y for finite x != 0 and finite y.
INLINE V NAME(power_of_magnitude)(V x, V y) {
  V high, low, product, product_low;
  NAME(log_of_two)(x, &high, &low);
  // Beyond 2^65, y only decides between 0 and infinity (or 1), and its products could overflow.
  y = NAME(at_most)(NAME(at_least)(y, C(-0x1p65)), C(0x1p65));
  NAME(exact_product)(y, high, &product, &product_low);
  product_low = MA(y, low, product_low);
  const V clamped = NAME(at_most)(NAME(at_least)(product, C(EXP_LOWEST_double)), C(EXP_HIGHEST_double));
  V n, r, r_low, sum, sum_low;
  NAME(exp_reduce)(clamped, &n, &r, &r_low);
  NAME(exact_sum)(r, clamped == product ? product_low : C(0), &sum, &sum_low);
  return NAME(times_power_of_two)(C(1) + NAME(expm1_near)(sum, r_low + sum_low), n);
}
#else
// The same in double precision, which leaves only the last rounding.
INLINE V NAME(power_of_magnitude)(V x, V y) {
  typedef DOUBLE_NAME(vector) wide;
  V result;
  const wide low =
      __builtin_convertvector(y.lo, wide) * DOUBLE_NAME(log)(__builtin_convertvector(x.lo, wide));
  const wide high =
      __builtin_convertvector(y.hi, wide) * DOUBLE_NAME(log)(__builtin_convertvector(x.hi, wide));
  result.lo = __builtin_convertvector(DOUBLE_NAME(exp)(low), __typeof__(result.lo));
  result.hi = __builtin_convertvector(DOUBLE_NAME(exp)(high), __typeof__(result.hi));
  return result;
}
#endif

// |x| rounded to an integer, ties to even.
INLINE V NAME(rounded_magnitude)(V x) {
  const V a = NAME(magnitude)(x), two_to_fraction_bits = C((UNSIGNED)1 << TYPED(FRACTION_BITS));
  return a < two_to_fraction_bits ? (a + two_to_fraction_bits) - two_to_fraction_bits : a;
}

// With the special values of C99, annex F: x^0 = 1^y = 1 even for NaN, (-1)^(+-inf) = 1, and a negative x to
// a power that is no integer gives NaN.
INLINE V NAME(power)(V x, V y) {
  const V infinity = C(__builtin_inf()), a = NAME(magnitude)(x), b = NAME(magnitude)(y), half = C(0.5) * b;
  const VI integral = NAME(rounded_magnitude)(y) == b;
  const VI odd = integral & (NAME(rounded_magnitude)(half) != half);

  V result = NAME(power_of_magnitude)(a, y);
  result = ((x < C(0)) & ~integral) ? C(__builtin_nan("")) : result;
  const VI extreme = (a == C(0)) | (a == infinity);
  result = extreme ? (((a == infinity) ^ (y < C(0))) ? infinity : C(0)) : result;
  const VI to_infinity = b == infinity;
  result = to_infinity ? (((a > C(1)) ^ (y < C(0))) ? infinity : C(0)) : result;
  const VI negative = NAME(sign_bit)(x) != (VU)((UNSIGNED)0);
  result = (negative & odd & (b < infinity)) ? -result : result;
  result = ((x != x) | (y != y)) ? x + y : result;
  return ((x == C(1)) | (y == C(0)) | ((a == C(1)) & to_infinity)) ? C(1) : result;
}
