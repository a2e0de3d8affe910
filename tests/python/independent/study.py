"""The study's findings on the log, as the definitions beside the published values say."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import cached_property

from independent.agentic import tool_call_shares_weekly
from independent.cost import category_cost_quadrants, model_cost_usage, price_elasticity
from independent.retention import retention_verdicts, triangle
from independent.rules import Date, part, total
from independent.tables import Mart, model_id
from independent.world import Use, World

Values = dict[tuple[str, str], float | None]
V3_AND_R1 = {
    *("deepseek/deepseek-chat-v3", "deepseek/deepseek-chat-v3-0324"),
    *("deepseek/deepseek-r1", "deepseek/deepseek-r1-0528"),
}
KNOWN_AT_LEAST = 0.9
TIERS = [(0, 15), (15, 70), (70, math.inf)]
TEN_AUTHORS_TRILLIONS = 33.80


class Log:
    """One population's uses, its complete weeks and what it holds."""

    def __init__(self, world: World, population: str) -> None:
        self.world = world
        self.population = population
        self.uses = [use for use in world.uses if use.population == population]
        self.labelled = [use for use in self.uses if is_labelled(use)]
        self.first = min(use.day for use in self.uses)
        self.last = max(use.day for use in self.uses)
        self.by_week: dict[Date, list[Use]] = defaultdict(list)
        self.labelled_by_week: dict[Date, list[Use]] = defaultdict(list)
        for use in self.uses:
            self.by_week[world.rules.week(use.day)].append(use)
            if use.category is not None:
                self.labelled_by_week[world.rules.week(use.day)].append(use)
        self.weeks = [week for week in sorted(self.by_week) if self.is_whole(week)]
        self.labelled_weeks = [week for week in self.weeks if self.labelled_by_week[week]]

    @cached_property
    def used(self) -> set[str]:
        """Models and authors of any use."""
        return {model_id(use) for use in self.uses} | {use.model.author for use in self.uses}

    @cached_property
    def lacking(self) -> set[str]:
        """What a finding may need and the log has not."""
        requests = [use for use in self.uses if use.requests is not None]
        countries = share(self.uses, lambda use: use.country != "unknown") or 0
        languages = share(self.uses, lambda use: use.language != "unknown") or 0
        facts = {
            "requests": not requests,
            "tags": not self.labelled_weeks,
            "accounts": not any(use.account for use in requests),
            "countries": countries < KNOWN_AT_LEAST,
            "languages": languages < KNOWN_AT_LEAST,
            "spend": not any(use.spend for use in self.uses),
            "tool_calls": not any(use.finish_reason == "tool_calls" for use in requests),
            "scale": _scale(self) is None,
        }
        return {need for need, is_lacking in facts.items() if is_lacking}

    def is_whole(self, week: Date) -> bool:
        """Whether the data covers the week from its first day to its last."""
        return self.first <= week and not self.world.is_partial_week(self.population, week)

    def in_weeks(self, weeks: Iterable[Date]) -> list[Use]:
        """All uses of some weeks."""
        return [use for week in weeks for use in self.by_week[week]]

    def labelled_in(self, weeks: Iterable[Date]) -> list[Use]:
        """The classified sample of some weeks, as far as it has a category of the study."""
        return [use for week in weeks for use in self.labelled_by_week[week] if is_labelled(use)]


def is_labelled(use: Use) -> bool:
    """Whether a request has one of the study's categories."""
    return use.category not in (None, "other", "unknown")


def tokens(uses: Iterable[Use]) -> int:
    """Tokens of uses."""
    return sum(use.tokens for use in uses)


def share(uses: Iterable[Use], belongs: Callable[[Use], bool]) -> float | None:
    """Share of the tokens."""
    uses = list(uses)
    return part(tokens(use for use in uses if belongs(use)), tokens(uses))


def spend_share(uses: Iterable[Use], belongs: Callable[[Use], bool]) -> float | None:
    """Share of the spend."""
    uses = list(uses)
    mine = total(use.spend for use in uses if belongs(use)) or 0.0
    return part(mine, total(use.spend for use in uses))


def mean(values: Iterable[float | None]) -> float | None:
    """The mean of the known values."""
    known = [value for value in values if value is not None]
    return math.fsum(known) / len(known) if known else None


def is_open(use: Use) -> bool:
    """Open weights."""
    return use.weights == "open"


def is_chinese_open(use: Use) -> bool:
    """Open weights from China."""
    return is_open(use) and use.model.origin == "china"


def is_other_open(use: Use) -> bool:
    """Open weights from the rest of the world."""
    return is_open(use) and use.model.origin == "rest_of_world"


def by(author: str) -> Callable[[Use], bool]:
    """Whether a use is of an author's model."""
    return lambda use: use.model.author == author


def about(*categories: str) -> Callable[[Use], bool]:
    """Whether a use is of a category."""
    return lambda use: use.category in categories


def _market(log: Log, values: Values) -> None:
    four = log.in_weeks(log.weeks[-4:])
    open_four = [use for use in four if is_open(use)]
    values["O1", "1"] = share(four, is_open)
    weekly = {week: log.by_week[week] for week in log.weeks}
    second_half = [uses for week, uses in weekly.items() if (week.year, week.month) >= (2025, 7)]
    values["O2", "1"] = mean(share(uses, is_open) for uses in second_half)
    china = [share(uses, is_chinese_open) or 0.0 for uses in weekly.values()]
    values["O3", "1"], values["O4", "1"] = min(china, default=None), max(china, default=None)

    def closed(use: Use) -> bool:
        return use.weights == "closed" and use.model.origin == "rest_of_world"

    for finding, belongs in [("O5", is_chinese_open), ("O6", is_other_open), ("O7", closed)]:
        values[finding, "1"] = mean(share(uses, belongs) for uses in weekly.values())
        values[finding, "2"] = share(log.in_weeks(log.weeks), belongs)
    largest = []
    for week in log.weeks[-4:]:
        uses = [use for use in log.by_week[week] if is_open(use)]
        counts: dict[str, int] = defaultdict(int)
        for use in uses:
            counts[model_id(use)] += use.tokens
        largest += [part(count, sum(counts.values())) for count in counts.values()]
    values["O19", "1"] = max((one for one in largest if one is not None), default=None)
    counts = defaultdict(int)
    for use in open_four:
        counts[model_id(use)] += use.tokens
    values["O20", "1"] = sum(count >= 0.05 * sum(counts.values()) for count in counts.values())
    for finding, tier in [("O22", "small"), ("O23", "large")]:
        values[finding, "1"] = share(open_four, lambda use, tier=tier: use.model.size_tier == tier)


def _labelled(log: Log, values: Values) -> None:
    weeks = log.labelled_weeks
    four, first = log.labelled_in(weeks[-4:]), log.labelled_in(weeks[:4])
    one = log.labelled_in(weeks[-1:])
    for finding, category in [("C1", "roleplay"), ("C2", "programming")]:
        for number, uses in [("1", four), ("2", one)]:
            opened = [use for use in uses if is_open(use)]
            values[finding, number] = share(opened, about(category))
    chinese = [use for use in four if is_chinese_open(use)]
    values["C3", "1"] = share(chinese, about("roleplay"))
    values["C4", "1"] = share(chinese, about("programming", "technology"))
    start = [use for use in first if use.category == "roleplay"]
    end = [use for use in four if use.category == "roleplay"]

    def closed(use: Use) -> bool:
        return use.weights == "closed"

    values["C5", "1"], values["C5", "2"] = share(start, closed), share(end, closed)
    values["C6", "1"], values["C6", "2"] = share(start, is_other_open), share(end, is_other_open)
    values["C7", "1"] = share(start, is_chinese_open)
    values["C8", "1"] = share([use for use in four if use.category == "programming"], closed)
    values["K1", "1"] = share(log.labelled_in(weeks[:1]), about("programming"))
    values["K1", "2"] = share(one, about("programming"))
    coding = {
        week: [use for use in log.labelled_by_week[week] if use.category == "programming"]
        for week in weeks
    }
    values["K2", "1"] = mean(spend_share(uses, by("anthropic")) for uses in coding.values())
    values["K4", "1"] = mean(spend_share(uses, by("google")) for uses in coding.values())
    july = [uses for week, uses in coding.items() if (week.year, week.month) == (2025, 7)]
    values["K3", "1"] = mean(spend_share(uses, by("openai")) for uses in july)
    values["K3", "2"] = spend_share(coding[weeks[-1]], by("openai")) if weeks else None
    long = [mean(use.prompt for use in uses) for uses in coding.values() if uses]
    values["A7", "1"] = part(sum(length > 20_000 for length in long if length), len(long))
    multiples = []
    for week in weeks:
        general = mean(use.prompt for use in log.by_week[week] if use.requests)
        own = mean(use.prompt for use in coding[week])
        if own is not None and general:
            multiples.append(own / general)
    values["A9", "1"] = mean(multiples)
    every = log.labelled_in(weeks)

    def profile(uses: list[Use], author: str, *categories: str) -> float | None:
        return share([use for use in uses if by(author)(use)], about(*categories))

    values["P1", "1"] = profile(every, "anthropic", "programming", "technology")
    for number, category in [("1", "programming"), ("2", "legal"), ("3", "science")]:
        values["P2", number] = profile(four, "google", category)
    xai = [profile(log.labelled_in([week]), "x-ai", "programming") for week in weeks]
    seen = [one for one in xai if one is not None]
    values["P3", "1"] = part(sum(one > 0.8 for one in seen), len(seen))
    values["P4", "1"] = profile(log.labelled_in(weeks[:1]), "openai", "science")
    for number, category in [("2", "science"), ("3", "programming"), ("4", "technology")]:
        values["P4", number] = profile(four, "openai", category)
    values["P5", "1"] = profile(every, "deepseek", "roleplay")
    values["P6", "1"] = profile(every, "qwen", "programming")
    for row in log.world.registry.rows("study/study_values"):
        if row["finding_id"][0] == "K" and row.get("category"):
            inside = [use for use in log.labelled if use.category == row["category"]]
            tags = row["subject"].split(" + ")
            values[row["finding_id"], row["part_number"]] = (
                share(inside, lambda use, tags=tags: use.tag in tags)
                if row["subject"]
                else max((share(inside, lambda use, tag=tag: use.tag == tag) or 0.0
                          for tag in {use.tag for use in inside}), default=None)
            )  # fmt: skip


def _agentic(log: Log, values: Values) -> None:
    weeks = log.weeks

    def reasons(use: Use) -> bool:
        return bool(use.model.is_reasoning_model)

    values["A1", "3"] = share(log.in_weeks(weeks[-1:]), reasons)
    # The order of the three among themselves.
    podium = ["x-ai/grok-code-fast-1", "google/gemini-2.5-pro", "google/gemini-2.5-flash"]
    through: dict[str, int] = defaultdict(int)
    for use in log.in_weeks(weeks[-4:]):
        if model_id(use) in podium:
            through[model_id(use)] += use.tokens
    places = sorted(through, key=lambda name: -through[name])
    values["A2", "1"] = sum(a == b for a, b in zip(places, podium, strict=False))

    def calls(use: Use) -> bool:
        return use.finish_reason == "tool_calls"

    start, end = log.in_weeks(weeks[:4]), log.in_weeks(weeks[-4:])
    first, last = share(start, calls), share(end, calls)
    values["A3", "1"], values["A3", "2"] = first, last
    values["A3", "3"] = None if first is None or last is None else last - first
    shares = tool_call_shares_weekly(log.world).rows
    column = "token_share_without_largest_account"
    rest = {week: shares.get((log.population, week), {}).get(column) for week in weeks}
    first, last = mean(rest[week] for week in weeks[:4]), mean(rest[week] for week in weeks[-4:])
    values["A3", "4"], values["A3", "5"] = first, last
    values["A3", "6"] = None if first is None or last is None else last - first
    for finding, of in [("A5", "prompt"), ("A6", "completion"), ("A8", "tokens")]:
        for number, uses in [("1", start), ("2", end)]:
            requests = [use for use in uses if use.requests]
            values[finding, number] = mean(getattr(use, of) for use in requests)


def _geography(log: Log, values: Values) -> None:
    uses = log.uses

    def in_asia(use: Use) -> bool:
        return use.continent == "Asia"

    values["G1", "1"] = spend_share(log.in_weeks(log.weeks[:4]), in_asia)
    values["G1", "2"] = spend_share(log.in_weeks(log.weeks[-4:]), in_asia)
    values["G2", "1"] = spend_share(uses, lambda use: use.continent == "North America")
    rows = [
        row
        for row in log.world.registry.rows("study/study_values")
        if row["subject_kind"] in ("continent", "country", "language")
    ]
    for row in rows:
        of = row["subject_kind"]
        values[row["finding_id"], row["part_number"]] = share(
            uses, lambda use, of=of, key=row["subject"]: getattr(use, of) == key
        )
    ten = {row["subject"] for row in rows if row["subject_kind"] == "country"}
    five = {row["subject"] for row in rows if row["subject_kind"] == "language"}
    values["G19", "1"] = share(uses, lambda use: use.country not in {*ten, "unknown"})
    values["G25", "1"] = share(uses, lambda use: use.language not in {*five, "unknown"})
    values["G26", "1"] = share(uses, lambda use: use.country not in ("US", "unknown"))


def _retention(log: Log, values: Values) -> None:
    rows = [
        row
        for row in log.world.registry.rows("study/study_values")
        if row["finding_id"] in ("R3", "R4", "R5")
    ]
    verdicts = retention_verdicts(log.world).rows
    cells = triangle(log.world)
    for row in rows:
        found = {
            key[2]: verdict
            for key, verdict in verdicts.items()
            if key[:2] == (log.population, row["subject"])
        }
        value: float | None = None
        if row["finding_id"] == "R5":
            cohort = Date.fromisoformat(row["window_from"])
            first = cells.get((log.population, row["subject"], cohort, 0))
            if first and first["cohort_accounts"] >= log.world.rules.min_cohort_accounts:
                value = found[cohort]["boomerang_month"] or 0
        elif found:
            word = next(iter(found.values()))["verdict"]
            value = None if word == "too_little_data" else float(word == row["published_word"])
        values[row["finding_id"], row["part_number"]] = value


def _cost(log: Log, values: Values) -> None:
    seeds = log.world.registry.rows("study/study_values")
    quadrants = {
        key[1]: row
        for key, row in category_cost_quadrants(log.world).rows.items()
        if key[0] == log.population
    }
    placed = [row for row in quadrants.values() if row["quadrant"]]
    values["E1", "1"] = placed[0]["median_usd_per_million"] if placed else None
    matches = []
    for row in seeds:
        if row["finding_id"] == "E2" and row["subject"]:
            found = quadrants.get(row["subject"], {}).get("quadrant")
            match = None if found is None else float(found == row["published_word"])
            values["E2", row["part_number"]] = match
            matches.append(match)
    known = [match for match in matches if match is not None]
    values["E2", "1"] = sum(known) if known else None
    models = {
        key[1]: row
        for key, row in model_cost_usage(log.world).rows.items()
        if key[0] == log.population
    }
    scale = _scale(log)
    for row in seeds:
        if row["unit"] == "trillion_tokens" and scale:
            opened = [use for use in log.uses if is_open(use) and by(row["subject"])(use)]
            values[row["finding_id"], row["part_number"]] = tokens(opened) * scale
    fitted = price_elasticity(log.world).rows.get((log.population, "all", "cross_section"), {})
    for number, column in enumerate(("slope", "slope_low", "slope_high", "r_squared"), 1):
        values["E3", str(number)] = fitted.get(column)
    paid = [row for row in models.values() if row["archetype"]]
    values["E12", "1"] = paid[0]["median_usd_per_million"] if paid else None
    if paid and scale:
        values["E12", "2"] = math.log10(paid[0]["median_tokens"] * scale * 1e6)
    known = log.world.registry.model_rows.values()
    sizes = [float(row["parameters_total_b"]) for row in known if row["parameters_total_b"]]
    tiers = [[size for size in sizes if low <= size < high] for low, high in TIERS]
    values["O21", "1"], values["O21", "2"] = max(tiers[0]), min(tiers[1])
    values["O21", "3"], values["O21", "4"] = max(tiers[1]), min(tiers[2])
    values["D1", "1"] = log.world.rules.min_tag_confidence
    for row in seeds:
        if row["finding_id"][0] == "E" and row["unit"] in (
            "usd_per_million",
            "log10_million_tokens",
        ):
            found = models.get(row["subject"])
            if found is None:
                continue
            if row["unit"] == "usd_per_million":
                values[row["finding_id"], row["part_number"]] = found["usd_per_million"]
            elif scale:
                millions = found["tokens"] * scale * 1e6
                values[row["finding_id"], row["part_number"]] = math.log10(millions)


def _scale(log: Log) -> float | None:
    """Trillions that a token of the log stands for."""
    ten = [
        row["subject"]
        for row in log.world.registry.rows("study/study_values")
        if row["unit"] == "trillion_tokens"
    ]
    opened = [use for use in log.uses if is_open(use) and use.model.author in ten]
    if {use.model.author for use in opened} != set(ten):
        return None
    return TEN_AUTHORS_TRILLIONS / tokens(opened)


def study_values(world: World, population: str) -> Values:
    """Every part of a finding that this reading can compute."""
    log = Log(world, population)
    values: Values = {}
    for area in (_market, _labelled, _agentic, _geography, _retention, _cost):
        area(log, values)
    return values


def study_scorecard(world: World) -> Mart:
    """The headline values and the verdicts on them."""
    mart = Mart(["population", "finding_id"])
    findings = {row["finding_id"]: row for row in world.registry.rows("study/study_findings")}
    parts: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in world.registry.rows("study/study_values"):
        parts[row["finding_id"]].append(row)
    for population in world.last_day:
        log = Log(world, population)
        values = study_values(world, population)
        for finding, rows in parts.items():
            lacks = [_lacks(log, findings[finding], row) for row in rows]
            judged = [row for row in rows if row["comparison"] != "reported"]
            found = [values.get((finding, row["part_number"])) for row in judged]
            (headline,) = (row for row in rows if row["is_headline"] == "true")
            is_within = [
                value is not None and _is_within(row, value)
                for row, value in zip(judged, found, strict=True)
            ]
            verdict = "reproduced" if all(is_within) else "differs"
            if any(lacks) or None in found:
                verdict = "not_computable"
            mart.rows[population, finding] = {
                "computed_value": values.get((finding, headline["part_number"])),
                "verdict": verdict,
            }
    return mart


def _is_within(row: dict[str, str], value: float) -> bool:
    """Whether a value lies where the study's does, tolerance included."""

    def number(name: str) -> float | None:
        return float(row[name]) if row[name] else None

    published = number("published_value") or 0.0
    slack = number("tolerance") or (number("tolerance_relative") or 0.0) * abs(published)
    comparison = row["comparison"]
    if comparison == "above":
        return value > published - slack
    if comparison == "below":
        return value < published + slack
    low = high = published
    if comparison == "between":
        low, high = number("published_low") or 0.0, number("published_high") or 0.0
    low = -math.inf if comparison == "at_most" else low - slack
    high = math.inf if comparison == "at_least" else high + slack
    stated_low, stated_high = number("allowed_low"), number("allowed_high")
    low = low if stated_low is None else stated_low
    high = high if stated_high is None else stated_high
    return low <= value <= high


def _lacks(log: Log, finding: dict[str, str], row: dict[str, str]) -> bool:
    """Whether the log lacks what a part of a finding needs."""
    needs = {name.strip() for name in finding["needs"].split(",")}
    weeks = log.labelled_weeks if "tags" in needs else log.weeks
    by_kind = {"model": "models", "author": "authors"}.get(row["subject_kind"])
    if by_kind in needs and row["subject"] not in log.used:
        return True
    window = (row["window_from"] and row["window_from"] < log.first.isoformat()) or (
        row["window_to"] and row["window_to"] > log.last.isoformat()
    )
    short = len(weeks) < int(finding["needs_weeks"] or 0)
    return bool(window or short or needs & log.lacking)
