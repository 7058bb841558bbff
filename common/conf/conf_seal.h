/* conf_seal.h - secrets of a configuration, encrypted with the chassis key of the lab
 *
 * What an operator enters in clear is encrypted at once, so that no configuration that is shown,
 * saved or sent to a card says it. Deterministic authenticated encryption (SIV-CMAC-AES, RFC 5297):
 * equal secrets look equal, so that both chassis of a lab can be compared by eye; a text that was
 * not made with the key is known as such. What another system encrypted is kept as it is.
 *
 * Ownership  changes the caller's configuration in place; the key is the caller's (loop/keys.h)
 * Time       none
 * Errors     false: the text cannot be read with this key
 * Threads    any
 */
#ifndef VPCLAB_CONF_SEAL_H
#define VPCLAB_CONF_SEAL_H

#include "common/conf/conf.h"

enum { CONF_KEY = 32 }; /* octets of the chassis key */

/* Encrypt every secret that is in clear, and mark those that the key does not open. */
void conf_seal(struct conf *conf, const uint8_t key[CONF_KEY]);

/* The secret in clear; "" if there is none. Needs no key (NULL) if it was never encrypted. */
bool conf_unseal(const struct conf_secret *secret, const uint8_t *key, char out[CONF_NAME]);

#endif
