/* A file of comma-separated values.
 *
 * SPDX-License-Identifier: MIT */
#include "csv.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct tb_csv {
  tb_outfile *file;
  FILE *text;
  int rows;
  bool within; /* a row that has a field */
};

tb_csv *tb_csv_open(const char *path, const char *header) {
  tb_outfile *file = tb_outfile_open("--csv", path);
  if (!file)
    return NULL;
  tb_csv *csv = calloc(1, sizeof *csv);
  if (!csv)
    abort();
  *csv = (tb_csv){.file = file, .text = tb_outfile_text(file)};
  fprintf(csv->text, "%s\n", header);
  return csv;
}

tb_outfile *tb_csv_file(const tb_csv *csv) {
  return csv ? csv->file : NULL;
}

static FILE *next(tb_csv *csv) {
  if (csv->within)
    fputc(',', csv->text);
  csv->within = true;
  return csv->text;
}

void tb_csv_text(tb_csv *csv, const char *text) {
  FILE *f = next(csv);
  if (!strpbrk(text, ",\"\r\n")) {
    fputs(text, f);
    return;
  }
  fputc('"', f);
  for (const char *c = text; *c; c++) {
    if (*c == '"')
      fputc('"', f);
    fputc(*c, f);
  }
  fputc('"', f);
}

void tb_csv_texts(tb_csv *csv, const char *const *text, size_t count) {
  for (size_t i = 0; i < count; i++)
    tb_csv_text(csv, text[i]);
}

void tb_csv_integer(tb_csv *csv, int64_t value) {
  fprintf(next(csv), "%" PRId64, value);
}

void tb_csv_number(tb_csv *csv, double value) {
  fprintf(next(csv), "%.9g", value);
}

void tb_csv_exact(tb_csv *csv, double value) {
  fprintf(next(csv), "%.17g", value);
}

void tb_csv_number_if(tb_csv *csv, bool there, double value) {
  if (there)
    tb_csv_number(csv, value);
  else
    next(csv);
}

void tb_csv_empty(tb_csv *csv, int fields) {
  for (int i = 0; i < fields; i++)
    next(csv);
}

void tb_csv_end_row(tb_csv *csv) {
  fputc('\n', csv->text);
  csv->within = false;
  csv->rows++;
}

int tb_csv_rows(const tb_csv *csv) {
  return csv->rows;
}

bool tb_csv_write(tb_csv *csv) {
  return !csv || csv->rows == 0 || tb_outfile_write(csv->file);
}

void tb_csv_close(tb_csv *csv) {
  if (!csv)
    return;
  tb_outfile_close(csv->file);
  free(csv);
}
