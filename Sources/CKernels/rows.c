// Softmax, standardisation and their gradients, row by row.
#include "elementary_terms.h"
#include "reduction_kernels.h"
#include "spool_isa.h"
#include "spool_threads.h"

typedef enum row_operation {
  ROW_SOFTMAX,
  ROW_LOG_SOFTMAX,
  ROW_SOFTMAX_GRADIENT,
  ROW_LOG_SOFTMAX_GRADIENT,
  ROW_STANDARDIZE,
  ROW_STANDARDIZE_GRADIENT,
  ROW_OPERATIONS
} row_operation;

typedef struct row_task row_task;
typedef void (*row_kernel)(const row_task *task, size_t begin, size_t end);

// The arrays of an operation on rows.
struct row_task {
  row_kernel kernel;
  size_t columns;
  double epsilon;
  const void *a, *b;  // the array, or the gradient and the result it belongs to
  void *out;
  void *reciprocal;  // [rows]
};

#define BODY "rows_body.h"
#include "instances.h"

static const row_kernel *const kernels[][2] = TABLE(kernels);

static void run_part(size_t begin, size_t end, void *context) {
  const row_task *task = context;
  task->kernel(task, begin, end);
}

// Elements below which a part is not worth a thread.
enum { GRAIN = 8192 };

static void run(row_operation operation, spool_dtype dtype, size_t rows, row_task task) {
  if (dtype > SPOOL_DOUBLE) __builtin_trap();
  if (task.columns == 0) return;
  task.kernel = kernels[spool_isa_current()][dtype][operation];
  spool_parallel_for(rows, GRAIN / task.columns + 1, run_part, &task);
}

void spool_softmax(spool_dtype dtype, size_t rows, size_t columns, const void *in, void *out) {
  run(ROW_SOFTMAX, dtype, rows, (row_task){.columns = columns, .a = in, .out = out});
}

void spool_log_softmax(spool_dtype dtype, size_t rows, size_t columns, const void *in, void *out) {
  run(ROW_LOG_SOFTMAX, dtype, rows, (row_task){.columns = columns, .a = in, .out = out});
}

void spool_softmax_gradient(spool_dtype dtype, size_t rows, size_t columns, const void *g, const void *y,
                            void *out) {
  run(ROW_SOFTMAX_GRADIENT, dtype, rows, (row_task){.columns = columns, .a = g, .b = y, .out = out});
}

void spool_log_softmax_gradient(spool_dtype dtype, size_t rows, size_t columns, const void *g, const void *y,
                                void *out) {
  run(ROW_LOG_SOFTMAX_GRADIENT, dtype, rows, (row_task){.columns = columns, .a = g, .b = y, .out = out});
}

void spool_standardize(spool_dtype dtype, size_t rows, size_t columns, double epsilon, const void *in,
                       void *out, void *reciprocal) {
  run(ROW_STANDARDIZE, dtype, rows,
      (row_task){.columns = columns, .epsilon = epsilon, .a = in, .out = out, .reciprocal = reciprocal});
}

void spool_standardize_gradient(spool_dtype dtype, size_t rows, size_t columns, const void *g,
                                const void *out_, const void *reciprocal, void *result) {
  run(ROW_STANDARDIZE_GRADIENT, dtype, rows,
      (row_task){.columns = columns, .a = g, .b = out_, .out = result, .reciprocal = (void *)reciprocal});
}
