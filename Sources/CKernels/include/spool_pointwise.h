#pragma once
#include "spool_types.h"

/// The pointwise operations. Where the inputs are named: x first, y second, z third.
///
/// The elementary functions are ours, not the system's: one algorithm for every instruction set, right for
/// every argument (denormals, infinities, NaN, signed zeros). An element's bits depend on nothing but its
/// value and the instruction set: not on its position, the length, or threads. The largest errors, in units
/// in the last place, that the tests found over all instruction sets, and hold them to:
///
///                float   double                 float   double                 float   double
///     exp        1.0     1.0        sin         1.6     1.3        sigmoid     1.2     1.2
///     expm1      1.6     1.6        cos         1.6     1.3        softplus    1.3     1.3
///     log        0.9     0.9        tanh        1.4     1.5        power       0.501   1.0
///     log1p      1.1     1.1        erf         1.2     1.5        rsqrt       1.5     1.5
///
/// sqrt, reciprocal, sums, differences, products and quotients are rounded correctly. tanh, erf and sin are
/// exactly odd. power has the special values of C99, annex F.
typedef enum spool_pointwise_op : uint8_t {
  // One input; float and double.
  SPOOL_EXP, SPOOL_EXPM1, SPOOL_LOG, SPOOL_LOG1P, SPOOL_SQRT, SPOOL_RSQRT, SPOOL_SIN, SPOOL_COS,
  SPOOL_TANH, SPOOL_SIGMOID, SPOOL_SOFTPLUS, SPOOL_ERF, SPOOL_RECIPROCAL,
  // One input; float, double and int32. The sign of NaN or a zero is that number itself; relu keeps NaN.
  SPOOL_NEGATE, SPOOL_ABS, SPOOL_SIGN, SPOOL_RELU, SPOOL_SQUARE,
  // One input, any dtype; a copy (how strided data is made dense).
  SPOOL_COPY,
  // Two inputs; float, double and int32 (int32 wraps; its division truncates, and division by zero gives 0).
  // min and max give NaN when either input is NaN, and either zero of two.
  SPOOL_ADD, SPOOL_SUBTRACT, SPOOL_MULTIPLY, SPOOL_DIVIDE, SPOOL_MINIMUM, SPOOL_MAXIMUM,
  // Two inputs; float and double. tanh_gradient = x (1 - y^2), sigmoid_gradient = x y (1 - y),
  // relu_gradient = y > 0 ? x : 0.
  SPOOL_POWER, SPOOL_TANH_GRADIENT, SPOOL_SIGMOID_GRADIENT, SPOOL_RELU_GRADIENT,
  // Two inputs of any dtype -> bool. NaN compares as IEEE 754 says.
  SPOOL_EQUAL, SPOOL_NOT_EQUAL, SPOOL_LESS, SPOOL_LESS_EQUAL, SPOOL_GREATER, SPOOL_GREATER_EQUAL,
  // bool inputs -> bool.
  SPOOL_AND, SPOOL_OR, SPOOL_NOT,
  // One float or double input -> bool.
  SPOOL_IS_NAN, SPOOL_IS_FINITE,
  // x is bool, y and z any dtype: x ? y : z.
  SPOOL_WHERE,
  // x y + z; float and double; one rounding where the instruction set has FMA.
  SPOOL_MULTIPLY_ADD,
  SPOOL_POINTWISE_COUNT
} spool_pointwise_op;

/// An input with its strides, one per axis of the output (0 where it is broadcast).
typedef struct spool_operand {
  const void *data;
  const ptrdiff_t *strides;
} spool_operand;

/// Runs one pointwise operation over an output of shape `dims[0..<rank]`, written densely. `dtype` is that of
/// the numeric inputs (of y and z for `where`). Rank 0 is one element; a zero dim is no work. Any strides,
/// also negative; `out` may be exactly an input where that input is dense and of the same size, and overlaps
/// no input otherwise.
/// Large outputs are split over the threads, which never changes a bit of the result.
void spool_pointwise(spool_pointwise_op op, spool_dtype dtype, size_t rank, const ptrdiff_t *dims, void *out,
                     const spool_operand *inputs);

/// The same for dense operands, the quick path: input i advances by one element per output element, or, where
/// bit i of `scalar_mask` is set, is one element used for all. y and z may be NULL where unused. `out` may be
/// exactly an input. count = 0 touches no memory.
void spool_pointwise_dense(spool_pointwise_op op, spool_dtype dtype, size_t count, void *out, const void *x,
                           const void *y, const void *z, unsigned scalar_mask);

/// Converts `count` dense elements between scalar types. Real to int32 truncates and saturates (NaN gives 0);
/// anything to bool is != 0.
void spool_convert(spool_dtype from, spool_dtype to, size_t count, void *out, const void *in);
/// Fills `count` elements with *value.
void spool_fill(spool_dtype dtype, size_t count, void *out, const void *value);
/// out[i] = start + i step; float, double, int32.
void spool_iota(spool_dtype dtype, size_t count, void *out, double start, double step);
/// out[i] += in[i], dense; float and double. How gradients accumulate.
void spool_accumulate(spool_dtype dtype, size_t count, void *out, const void *in);
/// The index of the first element that is NaN or infinite, or -1; float and double, dense.
ptrdiff_t spool_first_nonfinite(spool_dtype dtype, size_t count, const void *in);
