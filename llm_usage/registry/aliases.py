"""Aliases: names that the rules cannot derive, and names whose meaning moved."""

from llm_usage.registry.models import Model
from llm_usage.registry.names import FIRST_DAY, LAST_DAY, NameRules, Resolver, parse
from llm_usage.registry.sources import RegistryError, Row, curated

Alias = dict[str, str]
"""alias, author, model_id, applies_to, valid_from, valid_to, source (days empty = always)."""

CHAT_ENDINGS = ("-instruct", "-it", "-chat")
CHAT_AUTHORS = ("meta-llama", "qwen", "google", "mistralai")


def _is_whole_name(rules: NameRules, name: str) -> bool:
    """Whether a name is an alias only with the prefix it bears."""
    folder = name.partition("/")[0] + "/"
    return folder in rules.prefixes and "/" in name


def curated_aliases(rules: NameRules, resolver: Resolver) -> list[Alias]:
    """The aliases kept by hand; a name that starts with a host's prefix counts as logged."""
    found = []
    for row in curated("model_aliases.csv"):
        whole = _is_whole_name(rules, row["alias"])
        author, key = resolver.own_key(row["alias"])
        found.append(
            {
                "alias": row["alias"] if whole else key,
                "author": "" if whole else author,
                "model_id": row["model_id"],
                "applies_to": "whole name" if whole else "slug",
                "valid_from": row["valid_from"],
                "valid_to": row["valid_to"],
                "source": row["source"],
            }
        )
    return found


def derived_aliases(
    models: dict[str, Model], resolver: Resolver, taken: set[tuple[str, str]]
) -> list[Alias]:
    """Permaslugs, their undated form, ``meta-llama-…`` and chat models without their ending.

    Two models that would share an alias get none; a name kept by hand or borne by a model stays.
    """
    wanted: dict[tuple[str, str], set[tuple[str, str]]] = {}
    order: dict[tuple[str, str], int] = {}

    def want(rank: int, path: str, model_id: str, source: str) -> None:
        key = resolver.own_key(path)
        if key in taken or key in resolver.slugs:
            return
        if rank > order.setdefault(key, rank):
            return
        if rank < order[key]:
            order[key] = rank
            wanted[key] = set()
        wanted.setdefault(key, set()).add((model_id, source))

    for model in models.values():
        author, _, slug = model.model_id.partition("/")
        if model.permaslug:
            want(0, model.permaslug, model.model_id, "OpenRouter permaslug")
            undated = parse(resolver.rules, model.permaslug).forms[4].slug
            folder = model.permaslug.partition("/")[0]
            source = "OpenRouter permaslug, undated"
            want(1, f"{folder}/{undated}", model.model_id, source)
        if author == "meta-llama" and slug.startswith("llama"):
            want(1, f"{author}/meta-{slug}", model.model_id, "Hugging Face spelling")
        if author in CHAT_AUTHORS:
            for ending in CHAT_ENDINGS:
                if slug.endswith(ending):
                    short = slug.removesuffix(ending)
                    source = "name without its ending; no base model is listed"
                    want(2, f"{author}/{short}", model.model_id, source)
                    if author == "meta-llama" and slug.startswith("llama"):
                        source = "Hugging Face spelling without its ending"
                        want(2, f"{author}/meta-{short}", model.model_id, source)
                    if ending == "-instruct":
                        want(3, f"{author}/{short}-chat", model.model_id, "chat for instruct")
        if model.hugging_face:
            source = "Hugging Face repository named by OpenRouter"
            want(1, model.hugging_face.lower(), model.model_id, source)
    return [
        {
            "alias": key,
            "author": author,
            "model_id": next(iter(targets))[0],
            "applies_to": "slug",
            "valid_from": "",
            "valid_to": "",
            "source": min(source for _, source in targets),
        }
        for (author, key), targets in wanted.items()
        if len({model_id for model_id, _ in targets}) == 1
    ]


def register(resolver: Resolver, aliases: list[Alias]) -> None:
    """Make aliases findable."""
    for row in aliases:
        window = (row["valid_from"] or FIRST_DAY, row["valid_to"] or LAST_DAY, row["model_id"])
        if row["applies_to"] == "whole name":
            resolver.whole_names.setdefault(row["alias"], []).append(window)
        else:
            resolver.add_alias(row["author"], row["alias"], window)


def rows(aliases: list[Alias]) -> list[Row]:
    """Seed rows in their order; two spellings of one key are one row.

    Raises:
        RegistryError: two rows give one key two models, or the days of a key leave a gap.
    """
    grouped: dict[tuple[str, str, str], dict[tuple[str, str], Alias]] = {}
    for row in aliases:
        windows = grouped.setdefault((row["alias"], row["author"], row["applies_to"]), {})
        kept = windows.setdefault((row["valid_from"], row["valid_to"]), row)
        if kept["model_id"] != row["model_id"]:
            raise RegistryError(
                f"registry alias {row['alias']} names both {kept['model_id']} and {row['model_id']}"
            )
    for (alias, _, _), windows in grouped.items():
        days = sorted(windows)
        ends = ["", *(end for _, end in days)]
        starts = [*(start for start, _ in days), ""]
        if ends != starts:
            raise RegistryError(f"registry alias {alias} does not cover all days once")
    return [grouped[key][days] for key in sorted(grouped) for days in sorted(grouped[key])]
