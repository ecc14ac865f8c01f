#pragma once
// Constants of the elementary functions, for float and double. The polynomials are minimax fits (Remez
// exchange in 300-bit arithmetic, each coefficient rounded in turn and the rest fitted again); the weight of
// each fit is the relative error of the function's result.

// Cody and Waite: LN2_HIGH has so few bits that its product with any exponent is exact.
#define LN2_HIGH_float 0x1.62e4p-1f
#define LN2_LOW_float 0x1.7f7d1cp-20f
#define LN2_HIGH_double 0x1.62e42fefp-1
#define LN2_LOW_double 0x1.473de6af278edp-34

// (e^r - 1 - r) / r^2 for |r| <= ln(2) / 2, in powers of r.
static const float exp_terms_float[] = {0x1p-1f,        0x1.555556p-3f,  0x1.5554f8p-5f,
                                        0x1.11102ap-7f, 0x1.6d4046p-10f, 0x1.a1f422p-13f};
static const double exp_terms_double[] = {
    0x1p-1,
    0x1.5555555555559p-3,
    0x1.5555555555556p-5,
    0x1.111111110f626p-7,
    0x1.6c16c16c15c5bp-10,
    0x1.a01a01b0435eap-13,
    0x1.a01a01abd760bp-16,
    0x1.71ddf720c0592p-19,
    0x1.27e4c7528fe5cp-22,
    0x1.af6125db7e39dp-26,
    0x1.1fa2541c221aap-29,
};

// (log((1 + s) / (1 - s)) / s - 2) / s^2 for s = f / (2 + f), sqrt(1/2) <= 1 + f <= sqrt(2), in powers of
// s^2.
static const float log_terms_float[] = {0x1.55557ap-1f, 0x1.995ec2p-2f, 0x1.31e3fep-2f};
static const double log_terms_double[] = {
    0x1.5555555555593p-1, 0x1.999999997f98bp-2, 0x1.2492494234192p-2, 0x1.c71c51cd8af42p-3,
    0x1.74664c2b9770cp-3, 0x1.39a04d1b207bcp-3, 0x1.2f14a386b37b1p-3,
};

// The same beyond its first term, 2/3, for the power function: (... - 2/3) / s^2.
static const double log_tail_terms_double[] = {
    0x1.9999999999b36p-2, 0x1.2492492457191p-2, 0x1.c71c722e7a142p-3, 0x1.745ce9812855ap-3,
    0x1.3b1efe5fefa3fp-3, 0x1.0f7e3068adbedp-3, 0x1.0e532731342d4p-3,
};

// (tanh(x) / x - 1) / x^2 for |x| <= 0.625, in powers of x^2.
static const float tanh_terms_float[] = {-0x1.555534p-2f, 0x1.110758p-3f, -0x1.b84182p-5f, 0x1.5241d6p-6f,
                                         -0x1.7643dep-8f};
static const double tanh_terms_double[] = {
    -0x1.5555555555501p-2, 0x1.111111110ae35p-3,  -0x1.ba1ba1b512576p-5,  0x1.664f477c633e3p-6,
    -0x1.226e16466bd95p-7, 0x1.d6cf29e952203p-9,  -0x1.7d68a90199ed6p-10, 0x1.3365ecd8ebdap-11,
    -0x1.df522204c688p-13, 0x1.438527e5d3b58p-14, -0x1.0d87fb7a3d96ep-16,
};

// (sin(x) / x - 1) / x^2 and (cos(x) - 1 + x^2 / 2) / x^4 for |x| <= pi / 4, in powers of x^2.
static const float sin_terms_float[] = {-0x1.555546p-3f, 0x1.11077cp-7f, -0x1.9955aep-13f};
static const double sin_terms_double[] = {
    -0x1.5555555555549p-3, 0x1.111111110f89cp-7,   -0x1.a01a019c141b1p-13,
    0x1.71de3578ed969p-19, -0x1.ae5e66a4a517ap-26, 0x1.5d930155f8144p-33,
};
static const float cos_terms_float[] = {0x1.55554ap-5f, -0x1.6c0c1ap-10f, 0x1.99e0eep-16f};
static const double cos_terms_double[] = {
    0x1.555555555554cp-5,   -0x1.6c16c16c15217p-10, 0x1.a01a019cbe09ep-16,
    -0x1.27e4f8116bde4p-22, 0x1.1ee9f0447f2b9p-29,  -0x1.8fb0913cb106bp-37,
};

// erf(x) / x - 1 for |x| <= 1, in powers of x^2.
static const float erf_terms_float[] = {0x1.06eba8p-3f, -0x1.81274p-2f,  0x1.ce2d5p-4f,  -0x1.b7fe9p-6f,
                                        0x1.542e0cp-8f, -0x1.a50acp-11f, 0x1.4c32d8p-14f};
static const double erf_terms_double[] = {
    0x1.06eba8214db68p-3,  -0x1.812746b03799dp-2,  0x1.ce2f21a03f837p-4,  -0x1.b82ce311a5239p-6,
    0x1.565bccedf81c7p-8,  -0x1.c02dae8899d9cp-11, 0x1.f9a2913cd2d65p-14, -0x1.f4c7ca93749e7p-17,
    0x1.b966e03a42073p-20, -0x1.5b6daafd41c8fp-23, 0x1.d2f2d881c7095p-27, -0x1.9f436cc5bf2d5p-31,
};
// log(1 - erf(x)) for 1 <= x <= 4 (float) or 6 (double), in powers of x - 1; beyond, erf rounds to 1.
#define ERF_END_float 4
#define ERF_END_double 6
static const float erfc_terms_float[] = {-0x1.d97fcp+0f, -0x1.51c988p+1f,  -0x1.afb44ap-1f, -0x1.52051cp-5f,
                                         0x1.35be66p-7f, -0x1.84399cp-10f, 0x1.79b2e4p-14f};
static const double erfc_terms_double[] = {
    -0x1.d97fbf27aa2a1p+0,  -0x1.51c9b0006c22ap+1,  -0x1.afabc11a2a718p-1,  -0x1.5477f09a4080ep-5,
    0x1.48c9d39262ec5p-7,   -0x1.033f5ba0ef1aap-9,  0x1.f1b0a27034a92p-13,  0x1.b927219513664p-16,
    -0x1.c846efa66b9dbp-16, 0x1.44669a3e128a6p-17,  -0x1.1db52bf42695dp-19, 0x1.b304ca0236f63p-23,
    0x1.fc0bc443139cfp-25,  -0x1.2262240172236p-25, 0x1.285892a5ca0cdp-27,  -0x1.6f8caa85239ddp-30,
    0x1.0a69c7af239bap-33,  -0x1.5c2f4c4a2d282p-38,
};

// Beyond these, exp is infinite or rounds to 0.
#define EXP_HIGHEST_float 89
#define EXP_HIGHEST_double 710
#define EXP_LOWEST_float (-104.5f)
#define EXP_LOWEST_double (-746)
// Beyond this, tanh rounds to 1.
#define TANH_END_float 10
#define TANH_END_double 20

// The layout of a scalar: bits of the fraction, exponent bias, and the bits of sqrt(1/2) and of 1.
#define FRACTION_BITS_float 23
#define FRACTION_BITS_double 52
#define BIAS_float 127
#define BIAS_double 1023
#define SQRT_HALF_BITS_float 0x3f3504f3u
#define SQRT_HALF_BITS_double 0x3fe6a09e667f3bcdu
// Adding it to |x| < 2^(FRACTION_BITS - 1) rounds x to an integer, which then stands in the low bits of the
// sum.
#define ROUNDER_float 0x1.8p23f
#define ROUNDER_double 0x1.8p52
#define MIN_NORMAL_float 0x1p-126f
#define MIN_NORMAL_double 0x1p-1022

// The constant x of the instance's scalar type.
#define TYPED_(x, scalar) x##_##scalar
#define TYPED_OF(x, scalar) TYPED_(x, scalar)
#define TYPED(x) TYPED_OF(x, SCALAR)
