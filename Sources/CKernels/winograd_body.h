// The transforms of Winograd's convolution F(2x2, 3x3), a vector of tiles at a time; included by gemm_body.h.
// Each tile's sixteen transformed values go to sixteen planes, `plane` scalars apart.

// Four rows of an image from `rows` on, `row` apart, as tiles of 4 by 4 every second pixel: B'dB. Reads up to
// 2 LANES + 2 pixels beyond the last tile's first.
static void NAME(winograd_input)(const void *rows, size_t row, size_t tiles, void *to, size_t plane) {
  for (size_t at = 0; at < tiles; at += LANES) {
    const SCALAR *in = (const SCALAR *)rows + 2 * at;
    vec t[4][4];
    EACH(r, 4) {
      const vec a = LOAD(in), b = LOAD(in + LANES), c = LOAD(in + 2), d = LOAD(in + 2 + LANES);
      const vec d0 = EVENS(a, b), d1 = ODDS(a, b), d2 = EVENS(c, d), d3 = ODDS(c, d);
      t[r][0] = d0 - d2, t[r][1] = d1 + d2, t[r][2] = d2 - d1, t[r][3] = d1 - d3;
      in += row;
    }
    SCALAR *out = (SCALAR *)to + at;
    const PART part = SOME(tiles - at < LANES ? tiles - at : LANES);
    EACH(j, 4) {
      STORE_PART(out + (size_t)j * plane, part, t[0][j] - t[2][j]);
      STORE_PART(out + (size_t)(4 + j) * plane, part, t[1][j] + t[2][j]);
      STORE_PART(out + (size_t)(8 + j) * plane, part, t[2][j] - t[1][j]);
      STORE_PART(out + (size_t)(12 + j) * plane, part, t[1][j] - t[3][j]);
    }
  }
}

// Tiles of products to tiles of 2 by 2 of the output: A'mA. Writes `width` pixels of `rows` rows, one or two.
static void NAME(winograd_output)(const void *from, size_t plane, size_t tiles, void *to, size_t row,
                                  size_t rows, size_t width) {
  for (size_t at = 0; at < tiles; at += LANES) {
    const SCALAR *in = (const SCALAR *)from + at;
    const PART part = SOME(tiles - at < LANES ? tiles - at : LANES);
    vec s[2][4];
    EACH(j, 4) {
      const vec m0 = LOAD_PART(in + (size_t)j * plane, part),
                m1 = LOAD_PART(in + (size_t)(4 + j) * plane, part);
      const vec m2 = LOAD_PART(in + (size_t)(8 + j) * plane, part),
                m3 = LOAD_PART(in + (size_t)(12 + j) * plane, part);
      s[0][j] = m0 + m1 + m2, s[1][j] = m1 - m2 - m3;
    }
    const size_t left = width - 2 * at, low = left < LANES ? left : LANES;
    const size_t high = left - low < LANES ? left - low : LANES;
    EACH(i, 2) {
      if ((size_t)i == rows) break;
      const vec even = s[i][0] + s[i][1] + s[i][2], odd = s[i][1] - s[i][2] - s[i][3];
      SCALAR *out = (SCALAR *)to + (size_t)i * row + 2 * at;
      STORE_PART(out, SOME(low), ALTERNATE_LOW(even, odd));
      if (high > 0) STORE_PART(out + LANES, SOME(high), ALTERNATE_HIGH(even, odd));
    }
  }
}

// Tiles of 2 by 2 of the output's gradient, zeros beyond its edges: AgA'.
static void NAME(winograd_gradient)(const void *from, size_t row, size_t rows, size_t width, size_t tiles,
                                    void *to, size_t plane) {
  for (size_t at = 0; at < tiles; at += LANES) {
    const SCALAR *in = (const SCALAR *)from + 2 * at;
    const size_t left = width - 2 * at, low = left < LANES ? left : LANES;
    const size_t high = left - low < LANES ? left - low : LANES;
    vec t[2][4];
    EACH(i, 2) {
      vec a = (vec)(0), b = (vec)(0);
      if ((size_t)i < rows) {
        a = LOAD_PART(in + (size_t)i * row, SOME(low));
        if (high > 0) b = LOAD_PART(in + (size_t)i * row + LANES, SOME(high));
      }
      const vec even = EVENS(a, b), odd = ODDS(a, b);
      t[i][0] = even, t[i][1] = even + odd, t[i][2] = even - odd, t[i][3] = -odd;
    }
    SCALAR *out = (SCALAR *)to + at;
    const PART part = SOME(tiles - at < LANES ? tiles - at : LANES);
    EACH(j, 4) {
      STORE_PART(out + (size_t)j * plane, part, t[0][j]);
      STORE_PART(out + (size_t)(4 + j) * plane, part, t[0][j] + t[1][j]);
      STORE_PART(out + (size_t)(8 + j) * plane, part, t[0][j] - t[1][j]);
      STORE_PART(out + (size_t)(12 + j) * plane, part, -t[1][j]);
    }
  }
}

// `count` filters of 3 by 3, `step` apart: GgG'. `flipped`: their taps in reverse order.
static void NAME(winograd_filter)(const void *from, size_t step, bool flipped, size_t count, void *to,
                                  size_t plane) {
  for (size_t at = 0; at < count; at += LANES) {
    const size_t some = count - at < LANES ? count - at : LANES;
    const SCALAR *in = (const SCALAR *)from + at * step;
    _Alignas(64) SCALAR taps[9][LANES] = {0};
    for (size_t i = 0; i < some; i++, in += step)
      EACH(t, 9) taps[t][i] = in[flipped ? 8 - t : t];
    vec t[4][3];
    EACH(j, 3) {
      const vec g0 = *(vec *)taps[j], g1 = *(vec *)taps[3 + j], g2 = *(vec *)taps[6 + j];
      const vec outer = (g0 + g2) * (SCALAR)0.5, inner = g1 * (SCALAR)0.5;
      t[0][j] = g0, t[1][j] = outer + inner, t[2][j] = outer - inner, t[3][j] = g2;
    }
    SCALAR *out = (SCALAR *)to + at;
    const PART part = SOME(some);
    EACH(i, 4) {
      const vec outer = (t[i][0] + t[i][2]) * (SCALAR)0.5, inner = t[i][1] * (SCALAR)0.5;
      STORE_PART(out + (size_t)(4 * i) * plane, part, t[i][0]);
      STORE_PART(out + (size_t)(4 * i + 1) * plane, part, outer + inner);
      STORE_PART(out + (size_t)(4 * i + 2) * plane, part, outer - inner);
      STORE_PART(out + (size_t)(4 * i + 3) * plane, part, t[i][2]);
    }
  }
}

// The gradients of `count` filters from those of their transforms: G'uG.
static void NAME(winograd_filter_gradient)(const void *from, size_t plane, size_t count, void *to) {
  for (size_t at = 0; at < count; at += LANES) {
    const size_t some = count - at < LANES ? count - at : LANES;
    const PART part = SOME(some);
    const SCALAR *in = (const SCALAR *)from + at;
    vec t[3][4];
    EACH(j, 4) {
      const vec u0 = LOAD_PART(in + (size_t)j * plane, part),
                u1 = LOAD_PART(in + (size_t)(4 + j) * plane, part);
      const vec u2 = LOAD_PART(in + (size_t)(8 + j) * plane, part),
                u3 = LOAD_PART(in + (size_t)(12 + j) * plane, part);
      const vec sum = (u1 + u2) * (SCALAR)0.5;
      t[0][j] = u0 + sum, t[1][j] = (u1 - u2) * (SCALAR)0.5, t[2][j] = sum + u3;
    }
    _Alignas(64) SCALAR taps[9][LANES];
    EACH(i, 3) {
      const vec sum = (t[i][1] + t[i][2]) * (SCALAR)0.5;
      *(vec *)taps[3 * i] = t[i][0] + sum;
      *(vec *)taps[3 * i + 1] = (t[i][1] - t[i][2]) * (SCALAR)0.5;
      *(vec *)taps[3 * i + 2] = sum + t[i][3];
    }
    SCALAR *out = (SCALAR *)to + 9 * at;
    for (size_t i = 0; i < some; i++, out += 9)
      EACH(t, 9) out[t] = taps[t][i];
  }
}
