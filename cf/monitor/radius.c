#include "cf/monitor/radius.h"

#include <nettle/hmac.h>
#include <nettle/md5.h>
#include <nettle/memops.h>
#include <string.h>

#include "common/base/wire.h"

enum { HEAD = 20, AUTHENTICATOR_AT = 4, ATTRIBUTE_MOST = 255 - 2 };

_Static_assert(MD5_DIGEST_SIZE == RADIUS_AUTHENTICATOR, "an authenticator is an MD5 digest");

enum attribute {
    USER_NAME = 1,
    USER_PASSWORD = 2,
    NAS_IP_ADDRESS = 4,
    MESSAGE_AUTHENTICATOR = 80,
};

const char *
radius_verdict_name(enum radius_verdict verdict)
{
    static const char *const names[] = {
#define X(name, text) text,
        RADIUS_VERDICTS(X)
#undef X
    };

    return (unsigned)verdict < RADIUS_VERDICT_N ? names[verdict] : "";
}

/* ---- digests ------------------------------------------------------------------------ */

static void
feed(struct md5_ctx *md5, const char *text)
{
    md5_update(md5, strlen(text), (const uint8_t *)text);
}

/* HMAC-MD5 over the packet, with `authenticator` in its header and zeros for the value of its
 * Message-Authenticator at `at` (RFC 2869, 5.14). */
static void
sign(const uint8_t *packet, size_t len, size_t at, const uint8_t *authenticator, const char *secret,
     uint8_t out[MD5_DIGEST_SIZE])
{
    static const uint8_t zeros[MD5_DIGEST_SIZE];
    struct hmac_md5_ctx hmac;
    size_t behind = at + sizeof zeros;

    hmac_md5_set_key(&hmac, strlen(secret), (const uint8_t *)secret);
    hmac_md5_update(&hmac, AUTHENTICATOR_AT, packet);
    hmac_md5_update(&hmac, RADIUS_AUTHENTICATOR, authenticator);
    hmac_md5_update(&hmac, at - HEAD, packet + HEAD);
    hmac_md5_update(&hmac, sizeof zeros, zeros);
    hmac_md5_update(&hmac, len - behind, packet + behind);
    hmac_md5_digest(&hmac, MD5_DIGEST_SIZE, out);
}

/* The Response Authenticator of an answer (RFC 2865, 3). */
static void
respond(const uint8_t *packet, size_t len, const uint8_t *authenticator, const char *secret,
        uint8_t out[MD5_DIGEST_SIZE])
{
    struct md5_ctx md5;

    md5_init(&md5);
    md5_update(&md5, AUTHENTICATOR_AT, packet);
    md5_update(&md5, RADIUS_AUTHENTICATOR, authenticator);
    md5_update(&md5, len - HEAD, packet + HEAD);
    feed(&md5, secret);
    md5_digest(&md5, MD5_DIGEST_SIZE, out);
}

/* Hide a password, padded with zeros to `len`, in place (RFC 2865, 5.2). */
static void
hide(uint8_t *password, size_t len, const uint8_t *authenticator, const char *secret)
{
    const uint8_t *before = authenticator;

    for (size_t i = 0; i < len; i += MD5_DIGEST_SIZE) {
        struct md5_ctx md5;
        uint8_t pad[MD5_DIGEST_SIZE];

        md5_init(&md5);
        feed(&md5, secret);
        md5_update(&md5, MD5_DIGEST_SIZE, before);
        md5_digest(&md5, sizeof pad, pad);
        for (size_t k = 0; k < sizeof pad; k++)
            password[i + k] ^= pad[k];
        before = password + i;
    }
}

/* ---- building ----------------------------------------------------------------------- */

/* Header and an empty Message-Authenticator; returns where that one's value stands. */
static size_t
put_head(struct wr *wr, uint8_t code, const struct radius_request *request)
{
    static const uint8_t zeros[MD5_DIGEST_SIZE];
    size_t at;

    wr_u8(wr, code);
    wr_u8(wr, request->id);
    wr_u16(wr, 0);
    wr_bytes(wr, request->authenticator, sizeof request->authenticator);
    wr_u8(wr, MESSAGE_AUTHENTICATOR);
    wr_u8(wr, 2 + sizeof zeros);
    at = wr_len(wr);
    wr_bytes(wr, zeros, sizeof zeros);
    return at;
}

static void
put_text(struct wr *wr, enum attribute type, const char *text)
{
    size_t len = strlen(text);

    if (len > ATTRIBUTE_MOST) {
        wr->full = true;
        return;
    }
    wr_u8(wr, type);
    wr_u8(wr, (unsigned)(2 + len));
    wr_bytes(wr, text, len);
}

static void
put_password(struct wr *wr, const struct radius_request *request, const char *secret)
{
    size_t len = strlen(request->password);
    size_t padded = len ? (len + MD5_DIGEST_SIZE - 1) / MD5_DIGEST_SIZE * MD5_DIGEST_SIZE
                        : (size_t)MD5_DIGEST_SIZE;
    uint8_t *at;

    if (len > RADIUS_PASSWORD) {
        wr->full = true;
        return;
    }
    wr_u8(wr, USER_PASSWORD);
    wr_u8(wr, (unsigned)(2 + padded));
    at = wr_take(wr, padded);
    if (!at)
        return;
    memset(at, 0, padded);
    memcpy(at, request->password, len);
    hide(at, padded, request->authenticator, secret);
}

/* All attributes are there: fill in length and signature. */
static size_t
seal(struct wr *wr, size_t at, const struct radius_request *request, const char *secret)
{
    size_t len = wr_len(wr);
    struct wr field;

    if (wr->full || len > RADIUS_MOST)
        return 0;
    field = wr_over(wr->start + 2, 2);
    wr_u16(&field, (unsigned)len);
    sign(wr->start, len, at, request->authenticator, secret, wr->start + at);
    return len;
}

size_t
radius_ask(uint8_t *out, size_t room, const struct radius_request *request, const char *secret)
{
    struct wr wr = wr_over(out, room);
    size_t at = put_head(&wr, request->code, request);

    if (request->code == RADIUS_ACCESS_REQUEST) {
        put_text(&wr, USER_NAME, request->user);
        put_password(&wr, request, secret);
    }
    if (request->nas_addr) {
        wr_u8(&wr, NAS_IP_ADDRESS);
        wr_u8(&wr, 6);
        wr_u32(&wr, request->nas_addr);
    }
    return seal(&wr, at, request, secret);
}

size_t
radius_answer(uint8_t *out, size_t room, uint8_t code, const struct radius_request *request,
              const char *secret)
{
    struct wr wr = wr_over(out, room);
    size_t at = put_head(&wr, code, request), len = seal(&wr, at, request, secret);

    if (len) {
        uint8_t authenticator[MD5_DIGEST_SIZE];

        respond(out, len, request->authenticator, secret, authenticator);
        memcpy(out + AUTHENTICATOR_AT, authenticator, sizeof authenticator);
    }
    return len;
}

/* ---- reading ------------------------------------------------------------------------ */

struct parsed {
    uint8_t code, id;
    size_t len;       /* as the packet says: octets beyond are padding */
    size_t signed_at; /* value of the Message-Authenticator; 0: none */
    uint32_t nas_addr;
};

static enum radius_verdict
parse_attributes(const uint8_t *bytes, struct parsed *parsed)
{
    struct rd rd = rd_over(bytes + HEAD, parsed->len - HEAD);

    while (rd_left(&rd)) {
        uint8_t type = rd_u8(&rd), whole = rd_u8(&rd);
        const uint8_t *value = rd_bytes(&rd, whole < 2 ? 0 : whole - 2u);

        if (rd.bad || whole < 2)
            return RADIUS_BAD_ATTRIBUTE;
        if (type == MESSAGE_AUTHENTICATOR) {
            if (whole != 2 + MD5_DIGEST_SIZE || parsed->signed_at)
                return RADIUS_BAD_ATTRIBUTE;
            parsed->signed_at = (size_t)(value - bytes);
        } else if (type == NAS_IP_ADDRESS && whole == 6) {
            struct rd addr = rd_over(value, 4);

            parsed->nas_addr = rd_u32(&addr);
        }
    }
    return rd.bad ? RADIUS_BAD_ATTRIBUTE : RADIUS_VALID;
}

static enum radius_verdict
parse(const uint8_t *bytes, size_t len, struct parsed *parsed)
{
    struct rd rd = rd_over(bytes, len);

    *parsed = (struct parsed){.code = rd_u8(&rd), .id = rd_u8(&rd)};
    parsed->len = rd_u16(&rd);
    if (rd.bad || parsed->len < HEAD || parsed->len > RADIUS_MOST || parsed->len > len)
        return RADIUS_BAD_LENGTH;
    return parse_attributes(bytes, parsed);
}

static bool
is_signed(const uint8_t *bytes, const struct parsed *parsed, const uint8_t *authenticator,
          const char *secret)
{
    uint8_t expected[MD5_DIGEST_SIZE];

    sign(bytes, parsed->len, parsed->signed_at, authenticator, secret, expected);
    return memeql_sec(expected, bytes + parsed->signed_at, sizeof expected);
}

enum radius_verdict
radius_check(const uint8_t *bytes, size_t len, const struct radius_request *request,
             const char *secret, uint8_t *code)
{
    uint8_t expected[MD5_DIGEST_SIZE];
    struct parsed parsed;
    enum radius_verdict verdict = parse(bytes, len, &parsed);

    if (verdict != RADIUS_VALID)
        return verdict;
    if (parsed.code != RADIUS_ACCESS_ACCEPT && parsed.code != RADIUS_ACCESS_REJECT &&
        parsed.code != RADIUS_ACCESS_CHALLENGE)
        return RADIUS_BAD_CODE;
    if (parsed.id != request->id)
        return RADIUS_BAD_ID;
    respond(bytes, parsed.len, request->authenticator, secret, expected);
    if (!memeql_sec(expected, bytes + AUTHENTICATOR_AT, sizeof expected))
        return RADIUS_BAD_AUTHENTICATOR;
    if (parsed.signed_at && !is_signed(bytes, &parsed, request->authenticator, secret))
        return RADIUS_BAD_SIGNATURE;
    *code = parsed.code;
    return RADIUS_VALID;
}

enum radius_verdict
radius_read(const uint8_t *bytes, size_t len, const char *secret, struct radius_request *request)
{
    struct parsed parsed;
    enum radius_verdict verdict = parse(bytes, len, &parsed);

    if (verdict != RADIUS_VALID)
        return verdict;
    if (parsed.code != RADIUS_ACCESS_REQUEST && parsed.code != RADIUS_STATUS_SERVER)
        return RADIUS_BAD_CODE;
    if (parsed.signed_at ? !is_signed(bytes, &parsed, bytes + AUTHENTICATOR_AT, secret)
                         : parsed.code == RADIUS_STATUS_SERVER)
        return RADIUS_BAD_SIGNATURE;
    *request = (struct radius_request){
        .code = parsed.code,
        .id = parsed.id,
        .nas_addr = parsed.nas_addr,
    };
    memcpy(request->authenticator, bytes + AUTHENTICATOR_AT, sizeof request->authenticator);
    return RADIUS_VALID;
}
