#include "common/conf/conf_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/err.h"

/* Up to CONF_FILE_MOST + 1 octets of fd, so that a larger file shows. */
static int
read_all(int fd, char *text, size_t *len)
{
    *len = 0;
    while (*len <= CONF_FILE_MOST) {
        ssize_t n = read(fd, text + *len, CONF_FILE_MOST + 1 - *len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return DI_ESYSTEM;
        if (n == 0)
            break;
        *len += (size_t)n;
    }
    return 0;
}

int
conf_file_read(const char *path, const char *name, char **text, size_t *len, char *err, size_t room)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a fifo must not hold us up */
    struct stat st;
    char *buf = NULL;
    int rc = DI_ESYSTEM;

    if (fd < 0 || fstat(fd, &st) != 0) {
        (void)snprintf(err, room, "%s: cannot be opened: %s", name, strerror(errno));
        goto out;
    }
    if (!S_ISREG(st.st_mode)) {
        (void)snprintf(err, room, "%s: not a regular file", name);
        rc = DI_EREFUSED;
        goto out;
    }
    buf = malloc(CONF_FILE_MOST + 1);
    if (!buf)
        abort();
    rc = read_all(fd, buf, len);
    if (rc) {
        (void)snprintf(err, room, "%s: cannot be read: %s", name, strerror(errno));
    } else if (*len > CONF_FILE_MOST) {
        (void)snprintf(err, room, "%s: larger than %d octets", name, CONF_FILE_MOST);
        rc = DI_EREFUSED;
    } else {
        *text = buf;
        buf = NULL;
    }
out:
    free(buf);
    if (fd >= 0)
        (void)close(fd);
    return rc;
}
