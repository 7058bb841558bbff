#include "common/msg/body.h"

void
reload_put(struct wr *wr, const struct reload_body *body)
{
    wr_u8(wr, body->slot);
    wr_u8(wr, body->halt);
}

bool
reload_get(struct rd *rd, struct reload_body *body)
{
    uint8_t slot = rd_u8(rd), halt = rd_u8(rd);

    if (!rd_done(rd) || slot > RELOAD_SLOTS || halt > 1 || (halt && slot == 0))
        return false;
    *body = (struct reload_body){.slot = slot, .halt = halt};
    return true;
}
