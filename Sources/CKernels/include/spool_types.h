#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// The scalar types that a tensor can hold.
typedef enum spool_dtype : uint8_t {
  SPOOL_FLOAT = 0,
  SPOOL_DOUBLE = 1,
  SPOOL_INT32 = 2,
  SPOOL_BOOL = 3,  // one byte, 0 or 1
} spool_dtype;

/// The highest rank of a strided operand.
#define SPOOL_MAX_RANK 8
