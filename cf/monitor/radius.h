/* radius.h - the few RADIUS packets that show whether an authentication server answers
 *
 * Access-Request (RFC 2865) with a probe account, Status-Server (RFC 5997), both with a
 * Message-Authenticator (RFC 2869) as their first attribute, and the check of what comes back.
 * Accept, Reject and Challenge all prove a server that works and knows our secret, so all
 * three are answers. The other half, for the responders of the outside world: read such a
 * request, build the answer.
 *
 * Ownership  packets lie in the caller's memory; secrets and names are borrowed for the call
 * Time       none
 * Errors     what is read: an enum radius_verdict, nothing is stored unless RADIUS_VALID; what
 *            is built: 0 when it does not fit
 * Threads    any
 */
#ifndef VPCLAB_RADIUS_H
#define VPCLAB_RADIUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    RADIUS_MOST = 4096, /* longest packet (RFC 2865, 3) */
    RADIUS_AUTHENTICATOR = 16,
    RADIUS_PASSWORD = 128, /* longest password (RFC 2865, 5.2) */
};

enum radius_code {
    RADIUS_ACCESS_REQUEST = 1,
    RADIUS_ACCESS_ACCEPT = 2,
    RADIUS_ACCESS_REJECT = 3,
    RADIUS_ACCESS_CHALLENGE = 11,
    RADIUS_STATUS_SERVER = 12,
};

/* What is wrong with a packet; the texts also name its counters. */
#define RADIUS_VERDICTS(X)                                                                         \
    X(RADIUS_VALID, "valid")                                                                       \
    X(RADIUS_BAD_LENGTH, "bad_length")       /* shorter than its header says, or no packet */      \
    X(RADIUS_BAD_CODE, "bad_code")           /* of another purpose */                              \
    X(RADIUS_BAD_ID, "bad_id")               /* answers another request: too late, or forged */    \
    X(RADIUS_BAD_ATTRIBUTE, "bad_attribute") /* attributes beyond the end, or twice */             \
    X(RADIUS_BAD_AUTHENTICATOR, "bad_authenticator") /* wrong secret, or forged */                 \
    X(RADIUS_BAD_SIGNATURE, "bad_message_authenticator")

enum radius_verdict {
#define X(name, text) name,
    RADIUS_VERDICTS(X)
#undef X
        RADIUS_VERDICT_N,
};

const char *radius_verdict_name(enum radius_verdict verdict);

/* A request, as it is asked and as a responder has read it. */
struct radius_request {
    uint8_t code;                                /* ACCESS_REQUEST or STATUS_SERVER */
    uint8_t id;                                  /* another one each time */
    uint8_t authenticator[RADIUS_AUTHENTICATOR]; /* random */
    const char *user, *password;                 /* ACCESS_REQUEST, to build only */
    uint32_t nas_addr;                           /* NAS-IP-Address; 0: not in it */
};

/* Returns the length of the packet. */
size_t radius_ask(uint8_t *out, size_t room, const struct radius_request *request,
                  const char *secret);

/* Does that packet answer our request? *code gets what it says. A Message-Authenticator must be
 * right if there is one; an answer need not have one, since servers send none with an answer to
 * Access-Request unless they were told to. That is no way in: the Response Authenticator covers
 * our 16 random octets with the secret, and what a forger of it (CVE-2024-3596) gains elsewhere,
 * an Accept made of a Reject that the server did send, is worth nothing here, where both count
 * alike. */
enum radius_verdict radius_check(const uint8_t *bytes, size_t len,
                                 const struct radius_request *request, const char *secret,
                                 uint8_t *code);

/* ---- the responder's half ---- */

/* Read a request. One without Message-Authenticator is taken if it is an Access-Request: older
 * clients send none. */
enum radius_verdict radius_read(const uint8_t *bytes, size_t len, const char *secret,
                                struct radius_request *request);

/* Answer it with `code`; returns the length of the packet. */
size_t radius_answer(uint8_t *out, size_t room, uint8_t code, const struct radius_request *request,
                     const char *secret);

#endif
