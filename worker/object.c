/* Whether a file is a shared object.
 *
 * SPDX-License-Identifier: MIT */
#include "object.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LOOK = 4096 };

static bool read_at(int fd, uint64_t offset, void *out, size_t bytes) {
  return offset <= INT64_MAX && pread(fd, out, bytes, (off_t)offset) == (ssize_t)bytes;
}

/* glibc loads no executables, which it knows by a flag where they are position-independent. */
static bool is_executable(int fd, const ElfW(Phdr) * dynamic) {
  ElfW(Dyn) entry;
  for (uint64_t at = 0; at < dynamic->p_filesz && read_at(fd, dynamic->p_offset + at, &entry, sizeof entry); at += sizeof entry)
    if (entry.d_tag == DT_FLAGS_1 && entry.d_un.d_val & DF_1_PIE)
      return true;
  return false;
}

/* What an ELF file is, but for a shared object for this machine: then NULL. Class, byte order, type and machine lie at the same
 * place in all of them. */
static const char *elf_kind(int fd, uint64_t size) {
  ElfW(Ehdr) e, own;
  const int self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  const bool known = self >= 0 && read_at(self, 0, &own, sizeof own);
  if (self >= 0)
    close(self);
  if (!read_at(fd, 0, &e, sizeof e))
    return "the beginning of an ELF file";
  if (known && (memcmp(e.e_ident, own.e_ident, EI_VERSION) != 0 || e.e_machine != own.e_machine))
    return "an ELF file for another processor";
  if (e.e_type != ET_DYN)
    return e.e_type == ET_REL ? "an object file" : e.e_type == ET_EXEC ? "an executable" : "an ELF file of another type";
  for (size_t i = 0; i < e.e_phnum; i++) {
    ElfW(Phdr) p;
    if (!read_at(fd, e.e_phoff + i * sizeof p, &p, sizeof p) || p.p_offset > size || p.p_filesz > size - p.p_offset)
      return "the beginning of an ELF file";
    if (p.p_type == PT_DYNAMIC && is_executable(fd, &p))
      return "an executable";
  }
  return NULL;
}

static const char *plain_kind(int fd) {
  char bytes[LOOK];
  const ssize_t n = pread(fd, bytes, sizeof bytes, 0);
  if (n <= 0)
    return "an empty file";
  if (n >= 8 && memcmp(bytes, "!<arch>\n", 8) == 0)
    return "an archive";
  for (ssize_t i = 0; i < n; i++)
    if ((unsigned char)bytes[i] < ' ' && !(bytes[i] >= '\t' && bytes[i] <= '\r'))
      return "no ELF file";
  return "text, such as a source";
}

bool tb_object_shared(const char *path, char *why, size_t size) {
  char magic[SELFMAG];
  struct stat s;
  const int fd = stat(path, &s) != 0 ? -1 : S_ISREG(s.st_mode) ? open(path, O_RDONLY | O_CLOEXEC) : -2;
  if (fd == -1) {
    snprintf(why, size, "%s", strerror(errno));
    return false;
  }
  const char *kind = fd < 0 ? S_ISDIR(s.st_mode) ? "a folder" : "a device, a pipe or a socket"
                     : read_at(fd, 0, magic, SELFMAG) && memcmp(magic, ELFMAG, SELFMAG) == 0 ? elf_kind(fd, (uint64_t)s.st_size)
                                                                                             : plain_kind(fd);
  if (fd >= 0)
    close(fd);
  if (kind)
    snprintf(why, size, "a shared object (cc -shared) is expected, and this is %s", kind);
  return !kind;
}
