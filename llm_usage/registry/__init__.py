"""Rebuilds the registry seeds (models, weights, authors, providers, prices, aliases).

``refresh`` reads a folder of downloaded public registries and the facts kept by hand beside this
package (``curated/``), and writes ``seeds/registry/*.csv``. The hand-made seeds (overrides and the
rules of name resolution) are read, never written. docs/registry.md says what each source is
trusted for.
"""

from llm_usage.registry.build import refresh
from llm_usage.registry.sources import RegistryError

__all__ = ["RegistryError", "refresh"]
