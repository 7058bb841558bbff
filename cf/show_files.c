#include "cf/show_files.h"

#include <inttypes.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <time.h>

#include "common/loop/log.h"

#define ROW "  %-32s%s\n"

#define SOURCE "none: this is the emulator vpclab " VPCLAB_VERSION

/* ---- show boot ----------------------------------------------------------------------------- */

void
show_boot(const struct cf *cf, FILE *out)
{
    char text[BOOT_TEXT];

    (void)boot_stack_show(&cf->conf.boot, text);
    (void)fputs(text[0] ? text
                        : "The boot stack is empty: /flash/" BOOT_DEFAULT_IMAGE
                          " and /flash/" BOOT_DEFAULT_CONFIG " are tried\n",
                out);
}

json_t *
show_boot_json(const struct cf *cf)
{
    json_t *array = json_array();

    for (uint8_t i = 0; i < cf->conf.boot.n; i++) {
        const struct boot_entry *entry = &cf->conf.boot.entries[i];

        (void)json_array_append_new(
            array, json_pack("{s:i, s:s, s:s, s:b}", "priority", (int)entry->priority, "image",
                             file_url_text(&entry->image).text, "config",
                             file_url_text(&entry->config).text, "running",
                             (int)(entry->priority == cf->booted.priority)));
    }
    return array;
}

/* ---- show version, show build -------------------------------------------------------------- */

static void
print_image(const struct image *image, const char *url, FILE *out)
{
    (void)fprintf(out, ROW, "Image Version:", image->release);
    (void)fprintf(out, ROW, "Image Build Number:", image->build);
    (void)fprintf(out, ROW, "Image Description:", image->description);
    (void)fprintf(out, ROW, "Image Date:", image->date);
    (void)fprintf(out, ROW, "Boot Image:", url);
}

json_t *
show_image_json(const struct image *image, const char *url)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:i}", "image_version", image->release,
                     "image_build_number", image->build, "image_description", image->description,
                     "image_date", image->date, "boot_image", url, "platform", image->platform,
                     "size", (int)image->size);
}

void
show_version(const struct cf *cf, FILE *out)
{
    (void)fprintf(out, "Active Software:\n");
    print_image(&cf->image, file_url_text(&cf->booted.image).text, out);
    (void)fprintf(out, ROW, "Source Commit ID:", SOURCE);
}

json_t *
show_version_json(const struct cf *cf)
{
    json_t *object = show_image_json(&cf->image, file_url_text(&cf->booted.image).text);

    (void)json_object_set_new(object, "boot_config",
                              json_string(file_url_text(&cf->booted.config).text));
    (void)json_object_set_new(object, "boot_priority", json_integer(cf->booted.priority));
    return object;
}

void
show_image(const struct image *image, const char *url, FILE *out)
{
    (void)fprintf(out, "Image %s:\n", url);
    print_image(image, url, out);
    (void)fprintf(out, "  %-32s%" PRIu32 " bytes\n", "Image Size:", image->size);
    (void)fprintf(out, ROW, "Image Flags:", "none");
    (void)fprintf(out, ROW, "Platform:", image->platform);
}

static const char *
kernel(struct utsname *name)
{
    return uname(name) == 0 ? name->release : "unknown";
}

void
show_build(const struct cf *cf, FILE *out)
{
    struct utsname name;

    show_version(cf, out);
    (void)fprintf(out, ROW, "Platform:", cf->image.platform);
    (void)fprintf(out, ROW, "Program:", "vpclab " VPCLAB_VERSION);
    (void)fprintf(out, ROW, "Compiler:", __VERSION__);
    (void)fprintf(out, ROW, "Kernel:", kernel(&name));
    (void)fprintf(out, ROW, "Build Host and Time:", "not recorded, so that builds are repeatable");
}

json_t *
show_build_json(const struct cf *cf)
{
    json_t *object = show_version_json(cf);
    struct utsname name;

    (void)json_object_set_new(object, "program", json_string("vpclab " VPCLAB_VERSION));
    (void)json_object_set_new(object, "compiler", json_string(__VERSION__));
    (void)json_object_set_new(object, "kernel", json_string(kernel(&name)));
    return object;
}

/* ---- directory ----------------------------------------------------------------------------- */

/* The files of a disk in the wanted order, and how many there are besides; the caller frees. */
static struct flash_file *
files_of(const struct flash *flash, struct show_directory how, size_t *n, size_t *left_out)
{
    struct flash_file *files = calloc(FLASH_FILES, sizeof *files);

    if (!files)
        log_fatal("cf: out of memory");
    *n = flash_list(flash, how.disk, files, left_out);
    for (size_t i = 0; how.reverse && i < *n / 2; i++) {
        struct flash_file kept = files[i];

        files[i] = files[*n - 1 - i];
        files[*n - 1 - i] = kept;
    }
    return files;
}

static void
date_of(const struct flash_file *file, char out[32])
{
    time_t s = (time_t)file->changed_s;
    struct tm tm;

    (void)gmtime_r(&s, &tm);
    (void)strftime(out, 32, "%b %d %Y %H:%M", &tm);
}

void
show_directory(const struct flash *flash, struct show_directory how, FILE *out)
{
    size_t n, left_out;
    struct flash_file *files = files_of(flash, how, &n, &left_out);
    uint64_t octets = 0;

    for (size_t i = 0; i < n; i++) {
        char date[32];

        date_of(&files[i], date);
        octets += files[i].size;
        if (how.size)
            (void)fprintf(out, "%10" PRIu64 "  ", files[i].size);
        (void)fprintf(out, "%s  %s%s%s\n", date, files[i].name, files[i].link ? " -> " : "",
                      files[i].link ? flash->config : "");
    }
    (void)fprintf(out, "%zu %s, %" PRIu64 " bytes; %" PRIu64 " bytes available\n", n,
                  n == 1 ? "file" : "files", octets, flash_free(flash, how.disk));
    if (left_out)
        (void)fprintf(out, "%zu more %s not listed; %d are at most\n", left_out,
                      left_out == 1 ? "file is" : "files are", FLASH_FILES);
    free(files);
}

json_t *
show_directory_json(const struct flash *flash, struct show_directory how)
{
    size_t n, left_out;
    struct flash_file *files = files_of(flash, how, &n, &left_out);
    json_t *array = json_array();

    for (size_t i = 0; i < n; i++)
        (void)json_array_append_new(array, json_pack("{s:s, s:I, s:I, s:b}", "name", files[i].name,
                                                     "size", (json_int_t)files[i].size, "changed",
                                                     (json_int_t)files[i].changed_s, "link",
                                                     (int)files[i].link));
    free(files);
    return json_pack("{s:o, s:I, s:I, s:s}", "files", array, "left_out", (json_int_t)left_out,
                     "available", (json_int_t)flash_free(flash, how.disk), "path",
                     flash->dir[how.disk]);
}
