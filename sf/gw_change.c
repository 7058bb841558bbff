/* The configuration of the gateway changes under its sessions. */
#include "sf/gw_priv.h"

static void
change_apns(struct gw *gw, const struct gw_setup *setup)
{
    for (uint8_t i = 0; i < GW_APNS; i++) {
        struct gw_apn *apn = &gw->setup.apns[i];

        if (i < setup->apn_n && *setup->apns[i].name)
            *apn = setup->apns[i];
        else
            apn->gone = *apn->name != '\0';
    }
    if (gw->setup.apn_n < setup->apn_n)
        gw->setup.apn_n = setup->apn_n;
}

void
gw_change(struct gw *gw, const struct gw_setup *setup)
{
    gw->setup.ggsn = setup->ggsn;
    gw->setup.pgw = setup->pgw;
    gw->setup.graceful = setup->graceful;
    change_apns(gw, setup);
    sess_table_on_purge(gw->setup.table, setup->graceful ? gw_release : NULL, gw);
    if (!setup->pgw.on) {
        gw_ask_no_more(gw);
        gw_release_none(gw, 2);
    }
    if (!setup->ggsn.on)
        gw_release_none(gw, 1);
}
