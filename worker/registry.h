/* Where kernels are found: the built-in ones and those of plugins, through the very same tables.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_REGISTRY_H
#define TB_REGISTRY_H

#include "kernel.h"

#include <stdbool.h>

#define TB_REGISTRY_MESSAGE 512

/* Limits of a plugin's table, which is refused where it exceeds them; of texts in bytes as printed, with the zero at the end.
 */
#define TB_KERNELS_MAX 256
#define TB_KERNEL_NAME 64
#define TB_KERNEL_SUMMARY 160
#define TB_PLUGIN_NAME 64
#define TB_PLUGIN_VERSION 32
#define TB_WHY 160 /* of a reason, which is cut there */

/* How a kernel describes itself, in printable characters. */
typedef struct tb_kernel_info {
  char name[TB_KERNEL_NAME], op[32], summary[TB_KERNEL_SUMMARY];
  char library[120]; /* empty: none; ends in ".." where it is cut */
} tb_kernel_info;

/* Loads FILE.so and checks its table: symbol, abi number, struct sizes, limits, names, operators, the functions that must be
 * there; calls init.
 * The plugin stays loaded until the process ends. NULL: message says what is wrong with the file. A plugin that changes the
 * floating-point environment as it is loaded (-Ofast sets flush-to-zero) gets it restored; *warning then says so, else it is
 * empty. */
const tenbin_plugin *tb_registry_load(const char *path, char message[TB_REGISTRY_MESSAGE], char warning[TB_REGISTRY_MESSAGE]);

/* The same, with new copies of the plugin's libraries in a separate link namespace (dlmopen): two plugins can use two versions
 * of one library. */
const tenbin_plugin *tb_registry_load_apart(const char *path, char message[TB_REGISTRY_MESSAGE],
                                            char warning[TB_REGISTRY_MESSAGE]);

/* Writes "FILE: TEXT" in printable characters; only the end of a long path. */
void tb_registry_message(const char *path, const char *text, char out[TB_REGISTRY_MESSAGE]);

/* Describes a kernel; its library function is called for that. */
void tb_registry_describe(const tenbin_kernel *kernel, tb_kernel_info *out);

/* The reason of TENBIN_UNSUPPORTED, in printable characters. */
void tb_registry_why(const tenbin_answer *answer, char out[TB_WHY]);

/* NULL: there is none of that name. */
const tenbin_kernel *tb_registry_find(const tenbin_plugin *plugin, const char *name);

/* A field of a struct that may have been written before the field existed: only what struct_size covers is there. */
#define TB_HAS(object, field) ((object)->struct_size >= offsetof(__typeof__(*(object)), field) + sizeof((object)->field))

#endif
