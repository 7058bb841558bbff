#include "common/cli/cli_value.h"

#include <arpa/inet.h>
#include <string.h>

enum { LAST_PORT = 48 };

/* Decimal digits at *at, at most `most`; false when there are none or too many. */
static bool
take_number(const char **at, uint64_t most, uint32_t *value)
{
    const char *from = *at;
    uint64_t number = 0;

    for (; **at >= '0' && **at <= '9'; (*at)++) {
        number = number * 10 + (uint64_t)(**at - '0');
        if (number > most)
            return false;
    }
    *value = (uint32_t)number;
    return *at != from;
}

static bool
take_addr(const char **at, uint32_t *addr)
{
    uint32_t octet;

    *addr = 0;
    for (int i = 0; i < 4; i++) {
        if (i && *(*at)++ != '.')
            return false;
        if (!take_number(at, 255, &octet))
            return false;
        *addr = *addr << 8 | octet;
    }
    return true;
}

bool
value_range(const char *text, const char *range, struct cli_word *word)
{
    uint32_t low = 0, high = 0;

    if (!take_number(&range, UINT32_MAX, &low) || *range++ != '-' ||
        !take_number(&range, UINT32_MAX, &high))
        return false;
    return take_number(&text, high, &word->value) && !*text && word->value >= low;
}

static bool
read_ipv4(const char *text, struct cli_word *word)
{
    return take_addr(&text, &word->value) && !*text;
}

static bool
read_ip(const char *text, struct cli_word *word)
{
    struct in6_addr addr;

    if (read_ipv4(text, word))
        return true;
    word->value = 0;
    return inet_pton(AF_INET6, text, &addr) == 1;
}

static bool
read_mask(const char *text, struct cli_word *word)
{
    return read_ipv4(text, word) && (~word->value & (~word->value + 1)) == 0;
}

static bool
read_prefix(const char *text, struct cli_word *word)
{
    uint32_t len = 32;

    if (!take_addr(&text, &word->value))
        return false;
    if (*text == '/') {
        text++;
        if (!take_number(&text, 32, &len))
            return false;
    }
    word->mask = len ? UINT32_MAX << (32 - len) : 0;
    return !*text && (word->value & ~word->mask) == 0;
}

/* An address in a network, whose other bits say which host it is. */
static bool
read_addrlen(const char *text, struct cli_word *word)
{
    uint32_t len = 32;

    if (!take_addr(&text, &word->value))
        return false;
    if (*text == '/') {
        text++;
        if (!take_number(&text, 32, &len))
            return false;
    }
    word->mask = len ? UINT32_MAX << (32 - len) : 0;
    return !*text;
}

static bool
read_prefix6(const char *text, struct cli_word *word)
{
    char addr_text[INET6_ADDRSTRLEN];
    size_t len = strcspn(text, "/");
    struct in6_addr addr;

    word->value = 0;
    if (len >= sizeof addr_text || text[len] != '/')
        return false;
    memcpy(addr_text, text, len);
    addr_text[len] = '\0';
    text += len + 1;
    return inet_pton(AF_INET6, addr_text, &addr) == 1 && take_number(&text, 128, &word->mask) &&
           !*text;
}

static bool
read_port(const char *text, struct cli_word *word)
{
    return take_number(&text, LAST_PORT, &word->mask) && *text++ == '/' &&
           take_number(&text, LAST_PORT, &word->value) && !*text && word->mask && word->value;
}

static bool
read_hex(const char *text, struct cli_word *word)
{
    size_t len = strlen(text);

    (void)word;
    return len > 0 && len % 2 == 0 && len <= CLI_TEXT &&
           strspn(text, "0123456789abcdefABCDEF") == len;
}

/* No blanks, so that it needs no quotes. */
static bool
read_url(const char *text, struct cli_word *word)
{
    size_t len = strlen(text);

    (void)word;
    return len > 0 && len <= CLI_TEXT && strcspn(text, " \t\"|><?") == len;
}

static bool
read_text(const char *text, struct cli_word *word)
{
    size_t len = strlen(text);

    (void)word;
    return len > 0 && len <= CLI_TEXT;
}

/* Also of a pattern. */
static bool
read_secret(const char *text, struct cli_word *word)
{
    size_t len = strlen(text);

    (void)word;
    return len > 0 && len <= CLI_NAME;
}

static const struct cli_type types[] = {
    {"ipv4", "an IPv4 address (A.B.C.D)", read_ipv4, false},
    {"ip", "an IPv4 or IPv6 address", read_ip, false},
    {"mask", "a contiguous network mask", read_mask, false},
    {"prefix", "an IPv4 address or network (A.B.C.D/LEN)", read_prefix, false},
    {"addrlen", "an IPv4 address, or one with its network's length (A.B.C.D/LEN)", read_addrlen,
     false},
    {"prefix6", "an IPv6 address with its network's length (2001:db8::1/64)", read_prefix6, false},
    {"port", "a port (SLOT/PORT, each 1 to 48)", read_port, false},
    {"hex", "octets, two hexadecimal digits each", read_hex, false},
    {"url", "the name of a file, such as /flash/system.cfg", read_url, false},
    {"secret", "1 to 79 characters, in quotes if there are blanks", read_secret, true},
    {"text", "up to 255 characters, in quotes if there are blanks", read_text, true},
    {"pattern", "a regular expression of 1 to 79 characters", read_secret, true},
};

const struct cli_type *
value_type(const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strlen(types[i].name) == len && strncmp(name, types[i].name, len) == 0)
            return &types[i];
    return NULL;
}
