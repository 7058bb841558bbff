/* book.h - the small files of a run directory that every process of a lab follows
 *
 * What concerns a whole lab at run time (its clock's course, its faults) stands in a file of the
 * run directory, which is replaced as a whole by rename. Each process has one watch on the
 * directory and takes the file anew when it was replaced; one that starts later finds it. So
 * nothing of it goes over sockets, and nobody has to know who runs.
 *
 * Ownership  the node owns the book from before its program's build until after its teardown;
 *            the text is borrowed for the callback
 * Time       none; a change is read at once, or within 10 real milliseconds where the system
 *            grants no inotify instance
 * Errors     book_put, book_get: negative enum di_err, errno tells the rest
 * Threads    the main loop's; book_put and book_get: any
 */
#ifndef VPCLAB_BOOK_H
#define VPCLAB_BOOK_H

#include <sys/stat.h>

#include "common/loop/node.h"

enum {
    BOOK_WATCHES = 8,    /* of one process */
    BOOK_TEXT = 1 << 18, /* a longer file is refused, and what was read before stays */
};

/* The file as it is now, whole and ending with a NUL; NULL: there is none (any more). */
typedef void book_fn(void *ctx, const char *text, size_t len);

struct book;

/* By node.c. NULL without memory. */
struct book *book_open(zloop_t *loop, const char *rundir);
void book_close(struct book **book);

/* Call fn with the file `name` of the run directory (a static text: "time.json"), now and each
 * time it is replaced or removed. Several watches of one name are called in their order. It ends
 * with the book. Not from within a callback. */
void book_watch(const struct node *node, const char *name, book_fn *fn, void *ctx);

/* Replace a file, or make it, mode 0600. */
int book_put(const char *rundir, const char *name, const char *text, size_t len);

/* Read a file into out[room], which gets a NUL, too. Its length, or DI_ENOTFOUND, DI_ESPACE,
 * DI_ESYSTEM. */
long book_get(const char *rundir, const char *name, char *out, size_t room);

/* Is it the same file, as it was? One that was replaced is not. */
bool book_same_file(const struct stat *a, const struct stat *b);

/* Remove a file; one that is not there is removed already. */
int book_drop(const char *rundir, const char *name);

#endif
