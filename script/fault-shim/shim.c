/* A disk that fails on purpose, under one process: LD_PRELOAD this library. Linux only; the tests in test/crash use it.
 *
 * IEUM_FAULT_CONTROL names a file with one line, read at every call, so that it can be changed while the process runs:
 *     CALL ERROR AFTER TIMES SUFFIX        for example: sync EIO 0 1 .db-wal
 *   CALL    write, sync or truncate
 *   ERROR   EIO or ENOSPC
 *   AFTER   calls that still succeed, counted since the line changed
 *   TIMES   calls that then fail
 *   SUFFIX  how the name of the file ends, * for any database file
 *
 * IEUM_FAULT_RECORD names a file to which every write, truncation, sync and failed sync of a database file is noted, so
 * that a test can work out what would be on the disk after a power cut. A record: a letter (W T S F R U), then, as
 * 64-bit numbers, offset (or size) and length, the length of the name and the name; for W the bytes, for R the new name.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

/* Names of database files end so; everything else is left alone. */
static const char *const SUFFIXES[] = {".db", ".db-wal", ".db-journal", ".db.new", ".db.new-wal", ".db.new-journal"};

static int ends_with(const char *name, const char *suffix) {
  size_t a = strlen(name), b = strlen(suffix);
  return a >= b && strcmp(name + a - b, suffix) == 0;
}

static int is_ours(const char *name) {
  for (size_t i = 0; i < sizeof SUFFIXES / sizeof *SUFFIXES; i++)
    if (ends_with(name, SUFFIXES[i])) return 1;
  return 0;
}

/* The name of an open file, 0 when it is none of a database. */
static int name_of(int fd, char *name) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t n = readlink(link, name, PATH_MAX - 1);
  if (n <= 0) return 0;
  name[n] = 0;
  return is_ours(name);
}

/* The errno that a call must fail with now, 0 when it may pass. */
static int fault(const char *call, const char *name) {
  static char last[256];
  static long seen;
  const char *control = getenv("IEUM_FAULT_CONTROL");
  if (control == NULL) return 0;
  char line[256] = {0};
  int fd = syscall(SYS_openat, AT_FDCWD, control, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  ssize_t n = syscall(SYS_read, fd, line, sizeof line - 1);
  syscall(SYS_close, fd);
  if (n <= 0) return 0;
  if (strcmp(line, last) != 0) {
    memcpy(last, line, sizeof last);
    seen = 0;
  }
  char wanted[16], error[16], suffix[64];
  long after, times;
  if (sscanf(line, "%15s %15s %ld %ld %63s", wanted, error, &after, &times, suffix) != 5) return 0;
  if (strcmp(wanted, call) != 0 || (strcmp(suffix, "*") != 0 && !ends_with(name, suffix))) return 0;
  long now = seen++;
  if (now < after || now >= after + times) return 0;
  return strcmp(error, "ENOSPC") == 0 ? ENOSPC : EIO;
}

static void put(int fd, const void *bytes, size_t length) {
  const char *at = bytes;
  while (length > 0) {
    ssize_t n = syscall(SYS_write, fd, at, length);
    if (n <= 0) return;
    at += n;
    length -= n;
  }
}

static void record(char letter, const char *name, uint64_t offset, const void *bytes, uint64_t length) {
  static int fd = -2;
  if (fd == -2) {
    const char *file = getenv("IEUM_FAULT_RECORD");
    fd = file == NULL ? -1 : (int)syscall(SYS_openat, AT_FDCWD, file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  }
  if (fd < 0) return;
  uint64_t name_length = strlen(name);
  char *all = malloc(25 + name_length + length);
  if (all == NULL) return;
  all[0] = letter;
  memcpy(all + 1, &offset, 8);
  memcpy(all + 9, &length, 8);
  memcpy(all + 17, &name_length, 8);
  memcpy(all + 25, name, name_length);
  if (length > 0) memcpy(all + 25 + name_length, bytes, length);
  put(fd, all, 25 + name_length + length);
  free(all);
}

#define REAL(name, type) \
  static type real; \
  if (real == NULL) real = (type)dlsym(RTLD_NEXT, name)

typedef ssize_t (*write_call)(int, const void *, size_t, off64_t);
typedef int (*sync_call)(int);
typedef int (*truncate_call)(int, off64_t);

static ssize_t do_write(write_call real, int fd, const void *bytes, size_t length, off64_t offset) {
  char name[PATH_MAX];
  if (!name_of(fd, name)) return real(fd, bytes, length, offset);
  pthread_mutex_lock(&mutex);
  int error = fault("write", name);
  ssize_t n = -1;
  if (error == 0) {
    n = real(fd, bytes, length, offset);
    error = errno;
    if (n > 0) record('W', name, offset, bytes, n);
  }
  pthread_mutex_unlock(&mutex);
  if (n < 0) errno = error;
  return n;
}

static int do_sync(sync_call real, int fd) {
  char name[PATH_MAX];
  if (!name_of(fd, name)) return real(fd);
  pthread_mutex_lock(&mutex);
  int error = fault("sync", name);
  int result = -1;
  if (error == 0) {
    result = real(fd);
    error = errno;
  }
  record(result == 0 ? 'S' : 'F', name, 0, NULL, 0);
  pthread_mutex_unlock(&mutex);
  if (result != 0) errno = error;
  return result;
}

static int do_truncate(truncate_call real, int fd, off64_t size) {
  char name[PATH_MAX];
  if (!name_of(fd, name)) return real(fd, size);
  pthread_mutex_lock(&mutex);
  int error = fault("truncate", name);
  int result = -1;
  if (error == 0) {
    result = real(fd, size);
    error = errno;
    if (result == 0) record('T', name, size, NULL, 0);
  }
  pthread_mutex_unlock(&mutex);
  if (result != 0) errno = error;
  return result;
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) {
  REAL("pwrite64", write_call);
  return do_write(real, fd, bytes, length, offset);
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) {
  REAL("pwrite64", write_call);
  return do_write(real, fd, bytes, length, offset);
}

int fsync(int fd) {
  REAL("fsync", sync_call);
  return do_sync(real, fd);
}

int fdatasync(int fd) {
  REAL("fdatasync", sync_call);
  return do_sync(real, fd);
}

int ftruncate64(int fd, off64_t size) {
  REAL("ftruncate64", truncate_call);
  return do_truncate(real, fd, size);
}

int ftruncate(int fd, off_t size) {
  REAL("ftruncate64", truncate_call);
  return do_truncate(real, fd, size);
}

/* Names are taken to be on the disk at once. */
int rename(const char *from, const char *to) {
  static int (*real)(const char *, const char *);
  if (real == NULL) real = (int (*)(const char *, const char *))dlsym(RTLD_NEXT, "rename");
  int result = real(from, to);
  if (result == 0 && is_ours(from)) {
    pthread_mutex_lock(&mutex);
    record('R', from, 0, to, strlen(to));
    pthread_mutex_unlock(&mutex);
  }
  return result;
}

int unlink(const char *name) {
  static int (*real)(const char *);
  if (real == NULL) real = (int (*)(const char *))dlsym(RTLD_NEXT, "unlink");
  int result = real(name);
  if (result == 0 && is_ours(name)) {
    pthread_mutex_lock(&mutex);
    record('U', name, 0, NULL, 0);
    pthread_mutex_unlock(&mutex);
  }
  return result;
}
