/* boot.h - what a control function starts with: an image and a configuration of its boot stack
 *
 * At start the entries of boot.sys are tried, the lowest number first: an image that is whole and
 * a configuration without a bad line. What is wrong with an entry is logged, and the next one is
 * tried; none left: the process ends. The first start of a CF fills its /flash: an image of this
 * program, a link to the topology's configuration, and boot.sys with both.
 *
 * Ownership  struct cf's
 * Time       none
 * Errors     negative after having logged why
 * Threads    the loop's
 */
#ifndef VPCLAB_BOOT_H
#define VPCLAB_BOOT_H

#include "cf/flash.h"
#include "cf/image.h"

struct cf;

/* Open the disks, choose, and load: cf->image, cf->booted, cf->conf and its text. */
int boot_start(struct cf *cf);

/* Write boot.sys if cf->conf.boot is not what is in it. After each accepted line of a
 * configuration. */
int boot_keep(struct cf *cf);

/* boot.sys may have been written by somebody else (copied, or by the other CF): what it holds
 * becomes cf->conf.boot. */
void boot_refresh(struct cf *cf);

/* Read and check an image; err has the words of the console, without "Failure: ". */
int boot_image(const struct flash *flash, const struct file_url *url, struct image *image,
               char *err, size_t room);

#endif
