#include "powercut.h"
#include <fcntl.h>
#include <fnmatch.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct { _Atomic uint32_t armed, fired; } *control;
static struct { char call[16], pattern[256]; unsigned nth; enum when when; bool set; } chosen;
static struct { char call[16], pattern[256]; } ignored[16];
static int ignored_count;
static _Atomic unsigned hits;

void kill_setup(void) {
    char when[16];
    const char *text = getenv("POWERCUT_CONTROL");
    int fd = text ? (int)syscall(SYS_openat, AT_FDCWD, text, O_RDWR | O_CLOEXEC) : -1;
    if (fd >= 0) {
        void *shared = (void *)syscall(SYS_mmap, NULL, 16, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        control = shared == MAP_FAILED ? NULL : shared;
        syscall(SYS_close, fd);
    }
    if ((text = getenv("POWERCUT_KILL")) && *text) {
        if (!control || sscanf(text, "%15s %255s %u %15s", chosen.call, chosen.pattern, &chosen.nth, when) != 4)
            give_up("POWERCUT_KILL cannot be understood");
        chosen.when = strcmp(when, "before") == 0 ? BEFORE : strcmp(when, "half") == 0 ? HALF : AFTER;
        chosen.set = true;
    }
    for (text = getenv("POWERCUT_IGNORE"); text && *text && ignored_count < 16; text = strchr(text, '\n') ? strchr(text, '\n') + 1 : NULL) {
        if (sscanf(text, "%15s %255s", ignored[ignored_count].call, ignored[ignored_count].pattern) != 2)
            give_up("POWERCUT_IGNORE cannot be understood");
        ignored_count++;
    }
}

void die(void) {
    if (control)
        control->fired = 1;
    for (;;)
        syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
}

static bool is_chosen(const char *call, const char *relative, enum when when) {
    return chosen.set && chosen.when == when && control->armed && strcmp(chosen.call, call) == 0
        && fnmatch(chosen.pattern, relative, FNM_PATHNAME) == 0 && ++hits == chosen.nth;
}

void kill_point(const char *call, const char *relative, enum when when) {
    if (is_chosen(call, relative, when))
        die();
}

bool kill_half(const char *call, const char *relative) { return is_chosen(call, relative, HALF); }

bool sync_is_ignored(const char *call, const char *relative) {
    for (int i = 0; i < ignored_count; i++)
        if (strcmp(ignored[i].call, call) == 0 && fnmatch(ignored[i].pattern, relative, FNM_PATHNAME) == 0)
            return true;
    return false;
}
