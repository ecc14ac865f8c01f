// The reflectors of one panel, one by one.
#include "qr_panel.h"

#include <math.h>
#include <string.h>

// Turns x into the reflector v with v[0] = 1; returns tau and puts the new diagonal element into *diagonal:
// (I - tau v v') x = (diagonal, 0, ..., 0).
static double make_reflector(double *x, size_t n, double *diagonal) {
  double largest = 0;
  for (size_t i = 1; i < n; i++) {
    double magnitude = fabs(x[i]);
    if (!(magnitude <= largest)) largest = magnitude;
  }
  double head = x[0];
  *diagonal = head;
  x[0] = 1;
  if (largest == 0) return 0;
  if (fabs(head) > largest) largest = fabs(head);
  // Scaled by the largest element, so that squares neither overflow nor vanish.
  double scaled = head / largest, sum = scaled * scaled;
  for (size_t i = 1; i < n; i++) {
    scaled = x[i] / largest;
    sum += scaled * scaled;
  }
  double norm = largest * sqrt(sum);
  double beta = head > 0 ? -norm : norm;
  double pivot = head - beta;
  for (size_t i = 1; i < n; i++) x[i] /= pivot;
  *diagonal = beta;
  return -pivot / beta;
}

typedef double lanes __attribute__((ext_vector_type(8), aligned(sizeof(double)), may_alias));

// a -= tau v (v' a) for `count` groups of eight columns of a, whose rows are QR_WIDTH apart.
static inline __attribute__((always_inline)) void reflect_groups(double *a, size_t rows, size_t count,
                                                                 const double *v, double tau) {
  lanes sums[QR_WIDTH / 8] = {0};
  for (size_t i = 0; i < rows; i++)
    for (size_t g = 0; g < count; g++) sums[g] += v[i] * ((const lanes *)(a + i * QR_WIDTH))[g];
  for (size_t i = 0; i < rows; i++)
    for (size_t g = 0; g < count; g++) ((lanes *)(a + i * QR_WIDTH))[g] -= tau * v[i] * sums[g];
}

// Applies reflector j to the columns behind column j, and to some before them, which mean nothing any more,
// or not yet: whole groups, of a number known to the compiler, stay in registers.
static void reflect_behind(const qr_panel *p, size_t j) {
  const size_t first = (j + 1) / 8, rows = p->rows - j;
  const double *v = p->vectors + j * p->rows + j, tau = p->taus[j];
  double *a = p->values + j * QR_WIDTH + first * 8;
  if (tau == 0) return;
  switch (QR_WIDTH / 8 - first) {
  case 4: reflect_groups(a, rows, 4, v, tau); break;
  case 3: reflect_groups(a, rows, 3, v, tau); break;
  case 2: reflect_groups(a, rows, 2, v, tau); break;
  case 1: reflect_groups(a, rows, 1, v, tau); break;
  }
}

void qr_panel_factorize(const qr_panel *p) {
  for (size_t j = 0; j < p->width; j++) {
    double *v = p->vectors + j * p->rows, *diagonal = p->values + j * QR_WIDTH + j;
    memset(v, 0, j * sizeof *v);
    for (size_t i = j; i < p->rows; i++) v[i] = p->values[i * QR_WIDTH + j];
    double corner;
    p->taus[j] = make_reflector(v + j, p->rows - j, &corner);
    reflect_behind(p, j);
    *diagonal = corner;
  }
}

void qr_panel_form(const qr_panel *p) {
  memset(p->values, 0, p->rows * QR_WIDTH * sizeof *p->values);
  for (size_t j = p->width; j-- > 0;) {
    reflect_behind(p, j);
    const double *v = p->vectors + j * p->rows;
    double *column = p->values + j;
    for (size_t i = 0; i < j; i++) column[i * QR_WIDTH] = 0;
    column[j * QR_WIDTH] = 1 - p->taus[j];
    for (size_t i = j + 1; i < p->rows; i++) column[i * QR_WIDTH] = -p->taus[j] * v[i];
  }
}
