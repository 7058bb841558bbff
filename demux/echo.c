#include "demux/echo.h"

#include "common/gtp/gtp1.h"
#include "common/gtp/gtp2.h"
#include "common/gtp/gtp_peek.h"
#include "common/gtp/gtpu.h"

static size_t
answer_v1(uint8_t *out, size_t room, const struct gtp_peek *request, uint8_t restart)
{
    struct gtp1_msg msg = {
        .head = {.type = GTP1_ECHO_RESPONSE, .has_seq = true, .seq = (uint16_t)request->seq},
        .has = GTP1_HAS_RECOVERY,
        .recovery = restart,
    };

    return gtp1_encode(out, room, &msg);
}

static size_t
answer_v2(uint8_t *out, size_t room, const struct gtp_peek *request, uint8_t restart)
{
    struct gtp2_msg msg = {
        .head = {.type = GTP2_ECHO_RESPONSE, .seq = request->seq},
        .has = GTP2_HAS_RECOVERY,
        .recovery = restart,
    };

    return gtp2_encode(out, room, &msg);
}

static size_t
answer_user(uint8_t *out, size_t room, const struct dgram *request)
{
    struct gtpu_msg msg;
    const char *reason;

    if (gtpu_decode(&msg, request->bytes, request->len, &reason) != 0)
        return 0;
    return gtpu_encode_echo_response(out, room, msg.seq);
}

bool
echo_has_recovery(const struct dgram *request)
{
    struct gtp2_msg msg;
    const char *reason;

    return request->side == DGRAM_CTRL &&
           gtp2_decode(&msg, request->bytes, request->len, &reason) == 0 &&
           msg.head.type == GTP2_ECHO_REQUEST && msg.has & GTP2_HAS_RECOVERY;
}

size_t
echo_answer(uint8_t *out, size_t room, const struct dgram *request, uint8_t restart)
{
    struct gtp_peek peek;
    const char *reason;

    if (request->side != DGRAM_CTRL)
        return answer_user(out, room, request);
    if (gtp_peek(&peek, request->bytes, request->len, &reason) != 0)
        return 0;
    return peek.version == 1 ? answer_v1(out, room, &peek, restart)
                             : answer_v2(out, room, &peek, restart);
}
