// Householder QR, in double precision, panel by panel.
#include "spool_linear_algebra.h"
#include "spool_memory.h"

#include "qr_panel.h"
#include "scratch.h"

typedef struct factorization {
  size_t rows, columns;
  double *work; // [rows, columns]: A; then the reflectors below the diagonal; then Q
  double *values, *vectors, *taus, *scratch;
} factorization;

// The panel that begins at column `first`.
static qr_panel panel_at(const factorization *f, size_t first) {
  const size_t left = f->columns - first;
  return (qr_panel){.rows = f->rows - first,
                    .width = left < QR_WIDTH ? left : QR_WIDTH,
                    .values = f->values,
                    .vectors = f->vectors,
                    .taus = f->taus + first};
}

static void load_values(const factorization *f, const qr_panel *p, const double *corner) {
  for (size_t i = 0; i < p->rows; i++)
    for (size_t j = 0; j < QR_WIDTH; j++)
      p->values[i * QR_WIDTH + j] = j < p->width ? corner[i * f->columns + j] : 0;
}

static void load_vectors(const factorization *f, const qr_panel *p, const double *corner) {
  for (size_t i = 0; i < p->rows; i++)
    for (size_t j = 0; j < p->width; j++)
      p->vectors[j * p->rows + i] = j < i ? corner[i * f->columns + j] : j == i;
}

// Puts R above the diagonal and the reflectors below it.
static void factorize(const factorization *f) {
  for (size_t first = 0; first < f->columns; first += QR_WIDTH) {
    const qr_panel p = panel_at(f, first);
    double *corner = f->work + first * f->columns + first;
    load_values(f, &p, corner);
    qr_panel_factorize(&p);
    for (size_t i = 0; i < p.rows; i++)
      for (size_t j = 0; j < p.width; j++)
        corner[i * f->columns + j] = j < i ? p.vectors[j * p.rows + i] : p.values[i * QR_WIDTH + j];
    qr_panel_apply(&p, true, corner + p.width, f->columns, f->columns - first - p.width, f->scratch);
  }
}

// Q = H_0 H_1 ... applied to the first columns of the identity, last panel first, in the place of the vectors.
static void form(const factorization *f) {
  const size_t panels = (f->columns + QR_WIDTH - 1) / QR_WIDTH;
  for (size_t panel = panels; panel-- > 0;) {
    const size_t first = panel * QR_WIDTH;
    const qr_panel p = panel_at(f, first);
    double *corner = f->work + first * f->columns + first;
    const size_t behind = f->columns - first - p.width;
    load_vectors(f, &p, corner);
    qr_panel_form(&p);
    for (size_t i = 0; i < p.width; i++)
      for (size_t j = 0; j < behind; j++) corner[i * f->columns + p.width + j] = 0;
    for (size_t i = 0; i < p.rows; i++)
      for (size_t j = 0; j < p.width; j++) corner[i * f->columns + j] = p.values[i * QR_WIDTH + j];
    qr_panel_apply(&p, false, corner + p.width, f->columns, behind, f->scratch);
  }
}

// out = the upper triangle of R, its rows times their signs; Q, its columns times the signs.
#define DEFINE_STORES(T)                                                                           \
  static void store_r_##T(size_t columns, const double *work, const double *signs, T *out) {       \
    for (size_t i = 0; i < columns; i++)                                                           \
      for (size_t j = 0; j < columns; j++)                                                         \
        out[i * columns + j] = j < i ? 0 : (T)(signs[i] * work[i * columns + j]);                  \
  }                                                                                                \
  static void store_q_##T(size_t rows, size_t columns, const double *work, const double *signs,    \
                          T *out) {                                                                \
    for (size_t i = 0; i < rows; i++)                                                              \
      for (size_t j = 0; j < columns; j++) out[i * columns + j] = (T)(signs[j] * work[i * columns + j]); \
  }
DEFINE_STORES(float)
DEFINE_STORES(double)

void spool_qr(spool_dtype dtype, size_t rows, size_t columns, const void *a, void *q, void *r) {
  if (columns == 0) return;
  const size_t count = rows * columns;
  const size_t bytes =
      (count + 2 * rows * QR_WIDTH + 2 * columns + 2 * QR_WIDTH * (QR_WIDTH + columns)) * sizeof(double);
  factorization f = {.rows = rows, .columns = columns, .work = scratch_allocate(bytes)};
  f.values = f.work + count;
  f.vectors = f.values + rows * QR_WIDTH;
  f.taus = f.vectors + rows * QR_WIDTH;
  double *signs = f.taus + columns;
  f.scratch = signs + columns;
  const bool single = dtype == SPOOL_FLOAT;
  for (size_t i = 0; i < count; i++) f.work[i] = single ? ((const float *)a)[i] : ((const double *)a)[i];
  factorize(&f);
  for (size_t j = 0; j < columns; j++) signs[j] = f.work[j * columns + j] < 0 ? -1 : 1;
  if (single)
    store_r_float(columns, f.work, signs, r);
  else
    store_r_double(columns, f.work, signs, r);
  form(&f);
  if (single)
    store_q_float(rows, columns, f.work, signs, q);
  else
    store_q_double(rows, columns, f.work, signs, q);
  spool_release(f.work, bytes);
}
