/* tenbin explain: draws what an operator does with a case's parameters, for people who learn it.
 *
 * SPDX-License-Identifier: MIT */
#include "explain.h"

#include "canvas.h"
#include "command_line.h"
#include "max_pool2d.h"
#include "memory.h"
#include "number.h"
#include "outfile.h"
#include "program.h"
#include "validity.h"

#include <stdlib.h>
#include <string.h>

static const char usage[] = "usage: tenbin explain 'DESCRIPTOR' ['DESCRIPTOR'] [--at ROW,COLUMN] [--phases]\n"
                            "                      [--svg FILE] [--ascii]\n"
                            "\n"
                            "Draws what an operator does with the parameters of a case, such as\n"
                            "'conv_transpose2d n1 c1:1 in3 k3 s2 p1 op1': which elements of the input and\n"
                            "which taps of the kernel make an element of the output, what padding cuts off\n"
                            "and what output_padding adds. Two cases are drawn side by side, and what\n"
                            "differs is said. Of 'max_pool2d c1 in5 k3 s2 p1' it shows the window of an\n"
                            "element; of 'normal calls=17' it says which numbers are drawn how.\n"
                            "\n"
                            "  --at ROW,COLUMN   the element of y whose sum or window is shown (default: one that\n"
                            "                    output_padding adds, or else one in the middle)\n"
                            "  --phases          which taps each of the stride x stride phases of y meets\n"
                            "  --svg FILE        writes a drawing for the browser instead; - is standard\n"
                            "                    output\n"
                            "  --ascii           no characters beyond ASCII (default: where the locale has\n"
                            "                    no UTF-8)\n"
                            "  --help            this text\n"
                            "\n"
                            "Exit code: 0 all right, 2 usage, or a case that PyTorch rejects, 3 the file or\n"
                            "standard output cannot be written. $NO_COLOR is respected.\n";

struct options {
  const char *text[2], *svg;
  int texts;
  bool at_given, phases, ascii;
  int64_t at[2];
};

/* ROW,COLUMN */
static bool read_at(const char *text, void *value) {
  int64_t *at = value;
  const char *comma = strchr(text, ',');
  return comma && tb_number_whole(text, comma, 0, INT64_MAX, &at[0]) &&
         tb_number_whole(comma + 1, text + strlen(text), 0, INT64_MAX, &at[1]);
}

/* False: the program ends with *code. */
static bool parse(int argc, char **argv, struct options *o, int *code) {
  const tb_option option[] = {
      {.name = "at", .given = &o->at_given, .read = read_at, .value = o->at, .expected = "ROW,COLUMN, two integers from 0"},
      {.name = "phases", .given = &o->phases},
      {.name = "svg", .text = &o->svg, .expected = "a file, or -"},
      {.name = "ascii", .given = &o->ascii},
  };
  const tb_command command = {usage, option, sizeof option / sizeof *option};
  int first;
  if (!tb_command_line(&command, argc, argv, &first, code))
    return false;
  o->texts = argc - first;
  if (o->texts < 1)
    *code = tb_usage_error("a descriptor is missing, such as 'conv_transpose2d n1 c1:1 in3 k3 s2 p1 op1'");
  if (o->texts > 2)
    *code = tb_usage_error("expected at most two descriptors, got one more: '%s'", argv[first + 2]);
  for (int i = 0; i < o->texts && i < 2; i++)
    o->text[i] = argv[first + i];
  return *code == TB_EXIT_OK;
}

static bool drawable(const tb_explained *s) {
  bool fits = true;
  for (int i = 0; i < 2; i++) {
    const tb_axis *a = &s->axis[i];
    const int64_t all[] = {a->in, a->out, a->kernel, a->stride, a->padding, a->output_padding, a->dilation};
    for (size_t k = 0; k < sizeof all / sizeof *all; k++)
      fits = fits && all[k] <= TB_EXPLAIN_LARGEST;
  }
  return fits;
}

static double *filled(const tb_problem *p, int role) {
  if (p->input[role].dtype == TENBIN_NONE)
    return NULL;
  double *data = tb_need(malloc(((size_t)tb_desc_elements(&p->input[role]) + 1) * sizeof *data));
  tb_fill_f64(p, role, p->c.seed, data);
  return data;
}

static int prepare(tb_explained *s) {
  static const int64_t most = INT64_C(1) << 24; /* elements that are filled for the numbers of one sum */
  if (tb_desc_elements(&s->p.output[TENBIN_Y]) == 0)
    return tb_usage_error("%s\nPyTorch accepts this case, and its y is empty: there is nothing to draw", s->p.text);
  for (int i = 0; i < 2; i++)
    s->axis[i] = tb_axis_of(&s->p, i);
  if (!drawable(s))
    return tb_usage_error("%s\nsizes and parameters up to %d are explained", s->p.text, TB_EXPLAIN_LARGEST);
  for (int i = 0; i < 2; i++)
    s->count[i] = tb_axis_count(&s->axis[i]);
  if (tb_desc_elements(&s->p.input[TENBIN_X]) > most || tb_desc_elements(&s->p.input[TENBIN_WEIGHT]) > most ||
      tb_conv2d(&s->p)->out_channels > most)
    return 0;
  s->x = filled(&s->p, TENBIN_X);
  s->w = filled(&s->p, TENBIN_WEIGHT);
  s->b = filled(&s->p, TENBIN_BIAS);
  return 0;
}

/* A descriptor becomes a problem. 0, or an exit code. */
static int read_case(const char *text, const char *where, tb_problem *p) {
  char message[TB_MESSAGE_MAX], shown[TB_TEXT_MAX * 3];
  char rule[2000] = "";
  tb_error error;
  tb_case c;
  tb_list y;
  if (!tb_case_parse(text, &c, &error)) {
    tb_error_show(&error, where, text, shown, sizeof shown);
    fprintf(stderr, "tenbin explain: %s\n", shown);
    return TB_EXIT_USAGE;
  }
  if (tb_problem_make(&c, p, message))
    return 0;
  if (c.op == &tb_operator_conv_transpose2d && !tb_conv_check(tb_conv_of(&c), &y, message))
    tb_explain_rule(&(tb_text){rule, 0, sizeof rule}, tb_conv_of(&c), message);
  fprintf(stderr, "tenbin explain: %s: %s\n", text, message);
  if (*rule)
    fprintf(stderr, "The rule: %s\n", rule);
  return TB_EXIT_USAGE;
}

/* The row where most taps meet, nearest to the middle: among those that are drawn, or among those that output_padding adds. */
static int64_t best_covered(const tb_axis *a, bool added) {
  const tb_view v = tb_view_of_full(a);
  const int from = added || v.extra == v.y ? v.extra : v.y, to = added || v.extra == v.y ? v.end : v.extra;
  int64_t best = -1, most = -1;
  for (int d = 0; d <= to - from; d++) /* from the middle to both sides */
    for (int side = 0; side < 2; side++) {
      const int i = (from + to) / 2 + (side ? -d : d);
      if (i < from || i >= to || v.at[i] < 0 || tb_axis_taps(a, v.at[i] - a->padding) <= most)
        continue;
      best = v.at[i] - a->padding;
      most = tb_axis_taps(a, best);
    }
  return best;
}

/* An element of what output_padding adds, if possible one that a tap reaches, or one in the middle. */
static void choose(tb_explanation *e) {
  const tb_explained *s = e->subject[0];
  for (int i = 0; i < e->subjects; i++)
    if (e->subject[i]->axis[0].output_padding > 0 || e->subject[i]->axis[1].output_padding > 0)
      s = e->subject[i];
  const bool column = s->axis[1].output_padding > 0 &&
                      (s->axis[0].output_padding == 0 || (s->count[0].extra_reached == 0 && s->count[1].extra_reached > 0));
  e->at[0] = best_covered(&s->axis[0], !column && s->axis[0].output_padding > 0);
  e->at[1] = best_covered(&s->axis[1], column);
}

static int draw(const tb_explanation *e, const struct options *o) {
  if (!o->svg) {
    tb_explain_text(e, stdout, !o->ascii && tb_canvas_unicode(), tb_canvas_colour());
    return TB_EXIT_OK;
  }
  if (strcmp(o->svg, "-") == 0) {
    tb_explain_svg(e, stdout);
    return TB_EXIT_OK;
  }
  tb_outfile *file = tb_outfile_open("--svg", o->svg);
  if (!file)
    return TB_EXIT_CANNOT_RUN;
  tb_explain_svg(e, tb_outfile_text(file));
  const bool written = tb_outfile_write(file);
  tb_outfile_close(file);
  return written ? TB_EXIT_OK : TB_EXIT_CANNOT_RUN;
}

static int explain_conv(const struct options *o, tb_explained *s) {
  tb_explanation e = {.subjects = o->texts, .subject = {&s[0], &s[1]}, .phases = o->phases};
  int code = 0;
  for (int i = 0; code == 0 && i < o->texts; i++)
    code = prepare(&s[i]);
  if (code)
    return code;
  if (o->at_given)
    memcpy(e.at, o->at, sizeof e.at);
  else
    choose(&e);
  for (int i = 0; i < o->texts; i++)
    if (tb_subject_has(&s[i], e.at))
      return draw(&e, o);
  return tb_usage_error("--at %lld,%lld: y has rows 0 to %lld and columns 0 to %lld", (long long)e.at[0], (long long)e.at[1],
                        (long long)s->axis[0].out - 1, (long long)s->axis[1].out - 1);
}

typedef int explainer(const tb_problem *p, const int64_t *at, FILE *out, bool unicode, bool colour);

/* Operators whose cases are explained one after the other. */
static const struct {
  const tb_operator *op;
  explainer *explain;
} explained[] = {{&tb_operator_max_pool2d, tb_explain_max_pool2d}, {&tb_operator_normal, tb_explain_normal}};

static int in_turn(const struct options *o, const tb_explained *s, explainer *explain) {
  int code = 0;
  for (int i = 0; code == 0 && i < o->texts; i++)
    code = explain(&s[i].p, o->at_given ? o->at : NULL, stdout, !o->ascii && tb_canvas_unicode(), tb_canvas_colour());
  return code;
}

static int explain(const struct options *o, tb_explained *s) {
  int code = read_case(o->text[0], "the descriptor", &s[0].p);
  if (code == 0 && o->texts == 2)
    code = read_case(o->text[1], "the second descriptor", &s[1].p);
  if (code)
    return code;
  if (o->texts == 2 && s[0].p.c.op != s[1].p.c.op)
    return tb_usage_error("two cases are compared only if both are of one operator");
  if (s->p.c.op == &tb_operator_conv_transpose2d)
    return explain_conv(o, s);
  if (o->svg || o->phases)
    return tb_usage_error("--phases and --svg are for conv_transpose2d");
  for (size_t i = 0; i < sizeof explained / sizeof *explained; i++)
    if (explained[i].op == s->p.c.op)
      return in_turn(o, s, explained[i].explain);
  return tb_usage_error("%s is not explained", s->p.c.op->name);
}

int tb_explain_main(int argc, char **argv) {
  struct options o = {0};
  int refused;
  tb_program_start("tenbin explain");
  if (!parse(argc, argv, &o, &refused))
    return refused;
  tb_explained *s = tb_need(calloc(2, sizeof *s));
  const int code = explain(&o, s);
  for (int i = 0; i < 2; i++) {
    free(s[i].x);
    free(s[i].w);
    free(s[i].b);
  }
  free(s);
  return code;
}
