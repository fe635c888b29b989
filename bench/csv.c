/* The writer of the CSV: RFC 4180's quoting, lines that end with a newline alone.
 *
 * SPDX-License-Identifier: MIT */
#include "csv.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SCHEMA "tenbin-bench-1"
#define HEADER                                                                                                                 \
  "schema,time,machine,cores,os,compiler,tenbin,kernel,library,layer,descriptor,threads,status,reason,prepare_s,run_min_s,"    \
  "run_q1_s,run_median_s,run_q3_s,repetitions,iterations,gflops,ratio,ns_per_number,gb_per_s\n"

struct tb_csv {
  const char *name; /* of the file, as it was given */
  char *path;       /* no symbolic link: a rename would replace the link */
  char *temporary;  /* path.XXXXXX */
  FILE *text;       /* into memory */
  char *memory;
  size_t size;
  int rows;
};

/* Creates csv->temporary, readable by all whom the umask lets. -1 and errno: it cannot be. */
static int create(tb_csv *csv) {
  const mode_t mask = umask(0);
  umask(mask);
  strcpy(csv->temporary + strlen(csv->path), ".XXXXXX");
  const int fd = mkstemp(csv->temporary);
  if (fd >= 0)
    (void)!fchmod(fd, 0666 & ~mask);
  return fd;
}

static bool complain(const tb_csv *csv, int error) {
  tb_complain(TB_CANNOT_RUN, "--csv: %s cannot be written: %s", csv->name, strerror(error));
  return false;
}

static bool writable(tb_csv *csv) {
  struct stat s;
  if (stat(csv->path, &s) == 0 && !S_ISREG(s.st_mode)) {
    tb_complain(TB_CANNOT_RUN, "--csv: %s is there and is no regular file", csv->name);
    return false;
  }
  const int fd = create(csv);
  if (fd < 0)
    return complain(csv, errno);
  close(fd);
  unlink(csv->temporary);
  return true;
}

tb_csv *tb_csv_open(const char *path) {
  tb_csv *csv = calloc(1, sizeof *csv);
  if (!csv)
    abort();
  csv->name = path;
  csv->path = realpath(path, NULL);
  if (!csv->path)
    csv->path = strdup(path);
  if (!csv->path || asprintf(&csv->temporary, "%s.XXXXXX", csv->path) < 0)
    abort();
  csv->text = open_memstream(&csv->memory, &csv->size);
  if (!csv->text)
    abort();
  if (!writable(csv)) {
    tb_csv_close(csv);
    return NULL;
  }
  fputs(HEADER, csv->text);
  return csv;
}

static void add_text(FILE *f, const char *text) {
  if (strpbrk(text, ",\"\r\n")) {
    fputc('"', f);
    for (const char *c = text; *c; c++) {
      if (*c == '"')
        fputc('"', f);
      fputc(*c, f);
    }
    fputc('"', f);
  } else {
    fputs(text, f);
  }
  fputc(',', f);
}

void tb_csv_add(tb_csv *csv, const tb_machine *machine, const tb_layer *layer, const tb_row *row) {
  static const char *const status[] = {[TB_ROW_OK] = "ok", [TB_ROW_UNSUPPORTED] = "unsupported", [TB_ROW_FAILED] = "failed"};
  FILE *f = csv->text;
  const char *before[] = {SCHEMA, machine->time, machine->cpu};
  const char *after[] = {machine->os,           machine->compiler, TENBIN_VERSION,      row->subject->label,
                         row->subject->library, layer->name,       layer->problem->text};
  for (size_t i = 0; i < sizeof before / sizeof *before; i++)
    add_text(f, before[i]);
  fprintf(f, "%d,", machine->cores);
  for (size_t i = 0; i < sizeof after / sizeof *after; i++)
    add_text(f, after[i]);
  fprintf(f, "%d,", layer->problem->problem.threads);
  add_text(f, status[row->status]);
  add_text(f, row->reason);
  if (row->status == TB_ROW_OK)
    fprintf(f, "%.9g,%.9g,%.9g,%.9g,%.9g,%d,%" PRId64 ",", row->prepare, row->min, row->q1, row->median, row->q3,
            row->repetitions, row->iterations);
  if (row->status != TB_ROW_OK)
    fputs(",,,,,,,,,,\n", f);
  else if (row->subject->op == TB_NORMAL)
    fprintf(f, ",%.9g,%.9g,%.9g\n", row->ratio, row->ns, row->gb);
  else
    fprintf(f, "%.9g,%.9g,,\n", row->gflops, row->ratio);
  csv->rows++;
}

/* The whole of the text into the temporary file, down to the disk. */
static bool fill(const tb_csv *csv, int fd) {
  size_t done = 0;
  while (done < csv->size) {
    const ssize_t n = write(fd, csv->memory + done, csv->size - done);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return false;
    done += (size_t)n;
  }
  return fsync(fd) == 0 || errno == EINVAL;
}

bool tb_csv_write(tb_csv *csv) {
  if (csv->rows == 0)
    return true;
  if (fflush(csv->text) != 0)
    return complain(csv, ENOMEM);
  const int fd = create(csv);
  if (fd < 0)
    return complain(csv, errno);
  int error = fill(csv, fd) ? 0 : errno;
  if (close(fd) != 0 && !error)
    error = errno;
  if (!error && rename(csv->temporary, csv->path) != 0)
    error = errno;
  if (!error)
    return true;
  unlink(csv->temporary);
  return complain(csv, error);
}

int tb_csv_rows(const tb_csv *csv) {
  return csv->rows;
}

void tb_csv_close(tb_csv *csv) {
  if (!csv)
    return;
  if (csv->text)
    fclose(csv->text);
  free(csv->memory);
  free(csv->temporary);
  free(csv->path);
  free(csv);
}
