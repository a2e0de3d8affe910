"""Model names, read as the warehouse reads them (models/intermediate/models).

Prices are keyed by the spelling of a price table; to find the model behind a spelling, the refresh
follows the same rules over the same rule seeds as the SQL. tests/python/test_name_resolution.py
holds the two side by side on every key of the price history.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

from llm_usage.registry.sources import Row, read_csv

FIRST_DAY = "1970-01-01"
LAST_DAY = "9999-12-31"
PREFIX_ROUNDS = 6
"""How often a prefix is stripped; the SQL model has the same number."""


def model_key(text: str) -> str:
    """One spelling for the many of a slug: ``Llama-v3p1`` and ``llama-3.1`` are both ``llama3-1``.

    The same steps as macros/names/model_key.sql.
    """
    key = re.sub(r"([0-9])p([0-9])", r"\1.\2", text.lower())
    key = re.sub(r"[^a-z0-9]+", "-", key)
    key = re.sub(r"-v([0-9])", r"-\1", key)
    key = re.sub(r"([a-z])-([0-9])", r"\1\2", key)
    return key.strip("-")


@dataclass
class NameRules:
    """The rule seeds that a person edits; see docs/registry.md."""

    prefixes: dict[str, tuple[str, str]]
    variants: set[str]
    suffixes: dict[str, str]
    spellings: dict[str, str]

    @classmethod
    def read(cls, seeds_folder: Path) -> "NameRules":
        """Read the hand-made seeds; raises RegistryError when one is missing."""

        def seed(name: str) -> list[Row]:
            return read_csv(seeds_folder / f"registry_{name}.csv")

        return cls(
            {row["prefix"]: (row["replacement"], row["provider"]) for row in seed("name_prefixes")},
            {row["variant"] for row in seed("name_variants")},
            {row["suffix"]: row["replacement"] for row in seed("name_suffixes")},
            {row["spelling"]: row["author"] for row in seed("author_spellings")},
        )

    def author(self, folder: str) -> str:
        """The one spelling of an author's folder; the tilde of ``~author/latest`` stays."""
        return self.spellings.get(folder, folder)


@dataclass(frozen=True)
class Form:
    """One reading of a name: the author's folder as written, in its one spelling, and the slug."""

    folder: str
    author: str
    slug: str


@dataclass(frozen=True)
class Parsed:
    """A name taken apart. ``forms`` run from the least altered to the plainest."""

    logged: str
    forms: tuple[Form, ...]
    variant: str
    provider: str


def strip_prefixes(rules: NameRules, name: str) -> tuple[str, str]:
    """Strip gateway and host prefixes, the longest first, and say which provider they imply."""
    provider = ""
    for _ in range(PREFIX_ROUNDS):
        region = re.match(r"[a-z]+(-[a-z]+)+-[0-9]+/", name)
        matching = [
            prefix
            for prefix in rules.prefixes
            if name.startswith(prefix)
            # openrouter/auto is a model of OpenRouter's own; openrouter/<author>/<slug> is not.
            and not (prefix == "openrouter/" and name.count("/") == 1)
        ]
        if matching:
            prefix = max(matching, key=len)
            replacement, implied = rules.prefixes[prefix]
            name = replacement + name[len(prefix) :]
            provider = provider or implied
        elif region:
            name = name[region.end() :]
            provider = provider or "amazon_bedrock"
        else:
            break
    return name, provider


def parse(rules: NameRules, raw: str) -> Parsed:
    """Take a logged name apart: prefixes, variant, and ever plainer forms of the slug."""
    logged = raw.strip().lower()
    stripped, provider = strip_prefixes(rules, logged)
    path, _, slug = stripped.rpartition("/")
    folder = path.rpartition("/")[2]
    variant = ""
    head, _, tail = slug.rpartition(":")
    if head and tail in rules.variants:
        slug, variant = head, tail
    slug = re.sub(r":latest$", "", slug)
    uncounted = re.sub(r":[0-9]+(:[0-9]+k)?$", "", slug)
    pattern = r"-v?[0-9]+$" if uncounted != slug else r"-v[0-9]+$"
    unversioned = re.sub(r"@.*$", "", re.sub(pattern, "", uncounted))
    unhosted = unversioned
    for suffix in sorted(rules.suffixes, key=lambda item: (-len(item), item)):
        if unhosted.endswith(suffix):
            unhosted = unhosted[: -len(suffix)] + rules.suffixes[suffix]
            break
    undated = re.sub(r"-20[0-9]{2}(-[0-9]{2}-[0-9]{2}|[0-9]{4})$", "", unhosted)
    slugs = (slug, uncounted, unversioned, unhosted, undated)
    author = rules.author(folder)
    return Parsed(logged, tuple(Form(folder, author, form) for form in slugs), variant, provider)


Window = tuple[str, str, str]
"""First day, day after the last, model id (empty where the meaning is not known)."""


@dataclass
class Resolver:
    """Finds the model behind a name, by day where a name moved."""

    rules: NameRules
    ids: set[str] = field(default_factory=set)
    slugs: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    """(author, key) to model ids."""
    aliases: dict[tuple[str, str], list[Window]] = field(default_factory=dict)
    """(author, key) to windows."""
    whole_names: dict[str, list[Window]] = field(default_factory=dict)
    """Names that mean something else with their prefix than without."""
    _owners: dict[str, set[str]] = field(default_factory=dict)

    def own_key(self, model_id: str) -> tuple[str, str]:
        """(author in its one spelling, key) of a model id or any ``author/slug``."""
        folder, _, slug = model_id.rpartition("/")
        return self.rules.author(folder), model_key(slug)

    def own_id(self, slug: str) -> str:
        """The model id of a slug of OpenRouter's, of which a few are named otherwise here."""
        if slug in self.ids:
            return slug
        windows = self.whole_names.get(f"openrouter/{slug}", [])
        return sorted(windows)[-1][2] if windows else ""

    def _own(self, author: str, key: str) -> None:
        # ~author/latest is never meant by a bare name.
        if not author.startswith("~"):
            self._owners.setdefault(key, set()).add(author)

    def add_model(self, model_id: str) -> None:
        """Make a model findable by its id and by its slug."""
        author, key = self.own_key(model_id)
        self.ids.add(model_id)
        self.slugs.setdefault((author, key), set()).add(model_id)
        self._own(author, key)

    def add_alias(self, author: str, key: str, window: Window) -> None:
        """Add one window of an alias."""
        self.aliases.setdefault((author, key), []).append(window)
        self._own(author, key)

    def _lookup(self, form: Form) -> list[Window] | None:
        key, author = model_key(form.slug), form.author
        if not form.folder:
            owners = self._owners.get(key, set())
            if len(owners) != 1:
                return None
            author = next(iter(owners))
        if (author, key) in self.aliases:
            return sorted(self.aliases[author, key])
        found = self.slugs.get((author, key), set())
        exact = f"{form.folder}/{form.slug}"
        if exact in found:
            return [(FIRST_DAY, LAST_DAY, exact)]
        return [(FIRST_DAY, LAST_DAY, next(iter(found)))] if len(found) == 1 else None

    def windows(self, raw: str) -> list[Window]:
        """Windows of a name in which its model is known; none when it never is."""
        parsed = parse(self.rules, raw)
        if parsed.logged in self.whole_names:
            return [window for window in sorted(self.whole_names[parsed.logged]) if window[2]]
        for form in parsed.forms:
            found = self._lookup(form)
            if found is not None:
                return [window for window in found if window[2]]
        return []

    def model(self, raw: str) -> str:
        """The model of a name that never moved, or the empty text."""
        found = self.windows(raw)
        return found[0][2] if len({window[2] for window in found}) == 1 else ""
