#include "common/loop/book.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "common/base/err.h"
#include "common/loop/log.h"

enum {
    LOOK_MS = 10, /* between two looks where inotify has no instance left for this user */
    PATH_MOST = NODE_PATH + 64,
};

struct entry {
    const char *name;
    book_fn *fn;
    void *ctx;
    struct stat seen; /* only without inotify: what the file was; st_ino 0: none was there */
};

struct book {
    zloop_t *loop;
    const char *rundir; /* the node's */
    int fd;             /* inotify; -1: there is none */
    int timer;          /* zloop's, in its place; -1: not armed */
    size_t n;
    struct entry entries[BOOK_WATCHES];
    char text[BOOK_TEXT + 1];
};

static void
path_of(const char *rundir, const char *name, const char *tail, char out[PATH_MOST])
{
    (void)snprintf(out, PATH_MOST, "%s/%s%s", rundir, name, tail);
}

/* ---- files --------------------------------------------------------------------------------- */

static int
write_whole(int fd, const char *text, size_t len)
{
    for (size_t at = 0; at < len;) {
        ssize_t n = write(fd, text + at, len - at);

        if (n < 0 && errno != EINTR)
            return DI_ESYSTEM;
        at += n > 0 ? (size_t)n : 0;
    }
    return 0;
}

int
book_put(const char *rundir, const char *name, const char *text, size_t len)
{
    char path[PATH_MOST], fresh[PATH_MOST];
    int fd, rc, why;

    path_of(rundir, name, "", path);
    path_of(rundir, name, ".XXXXXX", fresh);
    fd = mkostemp(fresh, O_CLOEXEC); /* mode 0600 */
    if (fd < 0)
        return DI_ESYSTEM;
    rc = write_whole(fd, text, len);
    if (close(fd) != 0 || rc != 0 || rename(fresh, path) != 0) {
        why = errno;
        (void)unlink(fresh);
        errno = why;
        return DI_ESYSTEM;
    }
    return 0;
}

/* No link is followed, and nothing that blocks is opened: a file it is, or nothing. */
long
book_get(const char *rundir, const char *name, char *out, size_t room)
{
    char path[PATH_MOST];
    struct stat st;
    size_t len = 0;
    ssize_t n = 1;
    int fd;

    path_of(rundir, name, "", path);
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT ? DI_ENOTFOUND : DI_ESYSTEM;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        (void)close(fd);
        errno = EINVAL;
        return DI_ESYSTEM;
    }
    while (n != 0 && len < room) {
        n = read(fd, out + len, room - len);
        if (n < 0 && errno != EINTR)
            break;
        len += n > 0 ? (size_t)n : 0;
    }
    (void)close(fd); /* only read */
    if (n < 0)
        return DI_ESYSTEM;
    if (len == room)
        return DI_ESPACE;
    out[len] = '\0';
    return (long)len;
}

int
book_drop(const char *rundir, const char *name)
{
    char path[PATH_MOST];

    path_of(rundir, name, "", path);
    return unlink(path) == 0 || errno == ENOENT ? 0 : DI_ESYSTEM;
}

/* ---- watching ------------------------------------------------------------------------------ */

static void
tell(struct book *book, struct entry *entry)
{
    long len = book_get(book->rundir, entry->name, book->text, sizeof book->text);

    if (len >= 0)
        entry->fn(entry->ctx, book->text, (size_t)len);
    else if (len == DI_ENOTFOUND)
        entry->fn(entry->ctx, NULL, 0);
    else
        log_warn("book: %s/%s cannot be read (%s): what it said before stays", book->rundir,
                 entry->name, len == DI_ESPACE ? "too long" : strerror(errno));
}

/* Called by name, or all when the kernel lost count of what happened (NULL). */
static void
tell_named(struct book *book, const char *name)
{
    for (size_t i = 0; i < book->n; i++) {
        if (!name || strcmp(book->entries[i].name, name) == 0)
            tell(book, &book->entries[i]);
    }
}

static int
on_change(zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    _Alignas(struct inotify_event) char events[4096];
    struct book *book = arg;
    ssize_t len = read(item->fd, events, sizeof events);

    (void)loop;
    for (ssize_t at = 0; at < len;) {
        const struct inotify_event *event = (const void *)(events + at);

        if (event->mask & IN_Q_OVERFLOW)
            tell_named(book, NULL);
        else if (event->len)
            tell_named(book, event->name);
        at += (ssize_t)(sizeof *event + event->len);
    }
    return 0;
}

bool
book_same_file(const struct stat *a, const struct stat *b)
{
    return a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static struct stat
look(const struct book *book, const struct entry *entry)
{
    char path[PATH_MOST];
    struct stat st;

    path_of(book->rundir, entry->name, "", path);
    return lstat(path, &st) == 0 ? st : (struct stat){.st_ino = 0};
}

static int
on_look(zloop_t *loop, int id, void *arg)
{
    struct book *book = arg;

    (void)loop;
    (void)id;
    for (size_t i = 0; i < book->n; i++) {
        struct entry *entry = &book->entries[i];
        struct stat now = look(book, entry);

        if (book_same_file(&now, &entry->seen))
            continue;
        entry->seen = now;
        tell(book, entry);
    }
    return 0;
}

struct book *
book_open(zloop_t *loop, const char *rundir)
{
    const uint32_t what = IN_MOVED_TO | IN_MOVED_FROM | IN_CLOSE_WRITE | IN_DELETE | IN_ONLYDIR;
    struct book *book = calloc(1, sizeof *book);
    zmq_pollitem_t item = {.events = ZMQ_POLLIN};

    if (!book)
        return NULL;
    book->loop = loop;
    book->rundir = rundir;
    book->timer = -1;
    book->fd = item.fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (book->fd >= 0 && inotify_add_watch(book->fd, rundir, what) >= 0 &&
        zloop_poller(loop, &item, on_change, book) == 0)
        return book;
    log_info("book: no inotify instance (%s): the run directory is looked at each %d ms",
             strerror(errno), LOOK_MS);
    if (book->fd >= 0)
        (void)close(book->fd);
    book->fd = -1;
    book->timer = zloop_timer(loop, LOOK_MS, 0, on_look, book);
    if (book->timer == -1)
        book_close(&book);
    return book;
}

void
book_close(struct book **book_p)
{
    struct book *book = *book_p;
    zmq_pollitem_t item;

    *book_p = NULL;
    if (!book)
        return;
    if (book->fd >= 0) {
        item = (zmq_pollitem_t){.fd = book->fd, .events = ZMQ_POLLIN};
        zloop_poller_end(book->loop, &item);
        (void)close(book->fd);
    }
    if (book->timer != -1)
        (void)zloop_timer_end(book->loop, book->timer); /* it is armed */
    free(book);
}

void
book_watch(const struct node *node, const char *name, book_fn *fn, void *ctx)
{
    struct book *book = node->book;
    struct entry *entry;

    if (!book) /* a node of a unit test, whose lab has no run directory */
        return;
    assert(book->n < BOOK_WATCHES);
    entry = &book->entries[book->n++];
    *entry = (struct entry){.name = name, .fn = fn, .ctx = ctx};
    if (book->fd < 0)
        entry->seen = look(book, entry);
    tell(book, entry);
}
