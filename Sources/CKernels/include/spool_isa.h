#pragma once
#include "spool_types.h"

/// Instruction sets for which the kernels are compiled, weakest first.
typedef enum spool_isa : uint8_t {
  SPOOL_ISA_PORTABLE = 0,
  SPOOL_ISA_NEON = 1,
  SPOOL_ISA_AVX2 = 2,   // AVX2 and FMA
  SPOOL_ISA_AVX512 = 3, // AVX-512 F, DQ, BW and VL
} spool_isa;

/// The instruction set in use: the best the machine has, or the one that `SPOOL_ISA`
/// (portable, neon, avx2, avx512) names; chosen once, before the first kernel runs.
spool_isa spool_isa_current(void);
/// Whether this machine can run `isa`.
bool spool_isa_available(spool_isa isa);
/// Makes the kernels that the calling thread calls use `isa` from now on (on all threads that they work with);
/// false (and no change) where the machine lacks it. For tests and benchmarks.
bool spool_isa_select(spool_isa isa);
/// "portable", "neon", "avx2" or "avx512".
const char *spool_isa_name(spool_isa isa);
/// NULL, or why the value of SPOOL_ISA was not followed (unknown name, not on this machine).
const char *spool_isa_environment_error(void);
/// Chooses as at start, by this value of SPOOL_ISA (or NULL). For tests.
void spool_isa_follow_environment(const char *value);
