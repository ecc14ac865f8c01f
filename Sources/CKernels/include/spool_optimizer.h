#pragma once
#include "spool_types.h"

/// One step of Adam (Kingma & Ba 2015) on `count` dense elements; float and double, in one pass over memory.
typedef struct spool_adam {
  double learning_rate, beta1, beta2, epsilon;
  /// 1 - beta1^t and 1 - beta2^t for the step t = 1, 2, ...
  double first_correction, second_correction;
  /// The weight decay that is added to the gradient, and the one that shrinks the value by itself (AdamW).
  double coupled_decay, decoupled_decay;
} spool_adam;

/// value -= rate m^ / (sqrt(v^) + epsilon), where m = beta1 m + (1 - beta1) g, v = beta2 v + (1 - beta2) g^2,
/// m^ = m / first_correction, v^ = v / second_correction.
void spool_adam_step(spool_dtype dtype, size_t count, const spool_adam *rule, void *value,
                     const void *gradient, void *first_moment, void *second_moment);

/// One step of gradient descent: g += decay value; with a momentum, velocity = momentum velocity + g, and the
/// direction is velocity, or g + momentum velocity (Nesterov); value -= rate direction.
typedef struct spool_descent {
  double learning_rate, momentum, decay;
  bool nesterov;
} spool_descent;

/// `velocity` may be NULL where the momentum is 0.
void spool_descent_step(spool_dtype dtype, size_t count, const spool_descent *rule, void *value,
                        const void *gradient, void *velocity);
