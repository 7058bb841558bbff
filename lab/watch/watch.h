/* watch.h - what `vpclab watch` reads off a living lab, and what it leaves when a promise is broken
 *
 * Nothing is disturbed: the event logs and the notes of session managers are files, and what is
 * asked of the chassis is what `status` asks.
 *
 * Ownership  watch_reader_fini gives back what watch_read took
 * Time       lab microseconds in samples
 * Errors     what does not answer is absent; watch_bundle says on stderr what it could not write
 * Threads    main
 */
#ifndef VPCLAB_WATCH_H
#define VPCLAB_WATCH_H

#include "lab/explain/explain.h"
#include "lab/watch/promise.h"

struct watch_reader {
    const struct lab *lab;
    const char *sent_file; /* a call generator's progress file; NULL: none */
    struct explain explain;
    struct promise_call *calls;
    uint32_t *index;
    size_t room, index_room;
    uint64_t calls_sum;   /* of the reading before: two that are the same are a pair at rest */
    int64_t calls_due_ms; /* notes are read when their reading has cost a small part of the time */
    bool paired;
    int64_t duration_us[2];        /* checkpoint durations of the configurations: not IMS, IMS */
    int64_t hello_us, dead_us;     /* the longest, and the shortest, in force */
    bool changed;                  /* the configurations are to be asked for them anew */
    double scale;                  /* of the lab's clock; 0: it stands still */
    uint64_t told[TOPO_INSTANCES]; /* the epoch of the last takeover that was judged */
};

void watch_reader_init(struct watch_reader *reader, const struct lab *lab, const char *sent_file);
void watch_reader_fini(struct watch_reader *reader);

/* One look at the lab; `view` is what the sample points to. */
void watch_read(struct watch_reader *reader, struct view *view, struct promise_sample *sample);

/* Has that instance, which is Active, taken over since the last one that was told? Asked when its
 * session managers have had the time to say so. With `fresh` false it is remembered, not told. */
bool watch_takeover(struct watch_reader *reader, uint8_t instance, const struct view *view,
                    bool fresh, struct promise_takeover *takeover);

/* All there is to know about the lab now, into a new directory; an exit status. `breach`: what
 * happened, and the events before it, as text. */
int watch_bundle(const struct lab *lab, const char *dir, const char *breach);

#endif
