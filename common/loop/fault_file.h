/* fault_file.h - the leases in force, as a file that every process of the lab reads
 *
 * RUNDIR/faults.json is written as a whole by one (vpc-host) and read by many:
 *
 *     {"faults": [{"id": 3, "kind": "cut", "target": "srp-control:east>", "amount": 0,
 *                  "begin_us": 81000000, "end_us": 86000000}]}
 *
 * Ownership  plain values
 * Time       CLOCK_MONOTONIC in microseconds
 * Errors     0 or a negative enum di_err with a sentence in err. Reading: a file that is not
 *            there holds none; of one that is no list of leases nothing is taken
 * Threads    any
 */
#ifndef VPCLAB_FAULT_FILE_H
#define VPCLAB_FAULT_FILE_H

#include "common/fault/fault.h"

#define FAULT_FILE "faults.json"

struct faults {
    size_t n;
    struct fault list[FAULTS_MOST];
};

/* Those of that text; *faults is unchanged on failure. */
int faults_parse(struct faults *faults, const char *text, size_t len, const struct topo *topo,
                 char *err, size_t room);

int faults_read(struct faults *faults, const char *rundir, const struct topo *topo, char *err,
                size_t room);

/* Replaces the file; with none in it the file goes. */
int faults_write(const struct faults *faults, const char *rundir, const struct topo *topo,
                 char *err, size_t room);

#endif
