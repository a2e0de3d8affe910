"""The Python beside the models: settings, reading of raw logs, command line, registry refresh."""

from pathlib import Path

__version__ = "0.4.0"

PROJECT_ROOT = Path(__file__).resolve().parent.parent
"""The dbt project this package stands in (the folder of ``dbt_project.yml``)."""
