/* unit_conf.h - what the tests of configurations share
 *
 * Ownership  one configuration and one error text a program
 * Time       none
 * Errors     a failed assertion
 * Threads    one
 */
#ifndef VPCLAB_UNIT_CONF_H
#define VPCLAB_UNIT_CONF_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/conf/conf_build.h"
#include "common/conf/conf_file.h"
#include "unit.h"

static struct conf conf;
static char err[4096];

static inline size_t
parse(const char *text)
{
    return conf_parse(&conf, "test.cfg", text, strlen(text), err, sizeof err);
}

static inline void
accepts(const char *text)
{
    size_t bad = parse(text);

    ck_assert_msg(bad == 0, "%s", err);
    ck_assert_str_eq(err, "");
}

/* Refused with exactly these lines, and the configuration from before still there. */
static inline void
refuses(const char *text, const char *lines)
{
    struct conf before;

    conf_defaults(&conf);
    conf_set_name(conf.hostname, "before");
    before = conf;
    ck_assert_uint_gt(parse(text), 0);
    ck_assert_str_eq(err, lines);
    ck_assert_mem_eq(&conf, &before, sizeof conf);
}

/* Lines of the SRP block, in a configuration that is complete otherwise. */
#define SRP_HEAD                                                                                   \
    "config\ncontext srp\ninterface i\nip address 127.0.0.1 255.0.0.0\n"                           \
    "service-redundancy-protocol\nbind address 127.0.0.1\npeer-ip-address 127.0.0.2\n"

static inline const char *
srp(const char *lines)
{
    static char text[4096];

    (void)snprintf(text, sizeof text, "%s%s\n", SRP_HEAD, lines);
    return text;
}

/* A file of topologies/; its length, and text that the caller frees. */
static inline size_t
load(const char *name, char **text)
{
    char path[1024];
    size_t len = 0;

    (void)snprintf(path, sizeof path, "%s/%s", TOPOLOGIES, name);
    ck_assert_int_eq(conf_file_read(path, name, text, &len, err, sizeof err), 0);
    return len;
}

#endif
