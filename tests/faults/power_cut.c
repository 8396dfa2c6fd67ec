/* A power cut for a redis-server: loaded before libc, it keeps what is written to an append-only file in this process'
 * memory until the file is synced, all but a beginning of random length, as a kernel may have begun to write it out.
 * SIGKILL then loses what a power cut would lose from the page cache. A sync takes a millisecond more, so that it hits.
 * cc -shared -fPIC -o power_cut.so power_cut.c -ldl -pthread;  LD_PRELOAD=power_cut.so redis-server ... */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILES 4096

static struct { char *bytes; size_t used, room; } held[FILES];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int append_only(int fd) {
    char link[64], path[4096];
    if (fd < 0 || fd >= FILES) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    char *name = strrchr(path, '/');
    return name && strncmp(name, "/appendonly", 11) == 0 && strstr(name, ".aof") && !strstr(name, "manifest");
}

static int let_go(int fd) { /* 0, or -1 with errno: the rest stays held */
    static ssize_t (*real)(int, const void *, size_t);
    if (!real) real = dlsym(RTLD_NEXT, "write");
    size_t done = 0;
    int result = 0;
    while (done < held[fd].used) {
        ssize_t wrote = real(fd, held[fd].bytes + done, held[fd].used - done);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote <= 0) { result = -1; break; }
        done += wrote;
    }
    memmove(held[fd].bytes, held[fd].bytes + done, held[fd].used - done);
    held[fd].used -= done;
    return result;
}

ssize_t write(int fd, const void *bytes, size_t count) {
    static ssize_t (*real)(int, const void *, size_t);
    if (!real) real = dlsym(RTLD_NEXT, "write");
    if (!append_only(fd)) return real(fd, bytes, count);
    pthread_mutex_lock(&lock);
    size_t begun = held[fd].used ? 0 : (size_t)rand() % (count + 1);
    if (begun) {
        ssize_t wrote = real(fd, bytes, begun);
        begun = wrote < 0 ? 0 : (size_t)wrote;
    }
    size_t rest = count - begun;
    if (held[fd].used + rest > held[fd].room) {
        held[fd].room = 2 * (held[fd].used + rest);
        held[fd].bytes = realloc(held[fd].bytes, held[fd].room);
        if (!held[fd].bytes) abort();
    }
    memcpy(held[fd].bytes + held[fd].used, (const char *)bytes + begun, rest);
    held[fd].used += rest;
    pthread_mutex_unlock(&lock);
    return count;
}

static int synced(int fd, const char *name) {
    int (*real)(int) = dlsym(RTLD_NEXT, name);
    if (fd >= 0 && fd < FILES) {
        if (held[fd].used) usleep(1000);
        pthread_mutex_lock(&lock);
        int result = held[fd].used ? let_go(fd) : 0;
        pthread_mutex_unlock(&lock);
        if (result) return result;
    }
    return real(fd);
}

int fsync(int fd) { return synced(fd, "fsync"); }
int fdatasync(int fd) { return synced(fd, "fdatasync"); }

int close(int fd) {
    static int (*real)(int);
    if (!real) real = dlsym(RTLD_NEXT, "close");
    if (fd >= 0 && fd < FILES && held[fd].used) {
        pthread_mutex_lock(&lock);
        let_go(fd);
        held[fd].used = 0;
        pthread_mutex_unlock(&lock);
    }
    return real(fd);
}
