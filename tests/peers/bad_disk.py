"""Bad disks for real processes: a small one of their own, one that syncs slowly or takes nothing.

The small one is a tmpfs in a namespace of the process, which needs no rights of root. The others
are a library that stands before the C library's calls, so that SQLite meets them, too.
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
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

/* Whether the folder is read-only now: while the file that the environment names is there. */
static int is_read_only(const char *path) {
    const char *folder = getenv("BAD_DISK_FOLDER"), *sign = getenv("BAD_DISK_READ_ONLY");
    return folder && sign && path && !strncmp(path, folder, strlen(folder)) && !access(sign, F_OK);
}

static int is_read_only_fd(int fd) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return is_read_only(path);
}

#define REAL(name) static __typeof__(&name) real; if (!real) real = dlsym(RTLD_NEXT, #name)
#define REFUSED(what) if (what) { errno = EROFS; return -1; }

int fsync(int fd) { REAL(fsync); wait_for_the_card(); return real(fd); }
int fdatasync(int fd) { REAL(fdatasync); wait_for_the_card(); return real(fd); }
ssize_t write(int fd, const void *data, size_t size) {
    REAL(write); REFUSED(fd > 2 && is_read_only_fd(fd)); return real(fd, data, size);
}
ssize_t pwrite(int fd, const void *data, size_t size, off_t at) {
    REAL(pwrite); REFUSED(is_read_only_fd(fd)); return real(fd, data, size, at);
}
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) {
    REAL(pwrite64); REFUSED(is_read_only_fd(fd)); return real(fd, data, size, at);
}
int ftruncate(int fd, off_t size) {
    REAL(ftruncate); REFUSED(is_read_only_fd(fd)); return real(fd, size);
}
int ftruncate64(int fd, off64_t size) {
    REAL(ftruncate64); REFUSED(is_read_only_fd(fd)); return real(fd, size);
}
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


class SmallDisk:
    """A tmpfs at a folder, as only the process that runs on it sees it."""

    def __init__(self, folder: Path, size: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self._size = folder, size
        self._process: Process | None = None

    def command(self, *command: str, before: str = "true") -> list[str]:
        """Runs a command on it; `before` is done there first, with the folder as $0."""
        script = f'mount -t tmpfs -o size={self._size} tmpfs "$0" && {before} && exec "$@"'
        unshare = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]
        return [*unshare, script, str(self.folder), *command]

    def of(self, process: Process) -> Path:
        """The folder on it, as seen from here."""
        return Path(f"/proc/{process.pid}/root{self.folder}")

    def remount(self, process: Process, options: str) -> None:
        """Mounts it again, `ro` or `rw`, while the process runs."""
        enter = ["nsenter", "--target", str(process.pid), "--user", "--preserve-credentials"]
        mount = ["mount", "-o", f"remount,{options}", str(self.folder)]
        subprocess.run([*enter, "--mount", *mount], check=True, timeout=20)


def fill(folder: Path) -> Path:
    """Writes a file until there is no room left; returns it."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as out:
        for size in (65_536, 4_096, 1):
            try:
                while True:
                    out.write(b"\0" * size)
            except OSError:
                pass
    return ballast


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
