/* gtp_tft.h - traffic flow templates: which packets belong to a bearer (TS 24.008 10.5.6.12)
 *
 * The content of the TFT element of GTPv1, and of Bearer TFT and Traffic Aggregate Description
 * of GTPv2. Kept are filters by protocol, remote IPv4 address and remote ports. A filter that
 * looks at anything else would be widened by leaving that out, so it is refused.
 *
 * Ownership  plain values
 * Time       none
 * Errors     GTP_EFORMAT: not a TFT; GTP_EVALUE: one that ours cannot keep; *reason
 * Threads    any
 */
#ifndef VPCLAB_GTP_TFT_H
#define VPCLAB_GTP_TFT_H

#include "common/gtp/gtp.h"

enum {
    GTP_FILTERS = 4, /* of a bearer; fifteen would be possible */
    GTP_TFT_MOST = 2 + GTP_FILTERS * 20,
};

enum gtp_tft_op {
    GTP_TFT_CREATE = 1,
    GTP_TFT_DELETE = 2,
    GTP_TFT_ADD_FILTERS = 3,
    GTP_TFT_REPLACE_FILTERS = 4,
    GTP_TFT_DELETE_FILTERS = 5,
    GTP_TFT_NO_OPERATION = 6,
};

enum gtp_filter_direction {
    GTP_FILTER_OLD = 0, /* of before release 7: both */
    GTP_FILTER_DOWN = 1,
    GTP_FILTER_UP = 2,
    GTP_FILTER_BOTH = 3,
};

struct gtp_filter {
    uint32_t addr, mask;          /* remote; mask 0: any */
    uint16_t port_low, port_high; /* remote; 0 to 65535: any, also where there are no ports */
    uint8_t id;                   /* 0 to 15 */
    uint8_t direction;            /* enum gtp_filter_direction */
    uint8_t precedence;           /* lower ones are looked at first */
    uint8_t protocol;             /* 0: any */
};

struct gtp_tft {
    uint8_t op;                             /* enum gtp_tft_op */
    uint8_t filter_n;                       /* 0: DELETE, NO_OPERATION */
    struct gtp_filter filters[GTP_FILTERS]; /* DELETE_FILTERS: only id */
};

/* Read a whole element. 0, or an enum gtp_fault and *reason; then *tft is as before. */
int gtp_tft_decode(struct gtp_tft *tft, const uint8_t *at, size_t len, const char **reason);

/* Octets written; 0 when there is no room. */
size_t gtp_tft_encode(uint8_t *out, size_t room, const struct gtp_tft *tft);

/* What the operation makes of these filters: their new number, or GTP_EVALUE when there would be
 * more than GTP_FILTERS; then nothing changed. NO_OPERATION leaves them, DELETE leaves none. */
int gtp_tft_apply(struct gtp_filter filters[GTP_FILTERS], uint8_t filter_n,
                  const struct gtp_tft *tft);

#endif
