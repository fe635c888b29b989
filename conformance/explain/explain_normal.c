/* The explanation of normal in the terminal: by which path PyTorch draws each call's numbers, and from which words. The facts
 * are those of reference/normal/normal_reference.c and reference/normal/normal_cuda.c.
 *
 * SPDX-License-Identifier: MIT */
#include "canvas.h"
#include "command_line.h"
#include "dtype.h"
#include "explain.h"
#include "normal_reference.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 16, INDENT = 3 };

/* The generator as far as an explanation goes: the next word of MT19937, and whether a sine waits. */
struct story {
  tb_canvas *c;
  const tb_problem *p;
  uint64_t word;
  bool waits;
};

#define explain(s, ...) tb_canvas_print((s)->c, INDENT, __VA_ARGS__)

static bool avx2(const struct story *s) {
  return strcmp(tb_normal_of(&s->p->c)->stream, "torch-cpu-avx2") == 0;
}

static bool half(const struct story *s) {
  return s->p->c.dtype == TENBIN_F16 || s->p->c.dtype == TENBIN_BF16;
}

/* One by one: pairs of a cosine and a sine, of which the second waits for whoever comes next. */
static void scalar(struct story *s, int64_t n, bool strided) {
  enum { SHOWN = 6 };
  explain(s, "%s: one by one, in double. A pair takes 4 words: angle from the first two (53 bits), radius from the others.",
          n < BLOCK ? "Fewer than 16 numbers" : "Not contiguous");
  if (strided)
    explain(s, "The elements are visited in the order of memory, smallest stride innermost, not row by row.");
  const int64_t pairs = (n + !s->waits) / 2;
  bool waits = s->waits;
  for (int64_t i = 0, word = 0; i < n && i < SHOWN; i++, waits = !waits)
    if (waits)
      explain(s, "y[%" PRId64 "] = r*sin(a) of the pair before; it was waiting, and nothing is drawn.", i);
    else {
      const uint64_t first = s->word + (uint64_t)word;
      explain(s,
              "y[%" PRId64 "] = r*cos(a), a of words %" PRIu64 " and %" PRIu64 ", r of %" PRIu64 " and %" PRIu64
              "; r*sin(a) waits.",
              i, first, first + 1, first + 2, first + 3);
      word += 4;
    }
  if (n > SHOWN)
    explain(s, "And so on to y[%" PRId64 "].", n - 1);
  s->word += 4 * (uint64_t)pairs;
  s->waits = (n % 2 != 0) != s->waits;
  explain(s, "z = r*cos(a) with r = sqrt(-2*log1p(-u)), a = 2*pi*u'. Then %s in double, and rounded to %s.",
          avx2(s) ? "fma(z, std, mean), rounded once," : "z*std + mean, rounded twice,", tb_dtype_name(s->p->c.dtype));
}

/* Which numbers come of which block: a digit for each, T for the last 16 where these are drawn again. */
static void bar(struct story *s, int64_t n) {
  const int64_t rows = (n + BLOCK - 1) / BLOCK, tail = n % BLOCK ? n - BLOCK : n;
  for (int64_t row = 0; row < rows; row++) {
    char text[BLOCK * 2 + 1] = "", label[32];
    if (rows > 4 && row == 2) {
      tb_canvas_put(s->c, s->c->lines, INDENT + 6, TB_FAINT, "…");
      row = rows - 2;
    }
    for (int k = 0; k < BLOCK && row * BLOCK + k < n; k++) {
      text[2 * k] = (char)(row * BLOCK + k >= tail ? 'T' : '0' + row % 10);
      text[2 * k + 1] = ' ';
    }
    const int line = s->c->lines;
    snprintf(label, sizeof label, "y[%" PRId64 "]", row * BLOCK);
    tb_canvas_put(s->c, line, INDENT + 2, TB_FAINT, label);
    tb_canvas_put(s->c, line, INDENT + 14, TB_PLAIN, text);
  }
}

static void transform(struct story *s) {
  static const char *const lines[] = {"uniform  0  1  2  3  4  5  6  7 │  8  9 10 11 12 13 14 15",
                                      "        r0 r1 r2 r3 r4 r5 r6 r7 │ a0 a1 a2 a3 a4 a5 a6 a7   r of j, a of j + 8",
                                      "number  c0 c1 c2 c3 c4 c5 c6 c7 │ s0 s1 s2 s3 s4 s5 s6 s7   c = r*cos(a), s = r*sin(a)"};
  for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
    tb_canvas_put(s->c, s->c->lines, INDENT + 2, TB_PLAIN, lines[i]);
}

static void blocks(struct story *s, int64_t n) {
  const uint64_t each = s->p->c.dtype == TENBIN_F64 ? 2 : 1;
  const int64_t rest = n % BLOCK, first = half(s) ? n - rest : n;
  const uint64_t from = s->word, tail = from + (uint64_t)first * each;
  explain(s,
          "16 numbers or more, contiguous: in blocks of 16. Words %" PRIu64 " to %" PRIu64 " become %" PRId64
          " uniforms in [0, 1), of "
          "%s each. A block makes 8 pairs of its 16:",
          from, tail - 1, first, each == 2 ? "two words (the low 53 bits)" : "one word (its low 24 bits)");
  transform(s);
  explain(s, "r = sqrt(-2*log(1 - u)), a = 2*pi*u', then fma(c, std, mean), %s%s.",
          each == 2 ? "all in f64 by the C library"
          : avx2(s) ? "all in f32 by PyTorch's polynomials"
                    : "all in f32 by the C library",
          half(s) ? ", and rounded to the half type" : "");
  s->word = tail;
  if (rest) {
    s->word += BLOCK * each;
    explain(s,
            "%" PRId64 " = %" PRId64 "*16 + %" PRId64 ": the tail. Words %" PRIu64 " to %" PRIu64
            " become 16 fresh uniforms, a block over the "
            "last 16 numbers, y[%" PRId64 "] to y[%" PRId64 "]. %" PRId64 " finished number%s overwritten%s",
            n, n / BLOCK, rest, tail, s->word - 1, n - BLOCK, n - 1, BLOCK - rest, BLOCK - rest == 1 ? " is" : "s are",
            half(s) ? "; a half type has drawn no uniforms for the rest, so none is lost." : ".");
    if (!half(s))
      explain(s, "The last %" PRId64 " of the %" PRId64 " uniforms before %s never used.", rest, n, rest == 1 ? "is" : "are");
  }
  explain(s, "Which block each number comes from%s:", rest ? " (T: the tail)" : "");
  bar(s, n);
  if (s->waits)
    explain(s, "The sine that waits is left waiting: blocks neither take it nor clear it.");
}

static void cuda(struct story *s, const tb_call *call) {
  const int64_t n = tb_call_numbers(call);
  const char *at = strchr(tb_normal_of(&s->p->c)->stream, ':') + 1;
  char *end;
  const int64_t multiprocessors = strtoll(at, &end, 10), each = *end == 'x' ? strtoll(end + 1, NULL, 10) : 2048;
  const int64_t most = multiprocessors * (each / 256), wanted = (n + 255) / 256;
  const int64_t threads = 256 * (wanted < most ? wanted : most), unroll = s->p->c.dtype == TENBIN_F64 ? 2 : 4;
  const uint64_t advance = (uint64_t)((n + threads * unroll - 1) / (threads * unroll)) * 4;
  explain(s,
          "%" PRId64 " threads (min(ceil(n/256), %" PRId64 "*%" PRId64
          ") blocks of 256). Number i is made by thread i mod %" PRId64 ": with q = i / %" PRId64
          " it takes component q mod %" PRId64 " of Philox4x32-10 of counter (%" PRIu64 " + q / %" PRId64
          ", thread) and the seed as key.",
          threads, multiprocessors, each / 256, threads, threads, unroll, s->word / 4, unroll);
  explain(s, "Even components are r*sin(a), odd ones r*cos(a). The generator's offset advances by %" PRIu64 ", to %" PRIu64 ".",
          advance, s->word + advance);
  s->word += advance;
}

static void draw(struct story *s, const tb_call *call) {
  const tenbin_desc d = tb_call_desc(call, s->p->c.dtype);
  const int64_t n = tb_call_numbers(call);
  if (n == 0)
    explain(s, "No numbers: nothing is drawn.");
  else if (strcmp(tb_normal_of(&s->p->c)->stream, "any") == 0)
    explain(s, "Stream `any` asks for independent normal numbers, by any method: only their distribution is judged.");
  else if (strncmp(tb_normal_of(&s->p->c)->stream, "torch-cuda:", 11) == 0)
    cuda(s, call);
  else if (tb_normal_by_blocks(&d))
    blocks(s, n);
  else
    scalar(s, n, call->strided);
}

static void explain_call(struct story *s, const tb_call *call, int i) {
  const tenbin_normal_args a = tb_call_args(tb_normal_of(&s->p->c), call);
  char head[200];
  if (call->kind == TB_RESEED) {
    snprintf(head, sizeof head, "Call %d: reseed", i + 1);
    tb_canvas_put(s->c, s->c->lines + 1, 0, TB_HEADING, head);
    explain(s, "The generator begins again with word 0%s.", s->waits ? "; the sine that waits is dropped" : "");
  } else if (call->kind == TB_INJECT) {
    snprintf(head, sizeof head, "Call %d: inject", i + 1);
    tb_canvas_put(s->c, s->c->lines + 1, 0, TB_HEADING, head);
    explain(s, "A state with chosen words is restored, and no sine in it; words are counted from it on.");
  } else {
    snprintf(head, sizeof head, "Call %d: %" PRId64 " number%s, mean %g, std %g", i + 1, tb_call_numbers(call),
             tb_call_numbers(call) == 1 ? "" : "s", a.mean, a.std);
    tb_canvas_put(s->c, s->c->lines + 1, 0, TB_HEADING, head);
    draw(s, call);
    return;
  }
  s->word = 0;
  s->waits = false;
}

static const char *stream_of(const char *name) {
  if (strcmp(name, "torch-cpu-avx2") == 0)
    return "what PyTorch draws on x86-64 processors with AVX2: words of 32 bits from MT19937";
  if (strcmp(name, "torch-cpu-default") == 0)
    return "what PyTorch draws on other processors: words of 32 bits from MT19937";
  return strcmp(name, "any") == 0 ? "independent normal numbers" : "what PyTorch draws on a GPU of so many multiprocessors";
}

int tb_explain_normal(const tb_problem *p, const int64_t *at, FILE *out, bool unicode, bool colour) {
  tb_canvas c = {0};
  struct story s = {&c, p, 0, false};
  const tb_normal *n = tb_normal_of(&p->c);
  if (at)
    return tb_usage_error("--at is for operators whose y has rows and columns");
  tb_canvas_paragraph(&c, 0, 4, TB_HEADING, p->text);
  explain(&s, "Stream %s: %s.", n->stream, stream_of(n->stream));
  if (n->seeds * n->repeat > 1)
    explain(&s, "All calls are made %" PRId64 " time%s for each of %" PRId64 " seed%s; here for the first time.", n->repeat,
            n->repeat == 1 ? "" : "s", n->seeds, n->seeds == 1 ? "" : "s");
  for (int i = 0; i < n->calls; i++)
    explain_call(&s, &n->call[i], i);
  if (strncmp(n->stream, "torch-cpu-", 10) == 0) {
    tb_canvas_put(&c, c.lines + 1, 0, TB_HEADING, "Afterwards");
    explain(&s, "The next word is word %" PRIu64 ". %s", s.word,
            s.waits ? "A sine waits for the next call that draws one by one." : "No sine waits.");
  }
  tb_canvas_finish(&c, out, unicode, colour);
  return 0;
}
