#include "lab/events/events.h"

#include <string.h>

/* ---- kinds ---------------------------------------------------------------------------- */

static const struct {
    const char *name, *label;
} kinds[] = {
#define X(kind, label) {kind, label},
    EVENT_KINDS(X)
#undef X
};

_Static_assert(EVENT_KIND_N <= 64, "a kind is a bit of a mask");

static bool
same(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

int
event_kind(const char *kind)
{
    for (size_t i = 0; i < EVENT_KIND_N; i++) {
        if (same(kinds[i].name, kind))
            return (int)i;
    }
    return -1;
}

const char *
event_kind_name(size_t index)
{
    return kinds[index].name;
}

const char *
event_kind_label(size_t index)
{
    return kinds[index].label;
}

/* The kinds a word means: one, or all of a family. */
static uint64_t
kinds_of(const char *word, size_t len)
{
    uint64_t mask = 0;

    for (size_t i = 0; len > 0 && i < EVENT_KIND_N; i++) {
        const char *name = kinds[i].name;

        if (strncmp(name, word, len) == 0 && (!name[len] || name[len] == '.'))
            mask |= UINT64_C(1) << i;
    }
    return mask;
}

bool
event_kinds_read(const char *list, uint64_t *mask, const char **bad, size_t *len)
{
    *mask = 0;
    for (;;) {
        size_t width = strcspn(list, ",");
        uint64_t more = kinds_of(list, width);

        if (!more) {
            *bad = list;
            *len = width;
            return false;
        }
        *mask |= more;
        if (!list[width])
            return true;
        list += width + 1;
    }
}

/* Length of the instance's name in front of a process; that of a process without one: all. */
static size_t
instance_len(const char *process)
{
    return strcspn(process, "/");
}

bool
event_of_instance(const struct event *event, const char *instance)
{
    size_t len = instance_len(event->process);

    return strlen(instance) == len && strncmp(event->process, instance, len) == 0;
}

/* ---- time ----------------------------------------------------------------------------- */

/* Exactly `digits` digits; the number, or -1. */
static int
digits_at(const char **at, size_t digits)
{
    int number = 0;

    for (size_t i = 0; i < digits; i++) {
        if ((*at)[i] < '0' || (*at)[i] > '9')
            return -1;
        number = number * 10 + ((*at)[i] - '0');
    }
    *at += digits;
    return number;
}

static bool
take(const char **at, const char *any_of)
{
    if (!**at || !strchr(any_of, **at))
        return false;
    (*at)++;
    return true;
}

/* A number of two digits at most as large; false for what is none. */
static bool
part(const char **at, int least, int most, int *number)
{
    *number = digits_at(at, 2);
    return *number >= least && *number <= most;
}

static int
days_in(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return days[month - 1] + (month == 2 && leap);
}

/* Days from 1970-01-01 (H. Hinnant, chrono-compatible low-level date algorithms). */
static int64_t
days_from_epoch(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = y / 400, of_era = y % 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/* ".815": milliseconds, further digits do not count; nothing is 0. False for a lone point. */
static bool
read_fraction(const char **at, int *ms)
{
    int worth = 100;

    *ms = 0;
    if (!take(at, "."))
        return true;
    if (**at < '0' || **at > '9')
        return false;
    for (; **at >= '0' && **at <= '9'; (*at)++) {
        *ms += (**at - '0') * worth;
        worth /= 10;
    }
    return true;
}

/* "Z" or "+01:00", in minutes. */
static bool
read_zone(const char **at, int *minutes)
{
    int hour, minute;
    bool west = **at == '-';

    *minutes = 0;
    if (take(at, "Zz"))
        return true;
    if (!take(at, "+-") || !part(at, 0, 23, &hour) || !take(at, ":") || !part(at, 0, 59, &minute))
        return false;
    *minutes = (hour * 60 + minute) * (west ? -1 : 1);
    return true;
}

bool
event_time_read(const char *text, int64_t *wall_ms)
{
    int year = digits_at(&text, 4), month, day, hour, minute, second, ms, zone;

    if (year < 1 || !take(&text, "-") || !part(&text, 1, 12, &month) || !take(&text, "-") ||
        !part(&text, 1, days_in(year, month), &day) || !take(&text, "Tt ") ||
        !part(&text, 0, 23, &hour) || !take(&text, ":") || !part(&text, 0, 59, &minute) ||
        !take(&text, ":") || !part(&text, 0, 60, &second) || !read_fraction(&text, &ms) ||
        !read_zone(&text, &zone) || *text)
        return false;
    *wall_ms = ((days_from_epoch(year, month, day) * 24 + hour) * 60 + minute - zone) * 60000 +
               (int64_t)second * 1000 + ms;
    return true;
}

/* ---- causes --------------------------------------------------------------------------- */

static bool
number_at(const char **at, uint64_t *number)
{
    const char *begin = *at;

    *number = 0;
    for (; **at >= '0' && **at <= '9'; (*at)++) {
        if (*number > (UINT64_MAX - 9) / 10)
            return false;
        *number = *number * 10 + (uint64_t)(**at - '0');
    }
    return *at > begin;
}

static bool
word_at(const char **at, const char *word)
{
    size_t len = strlen(word);

    if (strncmp(*at, word, len) != 0)
        return false;
    *at += len;
    return true;
}

bool
event_hello_read(const struct event *event, struct event_hello *hello)
{
    const char *at = event->cause;

    if (!at || !same(event->kind, "srp.hello"))
        return false;
    hello->sent = word_at(&at, "sent ");
    if ((!hello->sent && !word_at(&at, "received ")) || !number_at(&at, &hello->seq) ||
        !word_at(&at, ", echo ") || !number_at(&at, &hello->echo))
        return false;
    hello->rest = at;
    return true;
}

static bool
one_instance(const struct event *a, const struct event *b)
{
    size_t len = instance_len(a->process);

    return len == instance_len(b->process) && strncmp(a->process, b->process, len) == 0;
}

/* The hello that was sent is the one received. */
static bool
is_hello_of(const struct event *event, const struct event *cause)
{
    struct event_hello got, sent;

    return !one_instance(event, cause) && event_hello_read(event, &got) && !got.sent &&
           event_hello_read(cause, &sent) && sent.sent && sent.seq == got.seq &&
           event->epoch == cause->epoch;
}

bool
event_follows(const struct event *event, const struct event *cause)
{
    bool told = same(event->now, cause->now) && event->epoch == cause->epoch;

    if (same(event->kind, "srp.hello"))
        return is_hello_of(event, cause);
    if (same(event->kind, "srp.peer"))
        return told && same(cause->kind, "srp.state") && !one_instance(event, cause);
    if (same(event->kind, "cf.peer"))
        return told && same(cause->kind, "cf.state") && one_instance(event, cause) &&
               !same(event->process, cause->process);
    if (same(event->kind, "routes.converged"))
        return same(event->now, "here") && same(cause->kind, "route.best") && cause->now &&
               event->epoch == cause->epoch && event_of_instance(event, cause->now);
    return false;
}

/* ---- the merge ------------------------------------------------------------------------ */

void
event_settle(struct event *event, const struct event *before)
{
    event->at_ms = event->wall_ms;
    if (before && before->at_ms > event->at_ms)
        event->at_ms = before->at_ms;
}

static bool
comes_first(const struct event *a, const struct event *b)
{
    if (a->at_ms != b->at_ms)
        return a->at_ms < b->at_ms;
    return a->lab_us < b->lab_us;
}

static const struct event *
head(const struct event_source *source)
{
    return source->next < source->n ? &source->events[source->next] : NULL;
}

/* Will that source yet tell, a moment later, what brought the event about? */
static bool
holds_cause(const struct event_source *source, const struct event *event)
{
    for (size_t i = source->next; i < source->n; i++) {
        const struct event *it = &source->events[i];

        if (it->at_ms > event->at_ms + EVENTS_SLACK_MS)
            return false;
        if (event_follows(event, it))
            return true;
    }
    return false;
}

/* The source whose turn it is by time. */
static size_t
earliest(const struct event_source *sources, size_t n)
{
    size_t best = n;

    for (size_t i = 0; i < n; i++) {
        if (head(&sources[i]) &&
            (best == n || comes_first(head(&sources[i]), head(&sources[best]))))
            best = i;
    }
    return best;
}

static size_t
with_cause(const struct event_source *sources, size_t n, size_t of)
{
    for (size_t i = 0; i < n; i++) {
        if (i != of && holds_cause(&sources[i], head(&sources[of])))
            return i;
    }
    return n;
}

/* From the earliest on to the source with its cause, and to that one's. More steps than sources
 * are a circle of events that wait for each other in vain: then the earliest comes first. */
static size_t
whose_turn(const struct event_source *sources, size_t n, size_t first)
{
    size_t turn = first;

    for (size_t steps = 0; steps < n; steps++) {
        size_t cause = with_cause(sources, n, turn);

        if (cause == n)
            return turn;
        turn = cause;
    }
    return first;
}

const struct event *
events_next(struct event_source *sources, size_t n, int64_t until_ms)
{
    size_t first = earliest(sources, n), turn;

    if (first == n || head(&sources[first])->at_ms > until_ms)
        return NULL;
    turn = whose_turn(sources, n, first);
    return &sources[turn].events[sources[turn].next++];
}
