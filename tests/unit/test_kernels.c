/* What the worker does not ask of the built-in kernels: layouts beyond dense NCHW, failing allocations, the bits of real data.
 *
 * SPDX-License-Identifier: MIT */
#include "conv_arguments.h"
#include "conv_reference.h"
#include "registry.h"

#include "test.h"

#include <cblas.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A host whose allocations fail from the k-th on, and which counts what lives. */
struct scarce {
  int left, live;
};

static void *scarce_alloc(void *self, size_t bytes, size_t alignment) {
  struct scarce *s = self;
  void *memory = NULL;
  if (s->left-- <= 0 || posix_memalign(&memory, alignment < sizeof(void *) ? sizeof(void *) : alignment, bytes + 1) != 0)
    return NULL;
  s->live++;
  return memory;
}

static void scarce_free(void *self, void *memory) {
  ((struct scarce *)self)->live -= memory != NULL;
  free(memory);
}

static void serial(void *self, int64_t n, void (*body)(void *arg, int64_t i, int32_t worker), void *arg) {
  (void)self;
  for (int64_t i = 0; i < n; i++)
    body(arg, i, 0);
}

static tenbin_host host_of(struct scarce *s) {
  return (tenbin_host){sizeof(tenbin_host), s, scarce_alloc, scarce_free, serial};
}

static bool make(const char *line, tb_problem *p) {
  tb_case c;
  tb_error e;
  char message[TB_MESSAGE_MAX];
  return tb_case_parse(line, &c, &e) && tb_problem_make(&c, p, message);
}

/* A problem as a kernel sees it, until the next call. */
static const tenbin_problem *view_of(const tb_problem *p) {
  static tb_kernel_view view;
  tb_problem_view(p, &view);
  return &view.problem;
}

/* prepare with 0, 1, 2 .. allocations granted, until it succeeds. */
static void fail_allocations(const tenbin_kernel *kernel) {
  static tb_problem p;
  make("conv_transpose2d n2 c4:6 in4x3 k3x2 s2x1 p1x0 op1x0 g2 bias", &p);
  if (strcmp(kernel->op, "normal") == 0)
    make("normal seed=1 calls=3", &p);
  else if (strcmp(kernel->op, "max_pool2d") == 0)
    make("max_pool2d n2 c4 in5x6 k3 s2 p1", &p);
  tenbin_tensor constant[3] = {0};
  for (int i = 1; i < 3 && i < p.inputs; i++) {
    constant[i] = (tenbin_tensor){p.input[i], malloc(tb_desc_bytes(&p.input[i]))};
    tb_fill_f32(&p, i, 0, constant[i].data);
  }
  bool clean = true, prepared = false;
  int granted = 0;
  for (; !prepared && clean && granted < 1000; granted++) {
    struct scarce s = {granted, 0};
    const tenbin_host host = host_of(&s);
    tenbin_plan *const untouched = (tenbin_plan *)&s;
    tenbin_plan *plan = untouched;
    tenbin_status status = kernel->prepare(view_of(&p), constant, &host, &plan);
    if (status == TENBIN_OK) {
      kernel->release(plan);
      prepared = true;
    } else {
      clean = clean && status == TENBIN_OUT_OF_MEMORY && plan == untouched;
    }
    clean = clean && s.live == 0;
  }
  check(prepared && clean, "%s: prepare survives each of its %d allocations failing", kernel->name, granted - 1);
  for (int i = 0; i < 3; i++)
    free(constant[i].data);
}

/* naive takes any strides: an NHWC problem has NCHW's answer. */
static void nhwc(void) {
  static tb_problem p;
  make("conv_transpose2d n2 c4:6 in4x3 k3x2 s2x1 p1x0 op1x0 g2 bias", &p);
  double *wide[3];
  float *data[3], *y = malloc(tb_desc_bytes(&p.output[0]));
  double *want = malloc(sizeof(double) * (size_t)tb_desc_elements(&p.output[0]));
  tenbin_tensor input[3], output = {p.output[0], y};
  for (int i = 0; i < 3; i++) {
    const size_t n = (size_t)tb_desc_elements(&p.input[i]);
    wide[i] = malloc(n * sizeof(double));
    data[i] = malloc(n * sizeof(float));
    tb_fill_f64(&p, i, 0, wide[i]);
    tb_fill_f32(&p, i, 0, data[i]);
    input[i] = (tenbin_tensor){p.input[i], data[i]};
  }
  tb_conv_gather(&p, wide[0], wide[1], wide[2], want);
  float *x = malloc(tb_desc_bytes(&p.input[0]));
  for (int n = 0; n < 2; n++)
    for (int c = 0; c < 4; c++)
      for (int i = 0; i < 12; i++)
        x[(n * 12 + i) * 4 + c] = data[0][(n * 4 + c) * 12 + i];
  input[0].data = x;
  memcpy(input[0].desc.stride, (int64_t[]){48, 1, 12, 4}, 4 * sizeof(int64_t));
  const int64_t plane = tb_conv2d(&p)->out[0] * tb_conv2d(&p)->out[1];
  memcpy(output.desc.stride, (int64_t[]){plane * 6, 1, tb_conv2d(&p)->out[1] * 6, 6}, 4 * sizeof(int64_t));
  p.input[0] = input[0].desc;
  p.output[0] = output.desc;
  struct scarce s = {1000, 0};
  const tenbin_host host = host_of(&s);
  const tenbin_kernel *kernel = tb_registry_find(tenbin_plugin_table(), "naive");
  tenbin_plan *plan;
  kernel->prepare(view_of(&p), input, &host, &plan);
  kernel->run(plan, &(tenbin_call){sizeof(tenbin_call), NULL, NULL, input, &output, NULL});
  kernel->release(plan);
  bool equal = true;
  for (int64_t n = 0; n < 2; n++)
    for (int64_t o = 0; o < 6; o++)
      for (int64_t i = 0; i < plane; i++)
        equal = equal && y[(n * plane + i) * 6 + o] == (float)want[(n * 6 + o) * plane + i];
  check(equal, "naive: NHWC is a matter of strides");
  tenbin_answer answer = {.struct_size = sizeof answer};
  kernel = tb_registry_find(tenbin_plugin_table(), "col2im_gemm");
  check(kernel->supports(view_of(&p), &answer) == TENBIN_UNSUPPORTED && answer.why[0],
        "col2im_gemm: refuses NHWC, and says why");
  for (int i = 0; i < 3; i++) {
    free(wide[i]);
    free(data[i]);
  }
  free(x);
  free(y);
  free(want);
}

/* What does not fit BLAS's integer, or the address space, is refused with a reason; what just fits is not. */
static void large(void) {
  static const struct {
    const char *line, *why; /* NULL: supported */
  } rows[] = {
      {"conv_transpose2d n1 c1:1 in46340x46341 k1 fill=real", NULL},
      {"conv_transpose2d n1 c1:1 in46341x46341 k1 fill=real", "BLAS's integer"},
      {"conv_transpose2d n0 c1:1 in46341x46341 k1 fill=real", NULL},
      {"conv_transpose2d n1 c2147483647:1 in1 k1 fill=real", NULL},
      {"conv_transpose2d n1 c2147483648:1 in1 k1 fill=real", "BLAS's integer"},
      {"conv_transpose2d n1 c1:143165576 in1 k5x3 fill=real", NULL},
      {"conv_transpose2d n1 c1:143165577 in1 k5x3 fill=real", "BLAS's integer"},
      {"conv_transpose2d n1 c1:1 in1x2147483647 k1x2147483647 fill=real", "address space"},
  };
  const tenbin_kernel *kernel = tb_registry_find(tenbin_plugin_table(), "col2im_gemm");
  for (size_t i = 0; i < sizeof rows / sizeof *rows && sizeof(blasint) == 4; i++) {
    static tb_problem p;
    tenbin_answer answer = {.struct_size = sizeof answer};
    make(rows[i].line, &p);
    const tenbin_status status = kernel->supports(view_of(&p), &answer);
    check(rows[i].why ? status == TENBIN_UNSUPPORTED && strstr(answer.why, rows[i].why) != NULL : status == TENBIN_OK,
          "col2im_gemm: %s %s", rows[i].why ? "refuses" : "supports", rows[i].line);
  }
}

/* OpenBLAS's functions, of which these take the place, as in a build without threads. Two products at once come out wrong there
 * (OpenMathLib/OpenBLAS#2136), but so rarely that a test may wait for it in vain; that they are made at once is seen here. */
static atomic_int products, inside, overlaps, blas_threads;

int openblas_get_parallel(void) {
  return OPENBLAS_SEQUENTIAL;
}

void openblas_set_num_threads(int threads) {
  atomic_store(&blas_threads, threads);
}

/* Takes long enough for another thread to come in, and multiplies nothing. */
void cblas_sgemm(const enum CBLAS_ORDER order, const enum CBLAS_TRANSPOSE trans_a, const enum CBLAS_TRANSPOSE trans_b,
                 const blasint m, const blasint n, const blasint k, const float alpha, const float *a, const blasint lda,
                 const float *b, const blasint ldb, const float beta, float *c, const blasint ldc) {
  (void)order, (void)trans_a, (void)trans_b, (void)k, (void)alpha, (void)a, (void)lda, (void)b, (void)ldb, (void)beta;
  atomic_fetch_add(&products, 1);
  if (atomic_fetch_add(&inside, 1) > 0)
    atomic_fetch_add(&overlaps, 1);
  nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
  for (blasint i = 0; i < m; i++)
    memset(c + (size_t)i * (size_t)ldc, 0, (size_t)n * sizeof *c);
  atomic_fetch_sub(&inside, 1);
}

/* A plan of col2im_gemm that a thread of its own runs again and again. */
struct racer {
  const tb_problem *p;
  const tenbin_tensor *input;
  const tenbin_kernel *kernel;
  int runs;
};

static void *race(void *argument) {
  const struct racer *r = argument;
  struct scarce s = {1000, 0};
  const tenbin_host host = host_of(&s);
  tenbin_plan *plan;
  tb_kernel_view view;
  tb_problem_view(r->p, &view);
  r->kernel->prepare(&view.problem, r->input, &host, &plan);
  const tenbin_tensor output = {r->p->output[0], malloc(tb_desc_bytes(&r->p->output[0]))};
  void *workspace = malloc(r->kernel->workspace(plan));
  for (int i = 0; i < r->runs; i++)
    r->kernel->run(plan, &(tenbin_call){sizeof(tenbin_call), NULL, NULL, r->input, &output, workspace});
  r->kernel->release(plan);
  free(workspace);
  free(output.data);
  return NULL;
}

/* Two threads multiply at once, each for a plan of its own. */
static void racing(void) {
  enum { RUNS = 50 };
  static tb_problem p;
  make("conv_transpose2d n1 c2:2 in3x4 k2", &p);
  tenbin_tensor input[3] = {{.desc = p.input[0]}, {.desc = p.input[1]}, {.desc = p.input[2]}};
  for (int i = 0; i < 2; i++) {
    input[i].data = malloc(tb_desc_bytes(&p.input[i]));
    tb_fill_f32(&p, i, 0, input[i].data);
  }
  struct racer racer = {&p, input, tb_registry_find(tenbin_plugin_table(), "col2im_gemm"), RUNS};
  pthread_t thread[2];
  atomic_store(&blas_threads, -1);
  for (int i = 0; i < 2; i++)
    if (pthread_create(&thread[i], NULL, race, &racer) != 0)
      abort();
  for (int i = 0; i < 2; i++)
    pthread_join(thread[i], NULL);
  check(products == 2 * RUNS && overlaps == 0, "col2im_gemm: two plans on two threads, %d products, %d of them beside another",
        products, overlaps);
  check(blas_threads == 1, "col2im_gemm: sets BLAS to use one thread");
  free(input[0].data);
  free(input[1].data);
}

/* A kernel's answer as it cuts the work for so many threads; false: it could not be had. */
static bool answer(const tenbin_kernel *kernel, tb_problem *p, const tenbin_tensor *input, int32_t threads, float *y) {
  struct scarce s = {1000, 0};
  const tenbin_host host = host_of(&s);
  const tenbin_tensor constant[3] = {{{0}, NULL}, input[TENBIN_WEIGHT], input[TENBIN_BIAS]};
  const tenbin_tensor output = {p->output[TENBIN_Y], y};
  tenbin_plan *plan;
  tb_kernel_view view;
  tb_problem_view(p, &view);
  view.problem.threads = threads;
  if (kernel->prepare(&view.problem, constant, &host, &plan) != TENBIN_OK)
    return false;
  void *workspace = aligned_alloc(64, (kernel->workspace(plan) + 64) / 64 * 64);
  const tenbin_call call = {.struct_size = sizeof call, .input = input, .output = &output, .workspace = workspace};
  const bool ok = workspace && kernel->run(plan, &call) == TENBIN_OK;
  kernel->release(plan);
  free(workspace);
  return ok;
}

/* Our own kernels add up in one order, however the work is cut, also on real data, whose sums have no exact value. */
static void cut_for_threads(const tenbin_kernel *kernel) {
  static const char *const line[] = {"n1 c96:80 in9x11 k4 s2 p1 bias",    "n3 c24:5 in13x17 k3 s2 p1 op1",
                                     "n2 c12:12 in21x19 k5x3 s3x2 d2 g3", "n1 c40:24 in40x33 k2 s2",
                                     "n5 c33:7 in1x1 k3x4 bias",          "n2 c16:9 in7x6 k8 s4 p2"};
  int differ = 0;
  for (size_t i = 0; i < sizeof line / sizeof *line; i++) {
    static tb_problem p;
    char text[200];
    tenbin_tensor input[3];
    snprintf(text, sizeof text, "conv_transpose2d %s fill=real seed=%zu", line[i], i);
    make(text, &p);
    for (int r = 0; r < 3; r++) {
      input[r] = (tenbin_tensor){p.input[r], p.input[r].dtype ? malloc(tb_desc_bytes(&p.input[r])) : NULL};
      if (input[r].data)
        tb_fill_f32(&p, r, 0, input[r].data);
    }
    const size_t bytes = tb_desc_bytes(&p.output[TENBIN_Y]);
    float *one = malloc(bytes), *more = malloc(bytes);
    bool same = answer(kernel, &p, input, 1, one);
    for (int32_t threads = 2; threads <= 9 && same; threads++)
      same = answer(kernel, &p, input, threads, more) && memcmp(one, more, bytes) == 0;
    differ += !same;
    for (int r = 0; r < 3; r++)
      free(input[r].data);
    free(one);
    free(more);
  }
  check(differ == 0, "%s: the same bits of real data, cut for 1 to 9 threads", kernel->name);
}

int main(void) {
  tb_tap_start(&test_tap, stdout);
  for (int i = 0; i < tenbin_plugin_table()->kernels; i++)
    fail_allocations(tenbin_plugin_table()->kernel[i]);
  for (int i = 0; i < tenbin_plugin_table()->kernels; i++) {
    static const char *const ours[] = {"tenbin", "subpixel", "gemm_col2im_tiled", "direct"};
    for (int k = 0; k < 4; k++)
      if (strcmp(tenbin_plugin_table()->kernel[i]->name, ours[k]) == 0)
        cut_for_threads(tenbin_plugin_table()->kernel[i]);
  }
  nhwc();
  large();
  racing();
  return finish();
}
