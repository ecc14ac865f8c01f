// Shuffles for LANES scalars in a vector, LANE_SCALARS in 128 bits. With some of them a square block of
// vectors is turned: pairs and halves are taken within 128 bits; blocks are whole 128-bit parts; JOIN makes a
// vector of two of half its size. The others take every second scalar of two vectors, or put two vectors'
// scalars in turn.
#undef LOW_PAIRS
#undef HIGH_PAIRS
#undef LOW_HALVES
#undef HIGH_HALVES
#undef JOIN
#undef EVEN_BLOCKS
#undef ODD_BLOCKS
#undef EVENS
#undef ODDS
#undef ALTERNATE_LOW
#undef ALTERNATE_HIGH
#if LANES == 16 && LANE_SCALARS == 4
#define LOW_PAIRS(x, y) \
  __builtin_shufflevector(x, y, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29)
#define HIGH_PAIRS(x, y) \
  __builtin_shufflevector(x, y, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31)
#define LOW_HALVES(x, y) \
  __builtin_shufflevector(x, y, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29)
#define HIGH_HALVES(x, y) \
  __builtin_shufflevector(x, y, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31)
#define JOIN(x, y) __builtin_shufflevector(x, y, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
#define EVENS(x, y) __builtin_shufflevector(x, y, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30)
#define ODDS(x, y) __builtin_shufflevector(x, y, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31)
#define ALTERNATE_LOW(x, y) \
  __builtin_shufflevector(x, y, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define ALTERNATE_HIGH(x, y) \
  __builtin_shufflevector(x, y, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
#define EVEN_BLOCKS(x, y) \
  __builtin_shufflevector(x, y, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27)
#define ODD_BLOCKS(x, y) \
  __builtin_shufflevector(x, y, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31)
#elif LANES == 8 && LANE_SCALARS == 4
#define LOW_PAIRS(x, y) __builtin_shufflevector(x, y, 0, 8, 1, 9, 4, 12, 5, 13)
#define HIGH_PAIRS(x, y) __builtin_shufflevector(x, y, 2, 10, 3, 11, 6, 14, 7, 15)
#define LOW_HALVES(x, y) __builtin_shufflevector(x, y, 0, 1, 8, 9, 4, 5, 12, 13)
#define HIGH_HALVES(x, y) __builtin_shufflevector(x, y, 2, 3, 10, 11, 6, 7, 14, 15)
#define JOIN(x, y) __builtin_shufflevector(x, y, 0, 1, 2, 3, 4, 5, 6, 7)
#define EVENS(x, y) __builtin_shufflevector(x, y, 0, 2, 4, 6, 8, 10, 12, 14)
#define ODDS(x, y) __builtin_shufflevector(x, y, 1, 3, 5, 7, 9, 11, 13, 15)
#define ALTERNATE_LOW(x, y) __builtin_shufflevector(x, y, 0, 8, 1, 9, 2, 10, 3, 11)
#define ALTERNATE_HIGH(x, y) __builtin_shufflevector(x, y, 4, 12, 5, 13, 6, 14, 7, 15)
#elif LANES == 4 && LANE_SCALARS == 4
#define LOW_PAIRS(x, y) __builtin_shufflevector(x, y, 0, 4, 1, 5)
#define HIGH_PAIRS(x, y) __builtin_shufflevector(x, y, 2, 6, 3, 7)
#define LOW_HALVES(x, y) __builtin_shufflevector(x, y, 0, 1, 4, 5)
#define HIGH_HALVES(x, y) __builtin_shufflevector(x, y, 2, 3, 6, 7)
#define EVENS(x, y) __builtin_shufflevector(x, y, 0, 2, 4, 6)
#define ODDS(x, y) __builtin_shufflevector(x, y, 1, 3, 5, 7)
#define ALTERNATE_LOW(x, y) __builtin_shufflevector(x, y, 0, 4, 1, 5)
#define ALTERNATE_HIGH(x, y) __builtin_shufflevector(x, y, 2, 6, 3, 7)
#elif LANES == 8 && LANE_SCALARS == 2
#define LOW_HALVES(x, y) __builtin_shufflevector(x, y, 0, 8, 2, 10, 4, 12, 6, 14)
#define HIGH_HALVES(x, y) __builtin_shufflevector(x, y, 1, 9, 3, 11, 5, 13, 7, 15)
#define JOIN(x, y) __builtin_shufflevector(x, y, 0, 1, 2, 3, 4, 5, 6, 7)
#define EVENS(x, y) __builtin_shufflevector(x, y, 0, 2, 4, 6, 8, 10, 12, 14)
#define ODDS(x, y) __builtin_shufflevector(x, y, 1, 3, 5, 7, 9, 11, 13, 15)
#define ALTERNATE_LOW(x, y) __builtin_shufflevector(x, y, 0, 8, 1, 9, 2, 10, 3, 11)
#define ALTERNATE_HIGH(x, y) __builtin_shufflevector(x, y, 4, 12, 5, 13, 6, 14, 7, 15)
#define EVEN_BLOCKS(x, y) __builtin_shufflevector(x, y, 0, 1, 4, 5, 8, 9, 12, 13)
#define ODD_BLOCKS(x, y) __builtin_shufflevector(x, y, 2, 3, 6, 7, 10, 11, 14, 15)
#elif LANES == 4 && LANE_SCALARS == 2
#define LOW_HALVES(x, y) __builtin_shufflevector(x, y, 0, 4, 2, 6)
#define HIGH_HALVES(x, y) __builtin_shufflevector(x, y, 1, 5, 3, 7)
#define JOIN(x, y) __builtin_shufflevector(x, y, 0, 1, 2, 3)
#define EVENS(x, y) __builtin_shufflevector(x, y, 0, 2, 4, 6)
#define ODDS(x, y) __builtin_shufflevector(x, y, 1, 3, 5, 7)
#define ALTERNATE_LOW(x, y) __builtin_shufflevector(x, y, 0, 4, 1, 5)
#define ALTERNATE_HIGH(x, y) __builtin_shufflevector(x, y, 2, 6, 3, 7)
#elif LANES == 2 && LANE_SCALARS == 2
#define LOW_HALVES(x, y) __builtin_shufflevector(x, y, 0, 2)
#define HIGH_HALVES(x, y) __builtin_shufflevector(x, y, 1, 3)
#define EVENS(x, y) __builtin_shufflevector(x, y, 0, 2)
#define ODDS(x, y) __builtin_shufflevector(x, y, 1, 3)
#define ALTERNATE_LOW(x, y) __builtin_shufflevector(x, y, 0, 2)
#define ALTERNATE_HIGH(x, y) __builtin_shufflevector(x, y, 1, 3)
#endif
