#pragma once
// One term of a tile of four rows by three vectors, for gemm_tiles.h. It takes all sixteen registers of AVX2:
// twelve sums, a row of B, an element of A; the compiler, left to itself, copies sums and spills them.
// LETTER_OF_AVX2: the last one of the instructions' names, "s" or "d".

#define ROW_OF_TERM(a, x, y, z)                                   \
  "vbroadcasts" LETTER_OF_AVX2 " " a ", %[factor]\n\t"            \
  "vfmadd231p" LETTER_OF_AVX2 " %[b0], %[factor], %[" x "]\n\t"   \
  "vfmadd231p" LETTER_OF_AVX2 " %[b1], %[factor], %[" y "]\n\t"   \
  "vfmadd231p" LETTER_OF_AVX2 " %[b2], %[factor], %[" z "]\n\t"

#define LAST_WHOLE "vmovups 64(%[b]), %[b2]\n\t"
#define LAST_PART "vmovups %[part], %[b2]\n\tvmaskmovp" LETTER_OF_AVX2 " 64(%[b]), %[b2], %[b2]\n\t"
#define WRITTEN_OUT_COPY \
  "vmovaps %[b0], (%[at])\n\tvmovaps %[b1], 32(%[at])\n\tvmovaps %[b2], 64(%[at])\n\t"
#define WRITTEN_OUT_FETCH "prefetcht1 (%[at])\n\t"

#define TERM_WRITTEN_OUT(LAST, MEANWHILE, pointer)                                              \
  {                                                                                             \
    vec b0, b1, b2, factor;                                                                     \
    __asm__ volatile("vmovups (%[b]), %[b0]\n\tvmovups 32(%[b]), %[b1]\n\t" LAST MEANWHILE      \
                     ROW_OF_TERM("(%[a0])", "s00", "s01", "s02")                                \
                     ROW_OF_TERM("(%[a0],%[row])", "s10", "s11", "s12")                         \
                     ROW_OF_TERM("(%[a0],%[row],2)", "s20", "s21", "s22")                       \
                     ROW_OF_TERM("(%[a3])", "s30", "s31", "s32")                                \
                     : [s00] "+x"(sums[0][0]), [s01] "+x"(sums[0][1]), [s02] "+x"(sums[0][2]),  \
                       [s10] "+x"(sums[1][0]), [s11] "+x"(sums[1][1]), [s12] "+x"(sums[1][2]),  \
                       [s20] "+x"(sums[2][0]), [s21] "+x"(sums[2][1]), [s22] "+x"(sums[2][2]),  \
                       [s30] "+x"(sums[3][0]), [s31] "+x"(sums[3][1]), [s32] "+x"(sums[3][2]),  \
                       [b0] "=&x"(b0), [b1] "=&x"(b1), [b2] "=&x"(b2), [factor] "=&x"(factor)   \
                     : [b] "r"(at.b), [a0] "r"(at.low), [a3] "r"(at.low + 3 * a_row),           \
                       [at] "r"(pointer), [row] "r"(a_row * (ptrdiff_t)sizeof(SCALAR)),         \
                       [part] "m"(tail.mask)                                                    \
                     : "memory");                                                               \
  }

#define WRITTEN_OUT_AVX2(MEANWHILE, pointer)                            \
  if (masked)                                                           \
    TERM_WRITTEN_OUT(LAST_PART, WRITTEN_OUT_##MEANWHILE, pointer)       \
  else                                                                  \
    TERM_WRITTEN_OUT(LAST_WHOLE, WRITTEN_OUT_##MEANWHILE, pointer)
