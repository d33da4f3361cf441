/* The calls that change names. */
#include "powercut.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

static int do_rename(int from_directory, const char *from, int to_directory, const char *to, unsigned flags) {
    char from_buffer[PATH_MAX], to_buffer[PATH_MAX];
    const char *source = below(from_directory, from, from_buffer, sizeof from_buffer), *target = below(to_directory, to, to_buffer, sizeof to_buffer);
    if (!source && !target)
        return (int)syscall(SYS_renameat2, from_directory, from, to_directory, to, flags);
    if (!source || !target || (flags & ~1u)) /* 1: RENAME_NOREPLACE */
        give_up("a file is renamed into or out of the folder, or exchanged");
    journal_lock();
    kill_point("rename", target, BEFORE);
    struct record record = { .kind = RENAME, .other = flags ? 0 : shadow(target), .inode = shadow(source), .directory = directory_of(target) };
    int result = (int)syscall(SYS_renameat2, from_directory, from, to_directory, to, flags);
    int error = errno;
    if (result == 0) {
        journal_append(&record, source, target, NULL);
        kill_point("rename", target, AFTER);
    }
    journal_unlock();
    errno = error;
    return result;
}

EXPORT int rename(const char *from, const char *to) { return do_rename(AT_FDCWD, from, AT_FDCWD, to, 0); }
EXPORT int renameat(int a, const char *from, int b, const char *to) { return do_rename(a, from, b, to, 0); }
EXPORT int renameat2(int a, const char *from, int b, const char *to, unsigned flags) { return do_rename(a, from, b, to, flags); }

static int do_link(int from_directory, const char *from, int to_directory, const char *to, int flags) {
    char from_buffer[PATH_MAX], to_buffer[PATH_MAX];
    const char *source = below(from_directory, from, from_buffer, sizeof from_buffer), *target = below(to_directory, to, to_buffer, sizeof to_buffer);
    journal_lock();
    int result = (int)syscall(SYS_linkat, from_directory, from, to_directory, to, flags);
    int error = errno;
    if (result == 0 && target) {
        struct record record = { .kind = LINK, .inode = shadow(target), .directory = directory_of(target) };
        journal_append(&record, source ? source : "", target, NULL);
    }
    journal_unlock();
    errno = error;
    return result;
}

EXPORT int link(const char *from, const char *to) { return do_link(AT_FDCWD, from, AT_FDCWD, to, 0); }
EXPORT int linkat(int a, const char *from, int b, const char *to, int flags) { return do_link(a, from, b, to, flags); }

static int do_unlink(int directory, const char *path, int flags) {
    char buffer[PATH_MAX];
    const char *relative = below(directory, path, buffer, sizeof buffer);
    if (!relative)
        return (int)syscall(SYS_unlinkat, directory, path, flags);
    journal_lock();
    struct record record = { .kind = flags & AT_REMOVEDIR ? RMDIR : UNLINK, .inode = shadow(relative), .directory = directory_of(relative) };
    kill_point("unlink", relative, BEFORE);
    int result = (int)syscall(SYS_unlinkat, directory, path, flags);
    int error = errno;
    if (result == 0) {
        journal_append(&record, relative, NULL, NULL);
        kill_point("unlink", relative, AFTER);
    }
    journal_unlock();
    errno = error;
    return result;
}

EXPORT int unlink(const char *path) { return do_unlink(AT_FDCWD, path, 0); }
EXPORT int unlinkat(int directory, const char *path, int flags) { return do_unlink(directory, path, flags); }
EXPORT int rmdir(const char *path) { return do_unlink(AT_FDCWD, path, AT_REMOVEDIR); }

static int do_mkdir(int directory, const char *path, mode_t mode) {
    char buffer[PATH_MAX];
    const char *relative = below(directory, path, buffer, sizeof buffer);
    if (!relative || relative[0] == '.')
        return (int)syscall(SYS_mkdirat, directory, path, mode);
    journal_lock();
    kill_point("mkdir", relative, BEFORE);
    int result = (int)syscall(SYS_mkdirat, directory, path, mode);
    int error = errno;
    if (result == 0) {
        struct record record = { .kind = MKDIR, .directory = directory_of(relative) };
        journal_append(&record, relative, NULL, NULL);
        kill_point("mkdir", relative, AFTER);
    }
    journal_unlock();
    errno = error;
    return result;
}

EXPORT int mkdir(const char *path, mode_t mode) { return do_mkdir(AT_FDCWD, path, mode); }
EXPORT int mkdirat(int directory, const char *path, mode_t mode) { return do_mkdir(directory, path, mode); }

