#include "cf/monitor/diameter.h"

#include <assert.h>
#include <string.h>

#include "common/base/err.h"
#include "common/base/wire.h"

enum { VERSION = 1, HEAD = 20, PREFIX = 4, AVP_HEAD = 8, AVP_VENDOR = 0x80, AVP_MANDATORY = 0x40 };

enum avp {
    HOST_IP_ADDRESS = 257,
    AUTH_APPLICATION_ID = 258,
    ORIGIN_HOST = 264,
    VENDOR_ID = 266,
    RESULT_CODE = 268,
    PRODUCT_NAME = 269,
    DISCONNECT_CAUSE = 273,
    ORIGIN_REALM = 296,
    INBAND_SECURITY_ID = 299,
};

#define RELAY            UINT32_C(0xffffffff)
#define NO_SECURITY      0
#define DO_NOT_WANT_TALK 2
#define PRODUCT          "vpclab"

/* ---- building ----------------------------------------------------------------------- */

static void
put_avp(struct wr *wr, enum avp code, unsigned flags, const void *data, size_t len)
{
    static const uint8_t zeros[4];

    wr_u32(wr, code);
    wr_u8(wr, flags);
    wr_uint(wr, AVP_HEAD + len, 3);
    wr_bytes(wr, data, len);
    wr_bytes(wr, zeros, (4 - len % 4) % 4);
}

static void
put_text(struct wr *wr, enum avp code, const char *text)
{
    put_avp(wr, code, AVP_MANDATORY, text, strlen(text));
}

static void
put_u32(struct wr *wr, enum avp code, uint32_t value)
{
    uint8_t bytes[4];
    struct wr number = wr_over(bytes, sizeof bytes);

    wr_u32(&number, value);
    put_avp(wr, code, AVP_MANDATORY, bytes, sizeof bytes);
}

static void
put_head(struct wr *wr, const struct diameter_msg *head)
{
    wr_u8(wr, VERSION);
    wr_uint(wr, 0, 3);
    wr_u8(wr, head->flags);
    wr_uint(wr, head->command, 3);
    wr_u32(wr, head->application);
    wr_u32(wr, head->hop_by_hop);
    wr_u32(wr, head->end_to_end);
}

static void
put_origin(struct wr *wr, const struct diameter_self *self)
{
    put_text(wr, ORIGIN_HOST, self->host);
    put_text(wr, ORIGIN_REALM, self->realm);
}

static void
put_capabilities(struct wr *wr, const struct diameter_self *self)
{
    uint8_t bytes[6];
    struct wr addr = wr_over(bytes, sizeof bytes);

    wr_u16(&addr, 1); /* an IPv4 address */
    wr_u32(&addr, self->addr);
    put_avp(wr, HOST_IP_ADDRESS, AVP_MANDATORY, bytes, sizeof bytes);
    put_u32(wr, VENDOR_ID, 0);
    put_avp(wr, PRODUCT_NAME, 0, PRODUCT, strlen(PRODUCT));
    put_u32(wr, AUTH_APPLICATION_ID, RELAY);
}

static size_t
finish(struct wr *wr)
{
    struct wr field;

    if (wr->full)
        return 0;
    field = wr_over(wr->start + 1, 3);
    wr_uint(&field, wr_len(wr), 3);
    return wr_len(wr);
}

size_t
diameter_ask(uint8_t *out, size_t room, enum diameter_command command, uint32_t hop_by_hop,
             uint32_t end_to_end, const struct diameter_self *self)
{
    struct wr wr = wr_over(out, room);
    struct diameter_msg head = {
        .flags = DIAMETER_REQUEST,
        .command = command,
        .hop_by_hop = hop_by_hop,
        .end_to_end = end_to_end,
    };

    put_head(&wr, &head);
    put_origin(&wr, self);
    if (command == DIAMETER_CAPABILITIES) {
        put_capabilities(&wr, self);
        put_u32(&wr, INBAND_SECURITY_ID, NO_SECURITY);
    } else if (command == DIAMETER_DISCONNECT) {
        put_u32(&wr, DISCONNECT_CAUSE, DO_NOT_WANT_TALK);
    }
    return finish(&wr);
}

static bool
is_known(uint32_t command)
{
    return command == DIAMETER_CAPABILITIES || command == DIAMETER_WATCHDOG ||
           command == DIAMETER_DISCONNECT;
}

size_t
diameter_answer(uint8_t *out, size_t room, const struct diameter_msg *request, uint32_t result,
                const struct diameter_self *self)
{
    struct wr wr = wr_over(out, room);
    struct diameter_msg head = *request;

    if (!is_known(request->command))
        result = DIAMETER_COMMAND_UNSUPPORTED;
    /* The flag of errors belongs to the protocol errors, 3xxx (RFC 6733, 7.1.3). */
    head.flags = (uint8_t)((request->flags & DIAMETER_PROXIABLE) |
                           (result / 1000 == 3 ? DIAMETER_ERROR : 0));
    put_head(&wr, &head);
    put_u32(&wr, RESULT_CODE, result);
    put_origin(&wr, self);
    if (request->command == DIAMETER_CAPABILITIES)
        put_capabilities(&wr, self);
    return finish(&wr);
}

/* ---- reading ------------------------------------------------------------------------ */

/* What one AVP tells us; NULL, or what is wrong with it. */
static const char *
take_avp(struct diameter_msg *msg, uint32_t code, const uint8_t *data, size_t len)
{
    if (code == RESULT_CODE) {
        struct rd rd = rd_over(data, len);

        if (len != 4 || msg->result)
            return "Result-Code";
        msg->result = rd_u32(&rd);
    } else if (code == ORIGIN_HOST) {
        if (len == 0 || len >= sizeof msg->host || memchr(data, 0, len) || msg->host[0])
            return "Origin-Host";
        memcpy(msg->host, data, len);
        msg->host[len] = '\0';
    }
    return NULL;
}

static const char *
read_avps(struct diameter_msg *msg, struct rd *rd)
{
    while (rd_left(rd)) {
        uint32_t code = rd_u32(rd);
        unsigned flags = rd_u8(rd);
        size_t len = (size_t)rd_uint(rd, 3), head = AVP_HEAD;
        const uint8_t *data;
        const char *wrong;

        if (flags & AVP_VENDOR) {
            (void)rd_u32(rd);
            head += 4;
        }
        if (rd->bad || len < head)
            return "AVP length";
        data = rd_bytes(rd, len - head);
        (void)rd_bytes(rd, (4 - len % 4) % 4);
        if (rd->bad)
            return "AVP length";
        wrong = flags & AVP_VENDOR ? NULL : take_avp(msg, code, data, len - head);
        if (wrong)
            return wrong;
    }
    return rd->bad ? "AVP length" : NULL;
}

int
diameter_read(struct diameter_msg *msg, const uint8_t *bytes, size_t len, const char **reason)
{
    struct rd rd = rd_over(bytes, len);
    unsigned version = rd_u8(&rd);
    size_t said = (size_t)rd_uint(&rd, 3);
    struct diameter_msg fresh = {.flags = rd_u8(&rd)};

    fresh.command = (uint32_t)rd_uint(&rd, 3);
    fresh.application = rd_u32(&rd);
    fresh.hop_by_hop = rd_u32(&rd);
    fresh.end_to_end = rd_u32(&rd);
    *reason = rd.bad || said != len || len % 4 ? "length"
              : version != VERSION             ? "version"
                                               : read_avps(&fresh, &rd);
    if (*reason)
        return DI_EFORMAT;
    *msg = fresh;
    return 0;
}

/* ---- messages in a stream ----------------------------------------------------------- */

void
diameter_stream_init(struct diameter_stream *stream)
{
    stream->len = stream->taken = 0;
}

uint8_t *
diameter_stream_room(struct diameter_stream *stream, size_t *room)
{
    if (stream->taken) {
        memmove(stream->bytes, stream->bytes + stream->taken, stream->len - stream->taken);
        stream->len -= stream->taken;
        stream->taken = 0;
    }
    *room = sizeof stream->bytes - stream->len;
    return stream->bytes + stream->len;
}

void
diameter_stream_add(struct diameter_stream *stream, size_t len)
{
    assert(len <= sizeof stream->bytes - stream->len);
    stream->len += len;
}

int
diameter_next(struct diameter_stream *stream, const uint8_t **msg)
{
    size_t left = stream->len - stream->taken;
    struct rd rd = rd_over(stream->bytes + stream->taken, left);
    unsigned version = rd_u8(&rd);
    size_t len = (size_t)rd_uint(&rd, 3);

    if (left > 0 && version != VERSION)
        return DI_EFORMAT;
    if (left < PREFIX)
        return 0;
    if (len < HEAD || len % 4 || len > DIAMETER_MOST)
        return DI_EFORMAT;
    if (left < len)
        return 0;
    *msg = stream->bytes + stream->taken;
    stream->taken += len;
    return (int)len;
}
