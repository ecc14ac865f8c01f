#include "angle.h"

#include <stdint.h>
#include <string.h>

typedef unsigned __int128 uint128_t;

// 2/pi = 0.a2f9836e...; the first word stands for 64 zeros in front of the point.
static const uint64_t two_over_pi[] = {
    0x0000000000000000, 0xa2f9836e4e441529, 0xfc2757d1f534ddc0, 0xdb6295993c439041, 0xfe5163abdebbc561,
    0xb7246e3a424dd2e0, 0x06492eea09d1921c, 0xfe1deb1cb129a73e, 0xe88235f52ebb4484, 0xe99c7026b45f7e41,
    0x3991d639835339f4, 0x9c845f8bbdf9283b, 0x1ff897ffde05980f, 0xef2f118b5a0a6d1f, 0x6d367ecf27cb09b7,
    0x4f463f669e5fea2d, 0x7527bac7ebe5f17b, 0x3d0739f78a5292ea, 0x6bfb5fb11f8d5d08, 0x56033046fc7b6bab,
};

// 64 bits of it from bit `position` on.
static uint64_t window(unsigned position) {
  const unsigned word = position / 64, shift = position % 64;
  const uint64_t high = two_over_pi[word] << shift;
  return shift ? high | two_over_pi[word + 1] >> (64 - shift) : high;
}

static double power_of_two(int exponent) {
  const uint64_t bits = (uint64_t)(1023 + exponent) << 52;
  double value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

unsigned spool_reduce_angle(double x, double *r, double *r_low) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  const int exponent = (int)(bits >> 52) - 1075;
  const uint64_t integer = (bits & (((uint64_t)1 << 52) - 1)) | (uint64_t)1 << 52;
  if (exponent < -64) {  // below 2^-11, where nothing has to be taken away
    *r = x;
    *r_low = 0;
    return 0;
  }

  // x (2/pi) mod 4 as a fixed-point number of three words with 190 bits behind the point: bits of 2/pi that
  // stand before `position` give multiples of 4, those behind the third word less than 2^-137.
  const unsigned position = (unsigned)(exponent - 2 + 64);
  const uint128_t low = (uint128_t)integer * window(position + 128);
  const uint128_t middle = (uint128_t)integer * window(position + 64) + (uint64_t)(low >> 64);
  uint64_t words[3] = {integer * window(position) + (uint64_t)(middle >> 64), (uint64_t)middle,
                       (uint64_t)low};

  unsigned quadrant = (unsigned)(words[0] >> 62);
  words[0] = words[0] << 2 | words[1] >> 62;
  words[1] = words[1] << 2 | words[2] >> 62;
  words[2] <<= 2;
  const int negative = words[0] >> 63;  // the nearest multiple lies above
  if (negative) {
    quadrant = (quadrant + 1) & 3;
    words[2] = ~words[2] + 1;
    words[1] = ~words[1] + (words[2] == 0);
    words[0] = ~words[0] + (words[1] == 0 && words[2] == 0);
  }

  // The 64 leading bits of the fraction, times pi/2.
  int shift = 0;
  if (words[0] == 0) {
    words[0] = words[1];
    words[1] = words[2];
    shift = 64;
  }
  if (words[0] == 0) {
    *r = *r_low = 0;
    return quadrant;
  }
  const int zeros = __builtin_clzll(words[0]);
  const uint64_t leading = zeros ? words[0] << zeros | words[1] >> (64 - zeros) : words[0];
  shift += zeros;
  const uint64_t half_pi = 0xc90fdaa22168c235;                                // with 63 bits behind the point
  const uint64_t product = (uint64_t)(((uint128_t)leading * half_pi) >> 64);  // 63 + shift bits behind the
                                                                              // point

  const uint64_t top = product & ~(uint64_t)0xfff, bottom = product & 0xfff;
  const double scale = (negative ? -1 : 1) * power_of_two(-63 - shift);
  *r = (double)top * scale;
  *r_low = (double)bottom * scale;
  return quadrant;
}
