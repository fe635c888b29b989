/* Changes of inputs. What is moved about are pieces, mostly of whole words: so much of what comes out is nearly right, and the
 * words of all files are the dictionary.
 *
 * SPDX-License-Identifier: MIT */
#include "mutate.h"

#include "rng.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct input {
  uint64_t random;
  size_t size;
  uint8_t *bytes;
};

struct piece {
  const uint8_t *from;
  size_t size;
};

static size_t below(struct input *in, size_t limit) {
  return limit ? (size_t)(tb_rng(&in->random) >> 32) % limit : 0;
}

static bool is_word(uint8_t c) {
  return isalnum(c) || c == '_' || c == '.' || c >= 128;
}

/* Whether a word, or what stands between two, ends at i. */
static bool is_edge(const uint8_t *bytes, size_t size, size_t i) {
  return i == 0 || i >= size || is_word(bytes[i - 1]) != is_word(bytes[i]);
}

static size_t place(struct input *in, const uint8_t *bytes, size_t size, bool whole_words) {
  size_t at = below(in, size + 1);
  while (whole_words && !is_edge(bytes, size, at))
    at++;
  return at;
}

/* From a place to one that is mostly near. */
static struct piece choose(struct input *in, const uint8_t *bytes, size_t size) {
  const bool whole_words = below(in, 4) > 0;
  const size_t at = place(in, bytes, size, whole_words), most = below(in, 8) ? 16 : size;
  size_t end = at + 1 + below(in, most);
  while (whole_words && end < size && !is_edge(bytes, size, end))
    end++;
  return (struct piece){bytes + at, end < size ? end - at : size - at};
}

/* Puts a piece in the place of `gone` bytes. The piece may be one of the input's own. */
static void replace(struct input *in, size_t at, size_t gone, struct piece piece) {
  uint8_t copy[MUTATE_MAX];
  gone = gone < in->size - at ? gone : in->size - at;
  if (in->size - gone + piece.size > MUTATE_MAX)
    return;
  memcpy(copy, piece.from, piece.size);
  memmove(in->bytes + at + piece.size, in->bytes + at + gone, in->size - at - gone);
  memcpy(in->bytes + at, copy, piece.size);
  in->size = in->size - gone + piece.size;
}

/* Another number in the place of the next one: a small one, or one that something may not hold. */
static void renumber(struct input *in) {
  static const char *const numbers[] = {"65535",
                                        "1000000000",
                                        "2147483647",
                                        "2147483648",
                                        "4294967296",
                                        "1099511627776",
                                        "3037000500",
                                        "4611686018427387904",
                                        "9223372036854775807",
                                        "9223372036854775808",
                                        "18446744073709551615",
                                        "-1",
                                        "-9223372036854775808",
                                        "1e300",
                                        "5e-324",
                                        "nan",
                                        "-inf"};
  char small[24];
  const char *number = numbers[below(in, sizeof numbers / sizeof *numbers)];
  size_t at = below(in, in->size + 1), end;
  while (at < in->size && !isdigit(in->bytes[at]))
    at++;
  for (end = at; end < in->size && isdigit(in->bytes[end]);)
    end++;
  if (below(in, 3)) {
    snprintf(small, sizeof small, "%zu", below(in, below(in, 4) ? 10 : 1000));
    number = small;
  }
  replace(in, at, end - at, (struct piece){(const uint8_t *)number, strlen(number)});
}

static void change(struct input *in, const mutate_corpus *corpus) {
  const mutate_file *other = &corpus->file[below(in, (size_t)corpus->files)];
  const struct piece own = choose(in, in->bytes, in->size), theirs = choose(in, other->bytes, other->size);
  const uint8_t byte = (uint8_t)tb_rng(&in->random);
  const size_t at = place(in, in->bytes, in->size, below(in, 4) > 0);
  switch (below(in, 10)) {
  case 0:
    if (at < in->size)
      in->bytes[at] ^= (uint8_t)(1 << byte % 8);
    break;
  case 1:
    replace(in, at, below(in, 2), (struct piece){&byte, 1});
    break;
  case 2:
    replace(in, (size_t)(own.from - in->bytes), own.size, (struct piece){own.from, 0});
    break;
  case 3:
    replace(in, at, 0, own);
    break;
  case 4:
    replace(in, at, 0, theirs);
    break;
  case 5:
  case 6:
    replace(in, (size_t)(own.from - in->bytes), own.size, theirs);
    break;
  default:
    renumber(in);
  }
}

size_t mutate(const mutate_corpus *corpus, uint64_t number, uint8_t out[MUTATE_MAX]) {
  struct input in = {.random = tb_rng_mix(number), .bytes = out};
  const mutate_file *file = &corpus->file[below(&in, (size_t)corpus->files)];
  in.size = file->size;
  memcpy(out, file->bytes, file->size);
  do
    change(&in, corpus);
  while (below(&in, 2));
  return in.size;
}
