/* resolve.h - a lab under another name, or on other addresses, from one topology
 *
 * `vpclab up FILE --name NAME --net N` writes copies into the run directory: topology.json with
 * absolute paths and the name, and a configuration for each instance, with every 127.0.x.y moved to
 * 127.N.x.y. The lab is started from these, so it does not care what becomes of the originals. What
 * they were made of stands behind the topology's path in the file `topology`.
 *
 * Ownership  plain values; texts are borrowed
 * Time       none
 * Errors     an exit status, after having said why on stderr
 * Threads    main
 */
#ifndef VPCLAB_RESOLVE_H
#define VPCLAB_RESOLVE_H

#include "lab/lab.h"

enum { RESOLVE_NO_NET = UINT8_MAX + 1 };

struct resolve {
    char file[TOPO_PATH]; /* the original, absolute, though it may be gone by now */
    const char *name;     /* NULL: the topology's */
    uint32_t net;         /* RESOLVE_NO_NET: addresses stay */
};

/* Is anything to be moved or renamed? */
bool resolve_asked(const struct resolve *wish);

/* `text` with every 127.0.x.y moved to 127.NET.x.y; malloc'd. */
char *resolve_move(const char *text, uint32_t net);

/* Make the copies and load them: lab->topo is the original's before, the copy's after. The run
 * directory exists and is locked. */
int resolve_write(struct lab *lab, const struct resolve *wish);

/* Remove the copies: the lab was refused after all. */
void resolve_discard(const struct lab *lab);

/* Was the lab, by its run directory, made by the same words? Its topology, too: out. */
bool resolve_same(const struct lab *lab, const struct resolve *wish, char out[TOPO_PATH]);

/* Remember what the lab is started from; `wish` may ask for nothing. */
int resolve_remember(const struct lab *lab, const struct resolve *wish);

/* The file a person edits to change it, "" when nothing is remembered, and the words of the `up` that
 * starts it again: "vpclab up pair.json --name two --net 7". */
void resolve_again(const struct lab *lab, char file[TOPO_PATH], char *words, size_t room);

/* What it was started from, for a person: "pair.json", "pair.json with --net 7". */
void resolve_source(const struct lab *lab, char *out, size_t room);

#endif
