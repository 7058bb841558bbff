/* ckpt_names.h - the checkpoints of the emulated system by name
 *
 * Source: docs/staros.md "Micro-checkpoints", "Macro checkpoints".
 *
 * Ownership  static texts
 * Time       none
 * Errors     NULL: a CMD-ID without a known name
 * Threads    any
 */
#ifndef VPCLAB_CKPT_NAMES_H
#define VPCLAB_CKPT_NAMES_H

#include <stdint.h>

/* "SESS_UCHKPT_CMD_UPDATE_IDLESECS" */
const char *ckpt_cmd_name(uint8_t cmd);

/* "GGSN_APN ID MAPPING", of a macro item's kind. */
const char *ckpt_macro_name(uint8_t kind);

#endif
