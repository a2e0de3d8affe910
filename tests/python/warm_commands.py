"""Python commands, each in a process of its own, forked from one that has dbt loaded.

Loading dbt and Great Expectations and parsing a project for the first time costs more than building
a small log; most tests build several. What a command sees is what a new process would: its words,
its environment, its working folder, its output. Run as a script, this is the process that forks.
"""

import atexit
import functools
import json
import os
import runpy
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import Any, NoReturn

_SELF = Path(__file__).resolve()
_ROOT = _SELF.parents[2]


def run_python(
    words: tuple[str, ...], environment: dict[str, str], timeout_seconds: float
) -> subprocess.CompletedProcess[str]:
    """Run Python in the project's folder.

    :param words: those after ``python``: ``-m`` and a module, or a script, and its arguments.
    :param environment: all of it.
    :raises subprocess.TimeoutExpired: it took too long, and was killed.
    """
    with tempfile.TemporaryDirectory() as folder:
        streams = {name: str(Path(folder) / name) for name in ("stdout", "stderr")}
        asked = {"words": words, "environment": environment, "seconds": timeout_seconds} | streams
        server = _server()
        assert server.stdin is not None and server.stdout is not None
        server.stdin.write(json.dumps(asked) + "\n")
        server.stdin.flush()
        status = json.loads(server.stdout.readline())
        stdout, stderr = (Path(path).read_text(encoding="utf-8") for path in streams.values())
    if status is None:
        raise subprocess.TimeoutExpired(list(words), timeout_seconds, stdout, stderr)
    return subprocess.CompletedProcess(list(words), status, stdout, stderr)


@functools.cache
def _server() -> subprocess.Popen[str]:
    """The process that forks: one for each process of the tests, until that one ends."""
    server = subprocess.Popen(
        [sys.executable, str(_SELF)],
        cwd=_ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    atexit.register(server.kill)
    return server


def _serve() -> None:
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    _load()
    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if child == 0:
            _become(asked)
        answers.write(json.dumps(_status(child, asked["seconds"])) + "\n")
        answers.flush()


def _load() -> None:
    """All that a build imports, and what dbt makes when it parses for the first time."""
    import great_expectations  # noqa: F401
    from dbt.cli.main import dbtRunner

    import llm_usage.cli  # noqa: F401

    with tempfile.TemporaryDirectory() as folder:
        # The static parser has threads of its own, which a fork would not take along.
        options = ["--quiet", "--no-partial-parse", "--no-static-parser", "--target", "mem"]
        places = ["--target-path", folder, "--log-path", folder]
        parsed = dbtRunner().invoke(["parse", *options, *places])
    if not parsed.success:
        raise SystemExit(str(parsed.exception))


def _become(asked: dict[str, Any]) -> NoReturn:
    """Be the command that was asked for, and end as the interpreter would."""
    for number, name in ((1, "stdout"), (2, "stderr")):
        os.dup2(os.open(asked[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.environ.clear()
    os.environ.update(asked["environment"])
    status = 1
    try:
        _run(asked["words"])
        status = 0
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        if isinstance(ended.code, str):
            print(ended.code, file=sys.stderr)
    except BaseException:
        traceback.print_exc()
    finally:
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        # DuckDB has a thread from its import on, which is not here and cannot be waited for.
        os._exit(status)


def _run(words: list[str]) -> None:
    if words[0] == "-m":
        sys.path[0] = str(_ROOT)
        sys.argv = words[1:]
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
    else:
        sys.path[0] = str((_ROOT / words[0]).parent)
        sys.argv = words
        runpy.run_path(words[0], run_name="__main__")


def _status(child: int, seconds: float) -> int | None:
    """The exit status of a child; none where it had to be killed."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


if __name__ == "__main__":
    _serve()
