// The pointwise operations on float and double.
#include "angle.h"
#include "elementary_terms.h"
#include "pointwise_kernels.h"
#include "spool_isa.h"

// What each operation is of the vectors x and y.
#define REAL_FUNCTIONS_OF_ONE(OP)                  \
  OP(EXP, NAME(exp)(x))                            \
  OP(EXPM1, NAME(expm1)(x))                        \
  OP(LOG, NAME(log)(x))                            \
  OP(LOG1P, NAME(log1p)(x))                        \
  OP(SQRT, __builtin_elementwise_sqrt(x))          \
  OP(RSQRT, C(1) / __builtin_elementwise_sqrt(x))  \
  OP(SIN, NAME(sin)(x))                            \
  OP(COS, NAME(cos)(x))                            \
  OP(TANH, NAME(tanh)(x))                          \
  OP(SIGMOID, NAME(sigmoid)(x))                    \
  OP(SOFTPLUS, NAME(softplus)(x))                  \
  OP(ERF, NAME(erf)(x))                            \
  OP(RECIPROCAL, C(1) / x)                         \
  OP(NEGATE, -x)                                   \
  OP(ABS, NAME(magnitude)(x))                      \
  OP(SIGN, x > C(0) ? C(1) : x < C(0) ? C(-1) : x) \
  OP(RELU, x < C(0) ? C(0) : x)                    \
  OP(SQUARE, (x * x))
#define REAL_FUNCTIONS_OF_TWO(OP)          \
  OP(ADD, x + y)                           \
  OP(SUBTRACT, x - y)                      \
  OP(MULTIPLY, (x * y))                    \
  OP(DIVIDE, x / y)                        \
  OP(MINIMUM, NAME(minimum_of)(x, y))      \
  OP(MAXIMUM, NAME(maximum_of)(x, y))      \
  OP(POWER, NAME(power)(x, y))             \
  OP(TANH_GRADIENT, (x * (C(1) - y * y)))  \
  OP(SIGMOID_GRADIENT, x * y * (C(1) - y)) \
  OP(RELU_GRADIENT, y > C(0) ? x : C(0))
#define REAL_TESTS_OF_ONE(OP) \
  OP(IS_NAN, x != x)          \
  OP(IS_FINITE, NAME(magnitude)(x) < C(__builtin_inf()))
#define REAL_TESTS_OF_TWO(OP) \
  OP(EQUAL, x == y)           \
  OP(NOT_EQUAL, x != y)       \
  OP(LESS, x < y)             \
  OP(LESS_EQUAL, x <= y)      \
  OP(GREATER, x > y)          \
  OP(GREATER_EQUAL, x >= y)

#define BODY "pointwise_body.h"
#include "instances.h"

static const pointwise_kernel *const kernels[][2] = TABLE(kernels);

pointwise_kernel spool_pointwise_kernel_of(spool_pointwise_op op, spool_dtype dtype) {
  const pointwise_kernel kernel = dtype <= SPOOL_DOUBLE ? kernels[spool_isa_current()][dtype][op]
                                                        : spool_pointwise_integer_kernel(op, dtype);
  if (!kernel) __builtin_trap();
  return kernel;
}
