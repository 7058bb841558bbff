#include "lab/cli/cli_term.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

enum { TYPED_MOST = 4096, FLUSH_MS = 50 };

/* What the handlers mark, and the pipe that wakes whoever waits for a key. */
static volatile sig_atomic_t stop, interrupted, resized, ending;
static int wake[2] = {-1, -1};

static const int heeded[] = {SIGINT, SIGTERM, SIGHUP, SIGWINCH};
enum { HEEDED = sizeof heeded / sizeof heeded[0] };
static struct sigaction before[HEEDED], before_stop;
static struct termios modes;

static unsigned char typed[TYPED_MOST]; /* read, not yet taken */
static size_t typed_at, typed_n;
static bool gone; /* nothing can be read any more */

static void
on_signal(int number)
{
    int why = errno;

    if (number == SIGWINCH) {
        resized = 1;
    } else {
        if (number == SIGINT)
            interrupted = 1;
        else
            ending = number;
        stop = 1;
    }
    (void)!write(wake[1], "", 1); /* full: it wakes all the same */
    errno = why;
}

bool
cli_term_open(void)
{
    struct sigaction action = {.sa_handler = on_signal}; /* waits are to be interrupted */
    struct sigaction ignore = {.sa_handler = SIG_IGN};

    if (tcgetattr(STDIN_FILENO, &modes) != 0 || pipe2(wake, O_CLOEXEC | O_NONBLOCK) != 0) {
        (void)fprintf(stderr, "vpclab cli: cannot use the terminal: %s\n", strerror(errno));
        return false;
    }
    for (size_t i = 0; i < HEEDED; i++)
        (void)sigaction(heeded[i], &action, &before[i]); /* known signals: cannot fail */
    (void)sigaction(SIGTSTP, &ignore, &before_stop);     /* it is a console, not a job */
    return true;
}

void
cli_term_close(void)
{
    (void)fflush(stdout);
    (void)tcsetattr(STDIN_FILENO, TCSADRAIN, &modes); /* fails when it has gone */
    for (size_t i = 0; i < HEEDED; i++)
        (void)sigaction(heeded[i], &before[i], NULL);
    (void)sigaction(SIGTSTP, &before_stop, NULL);
    (void)close(wake[0]);
    (void)close(wake[1]);
    if (ending)
        (void)raise(ending);
}

const volatile sig_atomic_t *
cli_term_stop(void)
{
    return &stop;
}

/* Read a mark and remove it. */
static bool
take(volatile sig_atomic_t *mark)
{
    bool was = *mark;

    *mark = 0;
    return was;
}

bool
cli_term_interrupted(void)
{
    if (!take(&interrupted))
        return false;
    stop = ending != 0;
    return true;
}

bool
cli_term_resized(void)
{
    return take(&resized);
}

bool
cli_term_over(void)
{
    return ending || gone;
}

static bool
is_marked(void)
{
    return interrupted || resized || ending;
}

/* Until there are octets, or a mark. */
static void
fill(void)
{
    struct pollfd polled[] = {{.fd = STDIN_FILENO, .events = POLLIN},
                              {.fd = wake[0], .events = POLLIN}};
    char woken[64];
    ssize_t n;

    if (poll(polled, 2, -1) < 0)
        return; /* a signal */
    if (polled[1].revents)
        (void)!read(wake[0], woken, sizeof woken);
    if (is_marked() || !polled[0].revents)
        return;
    n = read(STDIN_FILENO, typed, sizeof typed);
    if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN))
        gone = true;
    typed_at = 0;
    typed_n = n > 0 ? (size_t)n : 0;
}

int
cli_term_octet(void)
{
    while (!is_marked() && !gone) {
        if (typed_at < typed_n)
            return typed[typed_at++];
        fill();
    }
    if (interrupted)
        typed_at = typed_n; /* what was typed before it is not meant any more */
    return CLI_TERM_NONE;
}

/* More than the rest of a line's end? */
static bool
is_text(const unsigned char *octets, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (octets[i] > ' ')
            return true;
    return false;
}

bool
cli_term_flush(void)
{
    struct pollfd fd = {.fd = STDIN_FILENO, .events = POLLIN};
    bool any = is_text(typed + typed_at, typed_n - typed_at);
    ssize_t n = 1;

    typed_at = typed_n = 0;
    while (n > 0 && poll(&fd, 1, FLUSH_MS) > 0 && (fd.revents & POLLIN)) {
        n = read(STDIN_FILENO, typed, sizeof typed);
        any = any || (n > 0 && is_text(typed, (size_t)n));
    }
    return any;
}

void
cli_term_size(unsigned *rows, unsigned *columns)
{
    struct winsize size = {0};

    (void)ioctl(STDOUT_FILENO, TIOCGWINSZ, &size); /* fails: nothing is known */
    *rows = size.ws_row ? size.ws_row : 24;
    *columns = size.ws_col ? size.ws_col : 80;
    if (*rows < 2)
        *rows = 2;
}
