#pragma once
#include "spool_types.h"

/// Householder QR of dense row-major A [rows, columns], rows >= columns: Q [rows, columns] with orthonormal
/// columns, R [columns, columns] upper triangular with a non-negative diagonal (so that Q of a normal matrix
/// is Haar distributed, Mezzadri 2007). float and double; float works in double inside.
void spool_qr(spool_dtype dtype, size_t rows, size_t columns, const void *a, void *q, void *r);

/// Solves T X = B in place: x holds B [size, columns] on entry (dense), X on return. T [size, size] by any
/// strides, so also transposed; its upper triangle is used where `upper`, else its lower one. A zero on the
/// diagonal gives infinities or NaN. float and double. Columns are split over the threads,
/// which never changes a bit.
void spool_solve_triangular(spool_dtype dtype, bool upper, size_t size, size_t columns, const void *matrix,
                            ptrdiff_t row, ptrdiff_t column, void *x);
