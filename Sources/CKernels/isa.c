// Finds out which instruction sets this machine has and holds the choice.
#include "spool_isa.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = {"portable", "neon", "avx2", "avx512"};
static _Atomic spool_isa current = SPOOL_ISA_PORTABLE;
// What this thread has selected for itself; SPOOL_ISA_COUNT where nothing.
enum { SPOOL_ISA_COUNT = SPOOL_ISA_AVX512 + 1 };
static _Thread_local uint8_t selected = SPOOL_ISA_COUNT;
static char environment_error[160];

const char *spool_isa_name(spool_isa isa) { return names[isa]; }

bool spool_isa_available(spool_isa isa) {
  switch (isa) {
  case SPOOL_ISA_PORTABLE: return true;
#if defined(__aarch64__)
  case SPOOL_ISA_NEON: return true;
#elif defined(__x86_64__)
  case SPOOL_ISA_AVX2: return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  case SPOOL_ISA_AVX512:
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
           spool_isa_available(SPOOL_ISA_AVX2);
#endif
  default: return false;
  }
}

spool_isa spool_isa_current(void) {
  return selected < SPOOL_ISA_COUNT ? (spool_isa)selected : atomic_load_explicit(&current, memory_order_relaxed);
}

bool spool_isa_select(spool_isa isa) {
  if (!spool_isa_available(isa)) return false;
  selected = (uint8_t)isa;
  return true;
}

const char *spool_isa_environment_error(void) { return environment_error[0] ? environment_error : NULL; }

static spool_isa best_available(void) {
  spool_isa best = SPOOL_ISA_PORTABLE;
  for (int isa = SPOOL_ISA_PORTABLE; isa <= SPOOL_ISA_AVX512; isa++)
    if (spool_isa_available((spool_isa)isa)) best = (spool_isa)isa;
  return best;
}

void spool_isa_follow_environment(const char *value) {
  const spool_isa best = best_available();
  atomic_store_explicit(&current, best, memory_order_relaxed);
  selected = SPOOL_ISA_COUNT;
  environment_error[0] = 0;
  if (!value || !*value) return;
  for (int isa = SPOOL_ISA_PORTABLE; isa <= SPOOL_ISA_AVX512; isa++) {
    if (strcmp(value, names[isa]) != 0) continue;
    if (spool_isa_available((spool_isa)isa))
      atomic_store_explicit(&current, (spool_isa)isa, memory_order_relaxed);
    else
      snprintf(environment_error, sizeof environment_error,
               "SPOOL_ISA=%s: this machine lacks that instruction set; using %s", names[isa], names[best]);
    return;
  }
  snprintf(environment_error, sizeof environment_error,
           "SPOOL_ISA=%.40s: unknown instruction set (portable, neon, avx2, avx512); using %s", value,
           names[best]);
}

// A constructor, so that the choice is made before any kernel can run and reading it needs no lock.
__attribute__((constructor)) static void choose(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
#endif
  spool_isa_follow_environment(getenv("SPOOL_ISA"));
}
