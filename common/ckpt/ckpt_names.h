/* ckpt_names.h - the micro-checkpoints of the emulated system by CMD-ID
 *
 * Source: docs/staros.md "Micro-checkpoints".
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

#endif
