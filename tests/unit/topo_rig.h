/* topo_rig.h - a shipped topology with one thing changed
 *
 * Shared by the check programs of the topology.
 *
 * Ownership  plain values; what load() and with() give is the caller's
 * Time       none
 * Errors     check assertions
 * Threads    main
 */
#ifndef VPCLAB_TOPO_RIG_H
#define VPCLAB_TOPO_RIG_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"
#include "common/conf/conf_file.h"
#include "common/conf/topo.h"
#include "unit.h"

static char err[4096];

/* A key of the shipped topology, beside which others are put. */
#define KEY "\"name\": \"pair\","

/* A file of topologies/, terminated; the caller frees it. */
static inline char *
load(const char *name)
{
    char path[1024], *text = NULL, *copy;
    size_t len = 0;

    (void)snprintf(path, sizeof path, "%s/%s", TOPOLOGIES, name);
    ck_assert_int_eq(conf_file_read(path, name, &text, &len, err, sizeof err), 0);
    copy = strndup(text, len);
    free(text);
    ck_assert_ptr_nonnull(copy);
    return copy;
}

/* text with the first `from` replaced; the caller frees it. */
static inline char *
with(const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);
    size_t room = strlen(text) + strlen(to) + 1;
    char *out = malloc(room);

    ck_assert_msg(at != NULL, "no \"%s\" to replace", from);
    ck_assert_ptr_nonnull(out);
    (void)snprintf(out, room, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    return out;
}

static inline void
refuses_text(const char *text, size_t len, const char *sentence)
{
    static struct topo topo, before;

    memset(&before, 0x5a, sizeof before);
    topo = before;
    ck_assert_int_lt(topo_parse(&topo, "pair.json", "/lab", text, len, err, sizeof err), 0);
    ck_assert_str_eq(err, sentence);
    ck_assert_mem_eq(&topo, &before, sizeof topo);
}

/* The shipped topology, with `from` replaced by `to`, is refused with that sentence. */
static inline void
refuses(const char *from, const char *to, const char *sentence)
{
    char *pair = load("pair.json"), *text = with(pair, from, to);

    refuses_text(text, strlen(text), sentence);
    free(text);
    free(pair);
}

/* The shipped topology with one more key is understood. */
static inline const struct topo *
accepts(const char *key)
{
    static struct topo topo;
    char *pair = load("pair.json"), *text = with(pair, KEY, key);

    ck_assert_msg(topo_parse(&topo, "pair.json", "/lab", text, strlen(text), err, sizeof err) == 0,
                  "%s", err);
    free(text);
    free(pair);
    return &topo;
}

#endif
