"""Authors (who makes a model) and providers (who serves it), with their home countries."""

from llm_usage.registry.models import Model
from llm_usage.registry.sources import Row, Sources, curated

CHINA = ("CN", "HK", "TW")
"""Mainland China, Hong Kong and Taiwan: the study's definition of a Chinese model."""


def authors(sources: Sources, models: dict[str, Model]) -> list[Row]:
    """Every author of a model and every author kept by hand.

    The headquarters table decides the origin where it speaks; the country is kept by hand.
    """
    hand = {row["author"]: row for row in curated("authors.csv")}
    table = {row["author"]: row["is_chinese_lab"] for row in sources.headquarters}
    found = []
    for author in sorted({model.author for model in models.values()} | set(hand) | set(table)):
        row = hand.get(author, {})
        country = row.get("country_code", "")
        source = row.get("source", "unknown")
        if author == "openrouter":
            origin = "unknown"
        elif author in table:
            origin = "china" if table[author] in ("1", "1.0", "True") else "rest_of_world"
            source = f"author HQ table {sources.headquarters_day}"
        elif country:
            origin = "china" if country in CHINA else "rest_of_world"
        else:
            origin = "unknown"
        found.append(
            {
                "author": author,
                "author_name": row.get("author_name", "") or author,
                "country_code": country,
                "origin": origin,
                "source": source,
            }
        )
    return found


def provider_slug(text: str) -> str:
    """OpenRouter's provider slug in lower snake case."""
    return text.lower().replace("-", "_").replace(".", "_").replace(" ", "_")


def providers(sources: Sources) -> tuple[list[Row], list[Row]]:
    """Providers, and the names under which logs write them."""
    found: dict[str, Row] = {}
    aliases: dict[str, str] = {}
    for item in sources.providers:
        slug = provider_slug(str(item["slug"]))
        country = str(item.get("headquarters") or "")
        found[slug] = {
            "provider": slug,
            "provider_name": str(item["displayName"]),
            "country_code": country,
            "source": f"OpenRouter provider list of {sources.list_day}",
        }
        for name in (item["slug"], slug, item["displayName"], item["name"]):
            aliases.setdefault(str(name).lower(), slug)
    for row in curated("providers.csv"):
        found.setdefault(row["provider"], dict(row))
        aliases.setdefault(row["provider"], row["provider"])
        aliases.setdefault(row["provider_name"].lower(), row["provider"])
    for row in curated("provider_aliases.csv"):
        aliases[row["alias"]] = row["provider"]
    return (
        [found[slug] for slug in sorted(found)],
        [{"alias": alias, "provider": aliases[alias]} for alias in sorted(aliases)],
    )
