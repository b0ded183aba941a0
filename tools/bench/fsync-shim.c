/*
 * LD_PRELOAD shim. Every fsync and fdatasync is counted in the file FSYNC_COUNT_FILE (one u64 of this machine's byte
 * order, shared by all processes that have it), and takes FSYNC_DELAY_US microseconds longer, as on a slower disk.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static useconds_t delay_us;
static uint64_t uncounted;
static uint64_t *count = &uncounted;

__attribute__((constructor)) static void prepare(void) {
  real_fsync = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
  real_fdatasync = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
  const char *delay = getenv("FSYNC_DELAY_US");
  if (delay) delay_us = (useconds_t)atoi(delay);
  const char *name = getenv("FSYNC_COUNT_FILE");
  int file = name ? open(name, O_RDWR) : -1;
  if (file < 0) return;
  void *page = mmap(NULL, sizeof(uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (page != MAP_FAILED) count = page;
  close(file);
}

static void note(void) {
  __atomic_add_fetch(count, 1, __ATOMIC_RELAXED);
  if (delay_us == 0) return;
  // unless told so, Linux lets a thread sleep up to 50 us longer than it asked for
  prctl(PR_SET_TIMERSLACK, 1UL);
  usleep(delay_us);
}

int fsync(int fd) {
  note();
  return real_fsync(fd);
}

int fdatasync(int fd) {
  note();
  return real_fdatasync(fd);
}
