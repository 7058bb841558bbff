#include "common/cli/cli_secret.h"

#include <stdbool.h>
#include <string.h>

enum { LEAST = 2 };

/* Letters of either case are the same; those of no locale. */
static char
lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
}

static bool
begins_with(const char *whole, const char *word, size_t len)
{
    if (len > strlen(whole))
        return false;
    for (size_t i = 0; i < len; i++) {
        if (lower(word[i]) != whole[i])
            return false;
    }
    return true;
}

static bool
abbreviates(const char *word, size_t len)
{
    static const char *const words[] = {
        "key", "secret", "password", "community", "passphrase", "encrypted", "security-name",
    };

    while (len > 0 && word[0] == '"') {
        word++;
        len--;
    }
    while (len > 0 && word[len - 1] == '"')
        len--;
    for (size_t i = 0; len >= LEAST && i < sizeof words / sizeof words[0]; i++) {
        if (begins_with(words[i], word, len))
            return true;
    }
    return false;
}

const char *
cli_secret_behind(const char *line)
{
    while (*line) {
        size_t len;

        line += strspn(line, " \t");
        len = strcspn(line, " \t");
        if (abbreviates(line, len))
            return line + len;
        line += len;
    }
    return NULL;
}

void
cli_secret_mask(const char *line, char *out, size_t room)
{
    static const char mask[] = " ***";
    const char *behind = cli_secret_behind(line);
    size_t len = behind ? (size_t)(behind - line) : strlen(line);
    bool masked = behind && behind[strspn(behind, " \t")];

    if (len > room - sizeof mask)
        len = room - sizeof mask;
    for (size_t i = 0; i < len; i++)
        out[i] = (unsigned char)line[i] < ' ' || line[i] == 0x7f ? '?' : line[i];
    memcpy(out + len, masked ? mask : "", masked ? sizeof mask : 1);
}
