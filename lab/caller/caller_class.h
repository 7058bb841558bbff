/* caller_class.h - classes of calls and of requests, and the outage of each
 *
 * Pings are of class volte or other, requests sent while the traffic lasts of class control
 * (Update PDP Context, Modify Bearer) or new (create and delete of an extra subscriber).
 * The outage of a class is the longest time from the first one sent after an answer to the
 * next answer, whichever of the class it answers: a pause in sending is no outage, a single
 * loss among answers hardly one. An outage ends with the sending at the latest.
 *
 * Ownership  plain values
 * Time       real time, in the calls
 * Errors     none
 * Threads    one owner
 */
#ifndef VPCLAB_CALLER_CLASS_H
#define VPCLAB_CALLER_CLASS_H

#include "common/base/mono.h"

struct caller_plan;

enum caller_class { CLASS_VOLTE, CLASS_OTHER, CLASS_CONTROL, CLASS_NEW, CALLER_CLASSES };

enum { CLASS_PING_MOST = CLASS_OTHER, QCI_SIGNALLING = 5, QCI_VOICE = 1, QCI_BEST_EFFORT = 9 };

#define CALLER_APN_IMS "ims"

const char *caller_class_name(enum caller_class class);

/* Of the call of that index: the VoLTE ones are spread evenly over the indices. */
enum caller_class caller_class_of(const struct caller_plan *plan, uint32_t index);

/* Quality of service class (TS 23.203 6.1.7) of the default bearer: of the VoLTE calls every second
 * one is voice, unless voice has dedicated bearers. */
unsigned caller_qci_of(const struct caller_plan *plan, uint32_t index);

const char *caller_apn_of(const struct caller_plan *plan, uint32_t index);

struct caller_outage {
    uint64_t sent, answered;
    uint64_t refused; /* of the answered ones */
    mono_t since;     /* first one sent after the last answer */
    mono_t last;      /* last one sent */
    bool waiting;     /* one was sent since the last answer */
    int64_t longest_us;
};

void outage_sent(struct caller_outage *outage, mono_t now);
void outage_answered(struct caller_outage *outage, mono_t now);

/* No more is sent: answers from now on are counted, and end nothing. */
void outage_end(struct caller_outage *outage, mono_t now);

int64_t outage_us(const struct caller_outage *outage);

#endif
