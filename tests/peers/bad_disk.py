"""Bad disks for real processes: a folder that is small, read-only, or syncs slowly.

They are a library that stands before the C library's calls, so that SQLite meets them, too. It
needs no rights, neither of root nor to mount anything.
"""

import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from json import loads
from pathlib import Path
from threading import Event, Thread

from bcm_mqtt.domain.time import from_text
from peers.meters import Meters
from peers.mosquitto import Mosquitto
from peers.process import BCM_MQTT, Process
from peers.site import Site

_SHIM = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

static void wait_for_the_card(void) {
    const char *log = getenv("BAD_DISK_MAIN_LOG"); /* of syncs in the thread of the event loop */
    if (log && syscall(SYS_gettid) == getpid()) {
        int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
        dprintf(fd, "sync\n");
        close(fd);
    }
    const char *seconds = getenv("BAD_DISK_SYNC_S");
    if (seconds) usleep((useconds_t)(atof(seconds) * 1e6));
}

/* Whether a path is on the bad disk, which is the folder that the environment names. */
static int is_on_it(const char *path) {
    const char *folder = getenv("BAD_DISK_FOLDER");
    if (!folder || !path || strncmp(path, folder, strlen(folder))) return 0;
    return !path[strlen(folder)] || path[strlen(folder)] == '/';
}

/* Whether that is read-only now: while the file that the environment names is there. */
static int is_read_only(const char *path) {
    const char *sign = getenv("BAD_DISK_READ_ONLY");
    return sign && is_on_it(path) && !access(sign, F_OK);
}

static int is_fd_on_it(int fd) {
    char link[64], path[4096];
    struct stat file;
    if (fstat(fd, &file) || !S_ISREG(file.st_mode)) return 0; /* a socket is on no disk */
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return is_on_it(path);
}

static __thread long long used;
static int add(const char *path, const struct stat *file, int type, struct FTW *place) {
    if (type == FTW_F) used += file->st_size;
    return 0;
}

/* The bytes that are left: the size that the environment names, without what the files have. */
static long long room(void) {
    used = 0;
    nftw(getenv("BAD_DISK_FOLDER"), add, 8, FTW_PHYS);
    long long left = atoll(getenv("BAD_DISK_SIZE")) - used;
    return left > 0 ? left : 0;
}

/* Why a file may not reach to an end, in bytes; 0: it may. An end below 0: behind its own. */
static int refusal(int fd, long long end, size_t appended) {
    struct stat file;
    if (fd <= 2 || !is_fd_on_it(fd)) return 0;
    if (is_read_only(getenv("BAD_DISK_FOLDER"))) return EROFS;
    if (!getenv("BAD_DISK_SIZE") || fstat(fd, &file) || !S_ISREG(file.st_mode)) return 0;
    if (fcntl(fd, F_GETFL) & O_APPEND) end = file.st_size + appended;
    return end > file.st_size && end - file.st_size > room() ? ENOSPC : 0;
}

#define REAL(name) static __typeof__(&name) real; if (!real) real = dlsym(RTLD_NEXT, #name)
#define REFUSED(what) if (what) { errno = EROFS; return -1; }
#define GROWS(fd, end, size) int why = refusal(fd, end, size); if (why) { errno = why; return -1; }

int fsync(int fd) { REAL(fsync); wait_for_the_card(); return real(fd); }
int fdatasync(int fd) { REAL(fdatasync); wait_for_the_card(); return real(fd); }
ssize_t write(int fd, const void *data, size_t size) {
    REAL(write); GROWS(fd, lseek(fd, 0, SEEK_CUR) + size, size); return real(fd, data, size);
}
#define WRITE_AT(name, offset) \
    ssize_t name(int fd, const void *data, size_t size, offset at) { \
        REAL(name); GROWS(fd, at + size, size); return real(fd, data, size, at); \
    }
WRITE_AT(pwrite, off_t)
WRITE_AT(pwrite64, off64_t)
int ftruncate(int fd, off_t size) { REAL(ftruncate); GROWS(fd, size, 0); return real(fd, size); }
int ftruncate64(int fd, off64_t size) {
    REAL(ftruncate64); GROWS(fd, size, 0); return real(fd, size);
}
#define STATVFS(name) \
    int name(const char *path, struct name *disk) { \
        REAL(name); \
        int status = real(path, disk); \
        if (!status && is_on_it(path) && getenv("BAD_DISK_SIZE")) { \
            disk->f_blocks = atoll(getenv("BAD_DISK_SIZE")) / disk->f_frsize; \
            disk->f_bfree = disk->f_bavail = room() / disk->f_frsize; \
        } \
        return status; \
    }
STATVFS(statvfs)
STATVFS(statvfs64)
int rename(const char *from, const char *to) {
    REAL(rename); REFUSED(is_read_only(to)); return real(from, to);
}
int unlink(const char *path) { REAL(unlink); REFUSED(is_read_only(path)); return real(path); }
int mkdir(const char *path, mode_t mode) {
    REAL(mkdir); REFUSED(is_read_only(path)); return real(path, mode);
}
#define OPEN(name) \
    int name(const char *path, int flags, ...) { \
        REAL(name); \
        va_list more; va_start(more, flags); mode_t mode = va_arg(more, mode_t); va_end(more); \
        REFUSED((flags & (O_WRONLY | O_RDWR | O_CREAT)) && is_read_only(path)); \
        return real(path, flags, mode); \
    }
OPEN(open)
OPEN(open64)
"""


def shim(folder: Path) -> dict[str, str]:
    """The environment in which programs meet the calls above."""
    source, library = folder / "bad_disk.c", folder / "bad_disk.so"
    source.write_text(_SHIM)
    command = ["cc", "-shared", "-fPIC", "-O1", "-w", "-o", str(library), str(source), "-ldl"]
    subprocess.run(command, check=True, timeout=60)
    return {"LD_PRELOAD": str(library)}


class BadDisk:
    """A folder that is a bad disk to those programs that get its environment, and to no other."""

    def __init__(self, folder: Path, size: int | None = None) -> None:
        """Takes its size in bytes, if it is a small one."""
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._ballast = folder / "ballast"
        self._size = size
        self._sign = folder.with_name(f"{folder.name}-is-read-only")
        self.environment = {
            "BAD_DISK_FOLDER": str(folder),
            "BAD_DISK_READ_ONLY": str(self._sign),
            **({} if size is None else {"BAD_DISK_SIZE": str(size)}),
            **shim(folder.parent),
        }

    def fill(self, left: int = 0) -> None:
        """Puts a file there that leaves so many bytes at most; its own bytes are all holes."""
        assert self._size
        with self._ballast.open("wb") as out:
            out.truncate(self._size - left)

    def clear(self) -> None:
        """Takes that file away."""
        self._ballast.unlink()

    def be_read_only(self, *, on: bool) -> None:
        """From now on, or no longer."""
        if on:
            self._sign.touch()
        else:
            self._sign.unlink()


@contextmanager
def changing(meters: Meters) -> Iterator[None]:
    """The first circuit's current is another at each poll."""
    stopping = Event()

    def change() -> None:
        while not stopping.wait(0.05):
            meters.registers[1][0] = meters.registers[1][0] % 500 + 1

    thread = Thread(target=change)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join()


@dataclass(frozen=True)
class Figures:
    """What came while it was listened.

    Attributes:
        seconds: How long.
        live: Messages of the first circuit's current.
        gap_s: The longest time without one, also at the ends.
        off_grid_s: How far a poll's time was from the grid at most.
        step_s: The longest time from poll to poll, by their own times.
    """

    seconds: float
    live: int
    gap_s: float
    off_grid_s: float
    step_s: float

    def __str__(self) -> str:
        return (
            f"{self.seconds:.0f} s: {self.live / self.seconds:.2f} live messages/s, biggest gap "
            f"{self.gap_s:.2f} s, polls at most {self.off_grid_s * 1000:.0f} ms off the grid and "
            f"{self.step_s:.2f} s apart"
        )


@contextmanager
def listened(broker: Mosquitto, log: Path) -> Iterator[Callable[[], Figures]]:
    """Hears live values from now on; what it gives, gives the figures so far."""
    log.unlink(missing_ok=True)
    topics = ["-t", "bcm/rpp-1a/circuit/1/current", "-t", "bcm/rpp-1a/snapshot"]
    line = ["mosquitto_sub", "-p", str(broker.port), *topics, "-R", "-F", "%U %t %p"]
    began = time.time()
    with Process(line, log) as heard:

        def figures() -> Figures:
            now = time.time()
            live, polls = [], []
            for one in heard.said().splitlines():
                at, _, rest = one.partition(" ")
                topic, _, payload = rest.partition(" ")
                if topic.endswith("current"):
                    live.append(float(at))
                elif payload.endswith("}"):
                    polls.append(from_text(loads(payload)["time"]).timestamp())
            polls = sorted({*polls})  # without those that were sent again
            gaps = _steps([began, *live, now])
            off = [abs(poll - round(poll)) for poll in polls]
            return Figures(
                now - began,
                len(live),
                max(gaps),
                max(off, default=9.0),
                max(_steps(polls), default=9.0),
            )

        yield figures


def _steps(times: Sequence[float]) -> list[float]:
    return [after - before for before, after in pairwise(times)]


def poll_every_second(site: Site, data: Path | None = None) -> None:
    """Of the site's configuration; `data` is where all of its data are."""
    text = site.config.read_text().replace("poll_interval: 200ms", "poll_interval: 1s")
    if data:
        text = text.replace(f"sqlite:///{site.folder}/", f"sqlite:///{data}/")
        text = text.replace(f'"{site.folder}/bridge"', f'"{data}/bridge"')
    site.config.write_text(text)


def service(site: Site, command: str) -> list[str]:
    """The command line of a service."""
    return [*BCM_MQTT, command, "-c", str(site.config)]
