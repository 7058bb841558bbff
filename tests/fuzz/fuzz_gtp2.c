/* What is accepted can be written, and is then read as the same message. The peek agrees
 * with the decoder on whose message it is. */
#include <assert.h>
#include <string.h>

#include "common/gtp/gtp2.h"
#include "common/gtp/gtp_peek.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROOM = 80000 };

static void
check_peek(const struct gtp2_msg *msg, const uint8_t *data, size_t size)
{
    struct gtp_peek peek;
    const char *reason = NULL;

    assert(!gtp_peek(&peek, data, size, &reason) && !reason);
    assert(peek.version == 2 && peek.type == msg->head.type && peek.teid == msg->head.teid);
    assert(peek.has_seq && peek.seq == msg->head.seq);
    if (msg->head.type == GTP2_CREATE_SESSION_REQUEST && msg->has & GTP2_HAS_IMSI)
        assert(peek.imsi == msg->imsi);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t once[ROOM], twice[ROOM];
    const char *reason = NULL;
    struct gtp2_msg msg;
    struct gtp_peek peek;

    if (gtp2_decode(&msg, data, size, &reason)) {
        assert(reason && !msg.has && !msg.bearer_n);
        (void)gtp_peek(&peek, data, size, &reason);
        return 0;
    }
    check_peek(&msg, data, size);

    size_t len = gtp2_encode(once, sizeof once, &msg);
    struct gtp2_msg again;

    assert(len);
    assert(!gtp2_decode(&again, once, len, &reason));
    assert(again.has == msg.has && again.bearer_n == msg.bearer_n);
    assert(gtp2_encode(twice, sizeof twice, &again) == len);
    assert(memcmp(once, twice, len) == 0);
    return 0;
}
