/* msg.h - the language of the processes: every message, who may say it, and its envelope
 *
 * One frame on any of our links is an envelope of MSG_HEAD octets and a body. The
 * envelope says who speaks (instance, slot, this start of the process), in which epoch,
 * and which frame of this link it is. msg_judge() refuses what comes from an older start
 * or was heard before; what an older *epoch* means is for the receiver of the message.
 *
 * Ownership  borrows the caller's buffers
 * Time       none
 * Errors     a refusal is an enum msg_verdict with a name; nothing is stored then
 * Threads    any
 */
#ifndef VPCLAB_MSG_H
#define VPCLAB_MSG_H

#include "common/base/wire.h"

/* Speakers, as a mask: which kind of card may send a message. */
enum {
    BY_CF = 1u << 0,
    BY_SF = 1u << 1,
    BY_DEMUX = 1u << 2,
    BY_WORLD = 1u << 3,
    BY_TOOL = 1u << 4
};

/*   name           number text            may be sent by */
#define MSG_TYPES(X)                                                                               \
    X(MSG_LINK_HELLO, 1, "link-hello", BY_CF | BY_SF | BY_DEMUX | BY_WORLD)                        \
    X(MSG_CARD_STATUS, 2, "card-status", BY_SF | BY_DEMUX)                                         \
    X(MSG_CF_HELLO, 3, "cf-hello", BY_CF)                                                          \
    X(MSG_ROLE, 4, "role", BY_CF)                                                                  \
    X(MSG_CONFIG, 5, "config", BY_CF)                                                              \
    X(MSG_CALLS, 6, "calls", BY_SF | BY_DEMUX)                                                     \
    X(MSG_ACCESS, 7, "access", BY_DEMUX | BY_WORLD)                                                \
    X(MSG_ROUTES, 8, "routes", BY_DEMUX)                                                           \
    X(MSG_CKPT, 9, "checkpoint", BY_SF | BY_CF)                                                    \
    X(MSG_SRP_HELLO, 10, "srp-hello", BY_CF)                                                       \
    X(MSG_EXEC, 11, "exec", BY_TOOL)                                                               \
    X(MSG_ANSWER, 12, "answer", BY_CF | BY_WORLD)                                                  \
    X(MSG_NET, 13, "net", BY_WORLD | BY_DEMUX)                                                     \
    X(MSG_SRP_CONFIG, 14, "srp-config", BY_CF)                                                     \
    X(MSG_CKPT_CLOSED, 15, "checkpoint-closed", BY_CF)                                             \
    X(MSG_NACKS, 16, "nacks", BY_CF)                                                               \
    X(MSG_CKPT_FAULT, 17, "checkpoint-fault", BY_CF)                                               \
    X(MSG_CALL_ASK, 18, "call-ask", BY_CF)                                                         \
    X(MSG_CALL_ANSWER, 19, "call-answer", BY_SF)                                                   \
    X(MSG_AUDIT, 20, "audit", BY_CF)                                                               \
    X(MSG_AUDIT_REPORT, 21, "audit-report", BY_SF)                                                 \
    X(MSG_RELOAD, 22, "reload", BY_CF)

enum msg_type {
    MSG_NONE = 0,
#define X(name, number, text, by) name = number,
    MSG_TYPES(X)
#undef X
        MSG_TYPE_END,
};

enum {
    MSG_MAGIC = 0x564c, /* "VL" */
    MSG_VERSION = 1,
    MSG_HEAD = 32,
    MSG_BODY_MOST = 512 * 1024,
    MSG_SLOT_WORLD = 0, /* speakers that are no card */
    MSG_SLOT_TOOL = 255,
};

struct msg_head {
    enum msg_type type;
    uint8_t instance; /* index of the speaker's instance in the topology */
    uint8_t slot;
    uint8_t port;         /* session manager instance a checkpoint belongs to, else 0 */
    uint64_t incarnation; /* this start of the speaker */
    uint64_t epoch;       /* of the order or stream the body belongs to; 0 if none */
    uint64_t seq;         /* 1, 2, ... on this link since this start */
};

/* What has been heard from one speaker on one link. Zero: nothing yet. */
struct msg_track {
    uint64_t incarnation, seq;
    uint64_t missed; /* sequence numbers never seen */
};

#define MSG_VERDICTS(X)                                                                            \
    X(MSG_FRESH, "fresh")   /* the next of a known speaker, or of a first one */                   \
    X(MSG_REBORN, "reborn") /* first of a newer start: forget the older one's state */             \
    X(MSG_OLD_INCARNATION, "old-incarnation")                                                      \
    X(MSG_REPEATED, "repeated")

enum msg_verdict {
#define X(name, text) name,
    MSG_VERDICTS(X)
#undef X
        MSG_VERDICT_N,
};

const char *msg_verdict_name(enum msg_verdict verdict);
const char *msg_type_name(enum msg_type type);

/* Write the envelope; wr.full when there is no room. */
void msg_head_put(struct wr *wr, const struct msg_head *head);

/* Read the envelope, leaving rd at the body. False, and *reason says why, when this is no
 * frame of ours: short, other magic or version, unknown type, body beyond MSG_BODY_MOST. */
bool msg_head_get(struct rd *rd, struct msg_head *head, const char **reason);

/* May this kind of card (BY_...) send that? */
bool msg_allowed(enum msg_type type, unsigned by);

/* Judge a frame against what was heard before, and remember it unless refused. */
enum msg_verdict msg_judge(struct msg_track *track, const struct msg_head *head);

#endif
