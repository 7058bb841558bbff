/* unit_conf_print.h - what the tests share that read configurations and print them
 *
 * Ownership  one printed text a program, besides what unit_conf.h has
 * Time       none
 * Errors     a failed assertion
 * Threads    one
 */
#ifndef VPCLAB_UNIT_CONF_PRINT_H
#define VPCLAB_UNIT_CONF_PRINT_H

#include "common/conf/conf_print.h"
#include "common/conf/conf_seal.h"
#include "unit_conf.h"

static const uint8_t key[CONF_KEY] = "a key for tests, 32 octets long";

static char text[64 * 1024];

/* Read what may be unfinished. */
static inline void
reads(const char *lines)
{
    size_t bad = conf_read(&conf, "test.cfg", lines, strlen(lines), err, sizeof err);

    ck_assert_msg(bad == 0, "%s\n%s", err, lines);
}

static inline void
does_not_read(const char *lines, const char *error)
{
    ck_assert_uint_gt(conf_read(&conf, "test.cfg", lines, strlen(lines), err, sizeof err), 0);
    ck_assert_str_eq(err, error);
}

typedef void print_fn(const struct conf *of, FILE *out);

static inline const char *
printed_by(print_fn *print)
{
    FILE *out = fmemopen(text, sizeof text, "w");

    print(&conf, out);
    ck_assert_int_eq(fclose(out), 0);
    return text;
}

static inline const char *
printed(void)
{
    return printed_by(conf_print);
}

/* Entered after `config`, this is shown. */
static inline void
shows(const char *lines, const char *shown)
{
    char whole[4096];

    (void)snprintf(whole, sizeof whole, "config\n%s\nend\n", lines);
    reads(whole);
    conf_seal(&conf, key);
    (void)snprintf(whole, sizeof whole, "config\n  context local\n  #exit\n%send\n", shown);
    ck_assert_str_eq(printed(), whole);
}

#endif
