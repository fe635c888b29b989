/* What the fuzzers share. Each drives one reader with bytes that anybody may have written, in the function that libFuzzer asks
 * for, and requires of the reader that it answers, stays within its memory, and keeps what its header promises.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_FUZZ_H
#define TB_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* Inputs that a reader has taken: where all are refused, or none is, nothing of it is seen. */
extern long fuzz_taken;

/* Ends the process where a promise is not kept, with a message. */
__attribute__((format(printf, 2, 3))) void fuzz_require(bool kept, const char *format, ...);

/* The bytes up to the first zero among them as text, to be freed. */
char *fuzz_text(const uint8_t *bytes, size_t size);

/* Makes bytes the file of that name in a folder of data, to which it points tenbin (base/data.h), and returns its path, which
 * stays the same. The file is of memory. */
const char *fuzz_data(const char *name, const void *bytes, size_t size);

/* Sends standard output and standard error nowhere, and back again. Sanitizers report all the same. */
void fuzz_mute(bool mute);

#endif
