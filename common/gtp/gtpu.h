/* gtpu.h - GTP-U version 1 (3GPP TS 29.281): user packets and the few signalling messages
 *
 * Reads a datagram's header and finds the user's packet in it; writes headers in front of
 * packets, and whole signalling messages. It never looks into the user's packet.
 *
 * Ownership  the payload is borrowed from the datagram
 * Time       none
 * Errors     enum gtp_fault; encoders return 0 when there is no room
 * Threads    any
 */
#ifndef VPCLAB_GTPU_H
#define VPCLAB_GTPU_H

#include "common/gtp/gtp.h"

/* TS 29.281 6.1 */
enum gtpu_type {
    GTPU_ECHO_REQUEST = 1,
    GTPU_ECHO_RESPONSE = 2,
    GTPU_ERROR_INDICATION = 26,
    GTPU_SUPPORTED_EXTENSIONS = 31,
    GTPU_END_MARKER = 254,
    GTPU_GPDU = 255,
};

enum {
    GTPU_HEAD_LEN = 8,      /* without options */
    GTPU_HEAD_SEQ_LEN = 12, /* with a sequence number */
};

struct gtpu_msg {
    uint8_t type;
    bool has_seq;
    uint16_t seq;
    uint32_t teid;
    struct gtp_bytes payload; /* the user's packet; elements of a signalling message */
    uint32_t error_teid;      /* Error Indication: the TEID nobody knows, */
    uint32_t error_addr;      /* and the address it was sent to; 0 when that is IPv6 */
};

/* 0, or an enum gtp_fault and *reason. */
int gtpu_decode(struct gtpu_msg *msg, const uint8_t *buf, size_t len, const char **reason);

/* The header in front of a G-PDU of payload_len octets, which the caller appends. */
size_t gtpu_encode_head(uint8_t *buf, size_t room, uint32_t teid, size_t payload_len);
size_t gtpu_encode_head_seq(uint8_t *buf, size_t room, uint32_t teid, uint16_t seq,
                            size_t payload_len);

size_t gtpu_encode_echo_request(uint8_t *buf, size_t room, uint16_t seq);

/* The answer to the Echo Request numbered `seq`; its Recovery is always 0 (7.2.2). */
size_t gtpu_encode_echo_response(uint8_t *buf, size_t room, uint16_t seq);

/* "A packet came to `addr` for `teid`, which I do not know" (7.3.1). */
size_t gtpu_encode_error_indication(uint8_t *buf, size_t room, uint32_t teid, uint32_t addr);

size_t gtpu_encode_end_marker(uint8_t *buf, size_t room, uint32_t teid);

/* "These are the extension headers I know": the answer to GTP_EEXTENSION (7.2.3). */
size_t gtpu_encode_supported_extensions(uint8_t *buf, size_t room, uint16_t seq);

#endif
