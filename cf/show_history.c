#include <time.h>

#include "cf/show_session.h"

/* show session counters historical all, show session disconnect-reasons */

#define LL(value) ((unsigned long long)(value))

/* ---- the quarters of an hour -------------------------------------------------------------------- */

static uint64_t
arrived(const struct chronicle_count *c)
{
    return c->opened + c->refused;
}

static uint64_t
ended(const struct chronicle_count *c)
{
    return c->closed + c->superseded;
}

void
show_history_head(FILE *out)
{
    (void)fprintf(out, "                          -------------------------- Number of Calls "
                       "--------------------------\n"
                       "Intv Timestamp             Arrived Rejected Connected  Disconn   Failed "
                       "Handoffs Renewals  CallOps\n"
                       "---- ------------------- --------- -------- --------- -------- -------- "
                       "-------- -------- --------\n");
}

/* Handoffs and renewals are not told apart from other changes of a call. */
void
show_history_row(unsigned number, const struct chronicle_row *row, FILE *out)
{
    const struct chronicle_count *c = &row->count;
    time_t s = (time_t)(row->wall_us / US_PER_S);
    struct tm tm;
    char date[32];

    (void)gmtime_r(&s, &tm);
    (void)strftime(date, sizeof date, "%Y:%m:%d:%H:%M:%S", &tm);
    (void)fprintf(out, "%4u %-19s %9llu %8llu %9llu %8llu %8llu %8s %8s %8llu\n", number, date,
                  LL(arrived(c)), LL(c->refused), LL(c->opened), LL(ended(c)), LL(c->audit_failed),
                  "-", "-", LL(arrived(c) + ended(c)));
}

void
show_history(const struct cf *cf, FILE *out)
{
    const struct chronicle_row *row;

    show_history_head(out);
    for (unsigned i = 0; (row = chronicle_row(&cf->chronicle, i)) != NULL; i++)
        show_history_row(i + 1, row, out);
}

json_t *
show_history_json(const struct cf *cf)
{
    json_t *array = json_array();
    const struct chronicle_row *row;

    for (unsigned i = 0; (row = chronicle_row(&cf->chronicle, i)) != NULL; i++) {
        const struct chronicle_count *c = &row->count;

        (void)json_array_append_new(
            array,
            json_pack("{s:i, s:f, s:I, s:I, s:I, s:I, s:I, s:n, s:n, s:I}", "interval", (int)i + 1,
                      "begin", (double)row->wall_us / 1e6, "arrived", (json_int_t)arrived(c),
                      "rejected", (json_int_t)c->refused, "connected", (json_int_t)c->opened,
                      "disconnected", (json_int_t)ended(c), "failed", (json_int_t)c->audit_failed,
                      "handoffs", "renewals", "call_operations",
                      (json_int_t)(arrived(c) + ended(c))));
    }
    return json_pack("{s:i, s:o}", "interval_seconds", (int)HISTORY_S, "intervals", array);
}

/* ---- why calls ended --------------------------------------------------------------------------------- */

enum { REASONS = 5 };

struct reason {
    const char *key, *text;
    uint64_t n;
};

/* Replaced and lost tunnels may have been further bearers, whose end is no call's: what is left
 * over is never less than nothing. */
static void
reasons(const struct chronicle_count *c, struct reason out[REASONS])
{
    uint64_t named = c->replaced + c->peer_errors + c->audit_failed;

    out[0] = (struct reason){"remote_disconnect", "Remote-disconnect",
                             c->closed > named ? c->closed - named : 0};
    out[1] = (struct reason){"replaced", "Session-replaced-by-new-request", c->replaced};
    out[2] = (struct reason){"error_indication", "GTPU-error-indication-of-peer", c->peer_errors};
    out[3] = (struct reason){"audit_failed", "Audit-failure", c->audit_failed};
    out[4] = (struct reason){"superseded", "Superseded-by-peer-chassis", c->superseded};
}

static uint64_t
sum_of(const struct reason all[REASONS])
{
    uint64_t sum = 0;

    for (size_t i = 0; i < REASONS; i++)
        sum += all[i].n;
    return sum;
}

void
show_ends_of(const struct chronicle_count *ends, FILE *out)
{
    struct reason all[REASONS];
    uint64_t sum;

    reasons(ends, all);
    sum = sum_of(all);
    (void)fprintf(
        out,
        "Session Disconnect Statistics\n"
        "Total Disconnects: %llu\n\n"
        "Disconnect Reason                                        Num Disc   Percentage\n"
        "---------------------------------------------------- ------------ ------------\n",
        LL(sum));
    for (size_t i = 0; i < REASONS; i++) {
        if (all[i].n > 0)
            (void)fprintf(out, "%-52s %12llu %12.5f\n", all[i].text, LL(all[i].n),
                          100.0 * (double)all[i].n / (double)sum);
    }
}

void
show_ends(const struct cf *cf, FILE *out)
{
    show_ends_of(&cf->chronicle.ends, out);
}

json_t *
show_ends_json(const struct cf *cf)
{
    json_t *object = json_object();
    struct reason all[REASONS];

    reasons(&cf->chronicle.ends, all);
    for (size_t i = 0; i < REASONS; i++)
        (void)json_object_set_new(object, all[i].key, json_integer((json_int_t)all[i].n));
    return json_pack("{s:I, s:o}", "total_disconnects", (json_int_t)sum_of(all), "reasons", object);
}
