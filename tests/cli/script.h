/* A kernel whose runs take what a test says, and that does what it says: included by a copy of kernels/example.c, which
 * scripted.sh makes. A run takes COST nanoseconds of the scripted clock (clock.c). `late`: it is the second to be loaded. Each
 * time it is loaded it adds a byte to the file TEST_LOADS; from byte TEST_MOST on, the program that times it gets the signal
 * TEST_SIGNAL.
 *
 * SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef IN_LOAD
#define IN_LOAD (void)0
#endif
#ifndef IN_PREPARE
#define IN_PREPARE (void)0
#endif
#ifndef IN_RUN
#define IN_RUN (void)0
#endif

static int late;
static long calls;
static _Atomic long *now;

/* What the system says of a process in a file of its own, or where a link there leads. */
static inline const char *about(int pid, const char *what, char *text, int size) {
  char path[60];
  snprintf(path, sizeof path, "/proc/%d/%s", pid, what);
  long n = readlink(path, text, (unsigned long)size - 1);
  const int f = n < 0 ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  if (f >= 0) {
    n = read(f, text, (unsigned long)size - 1);
    close(f);
  }
  text[n > 0 ? n : 0] = 0;
  return text;
}

/* The program that times kernels, from the process that runs them upwards. */
static inline int timer(void) {
  char text[500];
  int pid = getpid();
  while (pid > 1) {
    const char *name = strrchr(about(pid, "exe", text, sizeof text), '/');
    if (name && (strcmp(name, "/tenbin") == 0 || strcmp(name, "/tenbin-bench") == 0))
      break;
    const char *end = strrchr(about(pid, "stat", text, sizeof text), ')');
    if (!end || sscanf(end, ") %*c %d", &pid) != 1)
      break;
  }
  return pid;
}

static inline void spend(long nanoseconds) {
  calls++;
  if (now && (void *)now != MAP_FAILED)
    *now += nanoseconds;
}

static inline void crash(void) {
  *(volatile int *volatile)NULL = 1;
}

static inline void loop(void) {
  for (volatile int forever = 1; forever;)
    ;
}

static inline void doze(void) {
  for (;;)
    pause();
}

/* Leaves a process behind, once; one that escapes is of its own session, and nobody's child. */
static inline void leave(int escapes) {
  static int left;
  if (left++)
    return;
  const pid_t child = fork();
  if (child == 0) {
    if (escapes && (setsid() < 0 || fork() != 0))
      _exit(0);
    sleep(300);
    _exit(0);
  }
  if (escapes)
    waitpid(child, NULL, 0);
}

/* The descriptor on which the process answers, which lies above those of a usual process; -1: it is not found. */
static inline int answers(void) {
  for (int fd = 100; fd < 200; fd++) {
    char path[40], what[40] = "";
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (readlink(path, what, sizeof what - 1) > 0 && strncmp(what, "pipe:", 5) == 0 &&
        (fcntl(fd, F_GETFL) & O_ACCMODE) == O_WRONLY)
      return fd;
  }
  return -1;
}

static inline void say(const char *text) {
  (void)!write(answers(), text, strlen(text));
  doze();
}

/* A line without an end. */
static inline void babble(void) {
  static char text[10000];
  memset(text, 'x', sizeof text - 1);
  say(text);
}

/* What an answer looks like, to the row that was asked for. */
static inline void forge(void) {
  static char text[20000];
  for (int serial = 1; serial < 100; serial++)
    sprintf(text + strlen(text), "times %d 0 1e-4 1e-4 0 1e-5 1e-5 1 1 1 1 0 0 1 0 0\n", serial);
  say(text);
}

static inline void hush(void) {
  close(answers());
  doze();
}

/* Writes over the page that tells where the process is. */
static inline void scribble(void) {
  FILE *maps = fopen("/proc/self/maps", "r");
  char line[512];
  unsigned long from;
  while (maps && fgets(line, sizeof line, maps))
    if (strstr(line, "/memfd:tenbin-place") && sscanf(line, "%lx", &from) == 1)
      memset((void *)from, 0xff, 16);
  if (maps)
    fclose(maps);
}

__attribute__((constructor)) static void load(void) {
  const char *loads = getenv("TEST_LOADS");
  late = getenv("TEST_LOADED") != NULL;
  const char *clock = getenv("TEST_CLOCK");
  if (clock)
    now = mmap(NULL, sizeof *now, PROT_READ | PROT_WRITE, MAP_SHARED, open(clock, O_RDWR | O_CLOEXEC), 0);
  setenv("TEST_LOADED", "", 1);
  const int f = loads ? open(loads, O_WRONLY | O_APPEND | O_CREAT, 0600) : -1;
  if (f >= 0 && write(f, "x", 1) == 1 && lseek(f, 0, SEEK_END) >= atol(getenv("TEST_MOST")))
    kill(timer(), atoi(getenv("TEST_SIGNAL")));
  if (f >= 0)
    close(f);
  IN_LOAD;
}
