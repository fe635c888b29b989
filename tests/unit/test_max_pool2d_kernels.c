/* max_pool2d's kernels give the definition's bits in every dtype, with any strides, and write nothing else.
 *
 * SPDX-License-Identifier: MIT */
#include "dtype.h"
#include "max_pool2d.h"

#include "test.h"

#include <stdlib.h>

static const char *const dtype_names[] = {"none", "f32", "f64", "f16", "bf16", "s8", "u8", "s32", "s64"};

extern const tenbin_kernel tenbin_kernel_max_pool_naive;
#ifdef TENBIN_WITH_ONEDNN
extern const tenbin_kernel tenbin_kernel_max_pool_onednn;
#endif

/* A tensor as it lies in memory, its gaps of 0x5a. */
struct laid_out {
  tenbin_tensor tensor;
  unsigned char bytes[2 * 8 * ELEMENTS];
};

static size_t bytes_of(int32_t dtype) {
  static const size_t bytes[] = {0, 4, 8, 2, 2, 1, 1, 4, 8};
  return bytes[dtype];
}

/* The offset in memory, in elements, of element i of a list of sizes. */
static int64_t element_offset(const tenbin_desc *d, int64_t i) {
  int64_t at = 0;
  for (int r = d->rank - 1; r >= 0; i /= d->size[r--])
    at += i % d->size[r] * d->stride[r];
  return at;
}

/* Dense; or, where it is strided, width outermost, with a gap after each element. */
static void lay_out(struct laid_out *m, const tb_list *size, int32_t dtype, bool strided) {
  tenbin_desc *d = &m->tensor.desc;
  *d = (tenbin_desc){.dtype = dtype, .rank = size->length};
  int64_t stride = strided ? 2 : 1;
  for (int i = 0; i < size->length; i++) {
    const int r = strided ? (i + size->length - 1) % size->length : size->length - 1 - i;
    d->size[r] = size->v[r];
    d->stride[r] = stride;
    stride *= size->v[r] ? size->v[r] : 1;
  }
  m->tensor.data = m->bytes;
  memset(m->bytes, 0x5a, sizeof m->bytes);
}

static void store(struct laid_out *m, const struct pool_tensor *from, int64_t n) {
  const int32_t dtype = m->tensor.desc.dtype;
  for (int64_t i = 0; i < n; i++) {
    const int64_t at = element_offset(&m->tensor.desc, i);
    if (floats(dtype))
      tb_number_set(dtype, m->bytes, at, from->real[i]);
    else
      memcpy(m->bytes + (size_t)at * bytes_of(dtype), &from->whole[i], bytes_of(dtype));
  }
}

/* Takes the elements out, and leaves gaps in their place. */
static void load(struct laid_out *m, struct pool_tensor *to, int64_t *whole, int64_t n) {
  const int32_t dtype = m->tensor.desc.dtype;
  const size_t bytes = bytes_of(dtype);
  for (int64_t i = 0; i < n; i++) {
    unsigned char *at = m->bytes + (size_t)element_offset(&m->tensor.desc, i) * bytes;
    uint64_t bits = 0;
    if (floats(dtype)) {
      to->real[i] = tb_number(dtype, at, 0);
    } else {
      memcpy(&bits, at, bytes);
      const int unused = 64 - 8 * (int)bytes;
      whole[i] = dtype == TENBIN_U8 ? (int64_t)bits : (int64_t)(bits << unused) >> unused;
    }
    memset(at, 0x5a, bytes);
  }
}

static bool untouched(const struct laid_out *m) {
  for (size_t i = 0; i < sizeof m->bytes; i++)
    if (m->bytes[i] != 0x5a)
      return false;
  return true;
}

static void *allocate(void *self, size_t bytes, size_t alignment) {
  void *memory = NULL;
  (void)self;
  return posix_memalign(&memory, alignment < sizeof memory ? sizeof memory : alignment, bytes + 1) ? NULL : memory;
}

static void release(void *self, void *memory) {
  (void)self;
  free(memory);
}

static const tenbin_host host = {sizeof host, NULL, allocate, release, NULL};

/* Asks a kernel for the answer to x. TENBIN_FAILED: it failed, or wrote where it should not. */
static tenbin_status ask(const tenbin_kernel *kernel, const struct pool_case *d, bool strided, bool indices,
                         struct pool_tensor *answer) {
  static struct laid_out x, y, chosen;
  tenbin_pool2d attr = {.struct_size = sizeof attr, .ceil_mode = d->c.ceil_mode};
  for (int i = 0; i < 2; i++) {
    attr.kernel_size[i] = d->p.kernel_size[i];
    attr.stride[i] = d->p.stride[i];
    attr.padding[i] = d->p.padding[i];
    attr.dilation[i] = d->p.dilation[i];
  }
  lay_out(&x, &d->c.x, d->dtype, strided);
  lay_out(&y, &d->out, d->dtype, strided);
  lay_out(&chosen, &d->out, TENBIN_S64, strided);
  store(&x, &d->x, d->pixels);
  const tenbin_tensor absent = {{0}, NULL}, output[2] = {y.tensor, indices ? chosen.tensor : absent};
  const tenbin_desc descs[2] = {output[0].desc, output[1].desc};
  const tenbin_problem problem = {sizeof problem, "max_pool2d", "", &attr,           1, 2,
                                  &x.tensor.desc, descs,        0,  indices ? 3 : 1, 0, 1};
  tenbin_answer claim = {.struct_size = sizeof claim};
  tenbin_plan *plan;
  if (kernel->supports(&problem, &claim) != TENBIN_OK)
    return claim.why[0] ? TENBIN_UNSUPPORTED : TENBIN_FAILED;
  if (claim.claim != TENBIN_EXACT || kernel->prepare(&problem, NULL, &host, &plan) != TENBIN_OK)
    return TENBIN_FAILED;
  void *workspace = malloc(kernel->workspace ? kernel->workspace(plan) + 1 : 1);
  const tenbin_call call = {sizeof call, NULL, NULL, &x.tensor, output, workspace};
  const tenbin_status status = kernel->run(plan, &call);
  kernel->release(plan);
  free(workspace);
  load(&y, answer, answer->whole, d->n);
  if (indices)
    load(&chosen, answer, answer->indices, d->n);
  return untouched(&y) && untouched(&chosen) ? status : TENBIN_FAILED;
}

static void *refuse_memory(void *self, size_t bytes, size_t alignment) {
  (void)self, (void)bytes, (void)alignment;
  return NULL;
}

/* prepare says that there is no memory, and leaves the plan as it was. */
static void fail_allocation(const tenbin_kernel *kernel) {
  const tenbin_pool2d attr = {sizeof attr, {2, 2}, {2, 2}, {0, 0}, {1, 1}, 0};
  const tenbin_desc x = {TENBIN_F32, 3, {1, 4, 4}, {16, 4, 1}}, y[2] = {{TENBIN_F32, 3, {1, 2, 2}, {4, 2, 1}}, {0}};
  const tenbin_problem problem = {sizeof problem, "max_pool2d", "", &attr, 1, 2, &x, y, 0, 1, 0, 1};
  const tenbin_host poor = {sizeof poor, NULL, refuse_memory, release, NULL};
  tenbin_plan *const untouched = (tenbin_plan *)&poor, *plan = untouched;
  check(kernel->prepare(&problem, NULL, &poor, &plan) == TENBIN_OUT_OF_MEMORY && plan == untouched,
        "%s: prepare says that there is no memory", kernel->name);
}

static void naive(void) {
  static struct pool_case d;
  static struct pool_tensor answer;
  int wrong[TENBIN_S64 + 1] = {0}, cases[TENBIN_S64 + 1] = {0};
  for (int i = 0; i < 2 * CASES; i++) {
    draw_case(&d);
    fill_and_walk(&d);
    const bool strided = draw(2), indices = draw(3);
    const tenbin_status status = ask(&tenbin_kernel_max_pool_naive, &d, strided, indices, &answer);
    cases[d.dtype]++;
    wrong[d.dtype] +=
        status != TENBIN_OK || !same(&d.y, &answer, d.dtype, d.n) || (indices && !same_indices(&d.y, &answer, d.n));
  }
  for (int i = 0; i < DTYPES; i++)
    check(wrong[dtypes[i]] == 0, "max_pool_naive: %s, %d of %d cases", dtype_names[dtypes[i]],
          cases[dtypes[i]] - wrong[dtypes[i]], cases[dtypes[i]]);
}

#ifdef TENBIN_WITH_ONEDNN
/* Right on what oneDNN can compare: it drops NaN, does not know -inf, and compares s32 in f32. Refused are indices, s64,
 * strides and windows that hold no pixel. */
static void onednn(void) {
  static struct pool_case d;
  static struct pool_tensor answer;
  int wrong[TENBIN_S64 + 1] = {0}, cases[TENBIN_S64 + 1] = {0}, missing = 0, unexpected = 0, special = 0;
  for (int i = 0; i < 2 * CASES; i++) {
    draw_case(&d);
    fill_and_walk(&d);
    const bool indices = !draw(8), strided = !draw(8), empty = d.n > 0 && tb_max_pool2d_has_empty_window(&d.p);
    const tenbin_status status = ask(&tenbin_kernel_max_pool_onednn, &d, strided, indices, &answer);
    const bool right = status == TENBIN_OK && same(&d.y, &answer, d.dtype, d.n);
    missing += (indices || empty || d.dtype == TENBIN_S64 || d.dtype == TENBIN_F64) && status != TENBIN_UNSUPPORTED;
    unexpected += d.dtype == TENBIN_F32 && !indices && !empty && !strided && status != TENBIN_OK;
    if (status == TENBIN_UNSUPPORTED)
      continue;
    if ((floats(d.dtype) && d.fill == TB_POOL_SPECIAL) || (d.dtype == TENBIN_S32 && d.fill != TB_POOL_TIES)) {
      special += !right;
      continue;
    }
    cases[d.dtype]++;
    wrong[d.dtype] += !right;
  }
  check(missing == 0, "max_pool_onednn: refuses indices, f64, s64 and windows without a pixel");
  check(unexpected == 0, "max_pool_onednn: supports everything else in f32");
  for (int i = 0; i < DTYPES; i++)
    if (cases[dtypes[i]] > 0) /* bf16 and f16 as the processor has them */
      check(wrong[dtypes[i]] == 0, "max_pool_onednn: %s, %d of %d cases", dtype_names[dtypes[i]],
            cases[dtypes[i]] - wrong[dtypes[i]], cases[dtypes[i]]);
  tb_tap_comment(&test_tap, "max_pool_onednn: %d answers to NaN, -inf and large numbers in s32 are wrong", special);
}
#endif

int main(void) {
  tb_tap_start(&test_tap, stdout);
  fail_allocation(&tenbin_kernel_max_pool_naive);
  naive();
#ifdef TENBIN_WITH_ONEDNN
  fail_allocation(&tenbin_kernel_max_pool_onednn);
  onednn();
#endif
  return finish();
}
