/* Answers to a RADIUS probe. Whatever comes is judged; what is taken has the right digest and
 * one of three codes. The same octets are also sealed with the right authenticator, so that
 * what lies behind that check is reached. */
#include <assert.h>
#include <nettle/md5.h>
#include <string.h>

#include "cf/monitor/radius.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEAD = 20 };

static const char secret[] = "fuzz";
static const struct radius_request request = {.code = RADIUS_ACCESS_REQUEST, .id = 42};

static void
respond(const uint8_t *packet, size_t len, uint8_t out[MD5_DIGEST_SIZE])
{
    struct md5_ctx md5;

    md5_init(&md5);
    md5_update(&md5, 4, packet);
    md5_update(&md5, sizeof request.authenticator, request.authenticator);
    md5_update(&md5, len - HEAD, packet + HEAD);
    md5_update(&md5, strlen(secret), (const uint8_t *)secret);
    md5_digest(&md5, MD5_DIGEST_SIZE, out);
}

static enum radius_verdict
check(const uint8_t *data, size_t size)
{
    uint8_t expected[MD5_DIGEST_SIZE], code = 0;
    enum radius_verdict verdict = radius_check(data, size, &request, secret, &code);

    assert(radius_verdict_name(verdict)[0]);
    if (verdict != RADIUS_VALID) {
        assert(code == 0);
        return verdict;
    }
    assert(size >= HEAD && data[1] == request.id && code == data[0]);
    assert(code == RADIUS_ACCESS_ACCEPT || code == RADIUS_ACCESS_REJECT ||
           code == RADIUS_ACCESS_CHALLENGE);
    respond(data, (size_t)data[2] << 8 | data[3], expected);
    assert(memcmp(data + 4, expected, sizeof expected) == 0);
    return verdict;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t sealed[RADIUS_MOST];
    enum radius_verdict verdict;

    (void)check(data, size);
    if (size < HEAD || size > sizeof sealed)
        return 0;
    memcpy(sealed, data, size);
    sealed[0] = RADIUS_ACCESS_REJECT;
    sealed[1] = request.id;
    sealed[2] = (uint8_t)(size >> 8);
    sealed[3] = (uint8_t)size;
    respond(sealed, size, sealed + 4);
    verdict = check(sealed, size);
    assert(verdict == RADIUS_VALID || verdict == RADIUS_BAD_ATTRIBUTE ||
           verdict == RADIUS_BAD_SIGNATURE);
    (void)verdict;
    return 0;
}
