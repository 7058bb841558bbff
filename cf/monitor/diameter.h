/* diameter.h - the base protocol's messages that show whether a Diameter peer answers
 *
 * Capabilities exchange, device watchdog and disconnect (RFC 6733, 5): built, read, and cut
 * out of a TCP stream. A monitor has no application of its own; it advertises the relay's
 * number, with which every peer has one in common. Everything but these three commands is
 * answered with DIAMETER_COMMAND_UNSUPPORTED.
 *
 * Ownership  messages lie in the caller's memory; a message of a stream is borrowed until more
 *            is read into it
 * Time       none
 * Errors     what is read: DI_EFORMAT and a reason; what is built: 0 when it does not fit
 * Threads    any
 */
#ifndef VPCLAB_DIAMETER_H
#define VPCLAB_DIAMETER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    DIAMETER_MOST = 8192, /* longest message read: a capabilities exchange with some hundred
                             applications; a longer one ends the connection */
    DIAMETER_ROOM = 1024, /* room for any message that is built here */
    DIAMETER_NAME = 256,  /* longest DiameterIdentity with its terminator */
};

enum diameter_command {
    DIAMETER_CAPABILITIES = 257,
    DIAMETER_WATCHDOG = 280,
    DIAMETER_DISCONNECT = 282,
};

enum diameter_result {
    DIAMETER_SUCCESS = 2001,
    DIAMETER_COMMAND_UNSUPPORTED = 3001,
    DIAMETER_UNKNOWN_PEER = 3010,
};

enum {
    DIAMETER_REQUEST = 0x80, /* flags */
    DIAMETER_PROXIABLE = 0x40,
    DIAMETER_ERROR = 0x20,
};

/* Who we are. */
struct diameter_self {
    const char *host, *realm;
    uint32_t addr; /* our end of the connection */
};

struct diameter_msg {
    uint8_t flags;
    uint32_t command, application;
    uint32_t hop_by_hop, end_to_end;
    uint32_t result;          /* 0: none */
    char host[DIAMETER_NAME]; /* Origin-Host; "": none */
};

/* Build a request; returns its length. */
size_t diameter_ask(uint8_t *out, size_t room, enum diameter_command command, uint32_t hop_by_hop,
                    uint32_t end_to_end, const struct diameter_self *self);

/* Build the answer to a request that was read; returns its length. `result` holds for the three
 * commands known here. */
size_t diameter_answer(uint8_t *out, size_t room, const struct diameter_msg *request,
                       uint32_t result, const struct diameter_self *self);

/* Read one whole message. On failure *msg is unchanged. */
int diameter_read(struct diameter_msg *msg, const uint8_t *bytes, size_t len, const char **reason);

/* ---- messages in a stream ---- */

struct diameter_stream {
    size_t len, taken;
    uint8_t bytes[DIAMETER_MOST];
};

void diameter_stream_init(struct diameter_stream *stream);

/* Where to put what the connection gives next, and how much of it (at least one octet when
 * diameter_next returned 0); then say how much it was. */
uint8_t *diameter_stream_room(struct diameter_stream *stream, size_t *room);
void diameter_stream_add(struct diameter_stream *stream, size_t len);

/* The next whole message: its length; 0 when more octets are needed; DI_EFORMAT when what
 * comes can be no message: then the connection is of no use any more. */
int diameter_next(struct diameter_stream *stream, const uint8_t **msg);

#endif
