/* What is accepted can be written, and is then read as the same message; what PCO it holds
 * can be answered. The peek agrees with the decoder on whose message it is. */
#include <assert.h>
#include <string.h>

#include "common/gtp/gtp1.h"
#include "common/gtp/gtp_pco.h"
#include "common/gtp/gtp_peek.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROOM = 80000 };

static void
check_peek(const struct gtp1_msg *msg, const uint8_t *data, size_t size)
{
    struct gtp_peek peek;
    const char *reason = NULL;

    assert(!gtp_peek(&peek, data, size, &reason) && !reason);
    assert(peek.version == 1 && peek.type == msg->head.type && peek.teid == msg->head.teid);
    assert(peek.seq == msg->head.seq && peek.has_seq == msg->head.has_seq);
    if (msg->head.type == GTP1_CREATE_PDP_REQUEST && msg->has & GTP1_HAS_IMSI)
        assert(peek.imsi == msg->imsi);
}

static void
check_pco(const struct gtp_bytes *pco)
{
    static const uint32_t dns[2] = {0x0a000035, 0x0a000135};
    uint8_t out[GTP_PCO_MAX];

    assert(gtp_pco_answer(out, sizeof out, pco->at, pco->len, dns) <= sizeof out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t once[ROOM], twice[ROOM];
    const char *reason = NULL;
    struct gtp1_msg msg;
    struct gtp_peek peek;

    if (gtp1_decode(&msg, data, size, &reason)) {
        assert(reason && !msg.has);
        (void)gtp_peek(&peek, data, size, &reason);
        return 0;
    }
    check_peek(&msg, data, size);
    if (msg.has & GTP1_HAS_PCO)
        check_pco(&msg.pco);

    size_t len = gtp1_encode(once, sizeof once, &msg);
    struct gtp1_msg again;

    assert(len);
    assert(!gtp1_decode(&again, once, len, &reason) && again.has == msg.has);
    assert(gtp1_encode(twice, sizeof twice, &again) == len);
    assert(memcmp(once, twice, len) == 0);
    return 0;
}
