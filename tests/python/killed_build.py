"""A build without data tests that publishes, and may kill itself on the way.

    python killed_build.py settings.yml warehouse.duckdb [moment count delay]

``moment`` is a node of dbt (``model.llm_usage.int_usage_daily``), counted by its statements, or a
function of ours (``llm_usage.publish._point``), counted by its calls. When it comes for the
``count``-th time, SIGKILL follows ``delay`` seconds later; 0 is before it does anything.
"""

import importlib
import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dbt.adapters.duckdb.connections import DuckDBConnectionManager

from llm_usage.build import publish_marts, run_build
from llm_usage.lock import lock_warehouse
from llm_usage.settings import read_settings


class Killer:
    """Ends the process at a moment, as a power cut would: nothing of it is told."""

    def __init__(self, moment: str, count: int, delay: float) -> None:
        self.moment = moment
        self.left = count
        self.delay = delay

    def arm(self) -> None:
        if not self.moment.startswith("llm_usage."):
            self._wrap(DuckDBConnectionManager, "add_query", self._is_of_node)
            return
        module, _, name = self.moment.rpartition(".")
        self._wrap(importlib.import_module(module), name, lambda arguments: True)

    def _is_of_node(self, arguments: tuple[Any, ...]) -> bool:
        # dbt writes the node before each statement.
        return f'"{self.moment}"' in arguments[1]

    def _wrap(self, owner: Any, name: str, counts: Callable[[tuple[Any, ...]], bool]) -> None:
        original = getattr(owner, name)

        def wrapped(*arguments: Any, **named: Any) -> Any:
            if counts(arguments):
                self.left -= 1
                if self.left == 0:
                    self._kill_soon()
            return original(*arguments, **named)

        setattr(owner, name, wrapped)

    def _kill_soon(self) -> None:
        def kill() -> None:
            os.kill(os.getpid(), signal.SIGKILL)

        if self.delay:
            threading.Timer(self.delay, kill).start()
        else:
            kill()


def main() -> None:
    settings, warehouse = Path(sys.argv[1]), Path(sys.argv[2])
    if sys.argv[3:]:
        moment, count, delay = sys.argv[3:]
        Killer(moment, int(count), float(delay)).arm()
    lock_warehouse(warehouse)
    options = ["--vars", json.dumps(read_settings(settings), default=str)]
    built = run_build(options, warehouse, data_tests=False)
    print(built.summary)
    print(publish_marts(warehouse, built.marts))


if __name__ == "__main__":
    main()
