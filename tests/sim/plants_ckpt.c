/* Planted bugs of checkpoints: in what travels, and in how NACKs are set. */
#include "check.h"
#include "sf/sess_part.h"

/* Micro-checkpoints of signalling in a frame: each tells what the record has already, or what was
 * before that. */
void
plant_parts(struct world *world, uint8_t *bytes, const struct ckpt_msg *msg)
{
    struct rd rd = rd_over(msg->data.records, msg->data.len);
    struct ckpt_record r;

    while (ckpt_next_record(&rd, &r)) {
        uint8_t *part = bytes + (r.bytes - bytes);

        if (!ckpt_is_part(r.kind) || sess_part_of(r.kind) != SESS_GGSN_UPDATE)
            continue;
        part[7] = (uint8_t)(part[7] - (plant(world, PLANT_LOST_PART)
                                           ? 1
                                           : 2)); /* the client's end, its last octet */
    }
}

/* What ends a round asks for the result of an audit instead: as long, and of no run. */
void
plant_rounds(uint8_t *bytes, const struct ckpt_msg *msg)
{
    struct rd rd = rd_over(msg->data.records, msg->data.len);
    struct ckpt_record r;

    while (ckpt_next_record(&rd, &r)) {
        if (r.kind == CKPT_RESYNC_END)
            bytes[rd.at - bytes - 5] = CKPT_AUDIT_END;
    }
}

/* All full checkpoints have one number, and what builds on them names it. */
void
plant_bases(uint8_t *bytes, const struct ckpt_msg *msg)
{
    struct rd rd = rd_over(msg->data.records, msg->data.len);
    struct ckpt_record r;

    while (ckpt_next_record(&rd, &r)) {
        if (r.kind == CKPT_FULL)
            bytes[r.bytes - bytes - 3] = 1;
        else if (ckpt_is_part(r.kind))
            bytes[r.bytes - bytes - 2] = 1;
    }
}

void
plant_nack(const struct world *world, struct ckpt_nack_setup *nack)
{
    if (plant(world, PLANT_NACK_UNASKED))
        nack->on[CKPT_MACRO] = nack->on[CKPT_MICRO] = true;
    if (plant(world, PLANT_NACK_DISABLED))
        nack->disabled[world->opt.nack_disabled / 64] = 0;
    if (plant(world, PLANT_NACK_STORM)) {
        nack->max_response[CKPT_MACRO] = nack->max_response[CKPT_MICRO] = UINT16_MAX - 1;
        nack->window_us = 1000 * US_PER_S;
    }
}
