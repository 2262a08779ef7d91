/* What a disk had not been told to keep.
 *
 * Preloaded into a process, this notes beside a SQLite database and its journal what every write
 * to them overwrites, and forgets the notes when the file is synced. Whoever then kills the process
 * and puts the noted bytes back has the disk as a power cut may leave it: with what was synced, and
 * nothing that was not.
 *
 * A note: offset, length of the old bytes, size of the file before, then the old bytes.
 * NO_SYNC=1 lets a sync be answered and not done.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;

static void *next(const char *name) { return dlsym(RTLD_NEXT, name); }

/* The notes' path, where the file is a database or a journal; 0 for any other. */
static int notes_of(int fd, char *path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_MAX - 16);
    if (length < 0) return 0;
    path[length] = 0;
    const char *dot = strrchr(path, '.');
    if (!dot || (strcmp(dot, ".db") && strcmp(dot, ".db-wal") && strcmp(dot, ".db-journal")))
        return 0;
    strcat(path, ".undo");
    return 1;
}

static void note(int fd, off_t offset, size_t count) {
    char path[PATH_MAX];
    if (!notes_of(fd, path)) return;
    ssize_t (*put)(int, const void *, size_t) = next("write");
    ssize_t (*get)(int, void *, size_t, off_t) = next("pread64");
    struct stat before;
    if (fstat(fd, &before)) abort();
    char *old = malloc(count + 24);
    if (!old) abort();
    ssize_t had = count ? get(fd, old + 24, count, offset) : 0;
    int64_t head[3] = {offset, had < 0 ? 0 : had, before.st_size};
    memcpy(old, head, sizeof head);
    pthread_mutex_lock(&one_at_a_time);
    int notes = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (notes < 0 || put(notes, old, 24 + head[1]) != 24 + head[1]) abort();
    close(notes);
    pthread_mutex_unlock(&one_at_a_time);
    free(old);
}

static int synced(int fd, const char *name) {
    char path[PATH_MAX];
    if (!notes_of(fd, path)) {
        int (*sync)(int) = next(name);
        return sync(fd);
    }
    if (!getenv("NO_SYNC")) unlink(path);
    return 0;
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t offset) {
    ssize_t (*put)(int, const void *, size_t, off64_t) = next("pwrite64");
    note(fd, offset, count);
    return put(fd, bytes, count, offset);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t offset) {
    return pwrite64(fd, bytes, count, offset);
}

ssize_t write(int fd, const void *bytes, size_t count) {
    ssize_t (*put)(int, const void *, size_t) = next("write");
    char path[PATH_MAX];
    if (notes_of(fd, path)) note(fd, lseek(fd, 0, SEEK_CUR), count);
    return put(fd, bytes, count);
}

/* What a shorter file loses is noted as a write of it would be. */
int ftruncate64(int fd, off64_t size) {
    int (*cut)(int, off64_t) = next("ftruncate64");
    struct stat before;
    if (!fstat(fd, &before) && before.st_size > size) note(fd, size, before.st_size - size);
    else note(fd, size, 0);
    return cut(fd, size);
}

int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }

int fsync(int fd) { return synced(fd, "fsync"); }

int fdatasync(int fd) { return synced(fd, "fdatasync"); }
