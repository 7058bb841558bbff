/* ckpt_drive.h - what stands in for a session manager at either end of a checkpoint benchmark
 *
 * Two kinds: plain items of ITEM_OCTETS octets behind the checkpoint engine, and whole session
 * managers with their session tables. Both are driven alike.
 *
 * Ownership  a keeper lives as long as the process
 * Time       mono_t passed in
 * Errors     out of memory ends the process
 * Threads    one
 */
#ifndef VPCLAB_CKPT_DRIVE_H
#define VPCLAB_CKPT_DRIVE_H

#include "common/ckpt/ckpt_tx.h"

enum { ITEM_OCTETS = 256, DRIVE_SESSMGR = 1 };

struct drive_setup {
    bool sends;
    bool lz4;
    uint32_t items; /* that will be made */
    uint64_t incarnation;
};

struct drive_kind {
    const char *name;
    /* Sender: in role Active with no items; receiver: in role Standby. */
    void *(*open)(const struct drive_setup *setup, mono_t now);
    /* Make item `n` of 1.. and have it checkpointed. */
    void (*make)(void *self, uint32_t n, mono_t now);
    size_t (*next)(void *self, mono_t now, void *buf, size_t room, enum ckpt_algo *algo);
    void (*receive)(void *self, mono_t now, const void *bytes, size_t len);
    mono_t (*deadline)(void *self);
    void (*status)(void *self, struct ckpt_tx_status *status);
    /* Over all items that are here: how many, and a sum that both ends must agree on. */
    uint64_t (*sum)(void *self, uint32_t *n);
};

extern const struct drive_kind drive_items, drive_sessmgr;

/* Octets of item n: fields as a session has them. Half of them are the same in most items. */
void item_fill(uint8_t state[ITEM_OCTETS], uint32_t n);

#endif
