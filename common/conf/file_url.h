/* file_url.h - names of files on the disks of a control function
 *
 * A control function has two disks, /flash and /hd-raid, without directories below them. A
 * URL names a file of theirs, "/flash/NAME", "/hd-raid/NAME" or "file:/flash/NAME"; names
 * have up to 63 letters, digits, and . _ + -, and do not begin with a dot, so no name leads
 * out of its disk: docs/staros.md "Files and software".
 *
 * Ownership  plain values; refusals are static
 * Time       none
 * Errors     NULL, or why it is refused, in words that name what to write instead
 * Threads    any
 */
#ifndef VPCLAB_FILE_URL_H
#define VPCLAB_FILE_URL_H

#include <stddef.h>

enum file_disk { FILE_FLASH, FILE_HD_RAID, FILE_DISKS };
enum { FILE_NAME = 64 /* with its terminator */, FILE_URL = 80 };

struct file_url {
    enum file_disk disk;
    char name[FILE_NAME]; /* "": the disk itself, of file_url_disk alone */
};

/* A file. */
const char *file_url_parse(const char *text, struct file_url *url);

/* A disk, "/flash" or "/flash/", or a file. */
const char *file_url_disk(const char *text, struct file_url *url);

/* "flash", "hd-raid": also the name of the directory. */
const char *file_disk_name(enum file_disk disk);

/* "/flash/NAME" */
struct file_url_text {
    char text[FILE_URL];
} file_url_text(const struct file_url *url);

#endif
