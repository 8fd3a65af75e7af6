// Faults at system calls, for a process under LD_PRELOAD: kills, errors, short writes and delays at
// the Nth matching call below FAULT_ROOT, and a log of every change for power-loss.ts to replay.
//
// FAULT_CONTROL names a file of rules, read again whenever it changes; one rule per line:
//
//   [then] OPS PATTERN NTH COUNT ACTION
//
// OPS: '*' or a comma list of create open write finish truncate fsync fdatasync fsyncdir rename
// link unlink rmdir mkdir mark. `finish` is a write that ends a segment (its last, partial chunk).
// PATTERN: fnmatch() of the path relative to FAULT_ROOT. COUNT: a number, or '*': from the NTH call
// on. ACTION: kill-before kill-after ENOSPC EIO EROFS EDQUOT short=BYTES delay=MS note. `then`: the
// rule counts only after the one in front of it has acted. FAULT_REPORT: each act is appended to
// it. FAULT_LOG: the log. FAULT_MARKS: writes to this file are logged as marks, in their place
// among the changes.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { kMaxRules = 16, kMaxWrite = 64 << 20 };

struct rule {
  char ops[96];
  char pattern[160];
  char action[32];
  long nth, count, seen, acted;  // count < 0: without end
  int then;
};

struct decision {
  int error;       // errno to fail with, or 0
  long shortened;  // bytes to write at most, or -1
  int killAfter;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct rule rules[kMaxRules];
static int ruleCount;
static struct timespec controlTime;
static off_t controlSize = -1;
static char root[PATH_MAX], marks[PATH_MAX];
static const char* control;
static int logFd = -1, reportFd = -1;
static uint64_t syncs;

#define REAL(name) ((__typeof__(&name))real(#name))
static void* real(const char* name) {
  void* found = dlsym(RTLD_NEXT, name);
  if (found == NULL) abort();
  return found;
}

static int openRaw(const char* path, int flags) {
  return (int)syscall(SYS_openat, AT_FDCWD, path, flags | O_CLOEXEC, 0600);
}

__attribute__((constructor)) static void start(void) {
  const char* given = getenv("FAULT_ROOT");
  if (given == NULL || realpath(given, root) == NULL) root[0] = 0;
  control = getenv("FAULT_CONTROL");
  const char* path = getenv("FAULT_MARKS");
  if (path != NULL) snprintf(marks, sizeof marks, "%s", path);
  path = getenv("FAULT_LOG");
  if (path != NULL) logFd = openRaw(path, O_WRONLY | O_CREAT | O_APPEND);
  path = getenv("FAULT_REPORT");
  if (path != NULL) reportFd = openRaw(path, O_WRONLY | O_CREAT | O_APPEND);
}

// --- paths
// ----------------------------------------------------------------------------------------

// The path relative to the root, or NULL where the call is none of ours.
static const char* below(const char* absolute) {
  const size_t length = strlen(root);
  if (length == 0 || strncmp(absolute, root, length) != 0) return NULL;
  if (absolute[length] == 0) return ".";
  return absolute[length] == '/' ? absolute + length + 1 : NULL;
}

static const char* pathOf(int fd, char* buffer) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t length = readlink(link, buffer, PATH_MAX - 1);
  if (length <= 0) return NULL;
  buffer[length] = 0;
  return buffer;
}

static const char* placeOf(int fd, char* buffer) {
  if (root[0] == 0) return NULL;
  const char* path = pathOf(fd, buffer);
  if (path == NULL) return NULL;
  return marks[0] != 0 && strcmp(path, marks) == 0 ? "\1mark" : below(path);
}

// The path is resolved up to its last part, which may not exist yet.
static const char* placeAt(int directory, const char* path, char* buffer) {
  if (root[0] == 0 || path == NULL || path[0] == 0) return NULL;
  char whole[PATH_MAX * 2], base[PATH_MAX];
  if (path[0] == '/') {
    snprintf(whole, sizeof whole, "%s", path);
  } else {
    const char* from = directory == AT_FDCWD ? getcwd(base, sizeof base) : pathOf(directory, base);
    if (from == NULL) return NULL;
    snprintf(whole, sizeof whole, "%s/%s", from, path);
  }
  char* end = whole + strlen(whole);
  while (end > whole + 1 && end[-1] == '/') *--end = 0;
  char* slash = strrchr(whole, '/');
  char name[NAME_MAX + 1];
  snprintf(name, sizeof name, "%s", slash + 1);
  *slash = 0;
  char parent[PATH_MAX];
  if (realpath(whole[0] == 0 ? "/" : whole, parent) == NULL) return NULL;
  snprintf(buffer, PATH_MAX, "%.*s/%s", PATH_MAX - NAME_MAX - 2, parent, name);
  return below(buffer);
}

// --- the log
// --------------------------------------------------------------------------------------

struct record {
  uint32_t magic;
  uint32_t pathBytes, otherBytes, dataBytes;
  uint64_t inode;
  int64_t offset;
  int64_t wallMs;
  char op[16];
};

static uint64_t inodeOf(int fd) {
  struct stat status;
  return fstat(fd, &status) == 0 ? (uint64_t)status.st_ino : 0;
}

static void note(const char* op, const char* path, const char* other, uint64_t inode,
                 int64_t offset, const void* data, size_t size) {
  if (logFd < 0) return;
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  struct record record = {.magic = 0x464c5531, .inode = inode, .offset = offset};
  record.wallMs = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
  snprintf(record.op, sizeof record.op, "%s", op);
  record.pathBytes = (uint32_t)strlen(path);
  record.otherBytes = other == NULL ? 0 : (uint32_t)strlen(other);
  record.dataBytes = (uint32_t)size;
  struct iovec parts[4] = {{&record, sizeof record},
                           {(void*)path, record.pathBytes},
                           {(void*)other, record.otherBytes},
                           {(void*)data, size}};
  pthread_mutex_lock(&lock);
  syscall(SYS_writev, logFd, parts, 4);
  pthread_mutex_unlock(&lock);
}

// --- the rules
// ------------------------------------------------------------------------------------

static void readRules(void) {
  struct stat status;
  if (control == NULL || stat(control, &status) != 0) {
    ruleCount = 0;
    controlSize = -1;
    return;
  }
  if (status.st_size == controlSize && status.st_mtim.tv_sec == controlTime.tv_sec &&
      status.st_mtim.tv_nsec == controlTime.tv_nsec) {
    return;
  }
  controlSize = status.st_size;
  controlTime = status.st_mtim;
  char text[8192];
  const int fd = openRaw(control, O_RDONLY);
  if (fd < 0) return;
  const ssize_t length = read(fd, text, sizeof text - 1);
  syscall(SYS_close, fd);
  text[length < 0 ? 0 : length] = 0;
  ruleCount = 0;
  char* rest = NULL;
  for (char* line = strtok_r(text, "\n", &rest); line != NULL && ruleCount < kMaxRules;
       line = strtok_r(NULL, "\n", &rest)) {
    struct rule rule = {0};
    char count[16];
    if (strncmp(line, "then ", 5) == 0) {
      rule.then = 1;
      line += 5;
    }
    if (sscanf(line, "%95s %159s %ld %15s %31s", rule.ops, rule.pattern, &rule.nth, count,
               rule.action) != 5) {
      fprintf(stderr, "fault-shim: no rule: %s\n", line);
      abort();
    }
    rule.count = strcmp(count, "*") == 0 ? -1 : atol(count);
    rules[ruleCount++] = rule;
  }
}

static int names(const char* list, const char* op) {
  if (strcmp(list, "*") == 0) return 1;
  const size_t length = strlen(op);
  for (const char* at = list; (at = strstr(at, op)) != NULL; at += length) {
    const int begins = at == list || at[-1] == ',';
    if (begins && (at[length] == 0 || at[length] == ',')) return 1;
  }
  return 0;
}

static int errorNamed(const char* name) {
  static const struct {
    const char* name;
    int number;
  } kAll[] = {{"ENOSPC", ENOSPC}, {"EIO", EIO}, {"EROFS", EROFS}, {"EDQUOT", EDQUOT}};
  for (size_t i = 0; i < sizeof kAll / sizeof kAll[0]; ++i) {
    if (strcmp(kAll[i].name, name) == 0) return kAll[i].number;
  }
  return 0;
}

static void die(void) {
  syscall(SYS_kill, getpid(), SIGKILL);
  for (;;) pause();
}

// What happens to this call. `alias` is a second name it goes by (a write that is a `finish`).
static struct decision decide(const char* op, const char* alias, const char* path) {
  struct decision decision = {0, -1, 0};
  long delayMs = 0;
  int killNow = 0;
  pthread_mutex_lock(&lock);
  readRules();
  for (int i = 0; i < ruleCount; ++i) {
    struct rule* rule = &rules[i];
    if (rule->then && (i == 0 || rules[i - 1].acted == 0)) continue;
    if (!names(rule->ops, op) && (alias == NULL || !names(rule->ops, alias))) continue;
    if (fnmatch(rule->pattern, path, 0) != 0) continue;
    ++rule->seen;
    if (rule->seen < rule->nth || (rule->count >= 0 && rule->seen >= rule->nth + rule->count)) {
      continue;
    }
    ++rule->acted;
    char line[PATH_MAX + 96];
    const int length = snprintf(line, sizeof line, "%s %s %s\n", rule->action, op, path);
    if (reportFd >= 0) syscall(SYS_write, reportFd, line, (size_t)length);
    if (strcmp(rule->action, "kill-before") == 0) killNow = 1;
    if (strcmp(rule->action, "kill-after") == 0) decision.killAfter = 1;
    if (strncmp(rule->action, "short=", 6) == 0) decision.shortened = atol(rule->action + 6);
    if (strncmp(rule->action, "delay=", 6) == 0) delayMs = atol(rule->action + 6);
    const int error = errorNamed(rule->action);
    if (error != 0) decision.error = error;
  }
  pthread_mutex_unlock(&lock);
  if (delayMs > 0) {
    const struct timespec wait = {delayMs / 1000, delayMs % 1000 * 1000000};
    nanosleep(&wait, NULL);
  }
  if (killNow) die();
  return decision;
}

#define FAIL_WHERE_DECIDED(decision) \
  if ((decision).error != 0) {       \
    errno = (decision).error;        \
    return -1;                       \
  }
#define END(decision) \
  if ((decision).killAfter) die()

// --- opening
// --------------------------------------------------------------------------------------

static int openWith(int directory, const char* path, int flags, mode_t mode) {
  char buffer[PATH_MAX];
  const char* place = placeAt(directory, path, buffer);
  if (place == NULL) return (int)syscall(SYS_openat, directory, path, flags, mode);
  const int creates =
      (flags & O_CREAT) != 0 && faccessat(directory, path, F_OK, AT_SYMLINK_NOFOLLOW);
  const struct decision decision = decide(creates ? "create" : "open", NULL, place);
  FAIL_WHERE_DECIDED(decision);
  const int fd = (int)syscall(SYS_openat, directory, path, flags, mode);
  const int saved = errno;
  if (fd >= 0 && creates) note("create", place, NULL, inodeOf(fd), 0, NULL, 0);
  if (fd >= 0 && !creates && (flags & O_TRUNC) != 0) {
    note("truncate", place, NULL, inodeOf(fd), 0, NULL, 0);
  }
  END(decision);
  errno = saved;
  return fd;
}

#define MODE_OF(flags, last)                                        \
  mode_t mode = 0;                                                  \
  if (((flags)&O_CREAT) != 0 || ((flags)&O_TMPFILE) == O_TMPFILE) { \
    va_list list;                                                   \
    va_start(list, last);                                           \
    mode = (mode_t)va_arg(list, int);                               \
    va_end(list);                                                   \
  }

int open(const char* path, int flags, ...) {
  MODE_OF(flags, flags);
  return openWith(AT_FDCWD, path, flags, mode);
}
int open64(const char* path, int flags, ...) {
  MODE_OF(flags, flags);
  return openWith(AT_FDCWD, path, flags, mode);
}
int openat(int directory, const char* path, int flags, ...) {
  MODE_OF(flags, flags);
  return openWith(directory, path, flags, mode);
}
int openat64(int directory, const char* path, int flags, ...) {
  MODE_OF(flags, flags);
  return openWith(directory, path, flags, mode);
}
int __open_2(const char* path, int flags) {
  return openWith(AT_FDCWD, path, flags, 0);
}
int __open64_2(const char* path, int flags) {
  return openWith(AT_FDCWD, path, flags, 0);
}
int creat(const char* path, mode_t mode) {
  return openWith(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}
int creat64(const char* path, mode_t mode) {
  return creat(path, mode);
}

// --- writing
// --------------------------------------------------------------------------------------

// Whole chunks leave a few bytes (their tags) over a multiple of 4096, the last one leaves
// anything.
static const char* aliasOf(const char* place, int64_t offset, size_t size) {
  const int segment = fnmatch("*/[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]/*", place, 0) == 0;
  return segment && offset > 0 && size % 4096 > 1024 ? "finish" : NULL;
}

static ssize_t writeWith(int fd, const void* data, size_t size, int64_t offset) {
  char buffer[PATH_MAX];
  const char* place = placeOf(fd, buffer);
  const int positioned = offset >= 0;
#define WRITE(count)                                                                     \
  (positioned ? (ssize_t)syscall(SYS_pwrite64, fd, data, (size_t)(count), (off_t)offset) \
              : (ssize_t)syscall(SYS_write, fd, data, (size_t)(count)))
  if (place == NULL) return WRITE(size);
  if (place[0] == 1) {
    note("mark", "", NULL, 0, 0, data, size);
    const struct decision decision = decide("mark", NULL, "mark");
    END(decision);
    return WRITE(size);
  }
  const int64_t at = positioned ? offset : (int64_t)lseek(fd, 0, SEEK_CUR);
  const struct decision decision = decide("write", aliasOf(place, at, size), place);
  FAIL_WHERE_DECIDED(decision);
  const size_t wanted = decision.shortened >= 0 && (size_t)decision.shortened < size
                            ? (size_t)decision.shortened
                            : size;
  const ssize_t written = WRITE(wanted);
  const int saved = errno;
  if (written > 0) {
    const int64_t begin = positioned ? offset : (int64_t)lseek(fd, 0, SEEK_CUR) - written;
    note("write", place, NULL, inodeOf(fd), begin, data, (size_t)written);
  }
  END(decision);
  errno = saved;
  return written;
}

ssize_t write(int fd, const void* data, size_t size) {
  return writeWith(fd, data, size, -1);
}
ssize_t pwrite(int fd, const void* data, size_t size, off_t offset) {
  return writeWith(fd, data, size, offset);
}
ssize_t pwrite64(int fd, const void* data, size_t size, off64_t offset) {
  return writeWith(fd, data, size, offset);
}

static ssize_t writevWith(int fd, const struct iovec* parts, int count, int64_t offset) {
  char buffer[PATH_MAX];
  const char* place = count >= 0 ? placeOf(fd, buffer) : NULL;
  size_t size = 0;
  for (int i = 0; place != NULL && i < count; ++i) size += parts[i].iov_len;
  if (place == NULL || size > kMaxWrite) {
    return offset < 0 ? (ssize_t)syscall(SYS_writev, fd, parts, count)
                      : REAL(pwritev64)(fd, parts, count, offset);
  }
  char* all = malloc(size + 1);
  size_t filled = 0;
  for (int i = 0; i < count; ++i) {
    memcpy(all + filled, parts[i].iov_base, parts[i].iov_len);
    filled += parts[i].iov_len;
  }
  const ssize_t written = writeWith(fd, all, size, offset);
  const int saved = errno;
  free(all);
  errno = saved;
  return written;
}

ssize_t writev(int fd, const struct iovec* parts, int count) {
  return writevWith(fd, parts, count, -1);
}
ssize_t pwritev(int fd, const struct iovec* parts, int count, off_t offset) {
  return writevWith(fd, parts, count, offset);
}
ssize_t pwritev64(int fd, const struct iovec* parts, int count, off64_t offset) {
  return writevWith(fd, parts, count, offset);
}

static int truncateWith(int fd, off64_t size) {
  char buffer[PATH_MAX];
  const char* place = placeOf(fd, buffer);
  if (place == NULL) return (int)syscall(SYS_ftruncate, fd, size);
  const struct decision decision = decide("truncate", NULL, place);
  FAIL_WHERE_DECIDED(decision);
  const int result = (int)syscall(SYS_ftruncate, fd, size);
  const int saved = errno;
  if (result == 0) note("truncate", place, NULL, inodeOf(fd), size, NULL, 0);
  END(decision);
  errno = saved;
  return result;
}
int ftruncate(int fd, off_t size) {
  return truncateWith(fd, size);
}
int ftruncate64(int fd, off64_t size) {
  return truncateWith(fd, size);
}

// --- making durable
// -------------------------------------------------------------------------------

static int syncWith(int fd, long number, const char* name) {
  char buffer[PATH_MAX];
  const char* place = placeOf(fd, buffer);
  if (place == NULL) return (int)syscall(number, fd);
  struct stat status;
  const int directory = fstat(fd, &status) == 0 && S_ISDIR(status.st_mode);
  const struct decision decision = decide(directory ? "fsyncdir" : name, NULL, place);
  FAIL_WHERE_DECIDED(decision);
  // Only what was written before the call began is covered by it.
  const int64_t id = (int64_t)__atomic_add_fetch(&syncs, 1, __ATOMIC_RELAXED);
  const char* kind = number == SYS_syncfs ? "syncfs" : directory ? "syncdir" : "sync";
  note("begin", place, kind, (uint64_t)status.st_ino, id, NULL, 0);
  const int result = (int)syscall(number, fd);
  const int saved = errno;
  if (result == 0) note("end", place, kind, (uint64_t)status.st_ino, id, NULL, 0);
  END(decision);
  errno = saved;
  return result;
}
int fsync(int fd) {
  return syncWith(fd, SYS_fsync, "fsync");
}
int fdatasync(int fd) {
  return syncWith(fd, SYS_fdatasync, "fdatasync");
}
int syncfs(int fd) {
  return syncWith(fd, SYS_syncfs, "fsync");
}

// --- names
// ----------------------------------------------------------------------------------------

static int moveWith(const char* op, int from, const char* old, int to, const char* new,
                    unsigned flags) {
  char first[PATH_MAX], second[PATH_MAX];
  const char* source = placeAt(from, old, first);
  const char* target = placeAt(to, new, second);
  const int links = strcmp(op, "link") == 0;
#define MOVE()                                                      \
  (links ? (int)syscall(SYS_linkat, from, old, to, new, (int)flags) \
         : (int)syscall(SYS_renameat2, from, old, to, new, flags))
  if (source == NULL || target == NULL) return MOVE();
  const struct decision decision = decide(op, NULL, target);
  FAIL_WHERE_DECIDED(decision);
  const int result = MOVE();
  const int saved = errno;
  if (result == 0) note(op, source, target, 0, 0, NULL, 0);
  END(decision);
  errno = saved;
  return result;
}
int rename(const char* old, const char* new) {
  return moveWith("rename", AT_FDCWD, old, AT_FDCWD, new, 0);
}
int renameat(int from, const char* old, int to, const char* new) {
  return moveWith("rename", from, old, to, new, 0);
}
int renameat2(int from, const char* old, int to, const char* new, unsigned flags) {
  return moveWith("rename", from, old, to, new, flags);
}
int link(const char* old, const char* new) {
  return moveWith("link", AT_FDCWD, old, AT_FDCWD, new, 0);
}
int linkat(int from, const char* old, int to, const char* new, int flags) {
  return moveWith("link", from, old, to, new, (unsigned)flags);
}

static int removeWith(int directory, const char* path, int flags) {
  char buffer[PATH_MAX];
  const char* place = placeAt(directory, path, buffer);
  if (place == NULL) return (int)syscall(SYS_unlinkat, directory, path, flags);
  const char* op = (flags & AT_REMOVEDIR) != 0 ? "rmdir" : "unlink";
  const struct decision decision = decide(op, NULL, place);
  FAIL_WHERE_DECIDED(decision);
  const int result = (int)syscall(SYS_unlinkat, directory, path, flags);
  const int saved = errno;
  if (result == 0) note(op, place, NULL, 0, 0, NULL, 0);
  END(decision);
  errno = saved;
  return result;
}
int unlink(const char* path) {
  return removeWith(AT_FDCWD, path, 0);
}
int unlinkat(int directory, const char* path, int flags) {
  return removeWith(directory, path, flags);
}
int rmdir(const char* path) {
  return removeWith(AT_FDCWD, path, AT_REMOVEDIR);
}

static int mkdirWith(int directory, const char* path, mode_t mode) {
  char buffer[PATH_MAX];
  const char* place = placeAt(directory, path, buffer);
  if (place == NULL) return (int)syscall(SYS_mkdirat, directory, path, mode);
  const struct decision decision = decide("mkdir", NULL, place);
  FAIL_WHERE_DECIDED(decision);
  const int result = (int)syscall(SYS_mkdirat, directory, path, mode);
  const int saved = errno;
  if (result == 0) note("mkdir", place, NULL, 0, 0, NULL, 0);
  END(decision);
  errno = saved;
  return result;
}
int mkdir(const char* path, mode_t mode) {
  return mkdirWith(AT_FDCWD, path, mode);
}
int mkdirat(int directory, const char* path, mode_t mode) {
  return mkdirWith(directory, path, mode);
}
