// The double and the float instance of BODY for the instruction set that instances.h has chosen.
#define SCALAR double
// The element type of a comparison of doubles, which is not int64_t everywhere.
#if __SIZEOF_LONG__ == 8
#define INTEGER long
#else
#define INTEGER long long
#endif
#define UNSIGNED uint64_t
#define IS_DOUBLE 1
#include "vector.h"
#include BODY
#undef SCALAR
#undef INTEGER
#undef UNSIGNED
#undef IS_DOUBLE

#define SCALAR float
#define INTEGER int32_t
#define UNSIGNED uint32_t
#define IS_DOUBLE 0
#include "vector.h"
#include BODY
#undef SCALAR
#undef INTEGER
#undef UNSIGNED
#undef IS_DOUBLE
