/* What a worker says of a record, checked.
 *
 * SPDX-License-Identifier: MIT */
#include "collect.h"

#include "calls.h"
#include "digest.h"
#include "dtype.h"
#include "printable.h"
#include "strides.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

__attribute__((format(printf, 2, 3))) static bool nonsense(char *why, const char *format, ...) {
  va_list list;
  va_start(list, format);
  vsnprintf(why, sizeof((tb_report *)0)->detail, format, list);
  va_end(list);
  return false;
}

/* A text that may lack its end and hold what no terminal should see. */
static void take_text(char *text, size_t size) {
  char raw[TB_REGISTRY_MESSAGE];
  memcpy(raw, text, size);
  raw[size - 1] = 0;
  tb_printable(text, size, raw);
}

static bool in_range(const char *what, int64_t value, int64_t bytes, char *why) {
  return (value >= 0 && value <= TB_SLOT_BYTES - bytes) || nonsense(why, "%s is %" PRId64, what, value);
}

/* A stretch of the memory file, for reading. NULL: there is no memory for the mapping. */
static const unsigned char *map(int outputs, int64_t offset, int64_t bytes, void **base, size_t *length) {
  const int64_t page = sysconf(_SC_PAGESIZE), from = offset / page * page;
  *length = (size_t)(offset + bytes - from);
  *base = *length > 0 ? mmap(NULL, *length, PROT_READ, MAP_SHARED | MAP_NORESERVE, outputs, from) : MAP_FAILED;
  return *base == MAP_FAILED ? NULL : (const unsigned char *)*base + (offset - from);
}

static bool all_zero(const tb_problem *p, const void *const *dense) {
  for (int o = 0; o < p->outputs; o++) {
    const int64_t n = tb_desc_elements(&p->output[o]);
    for (int64_t i = 0; i < n; i++)
      if (!tb_number_is_zero(p->output[o].dtype, dense[o], i))
        return false;
  }
  return true;
}

static void digest_both(const tb_problem *p, const unsigned char *answers, tb_report *r) {
  for (int which = 0; which < 2; which++) {
    const void *dense[TB_TENSORS] = {NULL};
    for (int o = 0; o < p->outputs; o++)
      if (p->output[o].dtype != TENBIN_NONE) {
        dense[o] = answers;
        answers += tb_answer_room(r->bytes[o]);
      }
    r->digest[which] = tb_digest_answer(p, dense);
    if (which == 0)
      r->all_zero = all_zero(p, dense);
  }
}

static bool digest_function(int outputs, const tb_problem *p, const unsigned char *answers, tb_report *r, char *why) {
  int64_t bytes = 0;
  void *base;
  size_t length;
  for (int o = 0; o < p->outputs; o++) {
    r->bytes[o] = (int64_t)tb_desc_dense_bytes(&p->output[o]);
    bytes += 2 * tb_answer_room(r->bytes[o]);
    if (!in_range("where an output lies", r->end[o], r->bytes[o], why) ||
        !in_range("where the twin's output lies", r->start[o], r->bytes[o], why))
      return false;
  }
  if (!in_range("where its answers lie", r->answer, bytes, why))
    return false;
  if (r->answer % TB_ANSWER_STEP)
    return nonsense(why, "where its answers lie is %" PRId64, r->answer);
  if (r->answer + bytes <= TB_ANSWERS_FULL) {
    digest_both(p, answers + r->answer, r);
    return true;
  }
  const unsigned char *own = map(outputs, TB_ANSWERS_OFFSET + r->answer, bytes, &base, &length);
  if (!own) {
    r->outcome = TB_NO_MEMORY;
    return true;
  }
  digest_both(p, own, r);
  munmap(base, length);
  /* So that a large answer takes its memory once. What that cannot free is overwritten by the next. */
  const int punched = fallocate(outputs, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, TB_ANSWERS_OFFSET + r->answer, bytes);
  (void)punched;
  return true;
}

static bool digest_sequence(int outputs, const tb_problem *p, tb_report *r, char *why) {
  const int calls = p->c.op->sequence->calls(&p->c);
  const int64_t bytes = p->kept * (int64_t)tb_dtype_bytes(p->c.dtype);
  XXH128_hash_t each[TB_CALLS_MAX];
  void *base[2];
  size_t length[2];
  if (r->state_bytes < 0 || r->state_bytes > TB_STATE_MOST)
    return nonsense(why, "a state has %" PRId64 " bytes", r->state_bytes);
  r->bytes[0] = bytes;
  memset(r->end, 0, sizeof r->end); /* where its slots begin */
  memset(r->start, 0, sizeof r->start);
  const unsigned char *y = map(outputs, TB_SLOT_OUTPUT * TB_SLOT_BYTES, bytes, &base[0], &length[0]);
  const unsigned char *states = map(outputs, TB_SLOT_STATES * TB_SLOT_BYTES, calls * r->state_bytes, &base[1], &length[1]);
  if ((y || !length[0]) && (states || !length[1])) {
    r->digest[0] = tb_digest_numbers(p->c.dtype, y, p->kept);
    for (int i = 0; i < calls; i++)
      each[i] = XXH3_128bits(states ? states + i * r->state_bytes : NULL, (size_t)r->state_bytes);
    r->states = tb_digest_digests(each, calls);
  } else {
    r->outcome = TB_NO_MEMORY;
  }
  r->digest[1] = r->again;
  r->again = (XXH128_hash_t){0};
  for (int i = 0; i < 2; i++)
    if (base[i] != MAP_FAILED)
      munmap(base[i], length[i]);
  return true;
}

static bool is_case(const tb_case *c, tb_problem *p) {
  char message[TB_MESSAGE_MAX];
  return c->op && tb_problem_shape(c, p, message);
}

/* Of a case that ran. */
static bool check_answer(int outputs, const tb_case *c, const unsigned char *answers, tb_report *r, char *why) {
  tb_problem p;
  if (!is_case(c, &p))
    return nonsense(why, "it has run what is no case");
  if (r->claim < 0 || r->claim > 31 || !(p.c.op->claims >> r->claim & 1))
    return nonsense(why, "it claims %d", (int)r->claim);
  if (!in_range("a count", r->leaked, 0, why) || !in_range("a count", r->leaked_bytes, 0, why) ||
      !in_range("a count", r->left_processes, 0, why) || !in_range("a count", r->run_allocations, 0, why))
    return false;
  const bool sane = p.c.op->sequence ? digest_sequence(outputs, &p, r, why) : digest_function(outputs, &p, answers, r, why);
  if (sane && r->outcome == TB_NO_MEMORY)
    snprintf(r->detail, sizeof r->detail, "the suite has no memory to read its answer");
  return sane;
}

/* Of a report: what is written for each case, and where the parent's own begins. */
enum { TOLD = offsetof(tb_report, stage), OWN = offsetof(tb_report, bytes) };

/* Once: what it holds may change at any time. */
static void copy_report(const tb_report *from, tb_report *to) {
  memcpy(to, from, TOLD);
  __asm__ volatile("" : : : "memory"); /* the copy is what is looked at */
  to->stage[0] = to->detail[0] = 0;
  if (to->outcome != TB_RAN) {
    memcpy((char *)to + TOLD, (const char *)from + TOLD, OWN - TOLD);
    __asm__ volatile("" : : : "memory");
    take_text(to->stage, sizeof to->stage);
    take_text(to->detail, sizeof to->detail);
  }
  memset((char *)to + OWN, 0, sizeof *to - OWN);
}

/* The texts of a case that ran are empty. */
static void hand_out(const tb_report *from, tb_report *to) {
  memcpy(to, from, TOLD);
  if (from->outcome == TB_RAN)
    to->stage[0] = to->detail[0] = 0;
  else
    memcpy(to->stage, from->stage, OWN - TOLD);
  memcpy((char *)to + OWN, (const char *)from + OWN, sizeof *to - OWN);
}

tb_told tb_collect(int outputs, const tb_block *block, int32_t i, const tb_case *c, const void *answers, tb_report *out,
                   char why[sizeof out->detail]) {
  tb_report r;
  copy_report(&block->record[i].report, &r);
  if (r.outcome == TB_PENDING)
    return TB_NOTHING;
  if (r.outcome < 0 || r.outcome > TB_FAULT) {
    nonsense(why, "its outcome is %d", (int)r.outcome);
    return TB_NONSENSE;
  }
  tb_problem p;
  if (r.outcome == TB_FAULT && c && is_case(c, &p)) {
    nonsense(why, "it is no case");
    return TB_NONSENSE;
  }
  if (r.outcome == TB_RAN && c && !check_answer(outputs, c, answers, &r, why))
    return TB_NONSENSE;
  hand_out(&r, out);
  return TB_TOLD;
}

static int32_t times_of(const tb_order *order) {
  switch (order->step) {
  case TB_STEP_WARM_UP:
    return 2;
  case TB_STEP_RUN:
    return order->single || order->cold ? order->runs : 1;
  default:
    return 0;
  }
}

bool tb_collect_times(int control, const tb_order *order, double most, tb_times *out,
                      char why[sizeof((tb_report *)0)->detail]) {
  double sum = 0;
  const bool some = order->step == TB_STEP_PREPARE;
  if (pread(control, &out->count, sizeof out->count, TB_TIMES_OFFSET) != (ssize_t)sizeof out->count)
    return nonsense(why, "its times cannot be read");
  if (some ? out->count < 1 || out->count > TB_PREPARES_MOST : out->count != times_of(order))
    return nonsense(why, "it has %d times", (int)out->count);
  const ssize_t bytes = (ssize_t)((size_t)out->count * sizeof *out->seconds);
  if (pread(control, out->seconds, (size_t)bytes, TB_TIMES_OFFSET + (int64_t)offsetof(tb_times, seconds)) != bytes)
    return nonsense(why, "its times cannot be read");
  for (int32_t i = 0; i < out->count; i++) {
    if (!(out->seconds[i] >= 0 && out->seconds[i] <= most))
      return nonsense(why, "a call took %g s, of %g s that passed", out->seconds[i], most);
    sum += order->step == TB_STEP_WARM_UP ? 0 : out->seconds[i];
  }
  return sum <= most || nonsense(why, "its calls took %g s, of %g s that passed", sum, most);
}

static bool text_ends(const char *text, size_t size) {
  return memchr(text, 0, size) != NULL;
}

static bool check_info(tb_kernel_info *k, int32_t i, char *why) {
  if (!text_ends(k->name, sizeof k->name) || !text_ends(k->op, sizeof k->op) || !text_ends(k->summary, sizeof k->summary) ||
      !text_ends(k->library, sizeof k->library) || !tb_operator_find(k->op) || !*k->name) {
    snprintf(why, TB_REGISTRY_MESSAGE, "what its worker says of kernel %d makes no sense", (int)i);
    return false;
  }
  take_text(k->name, sizeof k->name);
  take_text(k->summary, sizeof k->summary);
  take_text(k->library, sizeof k->library);
  return true;
}

bool tb_collect_greeting(tb_hello *hello, char why[TB_REGISTRY_MESSAGE]) {
  if (hello->kernels < 0 || hello->kernels > TB_KERNELS_MAX) {
    snprintf(why, TB_REGISTRY_MESSAGE, "its worker says that it has %d kernels", (int)hello->kernels);
    return false;
  }
  bool ok = true;
  for (int32_t i = 0; ok && i < hello->kernels; i++)
    ok = check_info(&hello->kernel[i], i, why);
  hello->message[sizeof hello->message - 1] = hello->warning[sizeof hello->warning - 1] = 0;
  return ok;
}
