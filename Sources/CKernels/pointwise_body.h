// The pointwise operations on float or double for one instruction set; see instances.h.
#include "elementary.h"
#include "power.h"
#include "trigonometric.h"

typedef uint8_t NAME(bytes) __attribute__((ext_vector_type(LANES), aligned(1)));

// An operand as the loops read it: a vector at a time, `step` elements on after each. One element that is
// used for all becomes a vector in `room` that is read again and again, so that the loops need no second
// form.
INLINE const SCALAR *NAME(operand)(const void *data, unsigned is_scalar, SCALAR *room, size_t *step) {
  *step = is_scalar ? 0 : LANES;
  if (!is_scalar) return data;
  STORE(room, (V)(*(const SCALAR *)data));
  return room;
}

INLINE void NAME(store_truth)(uint8_t *p, size_t count, VI truth) {
  const NAME(bytes) bytes = __builtin_convertvector(truth & (INTEGER)1, NAME(bytes));
  if (count >= LANES) {
    *(NAME(bytes) *)p = bytes;
  } else {
    for (size_t lane = 0; lane < count; lane++) p[lane] = bytes[lane];
  }
}

// The loops. The last, shorter vector goes through the same code as the others, so that an element's bits do
// not depend on its position.
INLINE void NAME(map_1)(size_t count, SCALAR *out, const void *x, unsigned mask, V (*f)(V)) {
  _Alignas(64) SCALAR room[LANES];
  size_t step;
  const SCALAR *a = NAME(operand)(x, mask & 1, room, &step);
  for (; count >= LANES; count -= LANES, out += LANES, a += step) STORE(out, f(LOAD(a)));
  if (count) NAME(store_some)(out, count, f(NAME(load_some)(a, count)));
}

INLINE void NAME(map_2)(size_t count, SCALAR *out, const void *x, const void *y, unsigned mask,
                        V (*f)(V, V)) {
  _Alignas(64) SCALAR room[2][LANES];
  size_t step_x, step_y;
  const SCALAR *a = NAME(operand)(x, mask & 1, room[0], &step_x);
  const SCALAR *b = NAME(operand)(y, mask & 2, room[1], &step_y);
  for (; count >= LANES; count -= LANES, out += LANES, a += step_x, b += step_y)
    STORE(out, f(LOAD(a), LOAD(b)));
  if (count) NAME(store_some)(out, count, f(NAME(load_some)(a, count), NAME(load_some)(b, count)));
}

INLINE void NAME(test_1)(size_t count, uint8_t *out, const void *x, unsigned mask, VI (*f)(V)) {
  _Alignas(64) SCALAR room[LANES];
  size_t step;
  const SCALAR *a = NAME(operand)(x, mask & 1, room, &step);
  for (; count >= LANES; count -= LANES, out += LANES, a += step) NAME(store_truth)(out, LANES, f(LOAD(a)));
  if (count) NAME(store_truth)(out, count, f(NAME(load_some)(a, count)));
}

INLINE void NAME(test_2)(size_t count, uint8_t *out, const void *x, const void *y, unsigned mask,
                         VI (*f)(V, V)) {
  _Alignas(64) SCALAR room[2][LANES];
  size_t step_x, step_y;
  const SCALAR *a = NAME(operand)(x, mask & 1, room[0], &step_x);
  const SCALAR *b = NAME(operand)(y, mask & 2, room[1], &step_y);
  for (; count >= LANES; count -= LANES, out += LANES, a += step_x, b += step_y)
    NAME(store_truth)(out, LANES, f(LOAD(a), LOAD(b)));
  if (count) NAME(store_truth)(out, count, f(NAME(load_some)(a, count), NAME(load_some)(b, count)));
}

#define PARAMETERS size_t count, void *out, const void *x, const void *y, const void *z, unsigned mask

#define DEFINE(name, expression)                       \
  INLINE V NAME(of_##name)(V x) { return expression; } \
  INLINE void NAME(row_##name)(PARAMETERS) {           \
    (void)y, (void)z;                                  \
    NAME(map_1)(count, out, x, mask, NAME(of_##name)); \
  } \
  POINTWISE_KERNEL(NAME(run_##name), NAME(row_##name))
REAL_FUNCTIONS_OF_ONE(DEFINE)
#undef DEFINE

#define DEFINE(name, expression)                            \
  INLINE V NAME(of_##name)(V x, V y) { return expression; } \
  INLINE void NAME(row_##name)(PARAMETERS) {                \
    (void)z;                                                \
    NAME(map_2)(count, out, x, y, mask, NAME(of_##name));   \
  } \
  POINTWISE_KERNEL(NAME(run_##name), NAME(row_##name))
REAL_FUNCTIONS_OF_TWO(DEFINE)
#undef DEFINE

#define DEFINE(name, expression)                        \
  INLINE VI NAME(of_##name)(V x) { return expression; } \
  INLINE void NAME(row_##name)(PARAMETERS) {            \
    (void)y, (void)z;                                   \
    NAME(test_1)(count, out, x, mask, NAME(of_##name)); \
  } \
  POINTWISE_KERNEL(NAME(run_##name), NAME(row_##name))
REAL_TESTS_OF_ONE(DEFINE)
#undef DEFINE

#define DEFINE(name, expression)                             \
  INLINE VI NAME(of_##name)(V x, V y) { return expression; } \
  INLINE void NAME(row_##name)(PARAMETERS) {                 \
    (void)z;                                                 \
    NAME(test_2)(count, out, x, y, mask, NAME(of_##name));   \
  } \
  POINTWISE_KERNEL(NAME(run_##name), NAME(row_##name))
REAL_TESTS_OF_TWO(DEFINE)
#undef DEFINE

INLINE void NAME(row_MULTIPLY_ADD)(PARAMETERS) {
  _Alignas(64) SCALAR room[3][LANES];
  size_t step_x, step_y, step_z;
  SCALAR *o = out;
  const SCALAR *a = NAME(operand)(x, mask & 1, room[0], &step_x);
  const SCALAR *b = NAME(operand)(y, mask & 2, room[1], &step_y);
  const SCALAR *c = NAME(operand)(z, mask & 4, room[2], &step_z);
  for (; count >= LANES; count -= LANES, o += LANES, a += step_x, b += step_y, c += step_z)
    STORE(o, MA(LOAD(a), LOAD(b), LOAD(c)));
  if (!count) return;
  const NAME(part) part = NAME(part_of)(count);
  NAME(store_part)(o, part,
                   MA(NAME(load_some)(a, count), NAME(load_some)(b, count), NAME(load_some)(c, count)));
}

INLINE void NAME(row_WHERE)(PARAMETERS) {
  _Alignas(64) SCALAR room[2][LANES];
  uint8_t condition_room[LANES];
  size_t step_y, step_z;
  SCALAR *o = out;
  const uint8_t *condition = x;
  const SCALAR *b = NAME(operand)(y, mask & 2, room[0], &step_y);
  const SCALAR *c = NAME(operand)(z, mask & 4, room[1], &step_z);
  if (mask & 1) condition = __builtin_memset(condition_room, *condition, LANES);
  const size_t step_x = mask & 1 ? 0 : LANES;
  for (; count >= LANES; count -= LANES, o += LANES, condition += step_x, b += step_y, c += step_z) {
    const VI truth = __builtin_convertvector(*(const NAME(bytes) *)condition, VI);
    STORE(o, truth != (INTEGER)0 ? LOAD(b) : LOAD(c));
  }
  for (size_t lane = 0; lane < count; lane++) o[lane] = condition[lane] ? b[lane] : c[lane];
}

INLINE void NAME(row_COPY)(PARAMETERS) {
  (void)y, (void)z;
  SCALAR *o = out;
  const SCALAR *from = x;
  if (!(mask & 1)) {
    __builtin_memmove(out, x, count * sizeof(SCALAR));
    return;
  }
  const V v = (V)(*from);
  for (; count >= LANES; count -= LANES, o += LANES) STORE(o, v);
  if (count) NAME(store_part)(o, NAME(part_of)(count), v);
}
POINTWISE_KERNEL(NAME(run_MULTIPLY_ADD), NAME(row_MULTIPLY_ADD))
POINTWISE_KERNEL(NAME(run_WHERE), NAME(row_WHERE))
POINTWISE_KERNEL(NAME(run_COPY), NAME(row_COPY))
#undef PARAMETERS

#define ENTRY(name, expression) [SPOOL_##name] = NAME(run_##name),
static const pointwise_kernel NAME(kernels)[SPOOL_POINTWISE_COUNT] = {
    REAL_FUNCTIONS_OF_ONE(ENTRY) REAL_FUNCTIONS_OF_TWO(ENTRY) REAL_TESTS_OF_ONE(ENTRY)
        REAL_TESTS_OF_TWO(ENTRY) ENTRY(MULTIPLY_ADD, ) ENTRY(WHERE, ) ENTRY(COPY, )};
#undef ENTRY
