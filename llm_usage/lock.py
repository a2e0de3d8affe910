"""One build of a warehouse at a time: of its file, what is landed beside it, what it publishes.

DuckDB's own lock is on the file and ends before the marts are published; Spark has none.
"""

import fcntl
import os
from pathlib import Path

from llm_usage.errors import UsageError

_held: dict[Path, int] = {}
"""Open lock files: closed, and so released, when the process ends, however it ends."""


def lock_warehouse(warehouse: Path) -> None:
    """Keep every other build off a warehouse until this process ends.

    A second call for the same warehouse does nothing: plain dbt takes the lock when it reads the
    logs, ``llm-usage build`` long before.

    :param warehouse: the file, or Spark's folder.
    :raises UsageError: another process builds it, or its folder cannot be written; one line.
    """
    path = warehouse.with_name(f"{warehouse.name}.lock").resolve()
    if path in _held:
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        builder = os.read(handle, 20).decode(errors="replace").strip()
        os.close(handle)
        raise UsageError(
            f"another build of {warehouse} is running (process {builder or 'unknown'}); wait for "
            "it to end"
        ) from None
    except OSError as error:
        os.close(handle)
        raise UsageError(f"{path}: cannot be locked: {error.strerror}") from None
    os.ftruncate(handle, 0)
    os.write(handle, str(os.getpid()).encode())
    _held[path] = handle
