/* flash.h - the disks of a control function: /flash and /hd-raid
 *
 * Two directories of the run directory, INSTANCE/cfN.flash and cfN.hd-raid, which go with
 * `vpclab down`; or cfN/flash and cfN/hd-raid below the directory that the topology names for
 * the instance ("flash"), which stay. Small files only, read whole, and written whole or not
 * at all: to a temporary file that then takes the name. A symbolic link is not followed, but
 * for /flash/system.cfg while it leads to the configuration that the topology names.
 *
 * Both CFs of an instance are on this computer, so each can open the other's disks.
 *
 * Ownership  plain values; texts read are the caller's to free
 * Time       file times, for display
 * Errors     a negative enum di_err, and one sentence without "Failure: " in err
 * Threads    one owner
 */
#ifndef VPCLAB_FLASH_H
#define VPCLAB_FLASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/conf/file_url.h"
#include "common/conf/topo.h"

struct node;

enum {
    FLASH_PATH = TOPO_PATH + 64,
    FLASH_MOST = 1 << 20, /* octets of a file */
    FLASH_FILES = 256,    /* of a disk, that are listed */
    FLASH_ERR = 1024,
};

struct flash {
    char dir[FILE_DISKS][FLASH_PATH];
    char config[TOPO_PATH]; /* where /flash/system.cfg may lead */
};

/* The disks of the CF in `slot` of the node's instance; made when they are not there. */
int flash_open(struct flash *flash, const struct node *node, unsigned slot, char *err, size_t room);

/* A file whole, not terminated. DI_ENOTFOUND: there is none. */
int flash_read(const struct flash *flash, const struct file_url *url, char **text, size_t *len,
               char *err, size_t room);

/* Write it whole, in the place of what has that name. */
int flash_write(const struct flash *flash, const struct file_url *url, const char *text, size_t len,
                char *err, size_t room);

int flash_delete(const struct flash *flash, const struct file_url *url, char *err, size_t room);

/* Let /flash/system.cfg lead to the topology's configuration. */
int flash_link_config(const struct flash *flash, char *err, size_t room);

/* Does that name stand for something? For a link to the topology's configuration? */
bool flash_has(const struct flash *flash, const struct file_url *url);
bool flash_is_link(const struct flash *flash, const struct file_url *url);

struct flash_file {
    char name[FILE_NAME];
    uint64_t size; /* octets */
    int64_t changed_s;
    bool link;
};

/* The files of a disk in the order of their names; their number, at most FLASH_FILES, and how many
 * there are besides. */
size_t flash_list(const struct flash *flash, enum file_disk disk,
                  struct flash_file files[FLASH_FILES], size_t *left_out);

/* Octets that can still be written to a disk. */
uint64_t flash_free(const struct flash *flash, enum file_disk disk);

#endif
