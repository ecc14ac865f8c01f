// Reductions of float and double arrays, and the choice among the kernels.
#include "reduction_kernels.h"

#include "elementary_terms.h"
#include "spool_isa.h"
#include "spool_threads.h"

#define BODY "reduction_body.h"
#include "instances.h"

static const reduction_kernels *const kernels[][2] = TABLE(kernels);

// Elements below which a part of a reduction is not worth a thread.
enum { GRAIN = 32768 };

typedef struct reduction {
  spool_reduction op;
  const reduction_kernels *kernels;
  size_t count, inner, size, out_size;
  size_t strip, strips;  // columns in a strip, strips side by side
  const uint8_t *in;
  uint8_t *out;
} reduction;

static void reduce_rows(size_t begin, size_t end, void *context) {
  const reduction *r = context;
  for (size_t row = begin; row < end; row++)
    r->kernels->row(r->op, r->count, r->in + row * r->count * r->size, r->out + row * r->out_size);
}

static void reduce_strips(size_t begin, size_t end, void *context) {
  const reduction *r = context;
  for (size_t i = begin; i < end; i++) {
    const size_t outer = i / r->strips, first = i % r->strips * r->strip;
    const size_t width = r->inner - first < r->strip ? r->inner - first : r->strip;
    r->kernels->strip(r->op, r->count, width, r->inner,
                      r->in + (outer * r->count * r->inner + first) * r->size,
                      r->out + (outer * r->inner + first) * r->out_size);
  }
}

void spool_reduce(spool_reduction op, spool_dtype dtype, size_t outer, size_t count, size_t inner,
                  const void *in, void *out) {
  if (dtype > SPOOL_DOUBLE) {
    spool_reduce_integer(op, dtype, outer, count, inner, in, out);
    return;
  }
  const bool finds_position = op == SPOOL_ARGMAX || op == SPOOL_ARGMIN;
  reduction r = {.op = op,
                 .kernels = kernels[spool_isa_current()][dtype],
                 .count = count,
                 .inner = inner,
                 .size = dtype == SPOOL_FLOAT ? sizeof(float) : sizeof(double),
                 .in = in,
                 .out = out};
  r.out_size = finds_position ? sizeof(int32_t) : r.size;
  if (inner == 1) {
    spool_parallel_for(outer, GRAIN / (count + 1) + 1, reduce_rows, &r);
    return;
  }
  r.strip = STRIP_BYTES / r.size;
  r.strips = (inner + r.strip - 1) / r.strip;
  spool_parallel_for(outer * r.strips, GRAIN / (count * (inner < r.strip ? inner : r.strip) + 1) + 1,
                     reduce_strips, &r);
}
