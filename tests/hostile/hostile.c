/* The built-in kernels naive and box_muller, as other ones. The environment variable HOSTILE names a row of hostile.txt,
 * STAGE_ACTION: once in each process, at the end of that stage of a kernel's life, it does to the process what the action says.
 * The stages that belong to a case do so only in those that have to be hit: of conv_transpose2d with s2x3 d2x3, of normal with
 * seed=42. Stages of a generator are those of the kernel of normal, all others those of the kernel of conv_transpose2d. With a
 * batch of 2, and with seed=1, both answer wrongly: what hides a failure is seen there.
 *
 * SPDX-License-Identifier: MIT */
#include "hostile.h"

#include "kernel.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

extern const tenbin_kernel tenbin_kernel_naive, tenbin_kernel_box_muller;

jmp_buf hostile_away;
static char row[64];
static bool done, hit, wrong;

static void at(const char *stage) {
  const size_t length = strlen(stage);
  if (done || strncmp(row, stage, length) != 0 || row[length] != '_')
    return;
  done = true;
  hostile_act(row + length + 1);
}

static void in_case(const char *stage) {
  if (hit)
    at(stage);
}

__attribute__((constructor)) static void load(void) {
  const char *word = getenv("HOSTILE");
  if (word)
    strncpy(row, word, sizeof row - 1);
  if (setjmp(hostile_away) == 0)
    at("LOAD");
}

static tenbin_status init(void) {
  at("INIT");
  return TENBIN_OK;
}

static const char *library(void) {
  at("LIBRARY");
  return "a library";
}

static void look(const tenbin_problem *problem) {
  hit = strstr(problem->text, " s2x3 d2x3 ") || strstr(problem->text, " seed=42 ");
  wrong = strstr(problem->text, " n2 ") || strstr(problem->text, " seed=1 ");
  if (!hit)
    hostile_next();
}

static void spoil(const tenbin_call *call) {
  if (wrong)
    *(float *)call->output[TENBIN_Y].data += 1;
}

static tenbin_status supports(const tenbin_problem *problem, tenbin_answer *answer) {
  const tenbin_status status = tenbin_kernel_naive.supports(problem, answer);
  look(problem);
  in_case("SUPPORTS");
  return status;
}

static tenbin_status prepare(const tenbin_problem *problem, const tenbin_tensor *constant, const tenbin_host *host,
                             tenbin_plan **plan) {
  const tenbin_status status = tenbin_kernel_naive.prepare(problem, constant, host, plan);
  in_case("PREPARE");
  return status;
}

static size_t workspace(const tenbin_plan *plan) {
  (void)plan;
  in_case("WORKSPACE");
  return 0;
}

static tenbin_status run(const tenbin_plan *plan, const tenbin_call *call) {
  const tenbin_status status = tenbin_kernel_naive.run(plan, call);
  spoil(call);
  in_case("RUN");
  return status;
}

static void release(tenbin_plan *plan) {
  tenbin_kernel_naive.release(plan);
  in_case("RELEASE");
}

static tenbin_status supports_normal(const tenbin_problem *problem, tenbin_answer *answer) {
  look(problem);
  return tenbin_kernel_box_muller.supports(problem, answer);
}

static tenbin_status run_normal(const tenbin_plan *plan, const tenbin_call *call) {
  const tenbin_status status = tenbin_kernel_box_muller.run(plan, call);
  spoil(call);
  return status;
}

static tenbin_status open_generator(uint64_t value, const tenbin_host *host, tenbin_generator **generator) {
  const tenbin_status status = tenbin_kernel_box_muller.generator->open(value, host, generator);
  in_case("OPEN");
  return status;
}

static tenbin_status seed(tenbin_generator *generator, uint64_t value) {
  const tenbin_status status = tenbin_kernel_box_muller.generator->seed(generator, value);
  in_case("SEED");
  return status;
}

static tenbin_status clone(const tenbin_generator *from, tenbin_generator **generator) {
  const tenbin_status status = tenbin_kernel_box_muller.generator->clone(from, generator);
  in_case("CLONE");
  return status;
}

static size_t state_size(const tenbin_generator *generator) {
  return tenbin_kernel_box_muller.generator->state_size(generator);
}

static tenbin_status save(const tenbin_generator *generator, void *state) {
  const tenbin_status status = tenbin_kernel_box_muller.generator->save(generator, state);
  in_case("SAVE");
  return status;
}

static tenbin_status restore(tenbin_generator *generator, const void *state, size_t bytes) {
  const tenbin_status status = tenbin_kernel_box_muller.generator->restore(generator, state, bytes);
  in_case("RESTORE");
  return status;
}

static void close_generator(tenbin_generator *generator) {
  tenbin_kernel_box_muller.generator->close(generator);
  in_case("CLOSE");
}

const tenbin_plugin *tenbin_plugin_table(void) {
  static const tenbin_generator_functions generator = {.struct_size = sizeof generator,
                                                       .open = open_generator,
                                                       .seed = seed,
                                                       .clone = clone,
                                                       .state_size = state_size,
                                                       .save = save,
                                                       .restore = restore,
                                                       .close = close_generator};
  static tenbin_kernel conv, normal;
  static const tenbin_kernel *const kernels[] = {&conv, &normal};
  static const tenbin_plugin plugin = {.struct_size = sizeof plugin,
                                       .abi = TENBIN_ABI,
                                       .name = "hostile",
                                       .version = "1",
                                       .kernels = 2,
                                       .kernel = kernels,
                                       .init = init};
  conv = tenbin_kernel_naive;
  conv.name = "hostile_conv";
  conv.supports = supports;
  conv.prepare = prepare;
  conv.workspace = workspace;
  conv.run = run;
  conv.release = release;
  conv.library = library;
  normal = tenbin_kernel_box_muller;
  normal.name = "hostile_normal";
  normal.supports = supports_normal;
  normal.run = run_normal;
  normal.generator = &generator;
  return &plugin;
}
