#include "common/msg/msg.h"

static const struct {
    const char *name;
    unsigned by;
} types[MSG_TYPE_END] = {
#define X(name, number, text, by) [name] = {text, by},
    MSG_TYPES(X)
#undef X
};

const char *
msg_type_name(enum msg_type type)
{
    return type > MSG_NONE && type < MSG_TYPE_END ? types[type].name : "unknown";
}

const char *
msg_verdict_name(enum msg_verdict verdict)
{
    static const char *const names[MSG_VERDICT_N] = {
#define X(name, text) [name] = text,
        MSG_VERDICTS(X)
#undef X
    };

    return verdict < MSG_VERDICT_N ? names[verdict] : "unknown";
}

void
msg_head_put(struct wr *wr, const struct msg_head *head)
{
    wr_u16(wr, MSG_MAGIC);
    wr_u8(wr, MSG_VERSION);
    wr_u8(wr, head->type);
    wr_u8(wr, head->instance);
    wr_u8(wr, head->slot);
    wr_u8(wr, head->port);
    wr_u8(wr, 0);
    wr_u64(wr, head->incarnation);
    wr_u64(wr, head->epoch);
    wr_u64(wr, head->seq);
}

bool
msg_head_get(struct rd *rd, struct msg_head *head, const char **reason)
{
    unsigned magic = rd_u16(rd), version = rd_u8(rd), type = rd_u8(rd);
    struct msg_head h = {.type = (enum msg_type)type};

    h.instance = rd_u8(rd);
    h.slot = rd_u8(rd);
    h.port = rd_u8(rd);
    (void)rd_u8(rd); /* reserved */
    h.incarnation = rd_u64(rd);
    h.epoch = rd_u64(rd);
    h.seq = rd_u64(rd);

    *reason = rd->bad                               ? "short"
              : magic != MSG_MAGIC                  ? "not-ours"
              : version != MSG_VERSION              ? "version"
              : type == 0 || type >= MSG_TYPE_END   ? "unknown-type"
              : h.incarnation == 0 || h.seq == 0    ? "no-incarnation"
              : rd_left(rd) > (size_t)MSG_BODY_MOST ? "oversize"
                                                    : NULL;
    if (*reason)
        return false;
    *head = h;
    return true;
}

bool
msg_allowed(enum msg_type type, unsigned by)
{
    return type > MSG_NONE && type < MSG_TYPE_END && (types[type].by & by) != 0;
}

enum msg_verdict
msg_judge(struct msg_track *track, const struct msg_head *head)
{
    bool newer = head->incarnation > track->incarnation;
    bool first = track->incarnation == 0;

    if (head->incarnation < track->incarnation)
        return MSG_OLD_INCARNATION;
    if (!newer && head->seq <= track->seq)
        return MSG_REPEATED;
    if (newer)
        *track = (struct msg_track){.incarnation = head->incarnation};
    else
        track->missed += head->seq - track->seq - 1;
    track->seq = head->seq;
    return newer && !first ? MSG_REBORN : MSG_FRESH;
}
