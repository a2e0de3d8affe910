"""Reading of the downloaded registries and of the facts kept by hand."""

import csv
import json
from pathlib import Path

from llm_usage.errors import UsageError

Row = dict[str, str]
"""One CSV row: column name to text; a missing value is the empty text."""

CURATED = Path(__file__).parent / "curated"
"""Facts kept by hand, each row with its source."""


class RegistryError(UsageError):
    """A source file is missing or unusable. The message is one line and names the file."""


def read_csv(path: Path) -> list[Row]:
    """Read a CSV file with a header; ``NA`` stays the text ``NA`` (Namibia).

    Raises:
        RegistryError: the file is missing, empty or not UTF-8.
    """
    if not path.is_file():
        raise RegistryError(f"registry file missing: {path}")
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            rows = [
                {key: value or "" for key, value in row.items() if key}
                for row in csv.DictReader(handle)
            ]
    except (UnicodeDecodeError, csv.Error) as error:
        raise RegistryError(f"registry file unreadable: {path}: {error}") from error
    if not rows:
        raise RegistryError(f"registry file without rows: {path}")
    return rows


def need_columns(path: Path, rows: list[Row], columns: str) -> list[Row]:
    """Return ``rows`` when every one of the blank-separated ``columns`` is there.

    Raises:
        RegistryError: a column is missing.
    """
    missing = sorted(set(columns.split()) - set(rows[0]))
    if missing:
        raise RegistryError(f"registry file without column {', '.join(missing)}: {path}")
    return rows


class Sources:
    """The public registries of one download, read on construction.

    The file names are those of the registries' snapshots; where several days lie side by side,
    the last name in alphabetical (and so date) order counts.
    """

    def __init__(self, folder: Path) -> None:
        """Read every file of ``folder``; raises RegistryError naming the first unusable one."""
        if not folder.is_dir():
            raise RegistryError(f"registry folder missing: {folder}")
        self.folder = folder
        self.models = self._read(
            "assembled_openrouter_registry.csv",
            "permaslug slug name created_at hf_slug supports_reasoning md_open manifold_open "
            "epoch_params has_text_output context_length",
        )
        self.models_dev = self._read(
            "models_dev_flat.csv",
            "provider model name open_weights reasoning release_date last_updated cost_input "
            "cost_output context",
        )
        self.price_history = self._read(
            "price_history_scd2.csv",
            "model input_cost_per_token output_cost_per_token litellm_provider mode "
            "valid_from valid_to",
        )
        self.audit_day, self.audit = self._dated(
            "open_weight_models_", "base_permaslug open_weights hf_repo"
        )
        self.headquarters_day, self.headquarters = self._dated(
            "author_hq_lab_share_", "author is_chinese_lab evidence"
        )
        self.list_day, self.current = self._dated(
            "openrouter_models_", "model_slug variant modality prompt_price completion_price"
        )
        self.providers = self._providers()
        self.epoch = self._read("epoch_models.csv", "Model Organization Parameters")

    def _read(self, name: str, columns: str) -> list[Row]:
        path = self.folder / name
        return need_columns(path, read_csv(path), columns)

    def _latest(self, prefix: str, suffix: str) -> Path:
        found = sorted(self.folder.glob(f"{prefix}*{suffix}"))
        if not found:
            raise RegistryError(f"registry file missing: {self.folder / prefix}<date>{suffix}")
        return found[-1]

    def _dated(self, prefix: str, columns: str) -> tuple[str, list[Row]]:
        """Return the day in the file's name (ISO) and its rows."""
        path = self._latest(prefix, ".csv")
        return path.stem[-10:], need_columns(path, read_csv(path), columns)

    def _providers(self) -> list[dict[str, object]]:
        path = self._latest("openrouter_providers_", ".json")
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise RegistryError(f"registry file unreadable: {path}: {error}") from error
        return found


def curated(name: str) -> list[Row]:
    """Read one file of facts kept by hand."""
    return read_csv(CURATED / name)
