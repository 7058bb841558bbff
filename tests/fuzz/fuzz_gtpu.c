/* A payload always lies within the datagram, and behind our own header is found again. */
#include <assert.h>
#include <string.h>

#include "common/gtp/gtpu.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_again(const struct gtpu_msg *msg)
{
    static uint8_t buf[80000];
    const char *reason = NULL;
    struct gtpu_msg again;
    size_t len = msg->has_seq
                     ? gtpu_encode_head_seq(buf, sizeof buf, msg->teid, msg->seq, msg->payload.len)
                     : gtpu_encode_head(buf, sizeof buf, msg->teid, msg->payload.len);

    assert(len);
    memcpy(buf + len, msg->payload.at, msg->payload.len);
    assert(!gtpu_decode(&again, buf, len + msg->payload.len, &reason));
    assert(again.teid == msg->teid && again.seq == msg->seq && again.has_seq == msg->has_seq);
    assert(again.payload.at == buf + len && again.payload.len == msg->payload.len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *reason = NULL;
    struct gtpu_msg msg;

    if (gtpu_decode(&msg, data, size, &reason)) {
        assert(reason);
        return 0;
    }
    assert(msg.payload.at >= data && msg.payload.at + msg.payload.len == data + size);
    if (msg.type == GTPU_GPDU)
        check_again(&msg);
    return 0;
}
