/* What a power cut takes away is what was not synced. To know it afterwards, every change below one folder is written to a journal together with what undoes it,
 * and so is every fsync. The journal survives the death of the process because it is written with write(2); the harness reads it (PowerCut.cs).
 *
 * The environment says what to do:
 *   POWERCUT_FOLDER   absolute path of the folder that is watched
 *   POWERCUT_SHADOW   a folder on the same file system; every file that is touched gets a hard link there, named by its inode, so that it can be brought back
 *   POWERCUT_JOURNAL  the journal, appended to
 *   POWERCUT_CONTROL  16 bytes shared with the harness: armed, fired (32 bits each); kill points count only while armed
 *   POWERCUT_KILL     "CALL PATTERN N WHEN": SIGKILL at the Nth such call on a path below the folder that matches (fnmatch, FNM_PATHNAME; . is the folder itself);
 *                     CALL: create write truncate rename unlink mkdir fsync fsyncdir send; WHEN: before after half (half of a write's bytes are written)
 *   POWERCUT_IGNORE   lines "CALL PATTERN" with fsync or fsyncdir: such calls answer 0 and sync nothing, which is how a missing fsync is played
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum kind { WRITE = 1, TRUNCATE = 2, SYNC_BEGIN = 3, SYNC_DONE = 4, CREATE = 5, MKDIR = 6, RENAME = 7, UNLINK = 8, LINK = 9, RMDIR = 10 };

/* One record; then path, second path and data follow. Little endian, as the machine is. */
struct record {
    uint32_t magic;    /* whole records begin with it; a torn last one is what the process died in */
    uint32_t kind;
    uint64_t sequence;
    uint64_t inode;    /* of the file that is changed or synced; for a directory's sync the directory's */
    uint64_t directory;/* inode of the directory whose fsync makes a name durable */
    uint64_t offset;   /* WRITE: where; TRUNCATE: the new size */
    uint64_t length;   /* WRITE: how much */
    uint64_t old_size; /* WRITE, TRUNCATE: of the file before */
    uint64_t other;    /* SYNC_DONE: the sequence of its beginning; RENAME: inode of the file that was replaced */
    uint32_t path_length, path2_length, data_length, reserved;
};
#define RECORD_MAGIC 0x54554350u

/* journal.c */
extern bool watching;
void journal_lock(void);
void journal_unlock(void);
/* The path below the folder ("." for the folder itself), or NULL when it is elsewhere or is SQLite's shared memory, whose content no restart believes. */
const char *below(int directory, const char *path, char *buffer, size_t size);
const char *below_fd(int fd, char *buffer, size_t size);
const char *full(const char *relative, char *buffer, size_t size);
/* Makes sure that the file can be brought back after its name is gone; its inode, or 0 where there is no file. */
uint64_t shadow(const char *relative);
uint64_t directory_of(const char *relative);
uint64_t journal_append(struct record *record, const char *path, const char *path2, const void *data);
/* The bytes of a file that the next `length` bytes at `offset` will replace; the caller frees. */
void *preimage(const char *relative, uint64_t offset, uint64_t length, uint64_t size, uint32_t *got);
_Noreturn void give_up(const char *why);

/* kill.c */
enum when { BEFORE, AFTER, HALF };
void kill_setup(void);
/* Ends the process here if this is the chosen point. For HALF: true when the caller is to do half and then call die. */
void kill_point(const char *call, const char *relative, enum when when);
bool kill_half(const char *call, const char *relative);
_Noreturn void die(void);
bool sync_is_ignored(const char *call, const char *relative);
