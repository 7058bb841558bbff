#include "common/loop/keys.h"

#include <errno.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "common/base/err.h"
#include "common/loop/node.h"

/* 32 zero octets in Z85: what a certificate without its secret key has in its place. */
#define NO_KEY "0000000000000000000000000000000000000000"

enum { PATH_ROOM = NODE_PATH + 64 };

static int
fail(int code, char *err, size_t room, const char *path, const char *what)
{
    (void)snprintf(err, room, "%s: %s", path, what);
    return code;
}

static void
cert_path(const char *rundir, const char *instance, const char *tail, char out[PATH_ROOM])
{
    (void)snprintf(out, PATH_ROOM, "%s/%s/srp.cert%s", rundir, instance, tail);
}

/* One at a time: the keys of all instances are made under one lock, which a process that
 * dies gives back. */
static int
lock_keys(const char *rundir, char *err, size_t room)
{
    char path[PATH_ROOM];
    int fd;

    (void)snprintf(path, sizeof path, "%s/keys.lock", rundir);
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    while (fd >= 0 && flock(fd, LOCK_EX) != 0) {
        if (errno != EINTR) {
            (void)close(fd);
            fd = -1;
        }
    }
    return fd >= 0 ? fd : fail(DI_ESYSTEM, err, room, path, strerror(errno));
}

/* Both files there, private, and of the same keys? Anything else is made anew: it is the
 * remains of a process that died while it wrote. */
static bool
is_whole(const char *rundir, const char *instance)
{
    char public_path[PATH_ROOM], secret_path[PATH_ROOM];
    struct stat st;
    zcert_t *secret;
    zconfig_t *file;
    bool whole = false;

    cert_path(rundir, instance, "", public_path);
    cert_path(rundir, instance, "_secret", secret_path);
    if (lstat(secret_path, &st) != 0 || !S_ISREG(st.st_mode) || (st.st_mode & 077) != 0 ||
        lstat(public_path, &st) != 0 || !S_ISREG(st.st_mode) || (st.st_mode & 077) != 0)
        return false;
    secret = zcert_load(secret_path);
    file = zconfig_load(public_path);
    if (secret && file)
        whole = streq(zconfig_get(file, "/curve/public-key", ""), zcert_public_txt(secret)) &&
                !streq(zcert_secret_txt(secret), NO_KEY);
    zconfig_destroy(&file);
    zcert_destroy(&secret);
    return whole;
}

static int
make_keys(const char *rundir, const char *instance, char *err, size_t room)
{
    char fresh[PATH_ROOM], fresh_secret[PATH_ROOM], path[PATH_ROOM], path_secret[PATH_ROOM];
    zcert_t *cert = zcert_new();
    int rc = 0;

    if (!cert)
        return fail(DI_ESYSTEM, err, room, rundir, "no keys: ZeroMQ was built without CURVE");
    cert_path(rundir, instance, ".new", fresh);
    cert_path(rundir, instance, ".new_secret", fresh_secret);
    cert_path(rundir, instance, "", path);
    cert_path(rundir, instance, "_secret", path_secret);
    if (zcert_save(cert, fresh) != 0 || chmod(fresh, 0600) != 0 || chmod(fresh_secret, 0600) != 0 ||
        rename(fresh_secret, path_secret) != 0 || rename(fresh, path) != 0)
        rc = fail(DI_ESYSTEM, err, room, path, strerror(errno));
    zcert_destroy(&cert);
    return rc;
}

int
keys_ensure(const char *rundir, const struct topo *topo, char *err, size_t room)
{
    mode_t mask = umask(077);
    int fd = lock_keys(rundir, err, room), rc = fd < 0 ? fd : 0;

    for (size_t i = 0; rc == 0 && i < topo->instance_n; i++) {
        const char *name = topo->instances[i].name;

        rc = rundir_make(rundir, name, err, room);
        if (rc == 0 && !is_whole(rundir, name))
            rc = make_keys(rundir, name, err, room);
    }
    if (fd >= 0)
        (void)close(fd); /* nothing was written */
    (void)umask(mask);
    return rc;
}

int
keys_load(const char *rundir, const char *instance, zcert_t **cert, char *err, size_t room)
{
    char path[PATH_ROOM];

    cert_path(rundir, instance, "_secret", path);
    *cert = zcert_load(path);
    return *cert ? 0 : fail(DI_ENOTFOUND, err, room, path, "no key of this instance's SRP link");
}

int
keys_load_public(const char *rundir, const char *instance, char key[KEYS_TEXT], char *err,
                 size_t room)
{
    char path[PATH_ROOM];
    zconfig_t *file;
    const char *text;
    int rc = 0;

    cert_path(rundir, instance, "", path);
    file = zconfig_load(path);
    text = file ? zconfig_get(file, "/curve/public-key", "") : "";
    if (strlen(text) == KEYS_TEXT - 1)
        memcpy(key, text, KEYS_TEXT);
    else
        rc = fail(DI_ENOTFOUND, err, room, path, "no public key of the SRP link");
    zconfig_destroy(&file);
    return rc;
}

/* ---- secrets in hexadecimal: RADIUS, chassis key --------------------------------------- */

enum { DIGITS_MOST = 2 * CONF_KEY };

/* Read it; false if it is not there, not whole, or others could have read it. */
static bool
read_secret(const char *path, char *secret, size_t digits)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    struct stat st;
    bool whole;

    if (fd < 0)
        return false;
    whole = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 077) == 0 &&
            st.st_size == (off_t)digits && read(fd, secret, digits) == (ssize_t)digits;
    (void)close(fd); /* nothing was written */
    secret[whole ? digits : 0] = '\0';
    return whole && strspn(secret, "0123456789abcdef") == digits;
}

static bool
write_secret(const char *path, const char *secret, size_t digits)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool written;

    if (fd < 0)
        return false;
    written = fchmod(fd, 0600) == 0 && write(fd, secret, digits) == (ssize_t)digits;
    return close(fd) == 0 && written;
}

static int
make_secret(const char *path, size_t digits, char *err, size_t room)
{
    unsigned char bytes[DIGITS_MOST / 2];
    char fresh[PATH_ROOM + 8], secret[DIGITS_MOST + 1];
    int rc = 0;

    if (getrandom(bytes, digits / 2, 0) != (ssize_t)(digits / 2))
        return fail(DI_ESYSTEM, err, room, path, "no random numbers");
    for (size_t i = 0; i < digits / 2; i++)
        (void)snprintf(secret + 2 * i, 3, "%02x", bytes[i]);
    (void)snprintf(fresh, sizeof fresh, "%s.new", path);
    if (!write_secret(fresh, secret, digits) || rename(fresh, path) != 0)
        rc = fail(DI_ESYSTEM, err, room, path, strerror(errno));
    explicit_bzero(bytes, sizeof bytes);
    explicit_bzero(secret, sizeof secret);
    return rc;
}

/* What file `name` of the run directory holds, made when it is missing or not whole. */
static int
ensure_secret(const char *rundir, const char *name, char *secret, size_t digits, char *err,
              size_t room)
{
    char path[PATH_ROOM];
    int fd = lock_keys(rundir, err, room), rc = fd < 0 ? fd : 0;

    (void)snprintf(path, sizeof path, "%s/%s", rundir, name);
    if (rc == 0 && !read_secret(path, secret, digits)) {
        rc = make_secret(path, digits, err, room);
        if (rc == 0 && !read_secret(path, secret, digits))
            rc = fail(DI_ESYSTEM, err, room, path, "the secret cannot be read back");
    }
    if (fd >= 0)
        (void)close(fd); /* nothing was written */
    return rc;
}

int
keys_lab_secret(const char *rundir, char secret[KEYS_TEXT], char *err, size_t room)
{
    return ensure_secret(rundir, "radius.secret", secret, KEYS_TEXT - 1, err, room);
}

static uint8_t
digit(char c)
{
    return (uint8_t)(c >= 'a' ? c - 'a' + 10 : c - '0');
}

int
keys_chassis(const char *rundir, uint8_t key[CONF_KEY], char *err, size_t room)
{
    char text[DIGITS_MOST + 1];
    int rc = ensure_secret(rundir, "chassis.key", text, DIGITS_MOST, err, room);

    for (size_t i = 0; rc == 0 && i < CONF_KEY; i++)
        key[i] = (uint8_t)(digit(text[2 * i]) << 4 | digit(text[2 * i + 1]));
    explicit_bzero(text, sizeof text);
    return rc;
}
