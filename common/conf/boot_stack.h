/* boot_stack.h - which image and configuration a control function starts with, in which order
 *
 * Up to ten entries of a priority, an image and a configuration; the lowest number is tried
 * first. boot.sys holds them as the lines that configure them, and comments: docs/staros.md
 * "Files and software".
 *
 * Ownership  plain values; refusals are static
 * Time       none
 * Errors     NULL, or why it is refused; the stack is unchanged then
 * Threads    any
 */
#ifndef VPCLAB_BOOT_STACK_H
#define VPCLAB_BOOT_STACK_H

#include <stddef.h>
#include <stdint.h>

#include "common/conf/file_url.h"

enum { BOOT_ENTRIES = 10, BOOT_PRIORITIES = 100, BOOT_TEXT = 4096 };

struct boot_entry {
    uint8_t priority; /* 1 to BOOT_PRIORITIES */
    struct file_url image, config;
};

struct boot_stack {
    uint8_t n;
    struct boot_entry entries[BOOT_ENTRIES]; /* in the order to try: by priority, ascending */
};

/* Names that are tried when boot.sys has nothing to say. */
#define BOOT_DEFAULT_IMAGE  "staros.bin"
#define BOOT_DEFAULT_CONFIG "system.cfg"

/* Add an entry, or replace that of its priority. */
const char *boot_stack_set(struct boot_stack *stack, uint8_t priority, const char *image,
                           const char *config);

/* Take one out; why not: there is none. */
const char *boot_stack_remove(struct boot_stack *stack, uint8_t priority);

/* Read boot.sys whole. On failure *line is the bad one. No entry at all is no failure. */
const char *boot_stack_get(const char *text, size_t len, struct boot_stack *stack, unsigned *line);

/* Write it to out[BOOT_TEXT], terminated; its length. */
size_t boot_stack_put(const struct boot_stack *stack, char out[BOOT_TEXT]);

/* As `show boot` prints it, likewise: three lines an entry, a blank one between two. */
size_t boot_stack_show(const struct boot_stack *stack, char out[BOOT_TEXT]);

#endif
