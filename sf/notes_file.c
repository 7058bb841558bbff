#include "sf/notes_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/loop/log.h"

void
notes_path(const char *dir, uint8_t sessmgr, bool before, char out[NOTES_PATH])
{
    (void)snprintf(out, NOTES_PATH, "%s/sessmgr%u.notes%s", dir, sessmgr, before ? ".1" : "");
}

/* All of it has room on the disk, or none is written: a hole would end the process later. */
static void *
map_new(const char *path, size_t len)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    int err = fd < 0 ? errno : posix_fallocate(fd, 0, (off_t)len);
    void *mapped = MAP_FAILED;

    if (err == 0) {
        mapped = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        err = errno;
    }
    if (fd >= 0)
        (void)close(fd); /* the mapping stays */
    if (mapped != MAP_FAILED)
        return mapped;
    (void)unlink(path);
    errno = err;
    return NULL;
}

void *
notes_file_open(const char *dir, uint8_t sessmgr, uint32_t capacity)
{
    char path[NOTES_PATH], before[NOTES_PATH];
    void *mapped;

    notes_path(dir, sessmgr, false, path);
    notes_path(dir, sessmgr, true, before);
    if (rename(path, before) != 0 && errno != ENOENT)
        (void)unlink(path); /* better none of the start before than none of this one */
    mapped = map_new(path, notes_size(capacity));
    if (!mapped)
        log_warn("sess: %s: no room for notes of calls: %s; vpclab explain will not know them",
                 path, strerror(errno));
    return mapped;
}

void
notes_file_close(void **mapped, uint32_t capacity)
{
    if (*mapped)
        (void)munmap(*mapped, notes_size(capacity));
    *mapped = NULL;
}

const struct notes *
notes_file_view(const char *path, size_t *len)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    struct stat st = {0};
    const struct notes *notes = NULL;
    void *mapped = MAP_FAILED;

    if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size > 0)
        mapped = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
    if (fd >= 0)
        (void)close(fd);
    if (mapped == MAP_FAILED)
        return NULL;
    *len = (size_t)st.st_size;
    notes = notes_over(mapped, *len);
    if (!notes)
        (void)munmap(mapped, *len);
    return notes;
}

void
notes_file_unview(const struct notes **notes, size_t len)
{
    if (*notes)
        (void)munmap((void *)(uintptr_t)*notes, len);
    *notes = NULL;
}
