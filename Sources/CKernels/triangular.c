// Substitution in triangular systems.
#include "spool_linear_algebra.h"
#include "spool_threads.h"

typedef struct triangular_task {
  bool upper;
  size_t size, columns;
  const void *matrix;
  ptrdiff_t row, column;
  void *x;
} triangular_task;

// Solves the columns [begin, end) of X row by row, from the row of T that holds its diagonal element only.
#define DEFINE_SOLVE(T)                                                                                     \
  static void solve_##T(size_t begin, size_t end, void *context) {                                          \
    const triangular_task *t = context;                                                                     \
    for (size_t step = 0; step < t->size; step++) {                                                         \
      size_t i = t->upper ? t->size - 1 - step : step;                                                      \
      const T *row = (const T *)t->matrix + (ptrdiff_t)i * t->row;                                          \
      T *xi = (T *)t->x + i * t->columns;                                                                   \
      for (size_t solved = 0; solved < step; solved++) {                                                    \
        size_t k = t->upper ? t->size - 1 - solved : solved;                                                \
        const T factor = row[(ptrdiff_t)k * t->column];                                                     \
        const T *xk = (const T *)t->x + k * t->columns;                                                     \
        for (size_t j = begin; j < end; j++) xi[j] -= factor * xk[j];                                       \
      }                                                                                                     \
      const T diagonal = row[(ptrdiff_t)i * t->column];                                                     \
      for (size_t j = begin; j < end; j++) xi[j] /= diagonal;                                               \
    }                                                                                                       \
  }

DEFINE_SOLVE(float)
DEFINE_SOLVE(double)

void spool_solve_triangular(spool_dtype dtype, bool upper, size_t size, size_t columns, const void *matrix,
                            ptrdiff_t row, ptrdiff_t column, void *x) {
  triangular_task task = {.upper = upper, .size = size, .columns = columns, .matrix = matrix,
                          .row = row, .column = column, .x = x};
  // Columns whose work is worth a thread.
  size_t work = size * size;
  spool_parallel_for(columns, work ? 100000 / work + 1 : columns,
                     dtype == SPOOL_FLOAT ? solve_float : solve_double, &task);
}
