/* image.h - a software image: a small text that says which release a chassis is
 *
 * The emulator has one program; what an image changes is what that program says it is. So an
 * image is a manifest: a magic line, the CRC-32 of all that follows it, and a line for each
 * of release, build, description, date, platform and size. A file that was cut, or changed in
 * one octet, is found by size and CRC as a real one is: docs/staros.md "Files and software".
 *
 * Ownership  plain values
 * Time       none
 * Errors     an enum image_fault; *image is unchanged then
 * Threads    any
 */
#ifndef VPCLAB_IMAGE_H
#define VPCLAB_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    IMAGE_RELEASE = 16, /* texts with their terminators */
    IMAGE_BUILD = 12,
    IMAGE_WORD = 64,
    IMAGE_MOST = 512, /* octets of an image */
};

struct image {
    char release[IMAGE_RELEASE];  /* "21.28.2": two to four numbers */
    char build[IMAGE_BUILD];      /* digits */
    char description[IMAGE_WORD]; /* printable */
    char date[IMAGE_WORD];        /* "Mon Jan  5 08:00:00 UTC 2026" */
    char platform[IMAGE_WORD];    /* "VPC-DI" */
    uint32_t size;                /* octets of the whole; set by image_put */
};

enum image_fault {
    IMAGE_GOOD,
    IMAGE_MAGIC,  /* something else: a bad magic number */
    IMAGE_CRC,    /* cut or changed */
    IMAGE_FIELDS, /* whole, but a line is not as it must be */
};

enum image_fault image_get(const char *text, size_t len, struct image *image);

/* Write it to out[IMAGE_MOST]; octets written, 0 when a field is not as it must be. */
size_t image_put(const struct image *image, char out[IMAGE_MOST]);

/* Is that a release as an image may have it? */
bool image_is_release(const char *text);

/* CRC-32 as of zlib. */
uint32_t image_crc(const char *text, size_t len);

#endif
