/* gtp_pco.h - the gateway's answer to Protocol Configuration Options (3GPP TS 24.008 10.5.6.3)
 *
 * Accepts whatever identity PAP or CHAP present (the lab has no passwords), and hands out
 * DNS servers by IPCP and by container 000DH. What it does not know goes unanswered.
 *
 * Ownership  the answer is written to the caller's buffer
 * Time       none
 * Errors     0: nothing to answer, or a malformed request
 * Threads    any
 */
#ifndef VPCLAB_GTP_PCO_H
#define VPCLAB_GTP_PCO_H

#include <stddef.h>
#include <stdint.h>

enum {
    GTP_PCO_MAX = 251, /* octets of content */
};

/* Octets written; dns[i] in host order, 0: none to give. What does not fit is left out. */
size_t gtp_pco_answer(uint8_t *out, size_t room, const uint8_t *req, size_t len,
                      const uint32_t dns[2]);

#endif
