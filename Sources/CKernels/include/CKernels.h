#pragma once
// The kernels of Spool: every loop over elements lives here. One topic per header, one source per topic.
// Conventions: sizes and strides count elements, never bytes; a stride may be zero (broadcast) or negative;
// an output is written densely in row-major order unless its header says otherwise; nothing here allocates
// a result, reads the environment after start-up, or checks shapes (Swift does, once).
#include "spool_block.h"
#include "spool_convolution.h"
#include "spool_gemm.h"
#include "spool_isa.h"
#include "spool_layout.h"
#include "spool_linear_algebra.h"
#include "spool_memory.h"
#include "spool_optimizer.h"
#include "spool_pointwise.h"
#include "spool_random.h"
#include "spool_reduction.h"
#include "spool_sort.h"
#include "spool_threads.h"
#include "spool_types.h"
