/* show_files.h - what the console shows of files and software, as text and as JSON
 *
 * Layouts: docs/staros.md "Files and software".
 *
 * Ownership  borrows cf; a json_t returned is the caller's
 * Time       none
 * Errors     none
 * Threads    the loop's
 */
#ifndef VPCLAB_SHOW_FILES_H
#define VPCLAB_SHOW_FILES_H

#include <jansson.h>
#include <stdio.h>

#include "cf/cf.h"

void show_boot(const struct cf *cf, FILE *out);
json_t *show_boot_json(const struct cf *cf);

/* What runs. */
void show_version(const struct cf *cf, FILE *out);
json_t *show_version_json(const struct cf *cf);
void show_build(const struct cf *cf, FILE *out);
json_t *show_build_json(const struct cf *cf);

/* An image file. */
void show_image(const struct image *image, const char *url, FILE *out);
json_t *show_image_json(const struct image *image, const char *url);

struct show_directory {
    enum file_disk disk;
    bool size;    /* with the octets of each file */
    bool reverse; /* the last name first */
};
void show_directory(const struct flash *flash, struct show_directory how, FILE *out);
json_t *show_directory_json(const struct flash *flash, struct show_directory how);

#endif
