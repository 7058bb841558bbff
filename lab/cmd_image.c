#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cf/image.h"
#include "common/base/release.h"
#include "lab/lab.h"
#include "lab/opts.h"

/* vpclab image: an image of another release, for a CF's disk. */

static bool
fits(const char *what, const char *text, char *out, size_t room)
{
    if (strlen(text) < room) {
        (void)snprintf(out, room, "%s", text);
        return true;
    }
    (void)fprintf(stderr, "vpclab: --%s: longer than %zu characters\n", what, room - 1);
    return false;
}

static void
date_now(char out[IMAGE_WORD])
{
    time_t now = time(NULL);
    struct tm tm;

    (void)gmtime_r(&now, &tm);
    (void)strftime(out, IMAGE_WORD, "%a %b %e %H:%M:%S UTC %Y", &tm);
}

/* Whole or not at all, and not over a file that is no image. */
static int
write_file(const char *path, const char *text, size_t len)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool written;

    if (fd < 0) {
        (void)fprintf(stderr, "vpclab: %s: %s\n", path,
                      errno == EEXIST ? "exists already; remove it, or give another name"
                                      : strerror(errno));
        return LAB_FAILURE;
    }
    written = write(fd, text, len) == (ssize_t)len;
    if (close(fd) == 0 && written)
        return LAB_OK;
    (void)fprintf(stderr, "vpclab: %s: cannot be written: %s\n", path, strerror(errno));
    (void)unlink(path);
    return LAB_FAILURE;
}

static int
make(const struct image *image, const char *path)
{
    char text[IMAGE_MOST];
    size_t len;

    if (!image_is_release(image->release)) {
        (void)fprintf(stderr,
                      "vpclab: --release \"%s\": expected two to four numbers, such as "
                      "21.28.2\n",
                      image->release);
        return LAB_USAGE;
    }
    len = image_put(image, text);
    if (len == 0) {
        (void)fprintf(stderr, "vpclab: --build takes digits, --description printable characters\n");
        return LAB_USAGE;
    }
    return write_file(path, text, len);
}

int
cmd_image(int argc, char **argv)
{
    struct image image = {.platform = VPCLAB_PLATFORM};
    const char *release = NULL, *build = "1", *description = "Deployment_Build";
    const struct opt opts[] = {
        {"release", OPT_TEXT, &release, 0, 0},
        {"build", OPT_TEXT, &build, 0, 0},
        {"description", OPT_TEXT, &description, 0, 0},
    };
    int status;

    if (!opts_parse("image", opts, sizeof opts / sizeof opts[0], &argc, argv))
        return LAB_USAGE;
    if (argc != 1 || !release) {
        (void)fprintf(stderr,
                      "usage: vpclab image FILE --release R [--build N] [--description "
                      "T], such as: vpclab image vpclab-di-21.28.2.bin --release 21.28.2\n");
        return LAB_USAGE;
    }
    if (!fits("release", release, image.release, sizeof image.release) ||
        !fits("build", build, image.build, sizeof image.build) ||
        !fits("description", description, image.description, sizeof image.description))
        return LAB_USAGE;
    date_now(image.date);
    status = make(&image, argv[0]);
    if (status == LAB_OK)
        (void)printf("%s: release %s, build %s\n", argv[0], image.release, image.build);
    return status;
}
