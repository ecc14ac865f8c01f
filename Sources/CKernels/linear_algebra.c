// Householder QR (Golub & Van Loan 2013, section 5.2), in double precision.
#include "spool_linear_algebra.h"
#include "spool_memory.h"

#include "scratch.h"

#include <math.h>
#include <string.h>

// Turns x (x[i * stride], i < n) into the reflector v with v[0] = 1 below the diagonal; returns tau and puts
// the new diagonal element into *diagonal: (I - tau v v') x = (diagonal, 0, ..., 0).
static double make_reflector(double *x, size_t n, size_t stride, double *diagonal) {
  double largest = 0;
  for (size_t i = 1; i < n; i++) {
    double magnitude = fabs(x[i * stride]);
    if (!(magnitude <= largest)) largest = magnitude;
  }
  double head = x[0];
  *diagonal = head;
  if (largest == 0) return 0;
  if (fabs(head) > largest) largest = fabs(head);
  // Scaled by the largest element, so that squares neither overflow nor vanish.
  double sum = 0;
  for (size_t i = 0; i < n; i++) {
    double scaled = x[i * stride] / largest;
    sum += scaled * scaled;
  }
  double norm = largest * sqrt(sum);
  double beta = head > 0 ? -norm : norm;
  double pivot = head - beta;
  for (size_t i = 1; i < n; i++) x[i * stride] /= pivot;
  *diagonal = beta;
  return -pivot / beta;
}

// a -= tau v (v' a) for rows [0, rows) and columns [0, columns) of a; v[0] is 1.
static void reflect(double *a, size_t a_row, size_t rows, size_t columns, const double *v, size_t stride,
                    double tau, double *sums) {
  memcpy(sums, a, columns * sizeof *sums);
  for (size_t i = 1; i < rows; i++) {
    double factor = v[i * stride];
    const double *row = a + i * a_row;
    for (size_t j = 0; j < columns; j++) sums[j] += factor * row[j];
  }
  for (size_t i = 0; i < rows; i++) {
    double factor = tau * (i == 0 ? 1 : v[i * stride]);
    double *row = a + i * a_row;
    for (size_t j = 0; j < columns; j++) row[j] -= factor * sums[j];
  }
}

// `work` holds A on entry, Q on return; r is written densely.
static void factorize(size_t rows, size_t columns, double *work, double *r, double *taus, double *sums) {
  for (size_t j = 0; j < columns; j++) {
    double diagonal;
    double *corner = work + j * columns + j;
    taus[j] = make_reflector(corner, rows - j, columns, &diagonal);
    if (taus[j] != 0 && j + 1 < columns)
      reflect(corner + 1, columns, rows - j, columns - j - 1, corner, columns, taus[j], sums);
    r[j * columns + j] = diagonal;
  }
  for (size_t i = 0; i < columns; i++)
    for (size_t j = 0; j < columns; j++) {
      if (j < i) r[i * columns + j] = 0;
      if (j > i) r[i * columns + j] = work[i * columns + j];
    }
  // Q = H_0 H_1 ... applied to the first columns of the identity, last reflector first, in the place of the
  // vectors.
  for (size_t j = columns; j-- > 0;) {
    double *corner = work + j * columns + j;
    for (size_t i = 0; i < j; i++) work[i * columns + j] = 0;
    if (j + 1 < columns) {
      for (size_t i = j + 1; i < columns; i++) work[j * columns + i] = 0;
      if (taus[j] != 0)
        reflect(corner + 1, columns, rows - j, columns - j - 1, corner, columns, taus[j], sums);
    }
    corner[0] = 1 - taus[j];
    for (size_t i = 1; i < rows - j; i++) corner[i * columns] *= -taus[j];
  }
  for (size_t j = 0; j < columns; j++)
    if (r[j * columns + j] < 0) {
      for (size_t i = j; i < columns; i++) r[j * columns + i] = -r[j * columns + i];
      for (size_t i = 0; i < rows; i++) work[i * columns + j] = -work[i * columns + j];
    }
}

void spool_qr(spool_dtype dtype, size_t rows, size_t columns, const void *a, void *q, void *r) {
  if (columns == 0) return;
  size_t q_count = rows * columns, r_count = columns * columns;
  size_t bytes = (q_count + r_count + 2 * columns) * sizeof(double);
  double *work = scratch_allocate(bytes);
  double *work_r = work + q_count, *taus = work_r + r_count, *sums = taus + columns;
  if (dtype == SPOOL_FLOAT)
    for (size_t i = 0; i < q_count; i++) work[i] = ((const float *)a)[i];
  else
    memcpy(work, a, q_count * sizeof(double));
  factorize(rows, columns, work, work_r, taus, sums);
  if (dtype == SPOOL_FLOAT) {
    for (size_t i = 0; i < q_count; i++) ((float *)q)[i] = (float)work[i];
    for (size_t i = 0; i < r_count; i++) ((float *)r)[i] = (float)work_r[i];
  } else {
    memcpy(q, work, q_count * sizeof(double));
    memcpy(r, work_r, r_count * sizeof(double));
  }
  spool_release(work, bytes);
}
