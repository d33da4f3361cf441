/* The C library's calls that change files, as the process sees them. Whatever this model does not know (sendfile into the folder, a writable shared mapping)
 * ends the process with a word, so that the proof has no blind spot. */
#include "powercut.h"
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

/* ---- open ---- */

static int do_open(int directory, const char *path, int flags, mode_t mode) {
    char buffer[PATH_MAX];
    const char *relative = (flags & O_ACCMODE) == O_RDONLY || (flags & O_DIRECTORY) ? NULL : below(directory, path, buffer, sizeof buffer);
    if (!relative)
        return (int)syscall(SYS_openat, directory, path, flags, mode);

    char absolute[PATH_MAX];
    journal_lock();
    struct stat before;
    bool existed = lstat(full(relative, absolute, sizeof absolute), &before) == 0;
    if (!existed && (flags & O_CREAT))
        kill_point("create", relative, BEFORE);
    uint64_t inode = existed ? shadow(relative) : 0;
    if (existed && (flags & O_TRUNC) && S_ISREG(before.st_mode) && before.st_size > 0) {
        struct record record = { .kind = TRUNCATE, .inode = inode, .old_size = (uint64_t)before.st_size };
        void *cut = preimage(relative, 0, (uint64_t)before.st_size, (uint64_t)before.st_size, &record.data_length);
        journal_append(&record, relative, NULL, cut);
        free(cut);
    }
    int fd = (int)syscall(SYS_openat, directory, path, flags, mode);
    int error = errno;
    if (fd >= 0 && !existed) {
        struct record record = { .kind = CREATE, .inode = shadow(relative), .directory = directory_of(relative) };
        journal_append(&record, relative, NULL, NULL);
        kill_point("create", relative, AFTER);
    }
    journal_unlock();
    errno = error;
    return fd;
}

#define MODE(flags) ({ mode_t m = 0; if ((flags) & (O_CREAT | O_TMPFILE)) { va_list a; va_start(a, flags); m = va_arg(a, mode_t); va_end(a); } m; })

EXPORT int open(const char *path, int flags, ...) { mode_t mode = MODE(flags); return do_open(AT_FDCWD, path, flags, mode); }
EXPORT int open64(const char *path, int flags, ...) { mode_t mode = MODE(flags); return do_open(AT_FDCWD, path, flags, mode); }
EXPORT int openat(int directory, const char *path, int flags, ...) { mode_t mode = MODE(flags); return do_open(directory, path, flags, mode); }
EXPORT int openat64(int directory, const char *path, int flags, ...) { mode_t mode = MODE(flags); return do_open(directory, path, flags, mode); }
EXPORT int creat(const char *path, mode_t mode) { return do_open(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, mode); }
EXPORT int creat64(const char *path, mode_t mode) { return do_open(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, mode); }

/* ---- write ---- */

/* The path below the folder when fd is a file that we watch, with its state now. */
static const char *watched(int fd, struct stat *now, char *buffer, size_t size) {
    if (!watching || fd < 0 || fstat(fd, now) != 0 || !S_ISREG(now->st_mode))
        return NULL;
    return below_fd(fd, buffer, size);
}

/* offset -1: the file's own position. */
static ssize_t do_writev(int fd, const struct iovec *parts, int count, off_t offset) {
    char buffer[PATH_MAX];
    struct stat now;
    const char *relative = watched(fd, &now, buffer, sizeof buffer);
    if (!relative)
        return offset < 0 ? syscall(SYS_writev, fd, parts, count) : syscall(SYS_pwritev, fd, parts, count, offset, 0L);

    journal_lock();
    fstat(fd, &now);
    uint64_t length = 0, at = (uint64_t)now.st_size;
    for (int i = 0; i < count; i++)
        length += parts[i].iov_len;
    if (offset >= 0)
        at = (uint64_t)offset;
    else if (!(fcntl(fd, F_GETFL) & O_APPEND))
        at = (uint64_t)lseek(fd, 0, SEEK_CUR);
    kill_point("write", relative, BEFORE);
    struct record record = { .kind = WRITE, .inode = now.st_ino, .offset = at, .length = length, .old_size = (uint64_t)now.st_size };
    void *old = preimage(relative, at, length, (uint64_t)now.st_size, &record.data_length);
    journal_append(&record, relative, NULL, old);
    free(old);
    if (kill_half("write", relative)) {
        size_t half = parts[0].iov_len > 1 ? parts[0].iov_len / 2 : parts[0].iov_len;
        if (half > 4096)
            half &= ~(size_t)4095; /* whole blocks, as O_DIRECT wants them */
        syscall(SYS_pwrite64, fd, parts[0].iov_base, half, at);
        die();
    }
    ssize_t written = offset < 0 ? syscall(SYS_writev, fd, parts, count) : syscall(SYS_pwritev, fd, parts, count, offset, 0L);
    int error = errno;
    kill_point("write", relative, AFTER);
    journal_unlock();
    errno = error;
    return written;
}

EXPORT ssize_t write(int fd, const void *bytes, size_t count) { return do_writev(fd, &(struct iovec){ (void *)bytes, count }, 1, -1); }
EXPORT ssize_t writev(int fd, const struct iovec *parts, int count) { return do_writev(fd, parts, count, -1); }
EXPORT ssize_t pwrite(int fd, const void *bytes, size_t count, off_t offset) { return do_writev(fd, &(struct iovec){ (void *)bytes, count }, 1, offset); }
EXPORT ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t offset) { return do_writev(fd, &(struct iovec){ (void *)bytes, count }, 1, offset); }
EXPORT ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset) { return do_writev(fd, parts, count, offset); }
EXPORT ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t offset) { return do_writev(fd, parts, count, offset); }

/* ---- size ---- */

static int do_truncate(int fd, off_t size, bool shrink) {
    char buffer[PATH_MAX];
    struct stat now;
    const char *relative = watched(fd, &now, buffer, sizeof buffer);
    if (!relative)
        return (int)syscall(SYS_ftruncate, fd, size);
    journal_lock();
    fstat(fd, &now);
    int result = 0;
    if (shrink || size > now.st_size) {
        kill_point("truncate", relative, BEFORE);
        struct record record = { .kind = TRUNCATE, .inode = now.st_ino, .offset = (uint64_t)size, .old_size = (uint64_t)now.st_size };
        void *cut = preimage(relative, (uint64_t)size, (uint64_t)now.st_size, (uint64_t)now.st_size, &record.data_length);
        journal_append(&record, relative, NULL, cut);
        free(cut);
        result = (int)syscall(SYS_ftruncate, fd, size);
        kill_point("truncate", relative, AFTER);
    }
    journal_unlock();
    return result;
}

static int do_allocate(int fd, off_t offset, off_t length) {
    char buffer[PATH_MAX];
    struct stat now;
    return watched(fd, &now, buffer, sizeof buffer) ? do_truncate(fd, offset + length, false) : (int)syscall(SYS_fallocate, fd, 0, offset, length);
}

EXPORT int ftruncate(int fd, off_t size) { return do_truncate(fd, size, true); }
EXPORT int ftruncate64(int fd, off64_t size) { return do_truncate(fd, size, true); }
EXPORT int posix_fallocate(int fd, off_t offset, off_t length) { return do_allocate(fd, offset, length) == 0 ? 0 : errno; }
EXPORT int posix_fallocate64(int fd, off64_t offset, off64_t length) { return do_allocate(fd, offset, length) == 0 ? 0 : errno; }
EXPORT int fallocate(int fd, int mode, off_t offset, off_t length) { if (mode == 0) return do_allocate(fd, offset, length); errno = EOPNOTSUPP; return -1; }
EXPORT int fallocate64(int fd, int mode, off64_t offset, off64_t length) { return fallocate(fd, mode, offset, length); }
EXPORT int truncate(const char *path, off_t size) {
    int fd = do_open(AT_FDCWD, path, O_WRONLY | O_CLOEXEC, 0);
    int result = fd < 0 ? -1 : do_truncate(fd, size, true);
    if (fd >= 0)
        syscall(SYS_close, fd);
    return result;
}
EXPORT int truncate64(const char *path, off64_t size) { return truncate(path, size); }

/* ---- sync ---- */

/* The disk itself is not asked: what is durable is what this journal says. */
static int do_sync(int fd, long call) {
    char buffer[PATH_MAX];
    struct stat now;
    const char *relative = watching && fstat(fd, &now) == 0 && (S_ISREG(now.st_mode) || S_ISDIR(now.st_mode)) ? below_fd(fd, buffer, sizeof buffer) : NULL;
    if (!relative)
        return (int)syscall(call, fd);
    const char *name = S_ISDIR(now.st_mode) ? "fsyncdir" : "fsync";
    if (sync_is_ignored(name, relative))
        return 0;
    journal_lock();
    kill_point(name, relative, BEFORE);
    struct record begin = { .kind = SYNC_BEGIN, .inode = now.st_ino };
    struct record done = { .kind = SYNC_DONE, .inode = now.st_ino, .other = journal_append(&begin, relative, NULL, NULL) };
    journal_append(&done, relative, NULL, NULL);
    kill_point(name, relative, AFTER);
    journal_unlock();
    return 0;
}

EXPORT int fsync(int fd) { return do_sync(fd, SYS_fsync); }
EXPORT int fdatasync(int fd) { return do_sync(fd, SYS_fdatasync); }

/* ---- what the model does not know ---- */

static void refuse(int fd, const char *why) {
    char buffer[PATH_MAX];
    struct stat now;
    if (watched(fd, &now, buffer, sizeof buffer))
        give_up(why);
}

EXPORT ssize_t sendfile(int out, int in, off_t *offset, size_t count) { refuse(out, "sendfile into the folder"); return syscall(SYS_sendfile, out, in, offset, count); }
EXPORT ssize_t sendfile64(int out, int in, off64_t *offset, size_t count) { return sendfile(out, in, offset, count); }
EXPORT ssize_t copy_file_range(int in, off64_t *at, int out, off64_t *to, size_t count, unsigned flags) {
    refuse(out, "copy_file_range into the folder");
    return syscall(SYS_copy_file_range, in, at, out, to, count, flags);
}
EXPORT void *mmap(void *where, size_t length, int protection, int flags, int fd, off_t offset) {
    if ((flags & MAP_SHARED) && (protection & PROT_WRITE) && !(flags & MAP_ANONYMOUS))
        refuse(fd, "a writable shared mapping of a file in the folder");
    return (void *)syscall(SYS_mmap, where, length, protection, flags, fd, offset);
}
EXPORT void *mmap64(void *where, size_t length, int protection, int flags, int fd, off64_t offset) { return mmap(where, length, protection, flags, fd, offset); }

/* ---- network: only as kill points ---- */

static bool is_stream(int fd) {
    struct sockaddr_storage address;
    socklen_t length = sizeof address;
    return watching && getsockname(fd, (struct sockaddr *)&address, &length) == 0 && (address.ss_family == AF_INET || address.ss_family == AF_INET6);
}

EXPORT ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
    bool network = is_stream(fd);
    if (network)
        kill_point("send", "network", BEFORE);
    ssize_t sent = syscall(SYS_sendmsg, fd, message, flags);
    int error = errno;
    if (network && sent >= 0)
        kill_point("send", "network", AFTER);
    errno = error;
    return sent;
}
EXPORT ssize_t send(int fd, const void *bytes, size_t count, int flags) {
    struct iovec part = { (void *)bytes, count };
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
    return sendmsg(fd, &message, flags);
}

/* ---- .NET asks the C library by name (DllImport "libc"), which goes past a preloaded library ---- */

EXPORT void *dlsym(void *handle, const char *name) {
    static void *(*real)(void *, const char *);
    static const struct { const char *name; void *ours; } table[] = {
        { "open", open }, { "open64", open64 }, { "openat", openat }, { "write", write }, { "pwrite", pwrite }, { "pwrite64", pwrite64 }, { "fsync", fsync }, { "fdatasync", fdatasync },
        { "ftruncate", ftruncate }, { "truncate", truncate }, { "rename", rename }, { "link", link }, { "unlink", unlink }, { "rmdir", rmdir }, { "mkdir", mkdir },
    };
    if (!real) {
        static const char *const versions[] = { "GLIBC_2.34", "GLIBC_2.17", "GLIBC_2.2.5" };
        for (size_t i = 0; i < sizeof versions / sizeof *versions && !real; i++)
            real = (void *(*)(void *, const char *))dlvsym(RTLD_NEXT, "dlsym", versions[i]);
        if (!real)
            give_up("dlsym is not to be found");
    }
    if (handle != RTLD_NEXT)
        for (size_t i = 0; i < sizeof table / sizeof *table; i++)
            if (strcmp(name, table[i].name) == 0)
                return table[i].ours;
    return real(handle, name);
}
