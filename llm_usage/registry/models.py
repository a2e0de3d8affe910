"""The model list: OpenRouter's catalogue, facts kept by hand, and first-party price tables."""

import re
from dataclasses import dataclass
from datetime import date

from llm_usage.registry.names import Form, NameRules, Resolver, parse
from llm_usage.registry.sources import Row, Sources, curated


@dataclass
class Model:
    """One model. Parameters in billions; an empty text is unknown; days are ISO dates."""

    model_id: str
    model_name: str
    modality: str
    source: str
    released_on: str = ""
    family: str = ""
    parameters_total_b: str = ""
    parameters_active_b: str = ""
    parameters_source: str = ""
    is_reasoning_model: str = ""
    reasoning_source: str = ""
    context_tokens: str = ""
    hugging_face: str = ""
    permaslug: str = ""
    row: Row | None = None

    @property
    def author(self) -> str:
        """The author's folder, without the tilde of ``~author/latest``."""
        return self.model_id.partition("/")[0].lstrip("~")


CANONICAL = {"deepseek/deepseek-chat": "deepseek/deepseek-chat-v3"}
"""Slugs that are names of something else as well. DeepSeek's own ``deepseek-chat`` moved on from
V3, so V3 is known by the name of its version."""

FIRST_PARTY = {
    "ai21": "ai21",
    "aleph_alpha": "aleph-alpha",
    "alibaba": "qwen",
    "amazon-nova": "amazon",
    "amazon_nova": "amazon",
    "anthropic": "anthropic",
    "codestral": "mistralai",
    "cohere": "cohere",
    "cohere_chat": "cohere",
    "dashscope": "qwen",
    "deepseek": "deepseek",
    "gemini": "google",
    "gigachat": "sberbank",
    "google": "google",
    "inception": "inception",
    "minimax": "minimax",
    "mistral": "mistralai",
    "moonshot": "moonshotai",
    "moonshotai": "moonshotai",
    "morph": "morph",
    "nova": "amazon",
    "openai": "openai",
    "palm": "google",
    "perplexity": "perplexity",
    "sarvam": "sarvamai",
    "stepfun": "stepfun",
    "text-completion-openai": "openai",
    "upstage": "upstage",
    "v0": "vercel",
    "vertex_ai-chat-models": "google",
    "vertex_ai-code-chat-models": "google",
    "vertex_ai-code-text-models": "google",
    "vertex_ai-language-models": "google",
    "vertex_ai-text-models": "google",
    "vertex_ai-vision-models": "google",
    "xai": "x-ai",
    "xiaomi": "xiaomi",
    "zai": "z-ai",
}
"""Provider of a price table to the author whose own models it serves under bare names."""

SLUG_AUTHORS = {
    "codegemma": "google",
    "codellama": "meta-llama",
    "code-llama": "meta-llama",
    "command": "cohere",
    "deepseek": "deepseek",
    "devstral": "mistralai",
    "doubao": "bytedance-seed",
    "ernie": "baidu",
    "gemma": "google",
    "glm": "z-ai",
    "internvl": "opengvlab",
    "jais": "core42",
    "kimi": "moonshotai",
    "llama": "meta-llama",
    "minimax": "minimax",
    "ministral": "mistralai",
    "mistral": "mistralai",
    "mixtral": "mistralai",
    "nemotron": "nvidia",
    "palmyra": "writer",
    "phi": "microsoft",
    "qwen": "qwen",
    "qwq": "qwen",
    "reka": "rekaai",
    "starcoder": "bigcode",
    "yi": "01-ai",
    "capybara": "nousresearch",
}
"""First word of a slug to its author, for hosts that list open models under bare names. A slug
that names two of them (a distillation, a fine-tune) is left alone."""

MODALITIES = (
    ("embedding", r"embed|bge-|e5-|gte-|minilm|mpnet|voyage-|text-embedding"),
    ("rerank", r"rerank"),
    ("video", r"video|veo-|sora|kling|wan-|seedance|hailuo|happyhorse|aleph-|gen-4"),
    ("image", r"image|flux|recraft|riverflow|krea|seedream|canvas"),
    (
        "audio",
        r"tts|transcribe|whisper|speech|voice|asr|audio|chirp|csm-|orpheus|kokoro|zonos|aura-"
        r"|nova-3|stt|parakeet|voxtral|fish|s1$|s2|lyria|realtime|sonic",
    ),
)

FAMILIES = (
    ("gpt-oss", r"^gpt-oss"),
    ("gpt", r"^(chatgpt|gpt|codex|text-davinci|davinci|babbage)"),
    ("o-series", r"^o[134](-|$)"),
    ("deepseek-r1-distill", r"^deepseek-r1-(distill|0528-qwen)"),
    ("palm", r"bison|gecko|unicorn|^palm"),
    ("qwen", r"^(qwen|qwq|qvq)"),
    ("llama", r"^(meta-)?llama"),
)


def family(slug: str) -> str:
    """The product line of a slug: ``claude`` of ``claude-3.5-sonnet``."""
    for name, pattern in FAMILIES:
        if re.search(pattern, slug):
            return name
    return re.split(r"[-_.:]|(?<=[a-z])[0-9]", slug.lstrip("0123456789"), maxsplit=1)[0] or slug


def modality(slug: str, is_text: bool) -> str:
    """``text`` for text output, else what the slug says it makes."""
    if is_text:
        return "text"
    return next((name for name, pattern in MODALITIES if re.search(pattern, slug)), "other")


def size_in_name(slug: str) -> tuple[str, str]:
    """Total and active parameters (billions) that a slug states: ``30b-a3b`` is 30 and 3.

    ``8x22b`` (a product that overstates), ``e4b`` (effective parameters) and ``17b-16e`` (active
    parameters and experts) state no total; they are kept by hand.
    """
    if re.search(r"[0-9]x[0-9.]+b|-[0-9]+e(-|$)|(^|-)e[0-9]+b", slug):
        return "", ""
    number = r"([0-9]+(?:\.[0-9]+)?)"
    total = re.search(
        rf"(?:^|[-_:]|llama|qwen|gemma|yi|v[0-9])(?<![.0-9]){number}(b|m)(?![a-z0-9])", slug
    )
    active = re.search(rf"-a{number}b(?![a-z0-9])", slug)
    if total is None:
        return "", active[1] if active else ""
    size = total[1] if total[2] == "b" else f"{float(total[1]) / 1000:g}"
    return size, active[1] if active else ""


def _display_name(row: Row) -> str:
    name = re.sub(r"^[^:]{2,40}: ", "", row["name"])
    return re.sub(r" \((free|batch)\)$", "", name)


def catalogue(sources: Sources) -> dict[str, Model]:
    """Every row of the assembled OpenRouter table, retired models included."""
    found: dict[str, Model] = {}
    for row in sources.models:
        model_id = CANONICAL.get(row["slug"].lower(), row["slug"].lower())
        slug = model_id.partition("/")[2]
        text = row["has_text_output"] == "True"
        found[model_id] = Model(
            model_id,
            _display_name(row),
            modality(slug, text),
            "OpenRouter list",
            released_on=row["created_at"][:10],
            context_tokens=row["context_length"],
            hugging_face=row["hf_slug"],
            permaslug=row["permaslug"].lower(),
            is_reasoning_model="true" if row["supports_reasoning"] == "True" else "false",
            reasoning_source="OpenRouter list",
            row=row,
        )
    return found


def by_hand(found: dict[str, Model]) -> None:
    """Add the models that no list has any more."""
    for row in curated("models.csv"):
        found.setdefault(
            row["model_id"],
            Model(
                row["model_id"],
                row["model_name"],
                row["modality"],
                row["source"],
                released_on=row["released_on"],
                parameters_total_b=row["parameters_total_b"],
                parameters_active_b=row["parameters_active_b"],
                parameters_source=row["source"] if row["parameters_total_b"] else "",
                is_reasoning_model=row["is_reasoning_model"],
                reasoning_source=row["source"],
                context_tokens=row["context_tokens"],
                family=row["family"],
            ),
        )


NOT_A_MODEL = re.compile(
    r"^ft:|latest|^container$|^together-ai-|^preset/|model.router|-up-to-|commitment|^auto$|^free$"
    r"|^kimi-for-coding|experimental$|-deployment|safety-"
)


def _new_id(rules: NameRules, name: str, author_of_bare: str, known: set[str]) -> str:
    """The id a name would get as a model of its own, or the empty text."""
    form: Form = parse(rules, name).forms[3]
    slug = form.slug.replace("/", "-").replace(" ", "-").replace(":", "-")
    if NOT_A_MODEL.search(form.slug) or NOT_A_MODEL.search(name) or not slug:
        return ""
    if form.author:
        return f"{form.author}/{slug}" if form.author in known else ""
    if author_of_bare:
        return f"{author_of_bare}/{slug}"
    slug = re.sub(r"([0-9])p([0-9])", r"\1.\2", slug)
    words = {author for word, author in SLUG_AUTHORS.items() if word in slug}
    first = [author for word, author in SLUG_AUTHORS.items() if slug.startswith(word)]
    return f"{first[0]}/{slug}" if first and words == {first[0]} else ""


def add_missing(
    sources: Sources, found: dict[str, Model], resolver: Resolver, authors: set[str]
) -> None:
    """Add the models that price tables know and the catalogue does not.

    Shorter names first, so that a dated snapshot joins its undated model.
    """
    rules = resolver.rules
    names: list[tuple[str, str, Row, str]] = []
    for row in sources.models_dev:
        own = row["provider"] in FIRST_PARTY
        if own or (row["provider"] == "amazon-bedrock" and "amazon." in row["model"]):
            author = FIRST_PARTY.get(row["provider"], "")
            names.append((row["model"], author, row, "models.dev"))
    for row in sources.price_history:
        if row["mode"] in ("chat", "completion", "responses"):
            author = FIRST_PARTY.get(row["litellm_provider"], "")
            names.append((row["model"], author, row, "LiteLLM price table"))
    names.sort(key=lambda item: (item[3] != "models.dev", len(item[0]), item[0]))
    for name, author, row, source in names:
        if resolver.windows(name):
            continue
        model_id = _new_id(rules, name, author, authors)
        if not model_id or model_id in found:
            continue
        slug = model_id.partition("/")[2]
        # A host's folder before another author's slug (tencent/deepseek-v4-flash) is no model.
        if resolver.own_key(model_id) in resolver.slugs or resolver.windows(slug):
            continue
        reasoning = row.get("reasoning", row.get("supports_reasoning", ""))
        found[model_id] = Model(
            model_id,
            row.get("name") or slug,
            modality(slug, not re.search(r"embed|image|tts|whisper|transcribe|asr|video", slug)),
            source,
            released_on=row.get("release_date", "")
            if len(row.get("release_date", "")) == 10
            else "",
            context_tokens=row.get("context", ""),
            is_reasoning_model={"True": "true", "False": "false"}.get(reasoning, ""),
            reasoning_source=source if reasoning else "",
        )
        resolver.add_model(model_id)


LATE_LISTING = 60
"""Days after a vendor's date from which OpenRouter's listing counts as late. Below it the listing
is nearer to the truth: models.dev gives the day of an announcement (o3-mini) or the date in the
name (claude-3.7-sonnet)."""


def _days_between(earlier: str, later: str) -> int:
    return (date.fromisoformat(later) - date.fromisoformat(earlier)).days


def fill_facts(sources: Sources, found: dict[str, Model], resolver: Resolver) -> None:
    """Complete family, release day, parameters and reasoning flag of every model."""
    sizes = {row["model_id"]: row for row in curated("parameters.csv")}
    reasoning = {row["model_id"]: row for row in curated("reasoning.csv")}
    first_release: dict[str, str] = {}
    for row in sources.models_dev:
        if row["provider"] in FIRST_PARTY and len(row["release_date"]) == 10:
            model_id = resolver.model(row["model"])
            if model_id:
                day = first_release.get(model_id, row["release_date"])
                first_release[model_id] = min(day, row["release_date"])
    for model in found.values():
        slug = model.model_id.partition("/")[2]
        model.family = model.family or family(slug)
        day = first_release.get(model.model_id, "")
        if day and (not model.released_on or _days_between(day, model.released_on) > LATE_LISTING):
            model.released_on = day
            if model.source != "models.dev":
                model.source += "; release day: models.dev"
        if model.model_id in sizes:
            row = sizes[model.model_id]
            model.parameters_total_b = row["parameters_total_b"]
            model.parameters_active_b = row["parameters_active_b"]
            model.parameters_source = row["source"]
        elif not model.parameters_total_b:
            total, active = size_in_name(slug)
            epoch = (model.row or {}).get("epoch_params", "")
            if total:
                model.parameters_source = "model name"
            elif epoch and model.hugging_face:
                # Epoch's figures for served-only models are estimates; they are left out.
                total = f"{float(epoch) / 1e9:.4g}"
                model.parameters_source = "Epoch AI"
            elif active:
                model.parameters_source = "model name (active only)"
            model.parameters_total_b, model.parameters_active_b = total, active
        if model.model_id in reasoning:
            model.is_reasoning_model = reasoning[model.model_id]["is_reasoning_model"]
            model.reasoning_source = reasoning[model.model_id]["source"]
