// The steps of the optimisers: one pass over value, gradient and moments, compiled for each instruction set.
#include <math.h>

#include "CKernels.h"

// Elements that a thread should at least have.
enum { GRAIN = 1 << 15 };

typedef struct {
  const void *rule;
  void *value;
  const void *gradient;
  void *first;
  void *second;
} operands;

// The builtin root, unlike sqrt(), need not set errno, so its loop is vectorised.
#define ADAM(T, SUFFIX)                                                                                      \
  __attribute__((always_inline)) static inline void adam_##SUFFIX(size_t begin, size_t end, void *context) { \
    const operands *all = context;                                                                           \
    const spool_adam *rule = all->rule;                                                                      \
    T *restrict value = all->value, *restrict m = all->first, *restrict v = all->second;                     \
    const T *restrict gradient = all->gradient;                                                              \
    const T beta1 = (T)rule->beta1, rest1 = (T)(1 - rule->beta1);                                            \
    const T beta2 = (T)rule->beta2, rest2 = (T)(1 - rule->beta2);                                            \
    const T rate = (T)(rule->learning_rate / rule->first_correction);                                        \
    const T scale = (T)(1 / sqrt(rule->second_correction)), epsilon = (T)rule->epsilon;                      \
    const T coupled = (T)rule->coupled_decay;                                                                \
    const T keep = (T)(1 - rule->learning_rate * rule->decoupled_decay);                                     \
    for (size_t i = begin; i < end; i++) {                                                                   \
      const T g = gradient[i] + coupled * value[i];                                                          \
      m[i] = beta1 * m[i] + rest1 * g;                                                                       \
      v[i] = beta2 * v[i] + rest2 * (g * g);                                                                 \
      value[i] = keep * value[i] - rate * (m[i] / (__builtin_elementwise_sqrt(v[i]) * scale + epsilon));     \
    }                                                                                                        \
  }

#define DESCENT(T, SUFFIX)                                                                       \
  __attribute__((always_inline)) static inline void descent_##SUFFIX(size_t begin, size_t end,   \
                                                                     void *context) {            \
    const operands *all = context;                                                               \
    const spool_descent *rule = all->rule;                                                       \
    T *restrict value = all->value, *restrict velocity = all->first;                             \
    const T *restrict gradient = all->gradient;                                                  \
    const T rate = (T)rule->learning_rate, momentum = (T)rule->momentum, decay = (T)rule->decay; \
    if (!velocity) {                                                                             \
      for (size_t i = begin; i < end; i++) value[i] -= rate * (gradient[i] + decay * value[i]);  \
      return;                                                                                    \
    }                                                                                            \
    const T ahead = rule->nesterov ? momentum : 1, direct = rule->nesterov ? 1 : 0;              \
    for (size_t i = begin; i < end; i++) {                                                       \
      const T g = gradient[i] + decay * value[i];                                                \
      velocity[i] = momentum * velocity[i] + g;                                                  \
      value[i] -= rate * (ahead * velocity[i] + direct * g);                                     \
    }                                                                                            \
  }

ADAM(float, float)
ADAM(double, double)
DESCENT(float, float)
DESCENT(double, double)

#define INSTANCE(NAME, ISA, TARGET) \
  TARGET static void NAME##_##ISA(size_t begin, size_t end, void *context) { NAME(begin, end, context); }
#define INSTANCES(ISA, TARGET)         \
  INSTANCE(adam_float, ISA, TARGET)    \
  INSTANCE(adam_double, ISA, TARGET)   \
  INSTANCE(descent_float, ISA, TARGET) \
  INSTANCE(descent_double, ISA, TARGET)

INSTANCES(portable, )
#if defined(__x86_64__)
INSTANCES(avx2, __attribute__((target("avx2,fma"))))
INSTANCES(avx512, __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma"))))
#endif

static spool_loop_body instance(spool_loop_body portable, spool_loop_body avx2, spool_loop_body avx512) {
  switch (spool_isa_current()) {
  case SPOOL_ISA_AVX2: return avx2;
  case SPOOL_ISA_AVX512: return avx512;
  default: return portable;
  }
}

#if defined(__x86_64__)
#define CHOOSE(NAME) instance(NAME##_portable, NAME##_avx2, NAME##_avx512)
#else
#define CHOOSE(NAME) instance(NAME##_portable, NAME##_portable, NAME##_portable)
#endif

void spool_adam_step(spool_dtype dtype, size_t count, const spool_adam *rule, void *value,
                     const void *gradient, void *first_moment, void *second_moment) {
  operands all = {rule, value, gradient, first_moment, second_moment};
  const spool_loop_body body = dtype == SPOOL_FLOAT ? CHOOSE(adam_float) : CHOOSE(adam_double);
  spool_parallel_for(count, GRAIN, body, &all);
}

void spool_descent_step(spool_dtype dtype, size_t count, const spool_descent *rule, void *value,
                        const void *gradient, void *velocity) {
  operands all = {rule, value, gradient, velocity, NULL};
  const spool_loop_body body = dtype == SPOOL_FLOAT ? CHOOSE(descent_float) : CHOOSE(descent_double);
  spool_parallel_for(count, GRAIN, body, &all);
}
