#include "cf/flash.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "common/base/err.h"
#include "common/conf/boot_stack.h"
#include "common/conf/conf_file.h"
#include "common/loop/node.h"

/* ---- places -------------------------------------------------------------------------------- */

enum { FILE_PATH = FLASH_PATH + FILE_NAME + 8 };

static void
path_of(const struct flash *flash, const struct file_url *url, char out[FILE_PATH])
{
    (void)snprintf(out, FILE_PATH, "%s/%s", flash->dir[url->disk], url->name);
}

static int
make_dir(const char *path, char *err, size_t room)
{
    struct stat st;

    if (mkdir(path, 0700) == 0)
        return 0;
    if (errno == EEXIST && lstat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return 0;
    (void)snprintf(err, room, "%s: cannot create the directory: %s", path,
                   errno == EEXIST ? "something else has its name" : strerror(errno));
    return DI_ESYSTEM;
}

/* DIR, DIR/cfN: as far as they are not there. */
static int
make_base(const char *dir, unsigned slot, char out[FLASH_PATH], char *err, size_t room)
{
    int rc = make_dir(dir, err, room);

    (void)snprintf(out, FLASH_PATH, "%s/cf%u", dir, slot);
    return rc ? rc : make_dir(out, err, room);
}

int
flash_open(struct flash *flash, const struct node *node, unsigned slot, char *err, size_t room)
{
    const struct topo_instance *instance = node_instance(node);
    char base[FLASH_PATH];
    int rc = 0;

    *flash = (struct flash){0};
    memcpy(flash->config, instance->config, sizeof flash->config);
    if (instance->flash[0])
        rc = make_base(instance->flash, slot, base, err, room);
    for (size_t i = 0; rc == 0 && i < FILE_DISKS; i++) {
        const char *name = file_disk_name((enum file_disk)i);

        if (instance->flash[0])
            (void)snprintf(flash->dir[i], FLASH_PATH, "%.560s/%s", base, name);
        else
            (void)snprintf(flash->dir[i], FLASH_PATH, "%s/cf%u.%s", node->dir, slot, name);
        rc = make_dir(flash->dir[i], err, room);
    }
    return rc;
}

/* ---- one file ------------------------------------------------------------------------------ */

bool
flash_is_link(const struct flash *flash, const struct file_url *url)
{
    char path[FILE_PATH], target[TOPO_PATH];
    ssize_t len;

    if (url->disk != FILE_FLASH || strcmp(url->name, BOOT_DEFAULT_CONFIG) != 0)
        return false;
    path_of(flash, url, path);
    len = readlink(path, target, sizeof target);
    return len > 0 && (size_t)len < sizeof target && (size_t)len == strlen(flash->config) &&
           memcmp(target, flash->config, (size_t)len) == 0;
}

bool
flash_has(const struct flash *flash, const struct file_url *url)
{
    char path[FILE_PATH];
    struct stat st;

    path_of(flash, url, path);
    return lstat(path, &st) == 0;
}

int
flash_read(const struct flash *flash, const struct file_url *url, char **text, size_t *len,
           char *err, size_t room)
{
    struct file_url_text name = file_url_text(url);
    char path[FILE_PATH];
    struct stat st;
    int rc;

    path_of(flash, url, path);
    if (lstat(path, &st) != 0) {
        rc = errno == ENOENT ? DI_ENOTFOUND : DI_ESYSTEM;
        (void)snprintf(err, room, "%s: %s", name.text,
                       errno == ENOENT ? "there is no such file" : strerror(errno));
        return rc;
    }
    if (flash_is_link(flash, url))
        return conf_file_read(flash->config, flash->config, text, len, err, room);
    if (!S_ISREG(st.st_mode)) {
        (void)snprintf(err, room, "%s: not a regular file", name.text);
        return DI_EREFUSED;
    }
    return conf_file_read(path, name.text, text, len, err, room);
}

static int
write_all(int fd, const char *text, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, text, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        text += n;
        len -= (size_t)n;
    }
    return fsync(fd);
}

static int
sync_dir(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc;

    if (fd < 0)
        return -1;
    rc = fsync(fd);
    (void)close(fd); /* nothing was written */
    return rc;
}

/* The temporary file's name begins with a dot, so it is no file of the disk's. */
static int
write_beside(const char *temporary, const char *path, const char *text, size_t len)
{
    int fd, why;

    (void)unlink(temporary); /* of a process that was killed while it wrote */
    fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return -1;
    if (write_all(fd, text, len) != 0) {
        why = errno;
        (void)close(fd); /* it goes */
        (void)unlink(temporary);
        errno = why;
        return -1;
    }
    if (close(fd) != 0 || rename(temporary, path) != 0) {
        why = errno;
        (void)unlink(temporary);
        errno = why;
        return -1;
    }
    return 0;
}

int
flash_write(const struct flash *flash, const struct file_url *url, const char *text, size_t len,
            char *err, size_t room)
{
    char path[FILE_PATH], temporary[FILE_PATH];
    struct stat st;

    path_of(flash, url, path);
    (void)snprintf(temporary, sizeof temporary, "%s/.%s.new", flash->dir[url->disk], url->name);
    if (len > FLASH_MOST) {
        (void)snprintf(err, room, "%s: larger than %d octets", file_url_text(url).text, FLASH_MOST);
        return DI_EREFUSED;
    }
    if (lstat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode)) {
        (void)snprintf(err, room, "%s: not a regular file", file_url_text(url).text);
        return DI_EREFUSED;
    }
    if (write_beside(temporary, path, text, len) != 0) {
        (void)snprintf(err, room, "%s: cannot be written: %s; nothing of it was kept",
                       file_url_text(url).text, strerror(errno));
        return DI_ESYSTEM;
    }
    if (sync_dir(flash->dir[url->disk]) != 0) {
        (void)snprintf(err, room,
                       "%s: it is written, but may not outlive a crash of this computer: %s",
                       file_url_text(url).text, strerror(errno));
        return DI_ESYSTEM;
    }
    return 0;
}

int
flash_delete(const struct flash *flash, const struct file_url *url, char *err, size_t room)
{
    char path[FILE_PATH];

    path_of(flash, url, path);
    if (unlink(path) == 0)
        return 0;
    (void)snprintf(err, room, "%s: %s", file_url_text(url).text,
                   errno == ENOENT ? "there is no such file" : strerror(errno));
    return errno == ENOENT ? DI_ENOTFOUND : DI_ESYSTEM;
}

int
flash_link_config(const struct flash *flash, char *err, size_t room)
{
    struct file_url url = {.disk = FILE_FLASH, .name = BOOT_DEFAULT_CONFIG};
    char path[FILE_PATH], temporary[FILE_PATH];

    if (flash_is_link(flash, &url))
        return 0;
    path_of(flash, &url, path);
    (void)snprintf(temporary, sizeof temporary, "%s/.%s.new", flash->dir[FILE_FLASH], url.name);
    (void)unlink(temporary);
    if (symlink(flash->config, temporary) == 0 && rename(temporary, path) == 0)
        return 0;
    (void)snprintf(err, room, "%s: cannot be linked to %s: %s", file_url_text(&url).text,
                   flash->config, strerror(errno));
    return DI_ESYSTEM;
}

/* ---- a disk -------------------------------------------------------------------------------- */

static int
by_name(const void *a, const void *b)
{
    return strcmp(((const struct flash_file *)a)->name, ((const struct flash_file *)b)->name);
}

static bool
look(const struct flash *flash, enum file_disk disk, const char *name, struct flash_file *file)
{
    struct file_url url;
    char path[FILE_PATH];
    struct stat st;

    (void)snprintf(path, sizeof path, "/%s/%.200s", file_disk_name(disk), name);
    if (file_url_parse(path, &url) != NULL)
        return false;
    path_of(flash, &url, path);
    *file = (struct flash_file){.link = flash_is_link(flash, &url)};
    if ((file->link ? stat(path, &st) : lstat(path, &st)) != 0 || !S_ISREG(st.st_mode))
        return false;
    memcpy(file->name, url.name, sizeof file->name);
    file->size = (uint64_t)st.st_size;
    file->changed_s = (int64_t)st.st_mtime;
    return true;
}

size_t
flash_list(const struct flash *flash, enum file_disk disk, struct flash_file files[FLASH_FILES],
           size_t *left_out)
{
    DIR *dir = opendir(flash->dir[disk]);
    const struct dirent *entry;
    struct flash_file file;
    size_t n = 0;

    *left_out = 0;
    while (dir && (entry = readdir(dir)) != NULL) {
        if (!look(flash, disk, entry->d_name, &file))
            continue;
        if (n < FLASH_FILES)
            files[n++] = file;
        else
            ++*left_out;
    }
    if (dir)
        (void)closedir(dir);
    qsort(files, n, sizeof files[0], by_name);
    return n;
}

uint64_t
flash_free(const struct flash *flash, enum file_disk disk)
{
    struct statvfs fs;

    return statvfs(flash->dir[disk], &fs) == 0 ? (uint64_t)fs.f_bavail * fs.f_frsize : 0;
}
