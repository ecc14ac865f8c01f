// One pool of worker threads for the whole process. A loop is published as a ticket that threads claim parts
// from, the caller too: a worker that is slow to wake costs nothing, since its part is then taken by another
// thread.
#if defined(__linux__)
#define _GNU_SOURCE
#include <sched.h>
#endif
#include "spool_isa.h"
#include "spool_threads.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { MAX_THREADS = 256, PART_BITS = 12, WORKER_STACK = 8 << 20 };
// How long a thread spins before it sleeps: longer than the serial stretch between two loops of a training
// step, shorter than a scheduler's time slice.
enum { WORKER_SPIN_NANOSECONDS = 50000, CALLER_SPIN_NANOSECONDS = 200000 };

static _Atomic size_t thread_count = 1;
static char environment_error[160];

// generation << 24 | parts << 12 | next unclaimed part. The generation makes a claim of a finished loop fail.
static _Atomic uint64_t ticket;
static _Atomic size_t parts_left;
static _Atomic bool busy;
static _Atomic int sleepers;
static _Atomic bool caller_sleeps;

// The loop being run: written by the caller before it publishes the ticket, read by a thread only after a
// successful claim, and left alone until every claimed part is done.
static struct {
  spool_loop_body body;
  void *context;
  size_t count, parts;
  spool_isa isa; // the caller's, which the body is to use on every thread
} loop;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t work_published = PTHREAD_COND_INITIALIZER;
static pthread_cond_t loop_finished = PTHREAD_COND_INITIALIZER;
static size_t workers; // written by the caller that holds `busy`
static _Thread_local bool inside_loop;

static uint64_t nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static inline void relax(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("isb" ::: "memory");
#endif
}

static uint64_t next_part(uint64_t t) { return t & ((1u << PART_BITS) - 1); }
static uint64_t part_count(uint64_t t) { return t >> PART_BITS & ((1u << PART_BITS) - 1); }
static bool has_work(uint64_t t) { return next_part(t) < part_count(t); }

// Claims and runs parts of the published loop until none is left.
static void run_parts(void) {
  uint64_t t = atomic_load(&ticket);
  while (has_work(t)) {
    if (!atomic_compare_exchange_weak(&ticket, &t, t + 1)) continue;
    size_t part = (size_t)next_part(t);
    // Parts differ by at most one index: the first count % parts have one more.
    size_t share = loop.count / loop.parts, extra = loop.count % loop.parts;
    size_t begin = part * share + (part < extra ? part : extra);
    size_t end = begin + share + (part < extra ? 1 : 0);
    if (spool_isa_current() != loop.isa) spool_isa_select(loop.isa);
    loop.body(begin, end, loop.context);
    if (atomic_fetch_sub(&parts_left, 1) == 1 && atomic_load(&caller_sleeps)) {
      pthread_mutex_lock(&mutex);
      pthread_cond_signal(&loop_finished);
      pthread_mutex_unlock(&mutex);
    }
    t = atomic_load(&ticket);
  }
}

// Spins until work is published or the time is up.
static bool spin_for_work(size_t worker) {
  if (worker + 1 >= atomic_load_explicit(&thread_count, memory_order_relaxed)) return false;
  uint64_t until = nanoseconds() + WORKER_SPIN_NANOSECONDS;
  do {
    for (int i = 0; i < 64; i++) {
      if (has_work(atomic_load_explicit(&ticket, memory_order_relaxed))) return true;
      relax();
    }
  } while (nanoseconds() < until);
  return false;
}

static void *worker_main(void *argument) {
  size_t worker = (size_t)argument;
  inside_loop = true;
  for (;;) {
    run_parts();
    if (spin_for_work(worker)) continue;
    pthread_mutex_lock(&mutex);
    // Sequentially consistent on both sides: either the caller sees this sleeper or the sleeper sees the
    // ticket.
    atomic_fetch_add(&sleepers, 1);
    while (!has_work(atomic_load(&ticket))) pthread_cond_wait(&work_published, &mutex);
    atomic_fetch_sub(&sleepers, 1);
    pthread_mutex_unlock(&mutex);
  }
  return NULL;
}

// Starts workers up to `wanted`; where the system refuses, the loop's parts are run by fewer threads.
static void start_workers(size_t wanted) {
  // Signals are for the program's own threads.
  sigset_t all, previous;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &previous);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, WORKER_STACK);
  while (workers < wanted) {
    pthread_t thread;
    if (pthread_create(&thread, &attributes, worker_main, (void *)workers) != 0) break;
    workers++;
  }
  pthread_attr_destroy(&attributes);
  pthread_sigmask(SIG_SETMASK, &previous, NULL);
}

static void publish(size_t parts) {
  atomic_store(&parts_left, parts);
  uint64_t generation = (atomic_load_explicit(&ticket, memory_order_relaxed) >> 2 * PART_BITS) + 1;
  atomic_store(&ticket, generation << 2 * PART_BITS | (uint64_t)parts << PART_BITS);
  int asleep = atomic_load(&sleepers);
  if (asleep == 0) return;
  pthread_mutex_lock(&mutex);
  if ((size_t)asleep <= parts - 1)
    pthread_cond_broadcast(&work_published);
  else
    for (size_t i = 1; i < parts; i++) pthread_cond_signal(&work_published);
  pthread_mutex_unlock(&mutex);
}

static void wait_until_finished(void) {
  if (atomic_load(&parts_left) == 0) return;
  uint64_t until = nanoseconds() + CALLER_SPIN_NANOSECONDS;
  do {
    for (int i = 0; i < 64; i++) {
      if (atomic_load(&parts_left) == 0) return;
      relax();
    }
  } while (nanoseconds() < until);
  pthread_mutex_lock(&mutex);
  atomic_store(&caller_sleeps, true);
  while (atomic_load(&parts_left) != 0) pthread_cond_wait(&loop_finished, &mutex);
  atomic_store(&caller_sleeps, false);
  pthread_mutex_unlock(&mutex);
}

void spool_parallel_for(size_t count, size_t grain, spool_loop_body body, void *context) {
  if (count == 0) return;
  size_t parts = atomic_load_explicit(&thread_count, memory_order_relaxed);
  size_t most = grain > 1 ? count / grain : count;
  if (parts > most) parts = most;
  if (parts <= 1 || inside_loop || atomic_exchange(&busy, true)) {
    body(0, count, context);
    return;
  }
  if (workers + 1 < parts) start_workers(parts - 1);
  inside_loop = true;
  loop.body = body;
  loop.context = context;
  loop.isa = spool_isa_current();
  loop.count = count;
  loop.parts = parts;
  publish(parts);
  run_parts();
  wait_until_finished();
  inside_loop = false;
  atomic_store(&busy, false);
}

size_t spool_thread_count(void) { return atomic_load_explicit(&thread_count, memory_order_relaxed); }

size_t spool_threads_at_hand(void) { return inside_loop ? 1 : spool_thread_count(); }

void spool_set_thread_count(size_t count) {
  if (count < 1) count = 1;
  if (count > MAX_THREADS) count = MAX_THREADS;
  atomic_store_explicit(&thread_count, count, memory_order_relaxed);
}

const char *spool_threads_environment_error(void) { return environment_error[0] ? environment_error : NULL; }

static size_t available_cores(void) {
#if defined(__linux__)
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) return (size_t)CPU_COUNT(&allowed);
#endif
  long online = sysconf(_SC_NPROCESSORS_ONLN);
  return online > 0 ? (size_t)online : 1;
}

// A forked child has none of the workers and no loop under way.
static void forget_workers(void) {
  pthread_mutex_init(&mutex, NULL);
  pthread_cond_init(&work_published, NULL);
  pthread_cond_init(&loop_finished, NULL);
  atomic_store(&ticket, 0);
  atomic_store(&parts_left, 0);
  atomic_store(&sleepers, 0);
  atomic_store(&caller_sleeps, false);
  atomic_store(&busy, false);
  workers = 0;
}

void spool_threads_follow_environment(const char *value) {
  spool_set_thread_count(available_cores());
  environment_error[0] = 0;
  if (!value || !*value) return;
  char *end;
  long count = strtol(value, &end, 10);
  if (*end == 0 && count >= 1 && count <= MAX_THREADS)
    spool_set_thread_count((size_t)count);
  else
    snprintf(environment_error, sizeof environment_error,
             "SPOOL_THREADS=%.40s: not a number of threads from 1 to %d; using %zu", value, MAX_THREADS,
             spool_thread_count());
}

__attribute__((constructor)) static void choose(void) {
  pthread_atfork(NULL, NULL, forget_workers);
  spool_threads_follow_environment(getenv("SPOOL_THREADS"));
}
