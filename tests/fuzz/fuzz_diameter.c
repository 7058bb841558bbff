/* A Diameter connection, from both ends. The first octet says in how large pieces the rest
 * arrives: that must not change which messages it holds. Each request that can be read is
 * answered, and the answer is read as one to it. */
#include <assert.h>
#include <string.h>

#include "cf/monitor/diameter.h"
#include "common/base/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
answer(const struct diameter_msg *msg)
{
    static const struct diameter_self self = {"pgw.icsr.test", "icsr.test", 0x7f000001};
    uint8_t bytes[DIAMETER_ROOM];
    struct diameter_msg read;
    const char *reason;
    size_t len = diameter_answer(bytes, sizeof bytes, msg, DIAMETER_SUCCESS, &self);
    int rc = diameter_read(&read, bytes, len, &reason);

    assert(rc == 0 && !(read.flags & DIAMETER_REQUEST));
    assert(read.command == msg->command && read.hop_by_hop == msg->hop_by_hop);
    assert(read.end_to_end == msg->end_to_end && strcmp(read.host, self.host) == 0);
    (void)rc;
}

static void
take(const uint8_t *bytes, size_t len)
{
    const char *reason = NULL;
    struct diameter_msg msg = {.command = 0xa5a5a5a5};
    int rc = diameter_read(&msg, bytes, len, &reason);

    if (rc != 0) {
        assert(rc == DI_EFORMAT && reason && msg.command == 0xa5a5a5a5);
        return;
    }
    assert(strlen(msg.host) < sizeof msg.host);
    if (msg.flags & DIAMETER_REQUEST)
        answer(&msg);
}

struct heard {
    size_t messages, octets;
    int end; /* of diameter_next: 0, or DI_EFORMAT */
};

static struct heard
hear(const uint8_t *data, size_t size, size_t piece)
{
    static struct diameter_stream stream;
    struct heard heard = {0};

    diameter_stream_init(&stream);
    for (size_t at = 0; at < size && heard.end == 0;) {
        size_t room, n = size - at < piece ? size - at : piece;
        uint8_t *to = diameter_stream_room(&stream, &room);
        const uint8_t *msg;

        assert(room > 0);
        n = n < room ? n : room;
        memcpy(to, data + at, n);
        diameter_stream_add(&stream, n);
        at += n;
        while ((heard.end = diameter_next(&stream, &msg)) > 0) {
            heard.messages++;
            heard.octets += (size_t)heard.end;
            take(msg, (size_t)heard.end);
        }
    }
    return heard;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct heard whole, pieces;

    if (size < 1)
        return 0;
    whole = hear(data + 1, size - 1, DIAMETER_MOST);
    pieces = hear(data + 1, size - 1, data[0] ? data[0] : 1);
    assert(whole.messages == pieces.messages && whole.octets == pieces.octets);
    assert(whole.end == pieces.end);
    (void)whole;
    (void)pieces;
    return 0;
}
