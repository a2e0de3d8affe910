"""One process measured from outside: wall time, memory of its tree, bytes written, spill."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

_POLL_SECONDS = 0.05
_SPILL_POLL_SECONDS = 0.25
_BLOCK_BYTES = 512
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


class RunFailed(Exception):
    """A measured process ended with an error; the text holds the end of what it printed."""


@dataclass(frozen=True)
class Measured:
    """What a process took.

    ``wall_seconds`` and ``cpu_seconds`` (user and system, of the process and the children that it
    waited for), ``peak_rss_bytes`` (the resident memory of the whole tree at one moment, from
    polling, or the largest process's own peak from the kernel, whichever is more),
    ``written_bytes`` and ``read_bytes`` (what the kernel sent to and got from storage for it:
    reads that the page cache answers are not in it), ``peak_spill_bytes`` (of the spill folders).
    ``stopped_for`` says why the harness ended the process, if it did: ``memory`` or ``time``.
    """

    wall_seconds: float
    cpu_seconds: float
    peak_rss_bytes: int
    written_bytes: int
    read_bytes: int
    peak_spill_bytes: int
    stopped_for: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """The fields by name, seconds to the millisecond."""
        found = asdict(self)
        for name in ("wall_seconds", "cpu_seconds"):
            found[name] = round(found[name], 3)
        return found


def run_measured(
    words: Sequence[str],
    log: Path,
    cwd: Path,
    environment: Mapping[str, str] | None = None,
    spill: Sequence[Path] = (),
    most_bytes: int | None = None,
    most_seconds: float | None = None,
) -> Measured:
    """Run a command as a fresh process and measure it.

    :param words: the command.
    :param log: where its output goes.
    :param cwd: the folder that it runs in.
    :param environment: variables beside those of this process.
    :param spill: folders whose size is watched while it runs.
    :param most_bytes: resident memory of the tree, in bytes, at which it is ended: beyond it the
        machine would swap or end other processes.
    :param most_seconds: wall time after which it is ended.
    :raises RunFailed: it ended with an error of its own.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w", encoding="utf-8") as output:
        started = time.monotonic()
        # Its own session: what it starts can be ended with it.
        process = subprocess.Popen(
            list(words),
            cwd=cwd,
            env={**os.environ, **(environment or {})},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        peak_rss = peak_spill = 0
        next_spill = started
        stopped_for = None
        try:
            while True:
                # wait4 rather than Popen.wait: it tells what the process used.
                done, status, usage = os.wait4(process.pid, os.WNOHANG)
                now = time.monotonic()
                if done:
                    break
                peak_rss = max(peak_rss, _tree_rss(process.pid))
                if now >= next_spill:
                    peak_spill = max(peak_spill, sum(folder_bytes(folder) for folder in spill))
                    next_spill = now + _SPILL_POLL_SECONDS
                if stopped_for is None:
                    if most_bytes is not None and peak_rss > most_bytes:
                        stopped_for = "memory"
                    elif most_seconds is not None and now - started > most_seconds:
                        stopped_for = "time"
                    if stopped_for is not None:
                        os.killpg(process.pid, signal.SIGKILL)
                time.sleep(_POLL_SECONDS)
        except BaseException:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            raise
        wall = now - started
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0 and stopped_for is None:
        told = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        raise RunFailed("\n".join([f"{' '.join(words)}: exit {process.returncode}", *told[-15:]]))
    return Measured(
        wall_seconds=wall,
        cpu_seconds=usage.ru_utime + usage.ru_stime,
        peak_rss_bytes=max(peak_rss, usage.ru_maxrss * 1024),
        written_bytes=usage.ru_oublock * _BLOCK_BYTES,
        read_bytes=usage.ru_inblock * _BLOCK_BYTES,
        peak_spill_bytes=peak_spill,
        stopped_for=stopped_for,
    )


def _tree_rss(root: int) -> int:
    """Resident bytes of a process and all below it; what ends meanwhile counts 0."""
    total = 0
    waiting = [root]
    while waiting:
        pid = waiting.pop()
        try:
            pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
            total += pages * _PAGE_BYTES
            for task in os.listdir(f"/proc/{pid}/task"):
                children = Path(f"/proc/{pid}/task/{task}/children").read_text()
                waiting += [int(child) for child in children.split()]
        except (OSError, ValueError, IndexError):
            continue
    return total


def folder_bytes(path: Path) -> int:
    """Bytes of a file, or of all files below a folder; 0 where there is none."""
    if path.is_file():
        return path.stat().st_size
    total = 0
    for folder, _, names in os.walk(path):
        for name in names:
            # Spill files come and go while they are counted.
            with contextlib.suppress(OSError):
                total += os.stat(os.path.join(folder, name)).st_size
    return total


def machine() -> dict[str, Any]:
    """The machine that a run is on: processor, cores, memory in bytes, kernel, file system."""
    processor = "unknown"
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            processor = line.split(":", 1)[1].strip()
            break
    return {
        "processor": processor,
        "cores": len(os.sched_getaffinity(0)),
        "memory_bytes": os.sysconf("SC_PHYS_PAGES") * _PAGE_BYTES,
        "kernel": os.uname().release,
    }


def load_average() -> float:
    """Processes that wanted to run over the last minute: above 0.5, other work was measured too."""
    return round(os.getloadavg()[0], 2)


def file_system(path: Path) -> str:
    """The type of the file system that holds a path."""
    found = ("", "unknown")
    target = str(path.resolve())
    for line in Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines():
        _, mount, kind, *_ = line.split()
        inside = target == mount or target.startswith(mount.rstrip("/") + "/")
        if inside and len(mount) >= len(found[0]):
            found = (mount, kind)
    return found[1]
