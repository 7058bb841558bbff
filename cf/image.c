#include "cf/image.h"

#include <string.h>

static const char magic[] = "VPCLAB-IMAGE 1\n";

enum { MAGIC = sizeof magic - 1, CRC_DIGITS = 8, SIZE_DIGITS = 6, HEAD = MAGIC + 6 + 8 + 1 };

uint32_t
image_crc(const char *text, size_t len)
{
    uint32_t crc = UINT32_MAX;

    for (size_t i = 0; i < len; i++) {
        crc ^= (uint8_t)text[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? UINT32_C(0xedb88320) : 0);
    }
    return ~crc;
}

bool
image_is_release(const char *text)
{
    unsigned numbers = 0;
    size_t len = strnlen(text, IMAGE_RELEASE), digits = 0;

    if (len == IMAGE_RELEASE)
        return false;
    for (size_t i = 0; i <= len; i++) {
        if (text[i] >= '0' && text[i] <= '9') {
            digits++;
        } else if ((text[i] == '.' || text[i] == '\0') && digits >= 1 && digits <= 3) {
            numbers++;
            digits = 0;
        } else {
            return false;
        }
    }
    return numbers >= 2 && numbers <= 4;
}

static bool
is_number(const char *text)
{
    size_t len = strlen(text);

    return len > 0 && strspn(text, "0123456789") == len;
}

static bool
is_printable(const char *text)
{
    if (!*text)
        return false;
    for (; *text; text++) {
        if (*text < ' ' || *text > '~')
            return false;
    }
    return true;
}

static bool
is_good(const struct image *image)
{
    return image_is_release(image->release) && is_number(image->build) &&
           is_printable(image->description) && is_printable(image->date) &&
           is_printable(image->platform);
}

/* ---- reading ------------------------------------------------------------------------------- */

struct text {
    const char *at, *end;
};

/* The rest of the line that begins with `key` and a blank; false when the next one does not, or
 * is too long for `room`. */
static bool
take_line(struct text *text, const char *key, char *out, size_t room)
{
    size_t key_len = strlen(key), left = (size_t)(text->end - text->at), len;
    const char *end = left ? memchr(text->at, '\n', left) : NULL;

    if (!end || (size_t)(end - text->at) <= key_len || memcmp(text->at, key, key_len) != 0 ||
        text->at[key_len] != ' ')
        return false;
    len = (size_t)(end - text->at) - key_len - 1;
    if (len >= room || memchr(text->at, '\0', left) != NULL)
        return false;
    memset(out, 0, room);
    memcpy(out, text->at + key_len + 1, len);
    text->at = end + 1;
    return true;
}

static bool
take_crc(struct text *text, uint32_t *crc)
{
    char word[CRC_DIGITS + 1];

    if (!take_line(text, "crc32", word, sizeof word) || strlen(word) != CRC_DIGITS)
        return false;
    *crc = 0;
    for (const char *at = word; *at; at++) {
        const char *digit = strchr("0123456789abcdef", *at);

        if (!digit)
            return false;
        *crc = *crc << 4 | (uint32_t)(digit - "0123456789abcdef");
    }
    return true;
}

enum image_fault
image_get(const char *text, size_t len, struct image *image)
{
    struct text rest = {text, text + len};
    struct image read;
    char size[SIZE_DIGITS + 1];
    uint32_t crc;

    if (len < MAGIC || memcmp(text, magic, MAGIC) != 0)
        return IMAGE_MAGIC;
    rest.at += MAGIC;
    if (len > IMAGE_MOST || !take_crc(&rest, &crc) ||
        image_crc(rest.at, (size_t)(rest.end - rest.at)) != crc)
        return IMAGE_CRC;
    memset(&read, 0, sizeof read);
    if (!take_line(&rest, "release", read.release, sizeof read.release) ||
        !take_line(&rest, "build", read.build, sizeof read.build) ||
        !take_line(&rest, "description", read.description, sizeof read.description) ||
        !take_line(&rest, "date", read.date, sizeof read.date) ||
        !take_line(&rest, "platform", read.platform, sizeof read.platform) ||
        !take_line(&rest, "size", size, sizeof size) || rest.at != rest.end || !is_good(&read) ||
        !is_number(size))
        return IMAGE_FIELDS;
    for (const char *at = size; *at; at++)
        read.size = read.size * 10 + (uint32_t)(*at - '0');
    if (read.size != len)
        return IMAGE_FIELDS;
    *image = read;
    return IMAGE_GOOD;
}

/* ---- writing ------------------------------------------------------------------------------- */

/* There is room: every field has its most. */
static void
put(char *out, size_t *len, const char *text)
{
    size_t n = strlen(text);

    memcpy(out + *len, text, n);
    *len += n;
}

static void
put_line(char *out, size_t *len, const char *key, const char *value)
{
    put(out, len, key);
    put(out, len, " ");
    put(out, len, value);
    put(out, len, "\n");
}

_Static_assert(HEAD + 7 * 13 + IMAGE_RELEASE + IMAGE_BUILD + 3 * IMAGE_WORD <= IMAGE_MOST,
               "all fields fit");

size_t
image_put(const struct image *image, char out[IMAGE_MOST])
{
    char crc[CRC_DIGITS + 1] = "", size[SIZE_DIGITS + 1] = "";
    size_t len = HEAD, all;
    uint32_t sum;

    if (!is_good(image))
        return 0;
    put_line(out, &len, "release", image->release);
    put_line(out, &len, "build", image->build);
    put_line(out, &len, "description", image->description);
    put_line(out, &len, "date", image->date);
    put_line(out, &len, "platform", image->platform);
    all = len + strlen("size ") + SIZE_DIGITS + 1;
    for (size_t i = SIZE_DIGITS, n = all; i-- > 0; n /= 10)
        size[i] = (char)('0' + n % 10);
    put_line(out, &len, "size", size);
    sum = image_crc(out + HEAD, len - HEAD);
    for (size_t i = CRC_DIGITS; i-- > 0; sum >>= 4)
        crc[i] = "0123456789abcdef"[sum & 15];
    all = 0;
    put(out, &all, magic);
    put_line(out, &all, "crc32", crc);
    return len;
}
