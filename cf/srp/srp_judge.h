/* srp_judge.h - inside the srp library: what an event means to a chassis
 *
 * Takes the event in (what is heard, what the cards did, what somebody wants) and answers all
 * questions, so that the table needs but one word of it.
 *
 * Ownership  works on the caller's struct srp
 * Time       instants of the lab clock; MONO_NEVER where nothing will happen
 * Errors     none
 * Threads    as struct srp
 */
#ifndef VPCLAB_SRP_JUDGE_H
#define VPCLAB_SRP_JUDGE_H

#include "cf/srp/srp_table.h"

/* srp_judge.c */
enum srp_input srp_judge(struct srp *srp, const struct srp_event *ev, struct srp_result *r);

/* The route modifier is a start value no longer; both the peer and the other CF must know. */
void srp_has_followed(struct srp *srp, struct srp_result *r);

/* srp_want.c: switchovers that an operator or a monitor wants. */
enum srp_input srp_initiate(struct srp *srp, const struct srp_event *ev, struct srp_result *r);
enum srp_input srp_try_again(struct srp *srp, mono_t now);
void srp_note_monitors(struct srp *srp, const struct srp_event *ev, struct srp_result *r);
void srp_roll_back(struct srp *srp, enum srp_input in, mono_t now, struct srp_result *r);
bool srp_is_wanting(const struct srp *srp);

/* srp_times.c: when silence and waiting end. */
mono_t srp_dead_at(const struct srp *srp);
mono_t srp_chassis_bfd_at(const struct srp *srp);
mono_t srp_pending_over_at(const struct srp *srp);
mono_t srp_no_response_at(const struct srp *srp);
mono_t srp_no_validation_at(const struct srp *srp);

/* srp_setup.c */
void srp_configure(struct srp *srp, const struct srp_setup *setup, mono_t now,
                   struct srp_result *r);

bool srp_is_pending(enum chassis_state state);
uint64_t srp_next_epoch(const struct srp *srp);

#endif
