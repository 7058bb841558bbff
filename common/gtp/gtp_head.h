/* gtp_head.h - headers and element framing of GTP versions 1 and 2, for the codecs here
 *
 * Internal to the library: what gtp1, gtp2, gtpu and gtp_peek would otherwise each do for
 * themselves. It knows where an element ends, not what it means.
 *
 * Ownership  readers borrow the datagram
 * Time       none
 * Errors     enum gtp_fault
 * Threads    any
 */
#ifndef VPCLAB_GTP_HEAD_H
#define VPCLAB_GTP_HEAD_H

#include "common/base/wire.h"
#include "common/gtp/gtp1.h"
#include "common/gtp/gtp2.h"

/* The version field, the same place in all versions; -1 when there is no octet. */
static inline int
gtp_version(const uint8_t *buf, size_t len)
{
    return len ? buf[0] >> 5 : -1;
}

static inline int
gtp_refuse(const char **reason, int fault, const char *text)
{
    *reason = text;
    return fault;
}

/* The header with its extension headers; body is what follows. `known_extension` is a
 * must-understand type the caller can live with, 0: none. */
int gtp1_head_read(struct gtp1_head *head, struct rd *body, uint8_t known_extension,
                   const uint8_t *buf, size_t len, const char **reason);

/* The header; body is the rest of the first message. */
int gtp2_head_read(struct gtp2_head *head, struct rd *body, const uint8_t *buf, size_t len,
                   const char **reason);

/* An element of either version; `value` reads its content. */
struct gtp_ie {
    uint8_t type, instance;
    struct rd value;
};

/* Take the next element: 1, 0 at the end, or GTP_EFORMAT and *reason. */
int gtp1_ie_next(struct gtp_ie *ie, struct rd *body, const char **reason);
int gtp2_ie_next(struct gtp_ie *ie, struct rd *body, const char **reason);

/* The rest of a value. */
static inline struct gtp_bytes
gtp_rest(struct rd *value)
{
    size_t len = rd_left(value);

    return (struct gtp_bytes){.at = rd_bytes(value, len), .len = len};
}

#endif
