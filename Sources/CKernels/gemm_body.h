// The inner loops of the matrix product for one scalar type and one instruction set.
// Included by gemm_kernels.c with these defined:
//   NAME(x)            x with a suffix for type and instruction set
//   SCALAR, LANES      the scalar type, scalars in a vector (16 / 8 / 4 / 2)
//   LANE_SCALARS       scalars in 128 bits
//   ROWS, VECTORS      the register tile: rows by vectors of columns
//   ROWS_OF_TILES      the most rows of tiles of one vector, of two, ...
//   PARTIAL_LOADS      whether a part of a vector is loaded at once, and not scalar by scalar
//   SMALL_CACHE        whether the second-level cache is small
//   LETTER_OF_AVX2     for AVX2 only: see gemm_term_avx2.h
//   PART, SOME(count)  a type that says how many scalars of a vector are meant, and its making
//   LOAD_PART(p, part), STORE_PART(p, part, v)
//   SQUARE_PART, SOME_OF_SQUARE(count), LOAD_SQUARE(p, part)
//                      the same of 128 bits, where vectors are longer
//   MULTIPLY_ADD(x, y, z)
// Every sum of a tile runs over k in ascending order, one multiply-add per term, whatever the tile, so an
// element of C has the same bits in every tile.

#include "shuffles.h"

typedef SCALAR NAME(vec) __attribute__((ext_vector_type(LANES)));
typedef SCALAR NAME(square) __attribute__((ext_vector_type(LANE_SCALARS), aligned(sizeof(SCALAR))));
typedef SCALAR NAME(loose) __attribute__((ext_vector_type(LANES), aligned(sizeof(SCALAR))));
#if LANES > LANE_SCALARS
typedef SCALAR NAME(loose_half) __attribute__((ext_vector_type(LANES / 2), aligned(sizeof(SCALAR))));
#endif
#define vec NAME(vec)
#define square NAME(square)
#define OPAQUE(pointer) __asm__("" : "+r"(pointer))
#define LOAD(p) ((vec)(*(const NAME(loose) *)(p)))
#define STORE(p, v) (*(NAME(loose) *)(p) = (v))

#include "gemm_tiles.h"
#include "gemm_packing.h"
#include "gemm_strips.h"
#include "gemm_dots.h"
#include "winograd_body.h"

const gemm_kernels NAME(gemm_kernels) = {
    .element = sizeof(SCALAR),
    .lanes = LANES,
    .rows = ROWS,
    .vectors = VECTORS,
    .tile_rows = {ROWS_OF_TILES},
    .partial_loads = PARTIAL_LOADS,
    .small_cache = SMALL_CACHE,
    .tiles = {EACH_TILE(ENTRY)},
    .rows_of_strip = {NAME(rows_1), NAME(rows_2), NAME(rows_3), NAME(rows_4)},
    .grouped_row = NAME(grouped_row),
    .thin = NAME(thin),
#if ROWS == 8 // sixteen sums need more than sixteen registers
    .dot_rows = 4,
    .dots = {NAME(dots_1), NAME(dots_2), NAME(dots_3), NAME(dots_4)},
#else
    .dot_rows = 2,
    .dots = {NAME(dots_1), NAME(dots_2)},
#endif
    .dots_in_turn = NAME(dots_in_turn),
    .turned = {NAME(turned_1), NAME(turned_2), NAME(turned_3), NAME(turned_4)},
    .pack_panel = NAME(pack_panel),
    .pack_columns_at = NAME(pack_columns_at),
    .pack_rows = NAME(pack_rows),
    .pack_tiles = NAME(pack_tiles),
    .store_turned = NAME(store_turned),
    .winograd_input = NAME(winograd_input),
    .winograd_output = NAME(winograd_output),
    .winograd_gradient = NAME(winograd_gradient),
    .winograd_filter = NAME(winograd_filter),
    .winograd_filter_gradient = NAME(winograd_filter_gradient),
};

#undef vec
#undef square
#undef OPAQUE
#undef LOAD
#undef STORE
#undef TILE
#undef ENTRY
#undef EACH_WIDTH
#undef EACH_WIDE
#undef EACH_ROWS
#undef EACH_TILE
#undef NAME
#undef SCALAR
#undef LETTER_OF_AVX2
#undef LANES
#undef LANE_SCALARS
#undef SOME
#undef LOAD_PART
#undef STORE_PART
#undef SOME_OF_SQUARE
#undef LOAD_SQUARE
