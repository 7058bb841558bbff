#include "common/gtp/gtp.h"

#include <string.h>

enum {
    TBCD_OCTETS = 8,
    FILLER = 0xf,
    LABEL_MAX = 63,
};

/* Digit i of sixteen, in the order they are dialled. */
static unsigned
nibble(uint64_t tbcd, unsigned i)
{
    unsigned shift = 8 * (TBCD_OCTETS - 1 - i / 2) + 4 * (i % 2);

    return (unsigned)(tbcd >> shift) & 0xf;
}

bool
gtp_tbcd_valid(uint64_t tbcd)
{
    unsigned n = 0;

    while (n < GTP_DIGITS_MAX && nibble(tbcd, n) <= 9)
        n++;
    for (unsigned i = n; i < GTP_DIGITS_MAX; i++)
        if (nibble(tbcd, i) != FILLER)
            return false;
    return n > 0;
}

uint64_t
gtp_tbcd_from_digits(const char *digits)
{
    size_t len = strlen(digits);
    uint64_t tbcd = 0;

    if (!len || len > GTP_DIGITS_MAX)
        return GTP_NO_DIGITS;
    for (size_t i = 0; i < GTP_DIGITS_MAX; i++) {
        if (i < len && (digits[i] < '0' || digits[i] > '9'))
            return GTP_NO_DIGITS;

        uint64_t digit = i < len ? (uint64_t)(digits[i] - '0') : FILLER;

        tbcd |= digit << (8 * (TBCD_OCTETS - 1 - i / 2) + 4 * (i % 2));
    }
    return tbcd;
}

void
gtp_tbcd_to_digits(uint64_t tbcd, char out[GTP_DIGITS_MAX + 1])
{
    unsigned n = 0;

    if (gtp_tbcd_valid(tbcd))
        for (; n < GTP_DIGITS_MAX && nibble(tbcd, n) != FILLER; n++)
            out[n] = (char)('0' + nibble(tbcd, n));
    out[n] = '\0';
}

uint64_t
gtp_tbcd_read(const uint8_t *at, size_t len)
{
    uint64_t tbcd = 0;

    if (len > TBCD_OCTETS)
        return GTP_NO_DIGITS;
    for (size_t i = 0; i < TBCD_OCTETS; i++)
        tbcd = tbcd << 8 | (i < len ? at[i] : UINT8_MAX);
    return gtp_tbcd_valid(tbcd) ? tbcd : GTP_NO_DIGITS;
}

size_t
gtp_tbcd_octets(uint64_t tbcd)
{
    size_t n = TBCD_OCTETS;

    for (; n && (tbcd & UINT8_MAX) == UINT8_MAX; n--)
        tbcd >>= 8;
    return n;
}

bool
gtp_imsi_valid(uint64_t imsi)
{
    return gtp_tbcd_valid(imsi) && nibble(imsi, GTP_DIGITS_MAX - 1) == FILLER;
}

uint64_t
gtp_imsi_from_digits(const char *digits)
{
    uint64_t imsi = gtp_tbcd_from_digits(digits);

    return gtp_imsi_valid(imsi) ? imsi : GTP_NO_DIGITS;
}

void
gtp_imsi_to_digits(uint64_t imsi, char out[16])
{
    char digits[GTP_DIGITS_MAX + 1] = "";

    if (gtp_imsi_valid(imsi))
        gtp_tbcd_to_digits(imsi, digits);
    memcpy(out, digits, 16);
}

uint64_t
gtp_msisdn_from_digits(const char *digits)
{
    return gtp_imsi_from_digits(digits);
}

void
gtp_msisdn_to_digits(uint64_t msisdn, char out[16])
{
    gtp_imsi_to_digits(msisdn, out);
}

/* A label's character in lower case; 0 when it may not stand in one (TS 23.003 9.1). The
 * underscore is not in the book, but in the networks. */
static char
label_char(uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return (char)(c - 'A' + 'a');
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ? (char)c : 0;
}

bool
gtp_apn_decode(char out[GTP_APN_MAX], const uint8_t *at, size_t len)
{
    size_t i = 0;

    out[0] = '\0';
    if (len < 2 || len > GTP_APN_MAX)
        return false;
    while (i < len) {
        size_t label_len = at[i++];

        if (!label_len || label_len > LABEL_MAX || label_len > len - i)
            goto bad;
        for (; label_len; label_len--, i++) {
            out[i - 1] = label_char(at[i]);
            if (!out[i - 1])
                goto bad;
        }
        out[i - 1] = i < len ? '.' : '\0';
    }
    return true;
bad:
    out[0] = '\0';
    return false;
}

size_t
gtp_apn_encode(uint8_t *out, size_t room, const char *apn)
{
    size_t len = strlen(apn) + 1, start = 0;

    if (len < 2 || len > GTP_APN_MAX || len > room)
        return 0;
    /* Each label's length stands where the dot before it stood. */
    for (size_t i = 0; i < len; i++) {
        if (i < len - 1 && apn[i] != '.') {
            out[i + 1] = (uint8_t)label_char((uint8_t)apn[i]);
            if (!out[i + 1])
                return 0;
            continue;
        }
        if (i == start || i - start > LABEL_MAX)
            return 0;
        out[start] = (uint8_t)(i - start);
        start = i + 1;
    }
    return len;
}
