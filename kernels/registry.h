/* Where kernels are found: the built-in ones and those of plugins, through the very same tables.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TB_REGISTRY_H
#define TB_REGISTRY_H

#include "kernel.h"

#include <stdbool.h>

#define TB_REGISTRY_MESSAGE 512

/* The built-in kernels, as a plugin named "tenbin". */
const tenbin_plugin *tb_registry_builtin(void);

/* Loads FILE.so and checks its table: symbol, abi number, struct sizes, names, the functions that must be there; calls init.
 * The plugin stays loaded until the process ends. NULL: message says what is wrong with the file. A plugin that changes the
 * floating-point environment as it is loaded (-Ofast sets flush-to-zero) gets it restored; *warning then says so, else it is
 * empty. */
const tenbin_plugin *tb_registry_load(const char *path, char message[TB_REGISTRY_MESSAGE], char warning[TB_REGISTRY_MESSAGE]);

/* The same, with all libraries below the plugin loaded anew into a link namespace of its own (dlmopen): two plugins can stand
 * on two versions of one library. */
const tenbin_plugin *tb_registry_load_apart(const char *path, char message[TB_REGISTRY_MESSAGE],
                                            char warning[TB_REGISTRY_MESSAGE]);

/* NULL: there is none of that name. */
const tenbin_kernel *tb_registry_find(const tenbin_plugin *plugin, const char *name);

/* A field of a struct that may have been written before the field existed: only what struct_size covers is there. */
#define TB_HAS(object, field) ((object)->struct_size >= offsetof(__typeof__(*(object)), field) + sizeof((object)->field))

#endif
