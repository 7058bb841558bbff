#include "common/loop/usage.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { US = 1000000, MILLI = 1000, SPAN_5_MIN = USAGE_SAMPLES / 3 };

/* ---- arithmetic ------------------------------------------------------------------------- */

bool
usage_is_due(const struct usage *usage, int64_t real_us)
{
    return !usage->begun || real_us - usage->at_us >= (int64_t)USAGE_EVERY_MS * MILLI;
}

static uint16_t
permille(int64_t busy_us, int64_t of_us)
{
    int64_t part = of_us > 0 && busy_us > 0 ? busy_us * MILLI / of_us : 0;

    return (uint16_t)(part > UINT16_MAX ? UINT16_MAX : part);
}

/* Means of the newest `most` samples, or of all there are. */
static void
average(struct usage *usage, enum usage_span span, uint32_t most)
{
    uint32_t n = usage->sample_n < most ? usage->sample_n : most;
    uint64_t cpu = 0, memory = 0;

    for (uint32_t i = 1; i <= n; i++) {
        const struct usage_sample *s =
            &usage->samples[(usage->sample_at + USAGE_SAMPLES - i) % USAGE_SAMPLES];

        cpu += s->cpu;
        memory += s->memory_kib;
    }
    usage->found.cpu[span] = (uint16_t)(n ? cpu / n : 0);
    usage->found.memory_kib[span] = (uint32_t)(n ? memory / n : 0);
}

static void
keep(struct usage *usage, struct usage_sample sample)
{
    usage->samples[usage->sample_at] = sample;
    usage->sample_at = (usage->sample_at + 1) % USAGE_SAMPLES;
    usage->sample_n += usage->sample_n < USAGE_SAMPLES;
    average(usage, USAGE_NOW, 1);
    average(usage, USAGE_5_MIN, SPAN_5_MIN);
    average(usage, USAGE_15_MIN, USAGE_SAMPLES);
}

/* The first look only begins a span: of no time there is no share. */
void
usage_take(struct usage *usage, int64_t real_us, int64_t cpu_us, int64_t thread_us,
           uint32_t memory_kib)
{
    int64_t span_us = real_us - usage->at_us;

    if (usage->begun) {
        usage->found.thread = permille(thread_us - usage->thread_us, span_us);
        keep(usage, (struct usage_sample){.cpu = permille(cpu_us - usage->cpu_us, span_us),
                                          .memory_kib = memory_kib});
    } else {
        for (size_t i = 0; i < USAGE_SPANS; i++)
            usage->found.memory_kib[i] = memory_kib;
    }
    usage->begun = true;
    usage->at_us = real_us;
    usage->cpu_us = cpu_us;
    usage->thread_us = thread_us;
}

/* ---- what the kernel says ------------------------------------------------------------------ */

static int64_t
real_us(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * US + t.tv_nsec / MILLI;
}

static int64_t
cpu_us(int who)
{
    struct rusage r;

    if (getrusage(who, &r) != 0)
        return 0;
    return ((int64_t)r.ru_utime.tv_sec + r.ru_stime.tv_sec) * US + r.ru_utime.tv_usec +
           r.ru_stime.tv_usec;
}

/* The second number of statm: pages that are resident. */
static uint32_t
memory_kib(void)
{
    unsigned long pages = 0;
    FILE *f = fopen("/proc/self/statm", "re");

    if (!f)
        return 0;
    if (fscanf(f, "%*u %lu", &pages) != 1)
        pages = 0;
    (void)fclose(f); /* was only read */
    return (uint32_t)(pages * ((unsigned long)sysconf(_SC_PAGESIZE) / 1024));
}

/* Without "." and ".." and the descriptor of the directory itself. */
static uint32_t
files_open(void)
{
    enum { NOT_FILES = 3 };
    uint32_t n = 0;
    DIR *dir = opendir("/proc/self/fd");

    while (dir && readdir(dir))
        n++;
    if (dir)
        (void)closedir(dir);
    return n > NOT_FILES ? n - NOT_FILES : 0;
}

static uint32_t
files_most(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 0;
    return limit.rlim_cur > UINT32_MAX ? UINT32_MAX : (uint32_t)limit.rlim_cur;
}

const struct card_usage *
usage_look(struct usage *usage)
{
    int64_t now = real_us();

    if (usage_is_due(usage, now)) {
        usage_take(usage, now, cpu_us(RUSAGE_SELF), cpu_us(RUSAGE_THREAD), memory_kib());
        usage->found.files = files_open();
        usage->found.files_most = files_most();
    }
    return &usage->found;
}
