/* fault_cmd.h - what the files of `vpclab fault` share
 *
 *     cmd_fault.c    its words; kinds, list, clear
 *     fault_add.c    add: what is asked for, judged in sentences, and whether it is in force
 *     fault_check.c  check: is all as if there had never been a fault
 *
 * Ownership  plain values; JSON as jansson.h says
 * Time       spans in lab seconds
 * Errors     an exit status, after having said why on stderr
 * Threads    main
 */
#ifndef VPCLAB_FAULT_CMD_H
#define VPCLAB_FAULT_CMD_H

#include <jansson.h>

#include "lab/lab.h"

int fault_add(int argc, char **argv);
int fault_check(int argc, char **argv);

/* The leases there are, as the host tells them (host_look), or where it does not as faults.json
 * does: a reference to an array of objects. */
json_t *fault_leases(const struct lab *lab, const json_t *host);

/* Has every process that runs said that all leases but these are over? Waits for it, 2 s. */
bool fault_all_off(const struct lab *lab, const json_t *leases);

/* One line about each, with `indent` before it. */
void fault_print(const json_t *leases, const char *indent);

/* The lab's host runs; the lab is that of `name` and admits faults. */
int fault_lab(struct lab *lab, const char *name);

int fault_print_json(json_t *json);

#endif
