/* The reader of golden data.
 *
 * SPDX-License-Identifier: MIT */
#include "golden.h"

#include "manifest.h"
#include "number.h"
#include "problem.h"
#include "safetensors.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define FORMAT "tenbin-golden 1"

struct file {
  char name[200];
  void *bytes;
  size_t size;
  tb_safetensors container;
  json_t **parsed; /* the JSON text of each case, parsed */
  int cases;
};

struct tb_golden {
  int files, cases;
  struct file *file;
  tb_golden_case *golden; /* sorted by text */
};

static bool fail(char message[TB_GOLDEN_MESSAGE], const char *path, const char *format, ...) {
  int used = snprintf(message, TB_GOLDEN_MESSAGE, "%s: ", path);
  va_list list;
  va_start(list, format);
  if (used > 0 && used < TB_GOLDEN_MESSAGE)
    vsnprintf(message + used, (size_t)(TB_GOLDEN_MESSAGE - used), format, list);
  va_end(list);
  return false;
}

static const char *string(const json_t *object, const char *key) {
  return json_string_value(json_object_get(object, key));
}

static bool parse_shape(const json_t *shape, tb_list *out) {
  *out = (tb_list){0};
  if (!json_is_array(shape) || json_array_size(shape) > TB_LIST_MAX)
    return false;
  for (size_t i = 0; i < json_array_size(shape); i++) {
    const json_t *v = json_array_get(shape, i);
    if (!json_is_integer(v) || json_integer_value(v) < 0)
      return false;
    out->v[out->length++] = json_integer_value(v);
  }
  return true;
}

/* The number of elements of the shape; -1 where it does not fit. */
static int64_t elements(const tb_list *shape) {
  int64_t n = 1;
  for (int i = 0; i < shape->length; i++)
    if (__builtin_mul_overflow(n, shape->v[i], &n))
      return -1;
  return n;
}

static bool read_points(const struct file *f, int number, tb_golden_case *c) {
  char name[40];
  int64_t indices, n = elements(&c->shape);
  snprintf(name, sizeof name, "%d.index", number);
  c->index = tb_safetensors_get(&f->container, name, "I64", &indices);
  snprintf(name, sizeof name, "%d.value", number);
  c->value = tb_safetensors_get(&f->container, name, "F64", &c->points);
  if (!c->index || !c->value || indices != c->points)
    return false;
  for (int64_t i = 0; i < c->points; i++)
    if (c->index[i] < 0 || c->index[i] >= n)
      return false;
  return true;
}

/* A tensor of exactly `elements` numbers; *ok: it is absent, or it is one. */
static const void *fixed(const struct file *f, int number, const char *part, const char *dtype, int64_t elements, bool *ok) {
  char name[40];
  int64_t n;
  snprintf(name, sizeof name, "%d.%s", number, part);
  if (!json_object_get(f->container.header, name))
    return NULL;
  const void *data = tb_safetensors_get(&f->container, name, dtype, &n);
  *ok = *ok && data && n == elements;
  return data;
}

/* What of its statistics is there: all or nothing. */
static bool read_statistics(const struct file *f, int number, tb_golden_case *c) {
  bool ok = true;
  c->cells = fixed(f, number, "cells", "I64", 4096, &ok);
  c->tails = fixed(f, number, "tails", "I64", 3, &ok);
  c->hermite = fixed(f, number, "hermite", "F64", 4, &ok);
  c->extremes = fixed(f, number, "extremes", "F64", 2, &ok);
  return ok && !c->cells == !c->tails && !c->cells == !c->hermite && !c->cells == !c->extremes;
}

/* The numbers that states keep for the next draw: all null where there is no such member. */
static bool read_waiting(const json_t *json, tb_golden_case *c) {
  for (int i = 0; i < c->states; i++) {
    const json_t *one = json_array_get(json, (size_t)i);
    if (json && (json_array_size(json) != (size_t)c->states || !(json_is_null(one) || json_is_number(one))))
      return false;
    c->waiting[i] = json_is_number(one) ? json_number_value(one) : NAN;
  }
  return true;
}

/* The C library that the file was exported with, by its name and by what its functions gave. */
static bool read_libm(const struct file *f, tb_golden_case *c) {
  char key[40];
  c->libc = tb_safetensors_metadata(&f->container, "libc");
  for (int i = 0; i < TB_LIBM_FUNCTIONS; i++) {
    snprintf(key, sizeof key, "libm.%s", tb_libm_name((tb_libm)i));
    if (!tb_digest_parse(tb_safetensors_metadata(&f->container, key), &c->libm[i]))
      return false;
  }
  return c->libc != NULL;
}

/* The codes of dtypes in the container. */
static const char *const codes[] = {[TENBIN_F32] = "F32", [TENBIN_F64] = "F64", [TENBIN_F16] = "F16", [TENBIN_BF16] = "BF16",
                                    [TENBIN_S8] = "I8",   [TENBIN_U8] = "U8",   [TENBIN_S32] = "I32", [TENBIN_S64] = "I64"};

/* The numbers of a stream, in the dtype that its descriptor names, and the generator's states. */
static const char *read_stream(const struct file *f, int number, const json_t *json, tb_golden_case *c) {
  enum { ENDS = 64 };
  const json_t *states = json_object_get(json, "states");
  tb_case parsed;
  tb_error error;
  bool ok = true;
  if (!tb_case_parse(c->text, &parsed, &error) || !parsed.op->sequence)
    return "has a descriptor that is no stream's";
  if (!parse_shape(json_object_get(json, "shape"), &c->shape) || c->shape.length != 1)
    return "has a malformed shape";
  c->points = c->shape.v[0];
  c->ends = c->points < ENDS ? c->points : ENDS;
  c->y = fixed(f, number, "y", codes[parsed.dtype], c->points, &ok);
  c->head = fixed(f, number, "head", codes[parsed.dtype], c->ends, &ok);
  c->tail = fixed(f, number, "tail", codes[parsed.dtype], c->ends, &ok);
  if (!ok || (!c->y && (!c->head || !c->tail)))
    return "lacks its numbers, or has them malformed";
  c->states = (int)json_array_size(states);
  if (c->states != parsed.op->sequence->calls(&parsed))
    return "has not one state for each call";
  for (int i = 0; i < c->states; i++)
    if (!tb_digest_parse(json_string_value(json_array_get(states, (size_t)i)), &c->state[i]))
      return "has a malformed digest of a state";
  if (!read_waiting(json_object_get(json, "waiting"), c))
    return "has a malformed list `waiting`: expected a number or null for each state";
  if (!read_libm(f, c))
    return "lacks the C library it was exported with: the file's metadata have no libc, or no digest libm.FUNCTION";
  return read_statistics(f, number, c) ? NULL : "has malformed statistics";
}

/* One output of an exact answer in several: its digest, and its numbers where they are stored. */
static const char *read_output(const struct file *f, int number, const json_t *json, const tb_problem *p, int o,
                               XXH128_hash_t *digest, tb_golden_case *c) {
  const char *role = p->c.op->output[o].name;
  char name[60];
  bool ok = true;
  snprintf(name, sizeof name, "%s", role);
  if (!tb_digest_parse(string(json_object_get(json, "digests"), role), digest))
    return "lacks the digest of an output";
  c->output[o] = fixed(f, number, name, codes[p->output[o].dtype], tb_desc_elements(&p->output[o]), &ok);
  return ok ? NULL : "has a malformed output";
}

/* An exact answer whose outputs have digests of their own, by their names. */
static const char *read_outputs(const struct file *f, int number, const json_t *json, tb_golden_case *c) {
  tb_problem p;
  XXH128_hash_t digest[TB_TENSORS];
  int n = 0;
  if (c->kind != TB_GOLDEN_EXACT || !tb_problem_parse(c->text, &p))
    return "has outputs, and no descriptor of a valid case";
  if (!parse_shape(json_object_get(json, "shape"), &c->shape) || elements(&c->shape) < 0)
    return "has a malformed shape";
  for (int o = 0; o < p.outputs; o++) {
    const char *wrong = p.output[o].dtype == TENBIN_NONE ? NULL : read_output(f, number, json, &p, o, &digest[n], c);
    if (wrong)
      return wrong;
    n += p.output[o].dtype != TENBIN_NONE;
  }
  for (int i = 0; i < p.inputs && i < 3; i++) {
    const char letter[2] = {p.c.op->input[i].letter};
    if (!tb_digest_parse(string(json_object_get(json, "inputs"), letter), &c->inputs[i]))
      return "has a malformed digest of an input";
  }
  c->digest = n == 1 ? digest[0] : tb_digest_digests(digest, n);
  return NULL;
}

/* What is wrong with case `number` of the file, or NULL. */
static const char *read_case(const struct file *f, int number, const json_t *json, tb_golden_case *c) {
  static const char *const kinds[] = {"exact", "real", "rejected", "stream"};
  static const char *const roles[] = {"x", "w", "b"};
  char name[40];
  const char *kind = string(json, "kind");
  memset(c, 0, sizeof *c);
  c->text = string(json, "descriptor");
  c->flags = string(json, "flags");
  c->group = string(json, "group");
  c->why = string(json, "why");
  c->source = string(json, "source");
  c->message = string(json, "message");
  if (!c->text || !c->flags || !c->group || !c->why || !c->source || !kind)
    return "lacks one of descriptor, flags, group, why, source, kind";
  int k = 0;
  while (k < 4 && strcmp(kind, kinds[k]) != 0)
    k++;
  c->kind = (tb_golden_kind)k;
  if (k == 4)
    return "is of an unknown kind";
  if (c->kind == TB_GOLDEN_REJECTED)
    return c->message ? NULL : "lacks its message";
  if (json_object_get(json, "digests"))
    return read_outputs(f, number, json, c);
  if (c->kind != TB_GOLDEN_REAL && !tb_digest_parse(string(json, "digest"), &c->digest))
    return "lacks its digest";
  if (c->kind == TB_GOLDEN_STREAM)
    return read_stream(f, number, json, c);
  snprintf(name, sizeof name, "%d.y", number);
  if (c->kind != TB_GOLDEN_REAL && json_object_get(f->container.header, name)) {
    c->y = tb_safetensors_get(&f->container, name, "F32", &c->points);
    if (!c->y)
      return "has a malformed tensor y";
    c->output[0] = c->y;
  }
  if (!parse_shape(json_object_get(json, "shape"), &c->shape) || elements(&c->shape) < 0)
    return "has a malformed shape";
  const json_t *inputs = json_object_get(json, "inputs");
  for (int i = 0; i < 3; i++)
    if (json_object_get(inputs, roles[i]) && !tb_digest_parse(string(inputs, roles[i]), &c->inputs[i]))
      return "has a malformed digest of an input";
  if (c->y && c->points != elements(&c->shape))
    return "has a tensor y of another size than its shape";
  if (c->kind == TB_GOLDEN_REAL && !read_points(f, number, c))
    return "has malformed points";
  return NULL;
}

static bool read_cases(tb_golden *g, struct file *f, const char *path, char *message) {
  const char *format = tb_safetensors_metadata(&f->container, "format");
  const char *count = tb_safetensors_metadata(&f->container, "cases");
  if (!format || strcmp(format, FORMAT) != 0)
    return fail(message, path, "is no golden data of this version: its format is \"%s\", and not \"" FORMAT "\"",
                format ? format : "");
  const size_t entries = json_object_size(json_object_get(f->container.header, "__metadata__"));
  int64_t cases;
  if (!count || !tb_number_whole(count, count + strlen(count), 1, (int64_t)entries, &cases))
    return fail(message, path, "has no number of cases: from 1 to its %zu entries is expected, and it says \"%s\"", entries,
                count ? count : "");
  f->parsed = calloc((size_t)cases, sizeof *f->parsed);
  void *more = f->parsed ? realloc(g->golden, ((size_t)g->cases + (size_t)cases) * sizeof *g->golden) : NULL;
  if (!more)
    return fail(message, path, "no memory for its %" PRId64 " cases", cases);
  g->golden = more;
  for (; f->cases < cases; f->cases++) {
    char key[40];
    json_error_t error;
    snprintf(key, sizeof key, "case.%d", f->cases);
    const char *text = tb_safetensors_metadata(&f->container, key);
    json_t *json = text ? json_loads(text, 0, &error) : NULL;
    if (!json)
      return fail(message, path, "case %d is %s", f->cases, text ? "no JSON" : "missing");
    f->parsed[f->cases] = json;
    const char *wrong = read_case(f, f->cases, json, &g->golden[g->cases]);
    if (wrong) {
      f->cases++;
      return fail(message, path, "case %d %s", f->cases - 1, wrong);
    }
    g->cases++;
  }
  return true;
}

/* Maps a regular file: a device has no end, and a pipe would be waited for. */
static bool map_file(struct file *f, const char *path, char *message) {
  struct stat status;
  const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0)
    return fail(message, path, "%s", strerror(errno));
  if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
    close(fd);
    return fail(message, path, "is no regular file");
  }
  f->size = (size_t)status.st_size;
  f->bytes = f->size ? mmap(NULL, f->size, PROT_READ, MAP_PRIVATE, fd, 0) : NULL;
  close(fd);
  if (f->bytes != MAP_FAILED)
    return true;
  f->bytes = NULL;
  return fail(message, path, "cannot be mapped: %s", strerror(errno));
}

/* Maps a file and compares it with its line of the MANIFEST. */
static bool map_listed(struct file *f, const char *path, uint64_t size, XXH128_hash_t digest, char *message) {
  if (access(path, F_OK) != 0)
    return fail(message, path, "listed in MANIFEST, but %s", errno == ENOENT ? "missing" : strerror(errno));
  if (!map_file(f, path, message))
    return false;
  if (f->size != size || size == 0)
    return fail(message, path, "damaged: it has %zu bytes, and MANIFEST says %" PRIu64, f->size, size);
  if (!XXH128_isEqual(XXH3_128bits(f->bytes, f->size), digest))
    return fail(message, path, "damaged: its XXH3-128 is not the one in MANIFEST");
  return true;
}

/* "DIGEST  BYTES  NAME" */
static bool open_file(tb_golden *g, const char *dir, const char *line, const char *manifest, char *message) {
  char hex[40], bytes[24], name[200], path[4096], why[300];
  uint64_t size;
  XXH128_hash_t digest;
  int end = 0;
  if (sscanf(line, "%39s %23s %199s %n", hex, bytes, name, &end) != 3 || line[end] || !tb_digest_parse(hex, &digest) ||
      !tb_number_unsigned(bytes, bytes + strlen(bytes), &size) || strchr(name, '/'))
    return fail(message, manifest, "malformed line: %s", line);
  snprintf(path, sizeof path, "%s/%s", dir, name);
  struct file *more = realloc(g->file, ((size_t)g->files + 1) * sizeof *g->file);
  if (!more)
    return fail(message, path, "no memory");
  g->file = more;
  struct file *f = &g->file[g->files++];
  memset(f, 0, sizeof *f);
  strcpy(f->name, name);
  if (!map_listed(f, path, size, digest, message))
    return false;
  const char *ending = strrchr(name, '.');
  if (!ending || strcmp(ending, ".safetensors") != 0)
    return true; /* text */
  if (!tb_safetensors_parse(f->bytes, f->size, &f->container, why, sizeof why))
    return fail(message, path, "%s", why);
  return read_cases(g, f, path, message);
}

/* MANIFEST has a digest as each file has one, so that none can be struck from it unseen. */
static bool vouched(const struct file *manifest, const char *digest, const char *path, char *message) {
  char found[33];
  tb_digest_print(XXH3_128bits(manifest->bytes, manifest->size), found);
  return strcmp(found, digest) == 0 ||
         fail(message, path,
              "damaged, or other golden data than this tenbin was built for: its XXH3-128 is %s, and '%s' is expected", found,
              digest);
}

static bool read_manifest(tb_golden *g, const char *dir, const char *digest, char *message) {
  char path[4096], line[512];
  struct file manifest = {0};
  snprintf(path, sizeof path, "%s/MANIFEST", dir);
  bool ok = map_file(&manifest, path, message) && vouched(&manifest, digest, path, message);
  const char *text = manifest.bytes;
  for (size_t at = 0; ok && text && at < manifest.size;) {
    const char *end = memchr(text + at, '\n', manifest.size - at);
    const size_t length = end ? (size_t)(end - text) - at : manifest.size - at;
    snprintf(line, sizeof line, "%.*s", length < sizeof line ? (int)length : (int)sizeof line - 1, text + at);
    if (strlen(line) != length)
      ok = fail(message, path, "malformed line: %s", line);
    else if (*line && *line != '#')
      ok = open_file(g, dir, line, path, message);
    at += length + 1;
  }
  if (ok && g->cases == 0)
    ok = fail(message, path, "lists no golden data");
  if (manifest.bytes)
    munmap(manifest.bytes, manifest.size);
  return ok;
}

static int by_text(const void *a, const void *b) {
  return strcmp(((const tb_golden_case *)a)->text, ((const tb_golden_case *)b)->text);
}

tb_golden *tb_golden_open(const char *dir, const char *manifest, char message[TB_GOLDEN_MESSAGE]) {
  tb_golden *g = calloc(1, sizeof *g);
  if (!g) {
    fail(message, dir, "no memory");
    return NULL;
  }
  bool ok = read_manifest(g, dir, manifest ? manifest : TB_MANIFEST_DIGEST, message);
  if (ok && g->golden)
    qsort(g->golden, (size_t)g->cases, sizeof *g->golden, by_text);
  for (int i = 1; ok && i < g->cases; i++)
    if (by_text(&g->golden[i - 1], &g->golden[i]) == 0)
      ok = fail(message, dir, "two answers for %s", g->golden[i].text);
  if (ok)
    return g;
  tb_golden_close(g);
  return NULL;
}

void tb_golden_close(tb_golden *g) {
  if (!g)
    return;
  for (int i = 0; i < g->files; i++) {
    struct file *f = &g->file[i];
    for (int j = 0; j < f->cases; j++)
      json_decref(f->parsed[j]);
    free(f->parsed);
    tb_safetensors_close(&f->container);
    if (f->bytes)
      munmap(f->bytes, f->size);
  }
  free(g->file);
  free(g->golden);
  free(g);
}

const tb_golden_case *tb_golden_find(const tb_golden *g, const char *text) {
  tb_golden_case key = {.text = text};
  return bsearch(&key, g->golden, (size_t)g->cases, sizeof key, by_text);
}

const char *tb_golden_text(const tb_golden *g, const char *name, size_t *size) {
  for (int i = 0; i < g->files; i++)
    if (strcmp(g->file[i].name, name) == 0) {
      *size = g->file[i].size;
      return g->file[i].bytes;
    }
  return NULL;
}

int tb_golden_count(const tb_golden *g) {
  return g->cases;
}

const tb_golden_case *tb_golden_at(const tb_golden *g, int i) {
  return &g->golden[i];
}
