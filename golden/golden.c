/* The reader of golden data.
 *
 * SPDX-License-Identifier: MIT */
#include "golden.h"

#include "golden_case.h"
#include "manifest.h"
#include "number.h"
#include "safetensors.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
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
    const char *wrong = tb_golden_case_read(&f->container, f->cases, json, &g->golden[g->cases]);
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
