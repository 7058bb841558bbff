/* wire.h - reading and writing network-order bytes without ever leaving the buffer
 *
 * A reader that runs out of bytes turns `bad` and from then on yields zeros; a writer
 * that runs out of room turns `full` and from then on writes nothing. So a codec is a
 * straight column of calls with one check at the end.
 *
 * Ownership  borrows the caller's buffer for as long as the struct is used
 * Time       none
 * Errors     rd.bad, wr.full
 * Threads    any
 */
#ifndef VPCLAB_WIRE_H
#define VPCLAB_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct rd {
    const uint8_t *at, *end;
    bool bad;
};

static inline struct rd
rd_over(const void *buf, size_t len)
{
    const uint8_t *at = buf;

    return (struct rd){.at = at, .end = at ? at + len : at};
}

static inline size_t
rd_left(const struct rd *rd)
{
    return rd->bad ? 0 : (size_t)(rd->end - rd->at);
}

/* The next `len` bytes, borrowed; NULL and `bad` when there are fewer. */
static inline const uint8_t *
rd_bytes(struct rd *rd, size_t len)
{
    const uint8_t *at = rd->at;

    if (rd_left(rd) < len) {
        rd->bad = true;
        return NULL;
    }
    rd->at += len;
    return at;
}

static inline uint64_t
rd_uint(struct rd *rd, size_t width)
{
    const uint8_t *at = rd_bytes(rd, width);
    uint64_t value = 0;

    for (size_t i = 0; at && i < width; i++)
        value = value << 8 | at[i];
    return value;
}

static inline uint8_t
rd_u8(struct rd *rd)
{
    return (uint8_t)rd_uint(rd, 1);
}

static inline uint16_t
rd_u16(struct rd *rd)
{
    return (uint16_t)rd_uint(rd, 2);
}

static inline uint32_t
rd_u32(struct rd *rd)
{
    return (uint32_t)rd_uint(rd, 4);
}

static inline uint64_t
rd_u64(struct rd *rd)
{
    return rd_uint(rd, 8);
}

/* Copy `len` bytes to out; zeros when there are fewer. */
static inline void
rd_copy(struct rd *rd, void *out, size_t len)
{
    const uint8_t *at = rd_bytes(rd, len);

    if (at)
        memcpy(out, at, len);
    else
        memset(out, 0, len);
}

/* A string of one length byte and its characters into out[room], terminated; `bad` if it
 * does not fit or holds a zero byte. */
static inline void
rd_str(struct rd *rd, char *out, size_t room)
{
    size_t len = rd_u8(rd);
    const uint8_t *at = rd_bytes(rd, len);

    out[0] = '\0';
    if (!at)
        return;
    if (len >= room || memchr(at, 0, len)) {
        rd->bad = true;
        return;
    }
    memcpy(out, at, len);
    out[len] = '\0';
}

/* All read, and nothing left over? */
static inline bool
rd_done(const struct rd *rd)
{
    return !rd->bad && rd->at == rd->end;
}

struct wr {
    uint8_t *start, *at, *end;
    bool full;
};

static inline struct wr
wr_over(void *buf, size_t room)
{
    uint8_t *start = buf;

    return (struct wr){.start = start, .at = start, .end = start ? start + room : start};
}

/* Bytes written so far. */
static inline size_t
wr_len(const struct wr *wr)
{
    return (size_t)(wr->at - wr->start);
}

static inline size_t
wr_room(const struct wr *wr)
{
    return wr->full ? 0 : (size_t)(wr->end - wr->at);
}

/* Room for `len` bytes, to be filled by the caller; NULL and `full` when there is none. */
static inline uint8_t *
wr_take(struct wr *wr, size_t len)
{
    uint8_t *at = wr->at;

    if (wr_room(wr) < len) {
        wr->full = true;
        return NULL;
    }
    wr->at += len;
    return at;
}

static inline void
wr_uint(struct wr *wr, uint64_t value, size_t width)
{
    uint8_t *at = wr_take(wr, width);

    for (size_t i = 0; at && i < width; i++)
        at[i] = (uint8_t)(value >> 8 * (width - 1 - i));
}

static inline void
wr_u8(struct wr *wr, unsigned value)
{
    wr_uint(wr, value, 1);
}

static inline void
wr_u16(struct wr *wr, unsigned value)
{
    wr_uint(wr, value, 2);
}

static inline void
wr_u32(struct wr *wr, uint32_t value)
{
    wr_uint(wr, value, 4);
}

static inline void
wr_u64(struct wr *wr, uint64_t value)
{
    wr_uint(wr, value, 8);
}

static inline void
wr_bytes(struct wr *wr, const void *bytes, size_t len)
{
    uint8_t *at = wr_take(wr, len);

    if (at && len)
        memcpy(at, bytes, len);
}

/* One length byte and the characters; `full` when the string is longer than 255. */
static inline void
wr_str(struct wr *wr, const char *str)
{
    size_t len = strlen(str);

    if (len > UINT8_MAX) {
        wr->full = true;
        return;
    }
    wr_u8(wr, (unsigned)len);
    wr_bytes(wr, str, len);
}

#endif
