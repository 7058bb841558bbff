/* events.h - the event logs of a lab as one story: kinds, times, and the order of the whole
 *
 * Each process writes a file of its own (docs/events.md). What the merge guarantees:
 *   - the events of one file come in the order of the file, whatever their times say;
 *   - of different files the earlier comes first, by wall clock (ms), then lab clock (us);
 *   - an effect that is told at most EVENTS_SLACK_MS before its cause comes after it all the same:
 *     a hello received after the hello sent, what a chassis hears of the state of its peer after
 *     that state, likewise between the CFs of an instance, and routes that converged after the
 *     router's choice. Cause and effect are matched by state, number and epoch;
 *   - nothing is left out, and nothing comes twice.
 * Not guaranteed: the order between files while the wall clock goes back. The times of a file
 * never fall here, so what was written then counts as written when the clock stood highest.
 *
 * Ownership  events are borrowed, with their texts; a source is a view of the caller's array
 * Time       wall clock in milliseconds since 1970, lab clock in microseconds
 * Errors     a time that is none is refused; a kind that is none is told
 * Threads    any
 */
#ifndef VPCLAB_EVENTS_H
#define VPCLAB_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { EVENTS_SLACK_MS = 50 };

/* Every kind there is, and how the timeline calls it; docs/events.md has what it means. */
#define EVENT_KINDS(X)                                                                             \
    X("process.start", "starts")                                                                   \
    X("process.stop", "stops")                                                                     \
    X("boot.image", "boots")                                                                       \
    X("card.halted", "card halted")                                                                \
    X("operator.command", "command:")                                                              \
    X("cf.reload", "CF reloads")                                                                   \
    X("cf.state", "")                                                                              \
    X("cf.peer", "other CF")                                                                       \
    X("chassis.lead", "leads, chassis")                                                            \
    X("config.applied", "configuration applied")                                                   \
    X("srp.state", "")                                                                             \
    X("srp.phase", "phase")                                                                        \
    X("srp.switchover", "switchover")                                                              \
    X("srp.rolled-back", "rolled back,")                                                           \
    X("srp.peer", "peer")                                                                          \
    X("srp.hello", "hello")                                                                        \
    X("srp.silence", "silent")                                                                     \
    X("srp.nack", "NACK")                                                                          \
    X("srp.checkpoint-fault", "checkpoint fault")                                                  \
    X("srp.config", "configurations")                                                              \
    X("srp.audit", "audit")                                                                        \
    X("srp.connection", "hello link")                                                              \
    X("srp.session", "checkpoint link")                                                            \
    X("monitor.state", "monitor")                                                                  \
    X("snmp.trap", "trap")                                                                         \
    X("card.up", "card")                                                                           \
    X("card.down", "card")                                                                         \
    X("calls.lost", "calls lost")                                                                  \
    X("card.alone", "card alone")                                                                  \
    X("sessmgr.reach", "sessmgr")                                                                  \
    X("routes.announced", "routes")                                                                \
    X("routes.converged", "traffic")                                                               \
    X("routes.offered", "routes offered")                                                          \
    X("bgp.session", "router, BGP")                                                                \
    X("bgp.neighbor", "BGP neighbor")                                                              \
    X("bfd.neighbor", "BFD neighbor")                                                              \
    X("bfd.chassis", "BFD of the chassis")                                                         \
    X("route.best", "best path")                                                                   \
    X("access.bound", "GTP address")                                                               \
    X("access.refused", "GTP address")                                                             \
    X("lab.time", "clock")                                                                         \
    X("vm.start", "VM started,")                                                                   \
    X("vm.exit", "VM ended,")                                                                      \
    X("fault.on", "fault")                                                                         \
    X("fault.off", "fault over")

enum {
#define X(kind, label) +1
    EVENT_KIND_N = 0 EVENT_KINDS(X)
#undef X
};

struct event {
    int64_t at_ms; /* for the merge: wall_ms, or that of an earlier event of the file if later */
    int64_t wall_ms, lab_us;
    uint64_t seq, epoch;
    const char *process; /* "east/cf1", "world" */
    const char *thread;  /* these four: NULL where there is none */
    const char *old, *now, *cause;
    const char *kind;
    const char *line; /* as it stands in the file, without its end */
};

/* ---- kinds ---------------------------------------------------------------------------- */

/* Index of a kind, or -1; its name and its label by index. */
int event_kind(const char *kind);
const char *event_kind_name(size_t index);
const char *event_kind_label(size_t index);

/* "KIND[,KIND...]", where a KIND may be a family such as srp: a bit for each kind. False for what
 * is none; *bad and *len are the word then. */
bool event_kinds_read(const char *list, uint64_t *mask, const char **bad, size_t *len);

/* Is the process, such as east/cf1, of that instance? "world" is one here. */
bool event_of_instance(const struct event *event, const char *instance);

/* ---- time ----------------------------------------------------------------------------- */

/* RFC 3339 with a zone: 2026-11-21T04:49:30.815Z, ...+01:00; decimals beyond milliseconds do not
 * count. False for what is none. */
bool event_time_read(const char *text, int64_t *wall_ms);

/* ---- the merge ------------------------------------------------------------------------ */

/* One file: events[next..n-1] are still to come. */
struct event_source {
    const struct event *events;
    size_t n, next;
};

/* Sets at_ms; `before` is the last event of the same file, or NULL. */
void event_settle(struct event *event, const struct event *before);

/* The next event of all, which its source then has behind it; NULL when the earliest is later than
 * until_ms, or there is none. */
const struct event *events_next(struct event_source *sources, size_t n, int64_t until_ms);

/* Does `event` tell what `cause` brought about on another process? */
bool event_follows(const struct event *event, const struct event *cause);

/* A hello's event: was it sent (true) or received, its number, the number it echoes, and what is
 * behind them (", request 3"), in the event's text. False when the cause is not of that form. */
struct event_hello {
    bool sent;
    uint64_t seq, echo;
    const char *rest;
};
bool event_hello_read(const struct event *event, struct event_hello *hello);

#endif
