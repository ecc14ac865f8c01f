// Memory in size classes, four to a doubling, each block with the system's allocator behind it. A freed block
// goes to its thread's cache, which needs no lock; what overflows there goes to the shared cache in batches.
#include "spool_memory.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#if defined(__linux__)
#include <sys/mman.h>
#endif

enum {
  ALIGNMENT = 64,
  CLASSES = 4 * 48,
  COUNT_BATCH = 64 << 10,
  PAGE = 4 << 10,
  HUGE_PAGE = 2 << 20,
  POPULATED_BLOCK = 128 << 10 // from this size on, pages are made at once
};

// Bytes handed out, without what threads have not yet added. Threads add in steps of COUNT_BATCH, so the peak
// may be low by that much per thread; the sum at any moment is exact.
static _Atomic ptrdiff_t counted;
static _Atomic ptrdiff_t peak;
static ptrdiff_t highest; // the peak since start-up; under the lock

static void raise_peak(ptrdiff_t now) {
  ptrdiff_t known = atomic_load_explicit(&peak, memory_order_relaxed);
  while (now > known && !atomic_compare_exchange_weak_explicit(&peak, &known, now, memory_order_relaxed,
                                                               memory_order_relaxed)) {}
}

// 64, 128, ... 512, then 640, 768, 896, 1024, 1280, ...
static inline size_t class_of(size_t bytes) {
  if (bytes <= 512) return bytes == 0 ? 0 : (bytes - 1) / 64;
  size_t last = bytes - 1;
  size_t exponent = 63 - (size_t)__builtin_clzll(last);
  return (exponent - 9) * 4 + (last >> (exponent - 2)) + 4;
}

static inline size_t class_bytes(size_t class) {
  if (class < 8) return (class + 1) * 64;
  return (5 + class % 4) << (7 + (class - 8) / 4);
}

size_t spool_block_bytes(size_t bytes) { return class_bytes(class_of(bytes)); }

static void *system_allocate(size_t bytes) {
  void *block;
#if defined(__linux__)
  // Pages of 2 MiB where the system grants them: strided kernels otherwise miss the TLB at every row.
  if (bytes >= HUGE_PAGE) {
    if (posix_memalign(&block, HUGE_PAGE, bytes) != 0) return NULL;
    madvise(block, bytes, MADV_HUGEPAGE);
    return block;
  }
#endif
  if (posix_memalign(&block, ALIGNMENT, bytes) != 0) return NULL;
#if defined(MADV_POPULATE_WRITE)
  // All pages by one call: touched one after another, they take a microsecond each. A system that has no such call
  // does that.
  if (bytes >= POPULATED_BLOCK) {
    const uintptr_t begin = ((uintptr_t)block + PAGE - 1) & ~(uintptr_t)(PAGE - 1);
    madvise((void *)begin, ((uintptr_t)block + bytes - begin) & ~(uintptr_t)(PAGE - 1), MADV_POPULATE_WRITE);
  }
#endif
  return block;
}

#if __has_feature(address_sanitizer)

static void count(ptrdiff_t bytes) {
  raise_peak(atomic_fetch_add_explicit(&counted, bytes, memory_order_relaxed) + bytes);
}

void *spool_allocate(size_t bytes) {
  void *block = system_allocate(bytes ? bytes : 1);
  if (block) count((ptrdiff_t)class_bytes(class_of(bytes)));
  return block;
}

void spool_release(void *block, size_t bytes) {
  if (!block) return;
  free(block);
  count(-(ptrdiff_t)class_bytes(class_of(bytes)));
}

size_t spool_memory_in_use(void) { return (size_t)atomic_load(&counted); }
size_t spool_memory_peak(void) { return (size_t)atomic_load(&peak); }
size_t spool_memory_unused(void) { return 0; }
void spool_memory_reset_peak(void) { atomic_store(&peak, atomic_load(&counted)); }
void spool_memory_trim(void) {}

#else

typedef struct block {
  struct block *next;
} block;

typedef struct list {
  block *first;
  uint32_t count;
  uint32_t limit; // blocks that a thread keeps
} list;

typedef struct cache {
  list lists[CLASSES];
  _Atomic ptrdiff_t uncounted; // written by its thread only, read by all
  struct cache *next, *previous;
} cache;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static list shared[CLASSES];
static size_t shared_bytes; // unused, in the shared cache
static cache *caches;       // of all live threads
static pthread_key_t exit_key;
// A pointer only, so that its storage always fits the static block even in a library loaded at run time.
static _Thread_local cache *own __attribute__((tls_model("initial-exec")));

static inline void push(list *l, block *b) {
  b->next = l->first;
  l->first = b;
  l->count++;
}

static inline block *pop(list *l) {
  block *b = l->first;
  l->first = b->next;
  l->count--;
  return b;
}

// Frees unused blocks of the shared cache, largest first, until at most `bytes` are left. Under the lock.
static void shrink_shared(size_t bytes) {
  for (size_t class = CLASSES; class-- > 0 && shared_bytes > bytes;)
    while (shared[class].first && shared_bytes > bytes) {
      free(pop(&shared[class]));
      shared_bytes -= class_bytes(class);
    }
}

// Moves blocks of one class from a thread's cache to the shared one until `keep` are left. Under the lock.
static void give_back(cache *from, size_t class, size_t keep) {
  while (from->lists[class].count > keep) {
    push(&shared[class], pop(&from->lists[class]));
    shared_bytes += class_bytes(class);
  }
}

static void retire(void *pointer) {
  cache *c = pointer;
  pthread_mutex_lock(&mutex);
  for (size_t class = 0; class < CLASSES; class++) give_back(c, class, 0);
  atomic_fetch_add(&counted, atomic_load_explicit(&c->uncounted, memory_order_relaxed));
  if (c->previous)
    c->previous->next = c->next;
  else
    caches = c->next;
  if (c->next) c->next->previous = c->previous;
  pthread_mutex_unlock(&mutex);
  free(c);
  own = NULL;
}

static void lock_for_fork(void) { pthread_mutex_lock(&mutex); }
static void unlock_after_fork(void) { pthread_mutex_unlock(&mutex); }

__attribute__((constructor)) static void prepare(void) {
  pthread_key_create(&exit_key, retire);
  pthread_atfork(lock_for_fork, unlock_after_fork, unlock_after_fork);
}

static cache *make_cache(void) {
  cache *c = calloc(1, sizeof *c);
  if (!c) return NULL;
  for (size_t class = 0; class < CLASSES; class++) {
    // At most 1 MiB of each class stays with its thread. Larger blocks all go to the shared cache, which sees
    // to it that unused ones do not pile up; they are used so long that its lock is nothing.
    const size_t most = ((size_t)1 << 20) / class_bytes(class);
    c->lists[class].limit = most > 256 ? 256 : (uint32_t)most;
  }
  pthread_mutex_lock(&mutex);
  c->next = caches;
  if (caches) caches->previous = c;
  caches = c;
  pthread_mutex_unlock(&mutex);
  pthread_setspecific(exit_key, c);
  own = c;
  return c;
}

__attribute__((noinline)) static void flush_count(cache *c) {
  ptrdiff_t mine = atomic_load_explicit(&c->uncounted, memory_order_relaxed);
  atomic_store_explicit(&c->uncounted, 0, memory_order_relaxed);
  raise_peak(atomic_fetch_add_explicit(&counted, mine, memory_order_relaxed) + mine);
}

static inline void count(cache *c, ptrdiff_t bytes) {
  ptrdiff_t mine = atomic_load_explicit(&c->uncounted, memory_order_relaxed) + bytes;
  atomic_store_explicit(&c->uncounted, mine, memory_order_relaxed);
  if (mine > COUNT_BATCH || mine < -COUNT_BATCH) flush_count(c);
}

static ptrdiff_t in_use(void) {
  ptrdiff_t sum = atomic_load(&counted);
  for (cache *c = caches; c; c = c->next) sum += atomic_load_explicit(&c->uncounted, memory_order_relaxed);
  return sum;
}

// The thread's cache is empty: takes a batch from the shared cache, or memory from the system.
__attribute__((noinline)) static void *allocate_slowly(size_t class) {
  cache *c = own ? own : make_cache();
  if (!c) return NULL;
  size_t bytes = class_bytes(class);
  void *result = NULL;
  pthread_mutex_lock(&mutex);
  if (shared[class].first) {
    result = pop(&shared[class]);
    shared_bytes -= bytes;
    list *mine = &c->lists[class];
    while (shared[class].first && mine->count + 1 < mine->limit / 2) {
      push(mine, pop(&shared[class]));
      shared_bytes -= bytes;
    }
  } else {
    // Sizes that are no longer asked for must not pile up: unused memory may fill what the program once
    // needed and a quarter more, not go beyond.
    ptrdiff_t used = in_use() + (ptrdiff_t)bytes;
    if (used > highest) highest = used;
    size_t allowed = (size_t)(highest - used) + (size_t)highest / 4 + ((size_t)64 << 20);
    shrink_shared(allowed);
  }
  pthread_mutex_unlock(&mutex);
  if (!result) result = system_allocate(bytes);
  if (!result) {
    spool_memory_trim();
    result = system_allocate(bytes);
  }
  if (result) count(c, (ptrdiff_t)bytes);
  return result;
}

void *spool_allocate(size_t bytes) {
  if (bytes > (size_t)1 << 47) return NULL;
  size_t class = class_of(bytes);
  cache *c = own;
  if (!c || !c->lists[class].first) return allocate_slowly(class);
  count(c, (ptrdiff_t)class_bytes(class));
  return pop(&c->lists[class]);
}

__attribute__((noinline)) static void release_slowly(block *b, size_t class) {
  cache *c = own ? own : make_cache();
  if (!c) {
    free(b);
    atomic_fetch_sub(&counted, (ptrdiff_t)class_bytes(class));
    return;
  }
  push(&c->lists[class], b);
  count(c, -(ptrdiff_t)class_bytes(class));
  pthread_mutex_lock(&mutex);
  give_back(c, class, c->lists[class].limit / 2);
  pthread_mutex_unlock(&mutex);
}

void spool_release(void *pointer, size_t bytes) {
  if (!pointer) return;
  size_t class = class_of(bytes);
  cache *c = own;
  if (!c || c->lists[class].count >= c->lists[class].limit) {
    release_slowly(pointer, class);
    return;
  }
  push(&c->lists[class], pointer);
  count(c, -(ptrdiff_t)class_bytes(class));
}

size_t spool_memory_in_use(void) {
  pthread_mutex_lock(&mutex);
  ptrdiff_t sum = in_use();
  pthread_mutex_unlock(&mutex);
  return sum > 0 ? (size_t)sum : 0;
}

size_t spool_memory_unused(void) {
  pthread_mutex_lock(&mutex);
  size_t bytes = shared_bytes;
  pthread_mutex_unlock(&mutex);
  return bytes;
}

size_t spool_memory_peak(void) {
  raise_peak((ptrdiff_t)spool_memory_in_use());
  return (size_t)atomic_load(&peak);
}

void spool_memory_reset_peak(void) { atomic_store(&peak, (ptrdiff_t)spool_memory_in_use()); }

void spool_memory_trim(void) {
  pthread_mutex_lock(&mutex);
  if (own)
    for (size_t class = 0; class < CLASSES; class++) give_back(own, class, 0);
  shrink_shared(0);
  pthread_mutex_unlock(&mutex);
}

#endif
