/* pdn.h - the packet data network: one host that answers ICMP echo and UDP echo
 *
 * Every address of the embedded PDN is the same friendly host: it answers ping (RFC 792)
 * and the UDP echo service, port 7 (RFC 862). Everything else is dropped with a reason.
 *
 * Ownership  borrows the packet for the call
 * Time       none
 * Errors     the verdict; nothing is written unless it is PDN_ANSWERED
 * Threads    any
 */
#ifndef VPCLAB_PDN_H
#define VPCLAB_PDN_H

#include <stddef.h>
#include <stdint.h>

#define PDN_VERDICTS(X)                                                                            \
    X(PDN_ANSWERED, "answered")                                                                    \
    X(PDN_SHORT, "short") /* than its headers say */                                               \
    X(PDN_NOT_IPV4, "not-ipv4")                                                                    \
    X(PDN_BAD_HEADER, "bad-header")   /* length or checksum */                                     \
    X(PDN_BAD_ADDRESS, "bad-address") /* nobody to answer, or nobody to ask */                     \
    X(PDN_FRAGMENT, "fragment")                                                                    \
    X(PDN_BAD_CHECKSUM, "bad-checksum") /* of ICMP or UDP */                                       \
    X(PDN_NO_SERVICE, "no-service")     /* other protocol, type or port */                         \
    X(PDN_NO_ROOM, "no-room")

enum pdn_verdict {
#define X(name, text) name,
    PDN_VERDICTS(X)
#undef X
        PDN_VERDICT_N,
};

enum { PDN_ECHO_PORT = 7 };

const char *pdn_verdict_name(enum pdn_verdict verdict);

/* Write the answer to `packet` to out[room], *out_len octets. */
enum pdn_verdict pdn_answer(const uint8_t *packet, size_t len, uint8_t *out, size_t room,
                            size_t *out_len);

#endif
