#include "powercut.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

bool watching;
static char folder[PATH_MAX], shadows[PATH_MAX];
static size_t folder_length;
static int journal = -1;
static uint64_t sequence;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* Inodes that have their shadow: open addressing, never shrinks. A life of the harness touches some thousand files. */
#define KNOWN (1u << 18)
static uint64_t known[KNOWN];

/* The system calls themselves: our own names would come back to us. */
static int sys_open(const char *path, int flags, mode_t mode) { return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode); }

void give_up(const char *why) {
    static const char prefix[] = "powercut: ";
    syscall(SYS_write, 2, prefix, sizeof prefix - 1);
    syscall(SYS_write, 2, why, strlen(why));
    syscall(SYS_write, 2, "\n", 1);
    syscall(SYS_exit_group, 97);
    __builtin_unreachable();
}

__attribute__((constructor)) static void setup(void) {
    const char *f = getenv("POWERCUT_FOLDER"), *s = getenv("POWERCUT_SHADOW"), *j = getenv("POWERCUT_JOURNAL");
    unsetenv("LD_PRELOAD"); /* our own children (the codec worker) only read */
    if (!f || !s || !j)
        return;
    snprintf(folder, sizeof folder, "%s", f);
    snprintf(shadows, sizeof shadows, "%s", s);
    folder_length = strlen(folder);
    if ((journal = sys_open(j, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) < 0)
        give_up("the journal cannot be opened");
    kill_setup();
    watching = true;
}

void journal_lock(void) { pthread_mutex_lock(&lock); }
void journal_unlock(void) { pthread_mutex_unlock(&lock); }

static const char *strip(const char *path) {
    if (strncmp(path, folder, folder_length) != 0 || (path[folder_length] != '/' && path[folder_length] != 0))
        return NULL;
    const char *rest = path + folder_length;
    while (*rest == '/')
        rest++;
    size_t length = strlen(rest);
    if (length >= 4 && strcmp(rest + length - 4, "-shm") == 0)
        return NULL;
    return *rest ? rest : ".";
}

const char *below_fd(int fd, char *buffer, size_t size) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, buffer, size - 1);
    if (length < 0)
        return NULL;
    buffer[length] = 0;
    return strip(buffer);
}

const char *below(int directory, const char *path, char *buffer, size_t size) {
    if (!watching || !path)
        return NULL;
    if (path[0] == '/')
        snprintf(buffer, size, "%s", path);
    else if (directory == AT_FDCWD) {
        if (!getcwd(buffer, size))
            return NULL;
        size_t used = strlen(buffer);
        snprintf(buffer + used, size - used, "/%s", path);
    } else {
        char link[64];
        snprintf(link, sizeof link, "/proc/self/fd/%d", directory);
        ssize_t length = readlink(link, buffer, size - 1);
        if (length < 0)
            return NULL;
        snprintf(buffer + length, size - (size_t)length, "/%s", path);
    }
    return strip(buffer);
}

const char *full(const char *relative, char *buffer, size_t size) {
    snprintf(buffer, size, "%s/%s", folder, relative);
    return buffer;
}

uint64_t directory_of(const char *relative) {
    char path[PATH_MAX];
    struct stat stat_;
    full(relative, path, sizeof path);
    *strrchr(path, '/') = 0;
    return stat(path, &stat_) == 0 ? stat_.st_ino : 0;
}

uint64_t shadow(const char *relative) {
    char path[PATH_MAX], copy[PATH_MAX + 32];
    struct stat stat_;
    if (lstat(full(relative, path, sizeof path), &stat_) != 0 || !S_ISREG(stat_.st_mode))
        return 0;
    for (uint32_t i = (uint32_t)(stat_.st_ino * 0x9E3779B97F4A7C15u >> 40) & (KNOWN - 1);; i = (i + 1) & (KNOWN - 1)) {
        if (known[i] == stat_.st_ino)
            return stat_.st_ino;
        if (known[i] == 0) {
            known[i] = stat_.st_ino;
            break;
        }
    }
    snprintf(copy, sizeof copy, "%s/%llu", shadows, (unsigned long long)stat_.st_ino);
    if (syscall(SYS_linkat, AT_FDCWD, path, AT_FDCWD, copy, 0) != 0 && errno != EEXIST)
        give_up("a shadow link cannot be made");
    return stat_.st_ino;
}

void *preimage(const char *relative, uint64_t offset, uint64_t length, uint64_t size, uint32_t *got) {
    char path[PATH_MAX];
    *got = 0;
    if (offset >= size || length == 0)
        return NULL;
    if (length > size - offset)
        length = size - offset;
    char *bytes = malloc(length);
    int fd = sys_open(full(relative, path, sizeof path), O_RDONLY | O_CLOEXEC, 0);
    if (!bytes || fd < 0)
        give_up("what a write replaces cannot be read");
    while (*got < length) {
        ssize_t n = pread(fd, bytes + *got, length - *got, (off_t)(offset + *got));
        if (n <= 0)
            give_up("what a write replaces cannot be read to its end");
        *got += (uint32_t)n;
    }
    syscall(SYS_close, fd);
    return bytes;
}

uint64_t journal_append(struct record *record, const char *path, const char *path2, const void *data) {
    record->magic = RECORD_MAGIC;
    record->sequence = ++sequence;
    record->path_length = path ? (uint32_t)strlen(path) : 0;
    record->path2_length = path2 ? (uint32_t)strlen(path2) : 0;
    struct iovec parts[] = { { record, sizeof *record }, { (void *)path, record->path_length }, { (void *)path2, record->path2_length }, { (void *)data, record->data_length } };
    size_t total = sizeof *record + record->path_length + record->path2_length + record->data_length;
    if (syscall(SYS_writev, journal, parts, 4) != (long)total)
        give_up("the journal cannot be written");
    return record->sequence;
}
