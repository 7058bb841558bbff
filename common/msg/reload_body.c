#include "common/msg/body.h"

void
reload_put(struct wr *wr, const struct reload_body *body)
{
    wr_u8(wr, body->slot);
}

bool
reload_get(struct rd *rd, struct reload_body *body)
{
    body->slot = rd_u8(rd);
    return rd_done(rd) && body->slot <= RELOAD_SLOTS;
}
