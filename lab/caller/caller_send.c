#include "lab/caller/caller_send.h"

#include "lab/caller/caller_gtp.h"
#include "lab/caller/caller_table.h"

void
caller_send_to(const struct caller *caller, struct caller_dgram *out, uint32_t addr)
{
    out->user = false;
    out->addr = addr ? addr : caller->plan.to;
    out->port = GTP_PORT_CONTROL;
}

void
caller_send_create(struct caller *caller, struct call *call, mono_t now, struct caller_dgram *out)
{
    uint32_t i = (uint32_t)(call - caller->calls);

    caller_send_to(caller, out, 0);
    out->len = caller_gtp_create(out->bytes, sizeof out->bytes, &caller->plan, i, call->seq);
    call->tries++;
    calls_wait(caller, call, mono_after(now, CALLER_T3_US));
}

void
caller_send_delete(struct caller *caller, struct call *call, mono_t now, struct caller_dgram *out)
{
    caller_send_to(caller, out, call->addr_control);
    out->len = caller_gtp_delete(out->bytes, sizeof out->bytes, &caller->plan, call);
    call->tries++;
    calls_wait(caller, call, mono_after(now, CALLER_T3_US));
}
