/* The descriptor's parser.
 *
 * SPDX-License-Identifier: MIT */
#include "descriptor.h"

#include "kernel.h"
#include "scan.h"

#include <ctype.h>
#include <string.h>

/* What a token sets; a bit each, to find what is given twice, missing, or of the other form. */
enum {
  T_N = 1 << 0,
  T_C = 1 << 1,
  T_IN = 1 << 2,
  T_K = 1 << 3,
  T_S = 1 << 4,
  T_P = 1 << 5,
  T_OP = 1 << 6,
  T_D = 1 << 7,
  T_BIAS = 1 << 8,
  T_X = 1 << 9,
  T_W = 1 << 10,
  T_B = 1 << 11,
  T_STRIDE = 1 << 12,
  T_PADDING = 1 << 13,
  T_OUTPUT_PADDING = 1 << 14,
  T_DILATION = 1 << 15,
  T_G = 1 << 16,
  T_DTYPE = 1 << 17,
  T_NCHW = 1 << 18,
  T_FILL = 1 << 19,
  T_SEED = 1 << 20,
  T_SET = 1 << 21,
  T_THREADS = 1 << 22,
  T_CALLS = 1 << 23,
  T_MEAN = 1 << 24,
  T_STD = 1 << 25,
  T_STREAM = 1 << 26,
  T_SEEDS = 1 << 27,
  T_REPEAT = 1 << 28
};
#define T_SHORT (T_N | T_C | T_IN | T_K | T_S | T_P | T_OP | T_D | T_BIAS)
#define T_LONG (T_X | T_W | T_B | T_STRIDE | T_PADDING | T_OUTPUT_PADDING | T_DILATION)
#define T_CONV (T_SHORT | T_LONG | T_G | T_DTYPE | T_NCHW | T_FILL | T_SEED | T_SET | T_THREADS)
#define T_NORMAL (T_DTYPE | T_SEED | T_SEEDS | T_CALLS | T_REPEAT | T_MEAN | T_STD | T_STREAM | T_THREADS)

enum form { WORD, DTYPE, NUMBER, COUNT, PAIR, CHANNELS, LIST, SEED, FILL, SET, CALLS, REAL, NAME };

static const struct token {
  const char *prefix;
  int bit;
  enum form form;
  const char *meaning;
} tokens[] = {
    {"bias", T_BIAS, WORD, "bias"},
    {"f32", T_DTYPE, DTYPE, "dtype"},
    {"f64", T_DTYPE, DTYPE, "dtype"},
    {"f16", T_DTYPE, DTYPE, "dtype"},
    {"bf16", T_DTYPE, DTYPE, "dtype"},
    {"nchw", T_NCHW, WORD, "layout"},
    {"x=", T_X, LIST, "x"},
    {"w=", T_W, LIST, "w"},
    {"b=", T_B, LIST, "b"},
    {"stride=", T_STRIDE, LIST, "stride"},
    {"padding=", T_PADDING, LIST, "padding"},
    {"output_padding=", T_OUTPUT_PADDING, LIST, "output_padding"},
    {"dilation=", T_DILATION, LIST, "dilation"},
    {"fill=", T_FILL, FILL, "fill"},
    {"seed=", T_SEED, SEED, "seed"},
    {"set=", T_SET, SET, "set"},
    {"threads=", T_THREADS, NUMBER, "threads"},
    {"seeds=", T_SEEDS, COUNT, "seeds"},
    {"calls=", T_CALLS, CALLS, "calls"},
    {"repeat=", T_REPEAT, COUNT, "repeat"},
    {"mean=", T_MEAN, REAL, "mean"},
    {"std=", T_STD, REAL, "std"},
    {"stream=", T_STREAM, NAME, "stream"},
    {"in", T_IN, PAIR, "input size"},
    {"op", T_OP, PAIR, "output_padding"},
    {"n", T_N, NUMBER, "batch"},
    {"c", T_C, CHANNELS, "channels"},
    {"k", T_K, PAIR, "kernel_size"},
    {"s", T_S, PAIR, "stride"},
    {"p", T_P, PAIR, "padding"},
    {"d", T_D, PAIR, "dilation"},
    {"g", T_G, NUMBER, "groups"},
};
#define TOKENS (sizeof tokens / sizeof *tokens)

/* The numbers of the short form, before they become shapes. */
struct parser {
  tb_scan scan;
  tb_case c;
  int seen;
  int64_t n, channels[2], in[2], k[2];
  size_t group_column, group_length;
};

/* set=x@3:nan,w@0:-1.5 */
static bool sets(struct parser *p, const char *s, const char *end) {
  while (s < end) {
    const char *comma = memchr(s, ',', (size_t)(end - s));
    const char *stop = comma ? comma : end;
    const char *colon = memchr(s, ':', (size_t)(stop - s));
    if (!strchr("xwb", *s) || stop - s < 4 || s[1] != '@' || !colon)
      return tb_scan_fail(&p->scan, s, (size_t)(stop - s),
                          "set: ROLE@INDEX:VALUE such as x@3:nan is expected here; roles are x, w, b");
    if (p->c.sets == TB_SET_MAX)
      return tb_scan_fail(&p->scan, s, (size_t)(stop - s), "set: at most %d values", TB_SET_MAX);
    tb_set *one = &p->c.set[p->c.sets++];
    const char *at = s + 2;
    one->role = *s == 'x' ? TENBIN_X : *s == 'w' ? TENBIN_WEIGHT : TENBIN_BIAS;
    if (!tb_scan_number(&p->scan, &at, colon, "set", &one->index) ||
        !tb_scan_real(&p->scan, colon + 1, stop, "set", &one->value))
      return false;
    if (at != colon || one->index < 0)
      return tb_scan_fail(&p->scan, s + 2, (size_t)(colon - s - 2), "set: the index is a whole number from 0");
    s = comma ? comma + 1 : end;
  }
  return p->c.sets > 0 || tb_scan_fail(&p->scan, s, 1, "set: ROLE@INDEX:VALUE is expected here");
}

static bool fill(struct parser *p, const char *s, const char *end) {
  for (int i = 0; i <= TB_REAL; i++)
    if (strlen(tb_fill_name((tb_fill)i)) == (size_t)(end - s) && memcmp(s, tb_fill_name((tb_fill)i), (size_t)(end - s)) == 0) {
      p->c.fill = (tb_fill)i;
      return true;
    }
  return tb_scan_fail(&p->scan, s, (size_t)(end - s), "fill: wide-x, wide-w or real is expected here");
}

static void set_pair(tb_list *out, const int64_t v[2]) {
  *out = (tb_list){.length = 2, .v = {v[0], v[1]}};
}

/* The list that a bit names, or NULL. */
static tb_list *list_of(tb_conv *conv, int bit) {
  switch (bit) {
  case T_X:
    return &conv->x;
  case T_W:
    return &conv->w;
  case T_B:
    return &conv->b;
  case T_S:
  case T_STRIDE:
    return &conv->stride;
  case T_P:
  case T_PADDING:
    return &conv->padding;
  case T_OP:
  case T_OUTPUT_PADDING:
    return &conv->output_padding;
  case T_D:
  case T_DILATION:
    return &conv->dilation;
  default:
    return NULL;
  }
}

static bool dtype(struct parser *p, const struct token *t, const char *s, const char *end) {
  for (p->c.dtype = TENBIN_F32; strcmp(tb_dtype_name(p->c.dtype), t->prefix) != 0;)
    p->c.dtype++;
  return p->c.op == TB_NORMAL || p->c.dtype == TENBIN_F32 ||
         tb_scan_fail(&p->scan, s, (size_t)(end - s), "dtype: conv_transpose2d is f32 so far");
}

static bool value(struct parser *p, const struct token *t, const char *s, const char *end) {
  const char *const from = s;
  int64_t v[2] = {0, 0};
  switch (t->form) {
  case WORD:
    return true;
  case DTYPE:
    return dtype(p, t, s - strlen(t->prefix), end);
  case COUNT:
    return tb_scan_count(&p->scan, s, end, t->meaning, t->bit == T_SEEDS ? &p->c.normal.seeds : &p->c.normal.repeat);
  case NUMBER:
    if (!tb_scan_number(&p->scan, &s, end, t->meaning, &v[0]))
      return false;
    if (s != end)
      return tb_scan_fail(&p->scan, s, (size_t)(end - s), "%s: nothing is expected behind the number", t->meaning);
    if (t->bit == T_N && v[0] < 0)
      return tb_scan_fail(&p->scan, from, (size_t)(end - from), "batch: a number from 0 is expected here");
    if (t->bit == T_THREADS && (v[0] < 1 || v[0] > 1024))
      return tb_scan_fail(&p->scan, from, (size_t)(end - from), "threads: a number from 1 to 1024 is expected here");
    if (t->bit == T_N)
      p->n = v[0];
    else if (t->bit == T_THREADS)
      p->c.threads = (int)v[0];
    else
      p->c.conv.groups = v[0];
    return true;
  case PAIR:
    if (!tb_scan_pair(&p->scan, s, end, t->meaning, 'x', v))
      return false;
    if ((t->bit == T_IN || t->bit == T_K) && (v[0] < 0 || v[1] < 0))
      return tb_scan_fail(&p->scan, from, (size_t)(end - from), "%s: sizes are not negative", t->meaning);
    if (t->bit == T_IN || t->bit == T_K)
      memcpy(t->bit == T_IN ? p->in : p->k, v, sizeof v);
    else
      set_pair(list_of(&p->c.conv, t->bit), v);
    return true;
  case CHANNELS:
    if (!tb_scan_pair(&p->scan, s, end, t->meaning, ':', p->channels))
      return false;
    return (p->channels[0] >= 0 && p->channels[1] >= 0) ||
           tb_scan_fail(&p->scan, s, (size_t)(end - s), "channels: sizes are not negative");
  case LIST:
    if (!tb_scan_list(&p->scan, s, end, t->meaning, list_of(&p->c.conv, t->bit)))
      return false;
    for (int i = 0; t->bit <= T_B && i < list_of(&p->c.conv, t->bit)->length; i++)
      if (list_of(&p->c.conv, t->bit)->v[i] < 0)
        return tb_scan_fail(&p->scan, s, (size_t)(end - s), "%s: sizes are not negative", t->meaning);
    return true;
  case SEED:
    return tb_scan_seed(&p->scan, s, end, &p->c.seed);
  case FILL:
    return fill(p, s, end);
  case SET:
    return sets(p, s, end);
  case CALLS:
    return tb_scan_calls(&p->scan, s, end, &p->c.normal);
  case REAL:
    return tb_scan_real(&p->scan, s, end, t->meaning, t->bit == T_MEAN ? &p->c.normal.mean : &p->c.normal.std);
  case NAME:
    return tb_scan_stream(&p->scan, s, end, &p->c.normal);
  }
  return false;
}

static bool token(struct parser *p, const char *s, const char *end) {
  int legal = p->c.op == TB_NORMAL ? T_NORMAL : T_CONV;
  size_t length = (size_t)(end - s);
  for (size_t i = 0; i < TOKENS; i++) {
    const struct token *t = &tokens[i];
    size_t prefix = strlen(t->prefix);
    bool matches =
        length >= prefix && memcmp(s, t->prefix, prefix) == 0 && ((t->form != WORD && t->form != DTYPE) || length == prefix);
    /* A letter is a token's prefix only before its number: "nchw" is no batch. */
    if (matches && t->prefix[prefix - 1] != '=' && prefix < length && isalpha((unsigned char)s[prefix]))
      matches = false;
    if (!matches || !(t->bit & legal))
      continue;
    if (p->seen & t->bit)
      return tb_scan_fail(&p->scan, s, length, "%s is given twice", t->meaning);
    p->seen |= t->bit;
    if (t->bit == T_G) {
      p->group_column = (size_t)(s - p->scan.line);
      p->group_length = length;
    }
    if ((p->seen & T_SHORT) && (p->seen & T_LONG))
      return tb_scan_fail(&p->scan, s, length, "shapes and lists in brackets do not mix with the short form");
    return value(p, t, s + prefix, end);
  }
  return tb_scan_fail(&p->scan, s, length, "unknown token; known are %s",
                      p->c.op == TB_NORMAL
                          ? "f32 f64 f16 bf16 stream= seed= seeds= calls= repeat= mean= std= threads="
                          : "nN cIN:OUT inHxW kHxW sHxW pHxW opHxW dHxW gG bias f32 nchw fill= seed= set= threads=, or "
                            "x= w= b= stride= padding= output_padding= dilation=");
}

/* The short form's shapes. Its divisibility rules are those of the module's constructor, with its messages. */
static bool shapes(struct parser *p) {
  tb_conv *conv = &p->c.conv;
  const char *at = p->scan.line + p->group_column;
  if (conv->groups <= 0)
    return tb_scan_fail(&p->scan, at, p->group_length, "groups must be a positive integer");
  if (p->channels[0] % conv->groups)
    return tb_scan_fail(&p->scan, at, p->group_length, "in_channels must be divisible by groups");
  if (p->channels[1] % conv->groups)
    return tb_scan_fail(&p->scan, at, p->group_length, "out_channels must be divisible by groups");
  conv->x = (p->seen & T_N) ? (tb_list){4, {p->n, p->channels[0], p->in[0], p->in[1]}}
                            : (tb_list){3, {p->channels[0], p->in[0], p->in[1]}};
  conv->w = (tb_list){4, {p->channels[0], p->channels[1] / conv->groups, p->k[0], p->k[1]}};
  conv->bias = (p->seen & T_BIAS) != 0;
  if (conv->bias)
    conv->b = (tb_list){1, {p->channels[1]}};
  return true;
}

static bool complete(struct parser *p, const char *end) {
  static const struct {
    int bit;
    const char *text;
  } needed[] = {
      {T_C, "channels are missing: cIN:OUT, such as c4:6"},
      {T_IN, "the input size is missing: inHxW, such as in4x3"},
      {T_K, "kernel_size is missing: kHxW, such as k3x2"},
  };
  const char *last = end > p->scan.line ? end - 1 : end;
  if (p->c.op == TB_NORMAL)
    return (p->seen & T_CALLS) ||
           tb_scan_fail(&p->scan, last, 1, "calls are missing: calls=CALL,CALL,.., such as calls=3,100x1x28x28");
  if (p->seen & T_LONG) {
    if ((p->seen & (T_X | T_W)) != (T_X | T_W))
      return tb_scan_fail(&p->scan, last, 1, "x=[..] and w=[..] are both needed in this form");
    p->c.conv.bias = (p->seen & T_B) != 0;
    return true;
  }
  for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
    if (!(p->seen & needed[i].bit))
      return tb_scan_fail(&p->scan, last, 1, "%s", needed[i].text);
  return shapes(p);
}

/* Whether the canonical line has room in TB_TEXT_MAX. It is longer than what was given where numbers are: 1e300 becomes 1e+300,
 * and in4 in4x4, but no token becomes eight times as long. */
static bool fits(struct parser *p, const char *line) {
  char text[TB_TEXT_MAX];
  if (strlen(line) < TB_TEXT_MAX / 16)
    return true;
  tb_case_print(&p->c, text);
  return strlen(text) < sizeof text - 1 ||
         tb_scan_fail(&p->scan, line, 1, "the case is too long: its canonical line has more than %d bytes", TB_TEXT_MAX - 2);
}

bool tb_case_parse(const char *line, tb_case *out, tb_error *error) {
  struct parser p = {.scan = {line, error}};
  p.c.conv.groups = 1;
  p.c.conv.stride = p.c.conv.dilation = (tb_list){2, {1, 1}};
  p.c.conv.padding = p.c.conv.output_padding = (tb_list){.length = 2};
  p.c.dtype = TENBIN_F32;
  p.c.normal.std = 1;
  p.c.normal.seeds = p.c.normal.repeat = 1;
  p.c.threads = 1;
  strcpy(p.c.normal.stream, "torch-cpu-avx2");
  const char *s = line + strspn(line, " \t");
  const char *end = s + strcspn(s, " \t\r\n");
  for (p.c.op = TB_CONV_TRANSPOSE2D;; p.c.op = TB_NORMAL) {
    const char *name = tb_operator_name(p.c.op);
    if (strlen(name) == (size_t)(end - s) && memcmp(s, name, (size_t)(end - s)) == 0)
      break;
    if (p.c.op == TB_NORMAL)
      return tb_scan_fail(&p.scan, s, (size_t)(end - s), "a case begins with its operator: conv_transpose2d or normal");
  }
  for (;;) {
    s = end + strspn(end, " \t\r\n");
    if (!*s)
      break;
    end = s + strcspn(s, " \t\r\n");
    if (!token(&p, s, end))
      return false;
  }
  if (!complete(&p, end) || !fits(&p, line))
    return false;
  *out = p.c;
  return true;
}
