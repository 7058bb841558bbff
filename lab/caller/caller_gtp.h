/* caller_gtp.h - the call generator's control messages, GTPv1 and GTPv2, made and read
 *
 * Hides the difference of the two GTP versions from caller.c. Our TEIDs, control and user
 * alike, are the index of the call plus one.
 *
 * Ownership  writes to and reads from the caller's buffers, keeps nothing
 * Time       none
 * Errors     makers return 0 when there is no room, readers false for what is not ours
 * Threads    any
 */
#ifndef VPCLAB_CALLER_GTP_H
#define VPCLAB_CALLER_GTP_H

#include "lab/caller/caller.h"

enum caller_kind {
    CALLER_ECHO_ASKED,
    CALLER_ECHO_ANSWER,
    CALLER_CREATE_ANSWER,
    CALLER_UPDATE_ANSWER,
    CALLER_DELETE_ASKED,
    CALLER_DELETE_ANSWER,
    CALLER_BEARER_ASKED,   /* a dedicated one is to be created */
    CALLER_BEARER_REFUSED, /* ... will not be */
    CALLER_OTHER_VERSION
};

/* A control message from the gateway, whatever its version. */
struct caller_answer {
    enum caller_kind kind;
    uint32_t seq, teid; /* of the header */
    bool has_recovery;
    uint8_t recovery;
    bool accepted;
    bool not_found; /* the gateway does not know the call */
    uint8_t cause;
    bool complete; /* created: the elements below are all there, else those missing are 0 */
    uint32_t teid_control, teid_user, addr_control, addr_user, ue;
    uint32_t bearer_teid, bearer_addr; /* of the bearer asked for; 0: not named */
};

bool caller_gtp_read(struct caller_answer *answer, uint8_t version, const uint8_t *bytes,
                     size_t len);

/* What a created call got. */
void caller_answer_take(struct call *call, const struct caller_answer *answer);

size_t caller_gtp_create(uint8_t *buf, size_t room, const struct caller_plan *plan, uint32_t index,
                         uint16_t seq);
size_t caller_gtp_update(uint8_t *buf, size_t room, const struct caller_plan *plan,
                         const struct call *call, uint32_t index, uint16_t seq);
size_t caller_gtp_delete(uint8_t *buf, size_t room, const struct caller_plan *plan,
                         const struct call *call);
/* A dedicated bearer, QCI 1, for the packets to and from who is pinged; and the answer to the
 * request that comes of that, made of the same call. */
size_t caller_gtp_dedicate(uint8_t *buf, size_t room, const struct caller_plan *plan,
                           const struct call *call, uint32_t seq);
size_t caller_gtp_dedicate_answer(uint8_t *buf, size_t room, const struct caller_plan *plan,
                                  const struct call *call, const struct caller_answer *ask);
size_t caller_gtp_echo(uint8_t *buf, size_t room, uint8_t version, uint16_t seq);
size_t caller_gtp_echo_answer(uint8_t *buf, size_t room, uint8_t version, uint32_t seq);
size_t caller_gtp_delete_answer(uint8_t *buf, size_t room, uint8_t version, uint32_t seq,
                                uint32_t teid);

#endif
