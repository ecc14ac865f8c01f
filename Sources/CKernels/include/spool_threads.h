#pragma once
#include "spool_types.h"

/// A body run for the indices [begin, end) of a loop.
typedef void (*spool_loop_body)(size_t begin, size_t end, void *context);

/// Threads that loops may use: SPOOL_THREADS, else the cores this process may run on.
size_t spool_thread_count(void);
/// Threads that a loop begun here would run on: 1 inside of a body, where it is no use to cut work up.
size_t spool_threads_at_hand(void);
/// NULL, or why the value of SPOOL_THREADS was not followed (not a number from 1 to 256).
const char *spool_threads_environment_error(void);
/// Sets the number of threads for loops that start later (1 ... 256).
void spool_set_thread_count(size_t count);
/// Splits [0, count) into at most `spool_thread_count()` contiguous parts of at least `grain` indices, and
/// runs `body` on each, the caller taking part. Workers spin for some microseconds before they sleep. Called
/// from inside a body, or by two threads at once, the second loop runs on its caller alone.
void spool_parallel_for(size_t count, size_t grain, spool_loop_body body, void *context);
/// Chooses the number of threads as at start, by this value of SPOOL_THREADS (or NULL). For tests.
void spool_threads_follow_environment(const char *value);
