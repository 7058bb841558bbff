#include "cf/show_list.h"

#include <stdlib.h>
#include <strings.h>

#include "common/conf/conf_build.h"
#include "common/gtp/gtp.h"
#include "common/loop/clock.h"

/* ---- show clock ---------------------------------------------------------------------------- */

void
show_clock(const struct cf *cf, FILE *out)
{
    (void)cf;
    show_time_line(out);
}

json_t *
show_clock_json(const struct cf *cf)
{
    (void)cf;
    return json_pack("{s:o, s:I}", "time", show_date_json(clock_wall_us()), "lab_us",
                     (json_int_t)clock_now().us);
}

/* Whoever did not answer has what is missing. */
static void
print_missing(const struct calls_found *found, FILE *out)
{
    if (found->answered < found->asked)
        (void)fprintf(out, "Info: %u of %u session managers did not answer; theirs is missing\n",
                      found->asked - found->answered, found->asked);
}

/* ---- show subscribers all ------------------------------------------------------------------ */

static int
by_imsi(const void *a, const void *b)
{
    const struct call_info *left = &((const struct call_found *)a)->info;
    const struct call_info *right = &((const struct call_found *)b)->info;
    char texts[2][16];
    int order;

    gtp_imsi_to_digits(left->imsi, texts[0]);
    gtp_imsi_to_digits(right->imsi, texts[1]);
    order = strcmp(texts[0], texts[1]);
    return order ? order : (left->call_id > right->call_id) - (left->call_id < right->call_id);
}

static void
sort(struct calls_found *found)
{
    if (found->n > 0)
        qsort(found->calls, found->n, sizeof *found->calls, by_imsi);
}

/* As `show subscribers summary` names it. */
static const char *
access_of(const struct call_info *call)
{
    return call->gtp_version == 1 ? "ggsn-pdp-type-ipv4" : "pgw-gtp-ipv4";
}

void
show_subscribers_all(struct calls_found *found, FILE *out)
{
    char imsi[16];

    sort(found);
    if (found->n == 0) {
        (void)fprintf(out, "No subscribers match the specified criteria\n");
        print_missing(found, out);
        return;
    }
    (void)fprintf(out,
                  "CALLID   MSID            IP              ACCESS TYPE         SMGR TIME-IDLE\n"
                  "-------- --------------- --------------- ------------------- ---- "
                  "---------\n");
    for (unsigned i = 0; i < found->n; i++) {
        const struct call_info *c = &found->calls[i].info;

        gtp_imsi_to_digits(c->imsi, imsi);
        (void)fprintf(out, "%08x %-15s %-15s %-19s %4u %02uh%02um%02us\n", c->call_id, imsi,
                      conf_addr_text(c->ue_addr).text, access_of(c), found->calls[i].sessmgr,
                      c->idle_s / 3600, c->idle_s / 60 % 60, c->idle_s % 60);
    }
    (void)fprintf(out, "\nTotal subscribers matching specified criteria: %u%s\n", found->n,
                  found->more ? ", and more that are not listed; see show subscribers summary"
                              : "");
    print_missing(found, out);
}

json_t *
show_subscribers_all_json(struct calls_found *found)
{
    json_t *array = json_array();
    char imsi[16], callid[16];

    sort(found);
    for (unsigned i = 0; i < found->n; i++) {
        const struct call_info *c = &found->calls[i].info;

        gtp_imsi_to_digits(c->imsi, imsi);
        (void)snprintf(callid, sizeof callid, "%08x", c->call_id);
        (void)json_array_append_new(
            array, json_pack("{s:s, s:s, s:s, s:s, s:i, s:I, s:I}", "callid", callid, "imsi", imsi,
                             "address", conf_addr_text(c->ue_addr).text, "access_type",
                             access_of(c), "sessmgr", (int)found->calls[i].sessmgr, "age_seconds",
                             (json_int_t)c->age_s, "idle_seconds", (json_int_t)c->idle_s));
    }
    return json_pack("{s:o, s:b, s:i, s:i}", "subscribers", array, "more", (int)found->more,
                     "sessmgrs_asked", (int)found->asked, "sessmgrs_answered",
                     (int)found->answered);
}

/* ---- show ip pool -------------------------------------------------------------------------- */

static bool
is_meant(const struct conf_pool *pool, const char *name)
{
    return !name || strcasecmp(pool->name, name) == 0;
}

bool
show_has_pool(const struct cf *cf, const char *name)
{
    for (unsigned i = 0; i < cf->conf.pool_n; i++) {
        if (is_meant(&cf->conf.pools[i], name))
            return true;
    }
    return false;
}

static char
kind_of(const struct conf_pool *pool)
{
    return pool->kind == CONF_POOL_PUBLIC ? 'P' : pool->kind == CONF_POOL_PRIVATE ? 'R' : 'S';
}

static void
print_pool(const struct conf_pool *pool, const struct call_pool *use, FILE *out)
{
    (void)fprintf(out, "%cG%02u%c %-11s %-15s", kind_of(pool), pool->priority,
                  pool->busyout ? 'B' : ' ', pool->name, conf_addr_text(pool->net).text);
    (void)fprintf(out, " %-16s %8u %9u\n", conf_addr_text(pool->mask).text, use->used, use->left);
}

void
show_pools(const struct cf *cf, const struct calls_found *found, const char *name, FILE *out)
{
    unsigned n = 0, context = CONF_CONTEXTS;

    for (unsigned i = 0; i < cf->conf.pool_n; i++) {
        const struct conf_pool *pool = &cf->conf.pools[i];

        if (!is_meant(pool, name))
            continue;
        if (n++ == 0)
            (void)fprintf(out, "+-----Type: (P) - Public, (R) - Private, (S) - Static\n"
                               "|+----State: (G) - Good\n"
                               "||++--Priority: 0 (highest) .. 10 (lowest)\n"
                               "||||+-Busyout: (B) - Busyout configured\n"
                               "vvvvv Pool Name   Start Address   Mask                 Used     "
                               "Avail\n"
                               "----- ----------- --------------- ---------------- -------- "
                               "---------\n");
        if (pool->context != context)
            (void)fprintf(out, "context %s:\n", cf->conf.contexts[pool->context]);
        context = pool->context;
        print_pool(pool, &found->pools[i], out);
    }
    if (n == 0)
        (void)fprintf(out, "Info: no ip pool is configured\n");
    else
        (void)fprintf(out, "Total Pool Count: %u\n", n);
    print_missing(found, out);
}

json_t *
show_pools_json(const struct cf *cf, const struct calls_found *found, const char *name)
{
    static const char *const kinds[] = {
        [CONF_POOL_PUBLIC] = "public",
        [CONF_POOL_PRIVATE] = "private",
        [CONF_POOL_STATIC] = "static",
    };
    json_t *array = json_array();

    for (unsigned i = 0; i < cf->conf.pool_n; i++) {
        const struct conf_pool *pool = &cf->conf.pools[i];

        if (is_meant(pool, name))
            (void)json_array_append_new(
                array,
                json_pack("{s:s, s:s, s:s, s:i, s:b, s:s, s:s, s:I, s:I}", "name", pool->name,
                          "context", cf->conf.contexts[pool->context], "type", kinds[pool->kind],
                          "priority", (int)pool->priority, "busyout", (int)pool->busyout, "address",
                          conf_addr_text(pool->net).text, "mask", conf_addr_text(pool->mask).text,
                          "used", (json_int_t)found->pools[i].used, "available",
                          (json_int_t)found->pools[i].left));
    }
    return json_pack("{s:o, s:i, s:i}", "pools", array, "sessmgrs_asked", (int)found->asked,
                     "sessmgrs_answered", (int)found->answered);
}
