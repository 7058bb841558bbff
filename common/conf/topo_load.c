#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"
#include "common/conf/conf_build.h"
#include "common/conf/conf_file.h"
#include "common/conf/topo.h"

/* A topology with its configurations: what the two instances must have in common to take
 * over each other's calls, and what they must not have in common to live side by side. */

struct pair {
    const char *file;
    const struct topo *topo;
    const struct topo_instance *instances;
    const struct conf *confs;
    char *err;
    size_t room;
};

static bool refuse(const struct pair *pair, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool
refuse(const struct pair *pair, const char *format, ...)
{
    va_list list;
    char sentence[CLI_ERR];

    va_start(list, format);
    (void)vsnprintf(sentence, sizeof sentence, format, list);
    va_end(list);
    (void)snprintf(pair->err, pair->room, "%s: instances: %s", pair->file, sentence);
    return false;
}

static bool
check_srp(const struct pair *pair)
{
    const struct conf_srp *srp[2] = {&pair->confs[0].srp, &pair->confs[1].srp};

    if (!srp[0]->configured && !srp[1]->configured)
        return true; /* to be typed in */
    for (int i = 0; i < 2; i++)
        if (!srp[i]->configured)
            return refuse(pair, "%s has no service-redundancy-protocol", pair->instances[i].name);
    if (srp[0]->bind == srp[1]->bind)
        return refuse(pair, "%s and %s have the same SRP bind address %s", pair->instances[0].name,
                      pair->instances[1].name, conf_addr_text(srp[0]->bind).text);
    for (int i = 0; i < 2; i++)
        if (srp[i]->peer != srp[!i]->bind)
            return refuse(pair, "%s has peer-ip-address %s, but %s has bind address %s",
                          pair->instances[i].name, conf_addr_text(srp[i]->peer).text,
                          pair->instances[!i].name, conf_addr_text(srp[!i]->bind).text);
    if (!topo_link_allowed(pair->topo, srp[0]->bind, srp[1]->bind))
        return refuse(
            pair,
            "srp-session is plain, but %s and %s are not both loopback addresses: whoever "
            "is between them could read and forge checkpoints; use curve, or say "
            "\"plain-anywhere\" if that is meant",
            conf_addr_text(srp[0]->bind).text, conf_addr_text(srp[1]->bind).text);
    return true;
}

/* Only an srp-activated address may be on both: one chassis at a time answers on it. */
static bool
check_addresses(const struct pair *pair)
{
    const struct conf *a = &pair->confs[0], *b = &pair->confs[1];

    for (uint8_t i = 0; i < a->interface_n; i++) {
        for (uint8_t k = 0; k < b->interface_n; k++) {
            const struct conf_interface *x = &a->interfaces[i], *y = &b->interfaces[k];

            if (x->addr && x->addr == y->addr && !(x->srp_activate && y->srp_activate))
                return refuse(pair, "%s and %s both have address %s, which is not srp-activated",
                              pair->instances[0].name, pair->instances[1].name,
                              conf_addr_text(x->addr).text);
        }
    }
    return true;
}

static bool
check_services(const struct pair *pair)
{
    static const struct {
        enum conf_service_kind kind;
        const char *name;
    } kinds[] = {
        {CONF_GGSN, "ggsn-service"}, {CONF_PGW, "pgw-service"}, {CONF_GTPU, "gtpu-service"}};

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        uint32_t a = conf_service_addr(&pair->confs[0], kinds[i].kind);
        uint32_t b = conf_service_addr(&pair->confs[1], kinds[i].kind);

        if (a != b)
            return refuse(pair, "the %s of %s answers on %s, that of %s on %s; they must be equal",
                          kinds[i].name, pair->instances[0].name,
                          a ? conf_addr_text(a).text : "nothing", pair->instances[1].name,
                          b ? conf_addr_text(b).text : "nothing");
    }
    return true;
}

/* The pool of that context name and name in conf, srp-activated and with those addresses. */
static bool
has_pool(const struct conf *conf, const struct conf *from, const struct conf_pool *pool)
{
    uint8_t context = conf_find_context(conf, from->contexts[pool->context]);

    for (uint8_t i = 0; i < conf->pool_n; i++) {
        const struct conf_pool *other = &conf->pools[i];

        if (other->context == context && strcmp(other->name, pool->name) == 0)
            return other->srp_activate && other->net == pool->net && other->mask == pool->mask &&
                   other->kind == pool->kind;
    }
    return false;
}

static bool
check_pools(const struct pair *pair)
{
    for (int i = 0; i < 2; i++) {
        const struct conf *conf = &pair->confs[i], *other = &pair->confs[!i];

        for (uint8_t k = 0; k < conf->pool_n; k++)
            if (conf->pools[k].srp_activate && !has_pool(other, conf, &conf->pools[k]))
                return refuse(pair, "%s has not the same pool \"%s\" as %s",
                              pair->instances[!i].name, conf->pools[k].name,
                              pair->instances[i].name);
    }
    return true;
}

static const char *
base_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

int
topo_load_conf(const struct topo_instance *instance, struct conf *conf, char *err, size_t room)
{
    const char *name = base_of(instance->config);
    char *text = NULL;
    size_t len = 0;
    int rc = conf_file_read(instance->config, name, &text, &len, err, room);

    if (rc == 0 && conf_parse(conf, name, text, len, err, room) > 0)
        rc = DI_EFORMAT;
    free(text);
    return rc;
}

/* Load the configurations of all instances and compare them. */
static int
check_confs(const struct topo *topo, const char *file, char *err, size_t room)
{
    struct conf *confs = calloc(TOPO_INSTANCES, sizeof *confs);
    struct pair pair = {file, topo, topo->instances, confs, err, room};
    int rc = 0;

    if (!confs)
        abort();
    for (int i = 0; rc == 0 && i < topo->instance_n; i++)
        rc = topo_load_conf(&topo->instances[i], &confs[i], err, room);
    if (rc == 0 && topo->instance_n == 2 &&
        !(check_srp(&pair) && check_addresses(&pair) && check_services(&pair) &&
          check_pools(&pair)))
        rc = DI_EREFUSED;
    free(confs);
    return rc;
}

static int
load(struct topo *topo, const char *path, bool whole, char *err, size_t room)
{
    char full[PATH_MAX], dir[PATH_MAX];
    struct topo read;
    char *text = NULL;
    size_t len = 0;
    int rc;

    if (!realpath(path, full)) {
        (void)snprintf(err, room, "%s: cannot be opened: %s", path, strerror(errno));
        return DI_ESYSTEM;
    }
    if (strlen(full) >= TOPO_PATH) {
        (void)snprintf(err, room, "%s: path longer than %d characters", path, TOPO_PATH - 1);
        return DI_EREFUSED;
    }
    (void)snprintf(dir, sizeof dir, "%.*s", (int)(strrchr(full, '/') - full), full);
    rc = conf_file_read(full, path, &text, &len, err, room);
    if (rc == 0)
        rc = topo_parse(&read, path, dir, text, len, err, room);
    if (rc == 0 && whole)
        rc = check_confs(&read, path, err, room);
    if (rc == 0) {
        *topo = read;
        memcpy(topo->file, full, strlen(full) + 1);
    }
    free(text);
    return rc;
}

int
topo_load(struct topo *topo, const char *path, char *err, size_t room)
{
    return load(topo, path, true, err, room);
}

int
topo_load_alone(struct topo *topo, const char *path, char *err, size_t room)
{
    return load(topo, path, false, err, room);
}
