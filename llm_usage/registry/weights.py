"""Open or closed: a dated judgement per model, with the source that made it."""

from llm_usage.registry.models import FIRST_PARTY, Model
from llm_usage.registry.names import FIRST_DAY, Resolver
from llm_usage.registry.sources import Row, Sources, curated

OPEN_ACCESS = "Open weights"


def weights(sources: Sources, models: dict[str, Model], resolver: Resolver) -> list[Row]:
    """One judgement per model, by the first of these that speaks.

    1. the audited table (it looked for each repository);
    2. models.dev says open;
    3. Epoch AI says open weights, or API access only;
    4. OpenRouter's catalogue names a Hugging Face repository: open;
    5. models.dev says closed (resellers default to closed, so a named repository outweighs it);
    6. the family's vendor publishes its weights, or none (kept by hand).

    A missing repository is no proof of closed weights: what nothing speaks about is unknown.
    """
    audit = {row["base_permaslug"].lower(): row["open_weights"] == "True" for row in sources.audit}
    hand = {row["model_id"]: row for row in curated("models.csv")}
    families = sorted(curated("weights_families.csv"), key=lambda row: -len(row["model_id_prefix"]))
    dev_open, dev_closed = _models_dev(sources, resolver)
    epoch = _epoch(sources, resolver)
    audited = f"open-weight audit {sources.audit_day}"
    found = []
    for model in models.values():
        row = model.row or {}
        flagged_open = row.get("md_open") == "True" or model.model_id in dev_open
        flagged_closed = row.get("md_open") == "False" or model.model_id in dev_closed
        if model.author == "openrouter" and not model.hugging_face:
            judged, source = "unknown", "publisher unknown by design"
        elif model.permaslug in audit:
            judged, source = _class(audit[model.permaslug]), audited
        elif row.get("manifold_open"):
            judged, source = _class(row["manifold_open"] in ("True", "1", "1.0")), audited
        elif model.model_id in hand:
            judged, source = hand[model.model_id]["weights_class"], hand[model.model_id]["source"]
        elif flagged_open:
            judged, source = "open", "models.dev"
        elif model.model_id in epoch:
            judged, source = epoch[model.model_id], "Epoch AI"
        elif model.hugging_face:
            judged, source = "open", "Hugging Face repository named by OpenRouter"
        elif flagged_closed:
            judged, source = "closed", "models.dev"
        else:
            rule = next(
                (item for item in families if model.model_id.startswith(item["model_id_prefix"])),
                None,
            )
            judged = rule["weights_class"] if rule else "unknown"
            source = rule["source"] if rule else "no source speaks"
        found.append(
            {
                "model_id": model.model_id,
                "weights_class": judged,
                "valid_from": model.released_on or FIRST_DAY,
                "source": source,
            }
        )
    return sorted(found, key=lambda item: (item["model_id"], item["valid_from"]))


def _class(is_open: bool) -> str:
    return "open" if is_open else "closed"


def _models_dev(sources: Sources, resolver: Resolver) -> tuple[set[str], set[str]]:
    """Models that models.dev calls open, and those that their own vendor's row calls closed."""
    opened, closed = set(), set()
    for row in sources.models_dev:
        model_id = resolver.model(row["model"])
        if not model_id:
            continue
        if row["open_weights"] == "True" and _author_serves(row["provider"], model_id):
            opened.add(model_id)
        elif row["open_weights"] == "False" and _author_serves(row["provider"], model_id):
            closed.add(model_id)
    return opened, closed - opened


def _author_serves(provider: str, model_id: str) -> bool:
    return FIRST_PARTY.get(provider) == model_id.partition("/")[0]


def _epoch(sources: Sources, resolver: Resolver) -> dict[str, str]:
    """Epoch's accessibility of the models that bear exactly the name of one of ours."""
    found: dict[str, str] = {}
    for row in sources.epoch:
        access = row.get("Model accessibility", "")
        judged = "open" if access.startswith(OPEN_ACCESS) else "closed" if "API" in access else ""
        model_id = resolver.model(row["Model"]) if judged else ""
        if model_id:
            found[model_id] = judged
    return found
