/* conf_shared.h - what both chassis must share, while it is being collected
 *
 * Inside of conf_shared.c (the SRP block, the whole) and conf_shared_objects.c (what stands in
 * contexts).
 *
 * Ownership  a plain value; `lines` point into its `text`
 * Time       none
 * Errors     none: whatever a struct conf may hold fits, see the bound in conf_shared.c
 * Threads    one owner
 */
#ifndef VPCLAB_CONF_SHARED_H
#define VPCLAB_CONF_SHARED_H

#include "common/conf/conf_build.h"

enum {
    CONF_SHARED_SETTINGS = 40, /* of the SRP block, but monitors */
    CONF_SHARED_LINES = CONF_SHARED_SETTINGS + CONF_INTERFACES + CONF_POOLS + CONF_CONTEXTS +
                        CONF_SERVICES + CONF_APNS + CONF_MONITORS + CONF_RADIUS +
                        CONF_CONTEXTS * 3 + CONF_DIAMETER * (1 + CONF_DIAMETER_PEERS) +
                        CONF_HA * (1 + CONF_SPIS) + CONF_RADIUS + CONF_CONTEXTS * 3,
};

struct shared {
    char text[CONF_SHARED]; /* terminated lines */
    size_t len;
    const char *lines[CONF_SHARED_LINES];
    size_t line_n;
};

/* A line, or `more` of the last one. */
void conf_shared_add(struct shared *shared, bool more, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The lines of all that stands in contexts, but the SRP block. */
void conf_shared_objects(struct shared *shared, const struct conf *conf);

#endif
