#include "common/conf/conf_seal.h"

#include <assert.h>
#include <nettle/siv-cmac.h>
#include <stdio.h>
#include <string.h>

#include "common/cli/cli_print.h"
#include "common/conf/conf_build.h"

static_assert((int)CONF_KEY == (int)SIV_CMAC_AES128_KEY_SIZE, "nettle wants a key of that size");

enum { TAG = SIV_DIGEST_SIZE, CLEAR_MOST = CONF_NAME - 1, OCTETS = CONF_SECRET / 2 };

/* Always the same, so that equal secrets look equal; and what is encrypted with the key for another
 * purpose does not pass for a secret. */
static const uint8_t purpose[] = "vpclab configuration secret";

/* ---- hexadecimal ---- */

static void
put_hex(char out[CONF_SECRET], const uint8_t *octets, size_t len)
{
    for (size_t i = 0; i < len; i++)
        (void)snprintf(out + 2 * i, 3, "%02x", octets[i]);
}

static unsigned
digit(char c)
{
    return c >= 'a' ? (unsigned)(c - 'a') + 10 : (unsigned)(c - '0');
}

/* cli type hex, in lower case. */
static size_t
take_hex(const char *text, uint8_t out[OCTETS])
{
    size_t len = strlen(text) / 2;

    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)(digit(text[2 * i]) << 4 | digit(text[2 * i + 1]));
    return len;
}

/* ---- one secret ---- */

void
conf_take_clear(struct conf_secret *secret, const char *text)
{
    assert(strlen(text) <= CLEAR_MOST);
    memset(secret, 0, sizeof *secret);
    secret->state = CONF_SECRET_CLEAR;
    memcpy(secret->text, text, strlen(text));
}

void
conf_take_encrypted(struct conf_secret *secret, const char *hex)
{
    assert(strlen(hex) < CONF_SECRET);
    memset(secret, 0, sizeof *secret);
    secret->state = CONF_SECRET_ENCRYPTED;
    for (size_t i = 0; hex[i]; i++)
        secret->text[i] = (char)(hex[i] >= 'A' && hex[i] <= 'F' ? hex[i] - 'A' + 'a' : hex[i]);
}

void
conf_say_secret(struct cli_said *said, const struct conf_secret *secret)
{
    assert(secret->state != CONF_SECRET_CLEAR); /* conf_seal comes first */
    if (secret->state == CONF_SECRET_NONE)
        return;
    cli_say(said, "encrypted");
    cli_say_text(said, "hex", secret->text);
}

static void
seal(struct conf_secret *secret, const struct siv_cmac_aes128_ctx *ctx)
{
    size_t len = strlen(secret->text);
    uint8_t sealed[TAG + CLEAR_MOST];
    struct conf_secret clear = *secret;

    siv_cmac_aes128_encrypt_message(ctx, sizeof purpose, purpose, 0, NULL, TAG + len, sealed,
                                    (const uint8_t *)clear.text);
    memset(secret, 0, sizeof *secret);
    secret->state = CONF_SECRET_ENCRYPTED;
    put_hex(secret->text, sealed, TAG + len);
    explicit_bzero(&clear, sizeof clear);
}

/* A secret is 1 to CLEAR_MOST characters, none of them 0; anything else is not ours. */
static bool
open_sealed(const struct conf_secret *secret, const struct siv_cmac_aes128_ctx *ctx,
            char out[CONF_NAME])
{
    uint8_t sealed[OCTETS];
    size_t len = take_hex(secret->text, sealed);

    memset(out, 0, CONF_NAME);
    if (len <= TAG || len - TAG > CLEAR_MOST ||
        !siv_cmac_aes128_decrypt_message(ctx, sizeof purpose, purpose, 0, NULL, len - TAG,
                                         (uint8_t *)out, sealed)) {
        memset(out, 0, CONF_NAME);
        return false;
    }
    return strlen(out) == len - TAG;
}

static void
seal_one(struct conf_secret *secret, const struct siv_cmac_aes128_ctx *ctx)
{
    char clear[CONF_NAME];

    if (secret->state == CONF_SECRET_NONE)
        return;
    if (secret->state == CONF_SECRET_CLEAR)
        seal(secret, ctx);
    secret->state = open_sealed(secret, ctx, clear) ? CONF_SECRET_ENCRYPTED : CONF_SECRET_FOREIGN;
    explicit_bzero(clear, sizeof clear);
}

bool
conf_unseal(const struct conf_secret *secret, const uint8_t *key, char out[CONF_NAME])
{
    struct siv_cmac_aes128_ctx ctx;
    bool opened;

    memset(out, 0, CONF_NAME);
    if (secret->state == CONF_SECRET_NONE)
        return true;
    if (secret->state == CONF_SECRET_CLEAR) {
        memcpy(out, secret->text, CLEAR_MOST);
        return true;
    }
    if (!key)
        return false;
    siv_cmac_aes128_set_key(&ctx, key);
    opened = open_sealed(secret, &ctx, out);
    explicit_bzero(&ctx, sizeof ctx);
    return opened;
}

/* ---- all of them ---- */

void
conf_seal(struct conf *conf, const uint8_t key[CONF_KEY])
{
    struct siv_cmac_aes128_ctx ctx;

    siv_cmac_aes128_set_key(&ctx, key);
    for (uint8_t i = 0; i < conf->radius_n; i++)
        seal_one(&conf->radius[i].key, &ctx);
    for (uint8_t i = 0; i < conf->accounting_n; i++)
        seal_one(&conf->accounting[i].key, &ctx);
    for (uint8_t i = 0; i < conf->snmp_n; i++)
        seal_one(&conf->snmp[i].community, &ctx);
    for (uint8_t i = 0; i < conf->ha_n; i++)
        for (uint8_t k = 0; k < conf->ha[i].spi_n; k++)
            seal_one(&conf->ha[i].spis[k].secret, &ctx);
    explicit_bzero(&ctx, sizeof ctx);
}
