/* A whole folder of data.
 *
 * SPDX-License-Identifier: MIT */
#include "folder.h"

#include "digest.h"
#include "fuzz.h"
#include "operator.h"

#include <stdio.h>
#include <string.h>

static const struct {
  const char *operator, * text;
  bool asked; /* of PyTorch */
} cases[] = {{"conv_transpose2d", "conv_transpose2d c1:1 in1x1 k0 fill=wide-x seed=0", true},
             {"max_pool2d", "max_pool2d c1 in1x1 k0 fill=ties seed=0", true},
             {"normal", "normal stream=any seed=0 calls=1", false}};
enum { CASES = sizeof cases / sizeof *cases };

void folder_container(tb_text *t) {
  const size_t begin = t->used;
  int count = 0;
  t->used += 8;
  tb_text_puts(t, "{\"__metadata__\":{\"format\":\"tenbin-golden 1\"");
  for (int i = 0; i < CASES; i++)
    if (cases[i].asked)
      tb_text_add(t,
                  ",\"case.%d\":\"{\\\"descriptor\\\":\\\"%s\\\",\\\"flags\\\":\\\"\\\",\\\"group\\\":\\\"g\\\","
                  "\\\"why\\\":\\\"\\\",\\\"source\\\":\\\"s\\\",\\\"kind\\\":\\\"rejected\\\",\\\"message\\\":\\\"m\\\"}\"",
                  count++, cases[i].text);
  tb_text_add(t, ",\"cases\":\"%d\"}}", count);
  for (size_t i = 0; i < 8; i++)
    t->out[begin + i] = (char)((t->used - begin - 8) >> 8 * i);
}

void folder_list(tb_text *t, const char *name, const void *bytes, size_t size) {
  char digest[33];
  tb_digest_print(XXH3_128bits(bytes, size), digest);
  tb_text_add(t, "%s  %zu  %s\n", digest, size, name);
}

void folder_cases(void) {
  char path[200], text[200];
  for (int i = 0; i < CASES; i++)
    for (const char *const *name = tb_operator_find(cases[i].operator)->files; *name; name++) {
      snprintf(path, sizeof path, "conformance/cases/%s.cases", *name);
      snprintf(text, sizeof text, "[g]\n%s\n", cases[i].text);
      fuzz_data(path, text, strlen(text));
    }
}
