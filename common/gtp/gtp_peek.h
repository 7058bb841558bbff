/* gtp_peek.h - what call distribution must know of a GTP-C datagram, and not more
 *
 * Version, type, TEID, sequence number and, where there is one, the IMSI: enough for the
 * demux to choose a session manager, which then decodes in full. A datagram that passes
 * here may still be malformed further on.
 *
 * Ownership  nothing is kept
 * Time       none
 * Errors     enum gtp_fault
 * Threads    any
 */
#ifndef VPCLAB_GTP_PEEK_H
#define VPCLAB_GTP_PEEK_H

#include "common/gtp/gtp.h"

struct gtp_peek {
    uint8_t version; /* 1 or 2; after GTP_EVERSION what the sender speaks */
    uint8_t type;    /* enum gtp1_type or gtp2_type */
    bool has_seq;
    uint32_t seq;
    uint32_t teid; /* 0 when the header has none */
    uint64_t imsi; /* GTP_NO_DIGITS when none was found */
};

/* 0, or an enum gtp_fault of the header and *reason. Elements are searched only in Create
 * PDP Context Request and Create Session Request; if they are malformed there is just no
 * IMSI, and the full decoder will say why. */
int gtp_peek(struct gtp_peek *peek, const uint8_t *buf, size_t len, const char **reason);

#endif
