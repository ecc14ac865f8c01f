// A right operand that is packed once for many products.
#include "gemm_plan.h"
#include "scratch.h"
#include "spool_threads.h"

static size_t packed_bytes(const panels *panels, size_t k, size_t element) {
  return sizeof(spool_packed) + panels->all_vectors * panels->lanes * k * element;
}

spool_packed *spool_pack_b(spool_dtype dtype, size_t k, size_t n, const void *b, ptrdiff_t b_row,
                           ptrdiff_t b_column) {
  const gemm_kernels *kernels = gemm_kernels_in_use(dtype);
  const panels panels = gemm_make_panels(kernels, n);
  spool_packed *packed = scratch_allocate(packed_bytes(&panels, k, kernels->element));
  packed->kernels = kernels;
  packed->k = k;
  packed->panels = panels;
  spool_pack_b_update(packed, b, b_row, b_column);
  return packed;
}

typedef struct packing {
  spool_packed *packed;
  const char *b;
  ptrdiff_t b_row, b_column;
} packing;

static void pack_panels(size_t begin, size_t end, void *context) {
  const packing *job = context;
  const spool_packed *packed = job->packed;
  const gemm_kernels *kernels = packed->kernels;
  for (size_t i = begin; i < end; i++) {
    const size_t column = panel_begin(&packed->panels, i) * kernels->lanes;
    kernels->pack_panel(job->packed->values + column * packed->k * kernels->element,
                        panel_vectors(&packed->panels, i), packed->k, panel_columns(&packed->panels, i),
                        job->b + (ptrdiff_t)column * job->b_column * (ptrdiff_t)kernels->element, job->b_row,
                        job->b_column);
  }
}

void spool_pack_b_update(spool_packed *packed, const void *b, ptrdiff_t b_row, ptrdiff_t b_column) {
  packing job = {packed, b, b_row, b_column};
  const size_t panel_work = packed->k * packed->panels.vectors * packed->panels.lanes + 1;
  spool_parallel_for(packed->panels.count, divided_up(1 << 16, panel_work), pack_panels, &job);
}

void spool_pack_free(spool_packed *packed) {
  if (packed) spool_release(packed, packed_bytes(&packed->panels, packed->k, packed->kernels->element));
}
