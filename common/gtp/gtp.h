/* gtp.h - what all GTP codecs share: ports, causes, faults, digits and access point names
 *
 * The codecs beside this file are pure: gtp1 (GTPv1-C, 3GPP TS 29.060), gtp2 (GTPv2-C,
 * TS 29.274), gtpu (GTP-U, TS 29.281), gtp_peek (just enough for call distribution), gtp_pco
 * (protocol configuration options) and gtp_tft (traffic flow templates). They know messages, not procedures: whether a
 * mandatory information element is there is for the gateway to judge, by the presence
 * bits. IPv4 only; addresses are in host order.
 *
 * Ownership  decoded byte strings are borrowed from the datagram and live as long as it
 * Time       none
 * Errors     enum gtp_fault, with a static text in *reason
 * Threads    any
 */
#ifndef VPCLAB_GTP_H
#define VPCLAB_GTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    GTP_PORT_CONTROL = 2123,
    GTP_PORT_USER = 2152,
    GTP_APN_MAX = 100,     /* octets of a coded APN, TS 23.003 9.1 */
    GTP_DIGITS_MAX = 16,   /* an IMEISV has 16; IMSI and MSISDN at most 15 */
    GTP_MESSAGE_MAX = 1500 /* octets of the longest message ours send */
};

/* Why a datagram was refused, and so what may be answered. After all but EDROP and
 * EVERSION the message's head is valid. */
enum gtp_fault {
    GTP_EDROP = -1,    /* not GTP, or shorter than a header: dropped in silence */
    GTP_EVERSION = -2, /* another version: Version Not Supported */
    GTP_ELENGTH =
        -3, /* length field and datagram differ: Invalid Message Format, v2 Invalid Length */
    GTP_EFORMAT = -4,    /* elements do not add up: Invalid Message Format */
    GTP_EVALUE = -5,     /* element `bad_ie` is too short or nonsense: Mandatory IE Incorrect */
    GTP_EEXTENSION = -6, /* must-understand extension: Supported Extension Headers Notification */
};

/* Bytes of somebody else's buffer. */
struct gtp_bytes {
    const uint8_t *at;
    size_t len;
};

/* Digits as on the wire: TBCD octets (first digit in the low nibble), filler 0xF to eight
 * octets, read big-endian. An IMSI, an MSISDN (without its numbering plan octet) and an
 * IMEI(SV) all have this form; so a number is one comparable value. */
#define GTP_NO_DIGITS UINT64_MAX

/* GTP_NO_DIGITS unless the string is 1 to 16 decimal digits. */
uint64_t gtp_tbcd_from_digits(const char *digits);

/* An empty string for what is not gtp_tbcd_valid. */
void gtp_tbcd_to_digits(uint64_t tbcd, char out[GTP_DIGITS_MAX + 1]);

/* Decimal digits, at least one, then filler only? */
bool gtp_tbcd_valid(uint64_t tbcd);

/* From 0 to 8 octets of the wire; GTP_NO_DIGITS when they are not digits. */
uint64_t gtp_tbcd_read(const uint8_t *at, size_t len);

/* Octets without trailing filler octets: what a variable-length element sends. */
size_t gtp_tbcd_octets(uint64_t tbcd);

/* As gtp_tbcd_valid, and at most 15 digits. */
bool gtp_imsi_valid(uint64_t imsi);

/* IMSI and MSISDN: GTP_NO_DIGITS unless 1 to 15 digits; out is emptied when not valid. */
uint64_t gtp_imsi_from_digits(const char *digits);
void gtp_imsi_to_digits(uint64_t imsi, char out[16]);
uint64_t gtp_msisdn_from_digits(const char *digits);
void gtp_msisdn_to_digits(uint64_t msisdn, char out[16]);

/* Length-prefixed labels to a dotted lower-case name; false when a label is empty, runs
 * over the end, or holds anything but letters, digits, '-' and '_'. */
bool gtp_apn_decode(char out[GTP_APN_MAX], const uint8_t *at, size_t len);

/* A dotted name to labels; octets written, 0 when it is not a name or does not fit. */
size_t gtp_apn_encode(uint8_t *out, size_t room, const char *apn);

#endif
