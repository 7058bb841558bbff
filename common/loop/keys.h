/* keys.h - the CURVE keys of a lab's SRP links, one pair of keys an instance; its RADIUS secret, its
 * chassis key
 *
 * Made in the run directory by whoever comes first, the launcher or a CF started by hand:
 * INSTANCE/srp.cert holds the public key, INSTANCE/srp.cert_secret both, each readable by
 * its owner only. A CF loads its own secret key and its peer's public one, and admits
 * nobody else. radius.secret, likewise made and likewise private, is what the CFs and the RADIUS
 * responders of the outside world share where a configuration gives no key. chassis.key, likewise, is what the CFs
 * encrypt the secrets of their configurations with; it is never logged, printed or sent.
 *
 * Ownership  keys_load returns a certificate of the caller's
 * Time       none; keys_ensure waits while another process makes the keys
 * Errors     a negative enum di_err, and one sentence in err
 * Threads    main, at start (the file mode mask is the process')
 */
#ifndef VPCLAB_KEYS_H
#define VPCLAB_KEYS_H

#include <czmq.h>

#include "common/conf/conf_seal.h"
#include "common/conf/topo.h"

enum { KEYS_TEXT = 41 }; /* a key in Z85, terminated */

/* See to it that every instance of the topology has its keys. The run directory exists;
 * the instances' directories in it are made when missing. */
int keys_ensure(const char *rundir, const struct topo *topo, char *err, size_t room);

/* Public and secret key of an instance. */
int keys_load(const char *rundir, const char *instance, zcert_t **cert, char *err, size_t room);

/* Public key alone, as text for zsock_set_curve_serverkey and for comparison. */
int keys_load_public(const char *rundir, const char *instance, char key[KEYS_TEXT], char *err,
                     size_t room);

/* The lab's RADIUS secret, made on first use. The run directory exists. */
int keys_lab_secret(const char *rundir, char secret[KEYS_TEXT], char *err, size_t room);

/* The chassis key of the lab, for conf_seal, made on first use. The run directory exists. */
int keys_chassis(const char *rundir, uint8_t key[CONF_KEY], char *err, size_t room);

#endif
