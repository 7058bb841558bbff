/* ckpt_pack.h - compresses checkpoint messages on their way to the peer
 *
 *   algorithm u8 (enum ckpt_algo), raw length u32, bytes
 *
 * Shell side: the engine only settles which algorithm a stream uses. A message that does
 * not shrink travels stored.
 *
 * Ownership  a packer holds the compressors' state and is used for any number of messages
 * Time       none
 * Errors     negative enum di_err; the declared raw length is checked against the cap and
 *            the room before anything is inflated
 * Threads    one owner each
 */
#ifndef VPCLAB_CKPT_PACK_H
#define VPCLAB_CKPT_PACK_H

#include <stddef.h>
#include <stdint.h>

#include "common/ckpt/ckpt_wire.h"

enum { CKPT_PACK_HEADER = 5, CKPT_RAW_MOST = CKPT_MESSAGE };

struct ckpt_packer;

struct ckpt_packer *ckpt_packer_new(void);
void ckpt_packer_destroy(struct ckpt_packer **packer);

/* Pack into out[room], room at least len + CKPT_PACK_HEADER; returns the length. len is at
 * most CKPT_RAW_MOST. */
size_t ckpt_pack(struct ckpt_packer *packer, enum ckpt_algo algo, const void *in, size_t len,
                 void *out, size_t room);

/* Unpack into out[room]; *out_len is set on success. DI_EFORMAT: not what ckpt_pack makes;
 * DI_ESPACE: declared longer than room or CKPT_RAW_MOST. */
int ckpt_unpack(struct ckpt_packer *packer, const void *in, size_t len, void *out, size_t room,
                size_t *out_len);

#endif
