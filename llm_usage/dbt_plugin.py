"""The dbt-duckdb plugin that lets ``dbt build`` read logs: see ``macros/inputs``."""

import json
from pathlib import Path
from typing import Any

from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt.adapters.duckdb.plugins import BasePlugin
from duckdb import DuckDBPyConnection

from llm_usage.errors import UsageError
from llm_usage.inputs import SALT_VARIABLE, engine_settings, landing_folder, literal, prepare
from llm_usage.lock import lock_warehouse
from llm_usage.salt import read_salt


class Plugin(BasePlugin):
    """Gives each connection the salt, and SQL the function ``llm_usage_prepare``."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        """Make the folder of the warehouse: DuckDB makes the file, not the folder."""
        del plugin_config
        credentials: DuckDBCredentials | None = self.creds
        self._warehouse = credentials.path if credentials else ":memory:"
        if not self._warehouse.startswith(":"):
            Path(self._warehouse).parent.mkdir(parents=True, exist_ok=True)

    def update_connection_config(self, creds: DuckDBCredentials, config: dict[str, Any]) -> None:
        """Bound DuckDB's memory: ``LLM_USAGE_MEMORY_LIMIT``, else 70 % of the machine's."""
        del creds
        config |= engine_settings(landing_folder(self._warehouse))

    def configure_connection(self, conn: DuckDBPyConnection) -> None:
        """Register ``llm_usage_prepare(request)``: JSON in, JSON out.

        The request has the keys of :func:`llm_usage.inputs.prepare`; the answer has either
        ``statements`` (SQL to run) or ``error`` (one line).
        """
        conn.create_function(
            "llm_usage_prepare",
            self._prepare,
            ["VARCHAR"],  # type: ignore[list-item]
            "VARCHAR",  # type: ignore[arg-type]
            side_effects=True,
        )

    def configure_cursor(self, cursor: DuckDBPyConnection) -> None:
        """Session variables belong to a cursor: each gets the salt, and where scratch files go."""
        cursor.execute(f"set variable {SALT_VARIABLE} = {literal(read_salt())}")
        cursor.execute(
            f"set variable llm_usage_landing = {literal(landing_folder(self._warehouse))}"
        )

    def _prepare(self, request: str) -> str:
        asked = json.loads(request)
        try:
            if not self._warehouse.startswith(":"):
                lock_warehouse(Path(self._warehouse))
            statements = prepare(
                asked["gateways"],
                landing_folder(self._warehouse),
                read_salt(),
                asked["absent_texts"],
                asked["stored_by_day_settings"],
            )
        except UsageError as error:
            return json.dumps({"error": str(error)})
        return json.dumps({"statements": statements})
