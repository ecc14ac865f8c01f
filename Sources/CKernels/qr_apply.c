// The reflectors of a panel applied to other columns, all at once: H_0 H_1 ... = I - V T V' with an upper
// triangular T (Schreiber & Van Loan 1989), so that nearly all the work is matrix products.
#include "qr_panel.h"
#include "spool_gemm.h"

#include <math.h>
#include <string.h>

// C (+)= A B in double precision; the rows of B and C are dense.
static void multiply(size_t m, size_t n, size_t k, const double *a, ptrdiff_t a_row, ptrdiff_t a_column,
                     const double *b, size_t b_row, double *c, size_t c_row, bool accumulate) {
  spool_matmul(SPOOL_DOUBLE,
               &(spool_gemm){.batch = 1, .m = m, .n = n, .k = k, .a = a, .a_row = a_row, .a_column = a_column,
                             .b = b, .b_row = (ptrdiff_t)b_row, .b_column = 1, .c = c,
                             .c_row = (ptrdiff_t)c_row, .accumulate = accumulate});
}

// Puts -T [width, width] into t; false where the product would not do what the reflectors do one by one: where
// something is not finite, which it would carry to elements before it, by multiplying it by zero, or where a
// reflector does nothing, which must not touch a NaN.
static bool make_triangle(const qr_panel *p, double *t, double *dots) {
  const size_t width = p->width, rows = p->rows;
  for (size_t j = 0; j < width; j++)
    if (p->taus[j] == 0) return false;
  spool_matmul(SPOOL_DOUBLE,
               &(spool_gemm){.batch = 1, .m = width, .n = width, .k = rows, .a = p->vectors,
                             .a_row = (ptrdiff_t)rows, .a_column = 1, .b = p->vectors, .b_row = 1,
                             .b_column = (ptrdiff_t)rows, .c = dots, .c_row = (ptrdiff_t)width});
  memset(t, 0, width * width * sizeof *t);
  // Column j is -tau T V' v_j, of the T of the columns before it, then tau.
  for (size_t j = 0; j < width; j++) {
    for (size_t i = 0; i < j; i++) {
      double sum = 0;
      for (size_t k = i; k < j; k++) sum += t[i * width + k] * dots[k * width + j];
      t[i * width + j] = -p->taus[j] * sum;
    }
    t[j * width + j] = p->taus[j];
  }
  bool finite = true;
  for (size_t i = 0; i < width * width; i++) {
    finite = finite && isfinite(t[i]);
    t[i] = -t[i];
  }
  return finite;
}

// c -= tau v (v' c)
static void reflect(double *c, size_t c_row, size_t rows, size_t columns, const double *v, double tau,
                    double *sums) {
  if (tau == 0) return;
  memset(sums, 0, columns * sizeof *sums);
  for (size_t i = 0; i < rows; i++)
    for (size_t j = 0; j < columns; j++) sums[j] += v[i] * c[i * c_row + j];
  for (size_t i = 0; i < rows; i++) {
    const double factor = tau * v[i];
    for (size_t j = 0; j < columns; j++) c[i * c_row + j] -= factor * sums[j];
  }
}

void qr_panel_apply(const qr_panel *p, bool transposed, double *c, size_t c_row, size_t columns,
                    double *scratch) {
  if (columns == 0) return;
  const size_t width = p->width, rows = p->rows;
  double *t = scratch, *dots = t + width * width;
  if (!make_triangle(p, t, dots)) {
    for (size_t step = 0; step < width; step++) {
      const size_t j = transposed ? step : width - 1 - step;
      reflect(c + j * c_row, c_row, rows - j, columns, p->vectors + j * rows + j, p->taus[j], scratch);
    }
    return;
  }
  double *x = dots + width * width, *y = x + width * columns;
  multiply(width, columns, rows, p->vectors, (ptrdiff_t)rows, 1, c, c_row, x, columns, false);
  multiply(width, columns, width, t, transposed ? 1 : (ptrdiff_t)width, transposed ? (ptrdiff_t)width : 1, x,
           columns, y, columns, false);
  multiply(rows, columns, width, p->vectors, 1, (ptrdiff_t)rows, y, columns, c, c_row, true);
}
