// A host with troubles, preloaded into a program: its wall clock is off, and its disk fails to sync. Two numbers of the
// file $TROUBLED_HOST, 64 bits each, say how: seconds to add to the wall clock, and the errno of every sync, or 0.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>

static const int64_t calm[2];
static const volatile int64_t *trouble = calm;

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("TROUBLED_HOST");
  int file = path == NULL ? -1 : open(path, O_RDONLY);
  void *shared = file < 0 ? MAP_FAILED : mmap(NULL, sizeof calm, PROT_READ, MAP_SHARED, file, 0);
  if (shared != MAP_FAILED) trouble = shared;
}

static int synced(const char *name, int file) {
  int (*sync)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
  if (trouble[1] == 0) return sync(file);
  errno = (int)trouble[1];
  return -1;
}

int fsync(int file) { return synced("fsync", file); }

int fdatasync(int file) { return synced("fdatasync", file); }

int clock_gettime(clockid_t clock, struct timespec *at) {
  static int (*ask)(clockid_t, struct timespec *);
  if (ask == NULL) ask = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
  int result = ask(clock, at);
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) at->tv_sec += trouble[0];
  return result;
}

int gettimeofday(struct timeval *at, void *zone) {
  static int (*ask)(struct timeval *, void *);
  if (ask == NULL) ask = (int (*)(struct timeval *, void *))dlsym(RTLD_NEXT, "gettimeofday");
  int result = ask(at, zone);
  if (result == 0) at->tv_sec += trouble[0];
  return result;
}
