"""A standalone Spark cluster of this machine: a master and two workers from the pyspark package."""

import contextlib
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pyspark

HOME = Path(pyspark.__file__).parent
WORKERS = 2
_DEADLINE_SECONDS = 120


@contextlib.contextmanager
def standalone_cluster(folder: Path) -> Iterator[str]:
    """Start a cluster, give its address, and stop it, whatever happens meanwhile.

    Each worker keeps a folder per application in ``folder/worker<n>``.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"spark://127.0.0.1:{port}"
    with contextlib.ExitStack() as processes:
        master = ["master.Master", "--port", str(port)]
        log = processes.enter_context(_daemon(folder / "master.log", master))
        _wait_for(log, "I have been elected leader")
        for number in range(WORKERS):
            words = ["worker.Worker", address, "--cores", "1", "--memory", "1g"]
            words += ["--work-dir", str(folder / f"worker{number}")]
            worker_log = processes.enter_context(_daemon(folder / f"worker{number}.log", words))
            _wait_for(worker_log, "Successfully registered with master")
        yield address


@contextlib.contextmanager
def _daemon(log: Path, words: list[str]) -> Iterator[Path]:
    name, *options = words
    with log.open("w", encoding="utf-8") as stream:
        process = subprocess.Popen(
            [
                str(HOME / "bin" / "spark-class"),
                f"org.apache.spark.deploy.{name}",
                *options,
                *("--host", "127.0.0.1", "--webui-port", "0"),
            ],
            env=os.environ | {"SPARK_HOME": str(HOME), "SPARK_LOCAL_IP": "127.0.0.1"},
            stdout=stream,
            stderr=subprocess.STDOUT,
        )
    try:
        yield log
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(log: Path, text: str) -> None:
    deadline = time.monotonic() + _DEADLINE_SECONDS
    while text not in log.read_text(encoding="utf-8", errors="replace"):
        assert time.monotonic() < deadline, log.read_text(encoding="utf-8", errors="replace")
        time.sleep(0.2)
