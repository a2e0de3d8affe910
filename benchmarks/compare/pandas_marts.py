"""The marts as a pandas notebook computes them from the same raw Parquet.

Columns of few values are read as categories, and only the columns that the marts need are read:
without both, a tenth of the requests would fit.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from benchmarks.compare import notebook as rules
from benchmarks.compare.notebook import Inputs, Marts, run

CATEGORIES = ["model", "provider", "account_id", "finish_reason", "country_code", "language"]
LABELS = ["model_id", "author", "weights_class", "origin", "size_tier"]
Frame = pd.DataFrame


def pandas_marts(inputs: Inputs) -> Callable[[], Marts]:
    """Marts in pandas."""
    tables = {name: inputs.fetch(name, "df") for name in inputs.tables}
    return lambda: _marts(inputs, tables)


def _marts(inputs: Inputs, tables: dict[str, Frame]) -> dict[str, Frame]:
    requests = _requests(inputs, tables)
    last_day = requests["usage_date"].max()
    sample = _sample(inputs, tables, requests)
    # Of a wide frame only the columns that are needed are cut out: rows are copied.
    open_use = requests.loc[
        requests["weights_class"] == "open",
        ["week_start", "model_id", "size_tier", "tokens", "spend_usd"],
    ]
    marts = {
        "fct_usage_daily": _usage_daily(requests),
        "source_shares_weekly": _shares(
            requests, ["week_start", "weights_class", "origin"], ["week_start"]
        ),
        "author_totals": _ranked(_shares(requests, ["author", "weights_class"])),
        "author_shares_weekly": _shares(requests, ["week_start", "author"], ["week_start"]),
        "open_model_shares_weekly": _open_models(open_use),
        "size_tier_shares_weekly": _size_tiers(open_use),
        "concentration_weekly": pd.concat(
            [
                _concentration(requests).assign(scope="all"),
                _concentration(open_use).assign(scope="open"),
            ]
        ),
        "reasoning_shares_weekly": _reasoning(requests),
        "tool_call_shares_weekly": _tool_calls(requests),
        "sequence_lengths_weekly": pd.concat(
            [
                _lengths(requests.assign(scope="all"), ["week_start", "scope"]),
                _lengths(sample.assign(scope=sample["category"]), ["week_start", "scope"]),
            ]
        ),
        "retention_triangles": _retention(requests, last_day),
        "region_shares_weekly": _shares(requests, ["week_start", "continent"], ["week_start"]),
        "region_totals": _ranked(_shares(requests, ["continent"])),
        "country_totals": _countries(requests, tables["countries"]),
        "language_totals": _ranked(_shares(requests, ["known_language"])).rename(
            columns={"known_language": "language"}
        ),
        "category_shares_weekly": _categories(sample, inputs.sampling_rate),
        "model_cost_usage": _model_costs(requests),
    }
    for mart in marts.values():
        if "week_start" in mart:
            mart["is_partial"] = mart["week_start"] + pd.Timedelta(days=6) > last_day
    return marts


def _requests(inputs: Inputs, tables: dict[str, Frame]) -> Frame:
    """Accepted requests with their labels and spend."""
    frame = pq.read_table(
        inputs.requests, columns=rules.COLUMNS, read_dictionary=CATEGORIES, partitioning=None
    ).to_pandas()
    frame["tokens"] = frame["prompt_tokens"] + frame["completion_tokens"]
    frame = _without_duplicates(frame[_is_valid(frame, inputs)])
    frame["usage_date"] = frame["requested_at"].dt.normalize().astype("datetime64[us]")
    frame["week_start"] = frame["usage_date"] - pd.to_timedelta(
        frame["usage_date"].dt.day_of_week, unit="D"
    ).astype("timedelta64[us]")
    frame["month_start"] = frame["usage_date"] - pd.to_timedelta(
        frame["usage_date"].dt.day - 1, unit="D"
    ).astype("timedelta64[us]")
    prompt, completion = frame["prompt_tokens"], frame["completion_tokens"]
    frame["cached"] = np.minimum(frame["cached_tokens"].fillna(0), prompt)
    frame["written"] = np.minimum(frame["cache_write_tokens"].fillna(0), prompt - frame["cached"])
    frame["reasoned"] = np.minimum(frame["reasoning_tokens"].fillna(0), completion)
    frame["is_tool_call"] = frame["finish_reason"].isin(
        tables["finish_reasons"]["raw_finish_reason"]
    )
    frame = _labelled(frame, tables["labels"])
    frame["list_usd"] = (
        (frame["prompt_tokens"] - frame["cached"] - frame["written"]) * frame["prompt_usd"]
        + frame["cached"] * frame["cached_usd"]
        + frame["written"] * frame["cache_write_usd"]
        + (frame["completion_tokens"] - frame["reasoned"]) * frame["completion_usd"]
        + frame["reasoned"] * frame["reasoning_usd"]
    ) / 1e6
    frame["spend_usd"] = frame["billed_usd"].fillna(frame["list_usd"])
    return _located(frame, inputs, tables)


def _is_valid(frame: Frame, inputs: Inputs) -> pd.Series:
    most = np.where(
        frame["tokens"] > 0,
        frame["tokens"] * rules.MAX_USD_PER_MILLION_TOKENS / 1e6,
        rules.MAX_USD_WITHOUT_TOKENS,
    )
    valid = (
        frame["requested_at"].ge(rules.EARLIEST)
        & frame["requested_at"].le(inputs.latest)
        & frame["model"].notna()
        & frame["tokens"].notna()
        & ~frame["billed_usd"].lt(0)
        & ~frame["billed_usd"].gt(most)
    )
    for name in rules.COUNTS:
        valid &= ~frame[name].lt(0) & ~frame[name].gt(rules.MOST_TOKENS)
    return valid


def _without_duplicates(frame: Frame) -> Frame:
    """Of requests with one id the best one; ids that come back after the horizon are others."""
    same = frame[frame["request_id"].duplicated(keep=False)]
    # Categories sort by their place, not by their text.
    ordered = same[["request_id", *rules.RANKING]].astype(dict.fromkeys(CATEGORIES, "str"))
    ordered = ordered.sort_values(rules.RANKING, ascending=False, na_position="last")
    ranked = pd.DataFrame(
        {
            "request_id": ordered["request_id"],
            "day": ordered["requested_at"].dt.normalize(),
            "place": np.arange(len(ordered)),
            "row": ordered.index,
        }
    )
    pairs = ranked.merge(ranked, on="request_id", suffixes=("", "_better"))
    near = (pairs["day"] - pairs["day_better"]).abs() <= pd.Timedelta(days=rules.HORIZON_DAYS)
    worse = pairs.loc[near & (pairs["place_better"] < pairs["place"]), "row"].unique()
    return frame.drop(index=worse)


def _labelled(frame: Frame, labels: Frame) -> Frame:
    """Merge the labels on name, provider and day; categories of both sides made one."""
    labels = labels.copy()
    labels["usage_date"] = labels["usage_date"].astype("datetime64[us]")
    for name in ("model", "provider"):
        known = pd.api.types.union_categoricals(
            [frame[name], labels[name].astype("category")]
        ).categories
        frame[name] = frame[name].cat.set_categories(known)
        labels[name] = labels[name].astype(pd.CategoricalDtype(known))
    for name in LABELS:
        labels[name] = labels[name].astype("category")
    return frame.merge(labels, on=["model", "provider", "usage_date"], how="inner")


def _located(frame: Frame, inputs: Inputs, tables: dict[str, Frame]) -> Frame:
    """Country (the log's, else the account's), continent and language."""
    countries = tables["countries"].set_index("country_code")
    known = pd.CategoricalDtype([*countries.index, "unknown"])
    accounts = pq.read_table(inputs.accounts, partitioning=None).to_pandas()
    accounts = accounts[accounts["country_code"].isin(countries.index)]
    of_account = accounts.groupby("account_id")["country_code"].min()
    # Mapping a category maps its few values, not the rows.
    logged = frame["country_code"].map(str.upper, na_action="ignore").astype(known)
    elsewhere = frame["account_id"].map(of_account).astype(known)
    country = logged.where(frame["country_code"].notna(), elsewhere)
    frame["country_code"] = country.fillna("unknown")
    continents = {**countries["continent"], "unknown": "unknown"}
    frame["continent"] = frame["country_code"].map(continents).astype("category")
    languages = tables["languages"].set_index("raw_language")["known_language"]
    spoken = (
        frame["language"].map(languages).astype(pd.CategoricalDtype([*{*languages, "unknown"}]))
    )
    frame["known_language"] = spoken.fillna("unknown")
    return frame


def _sample(inputs: Inputs, tables: dict[str, Frame], requests: Frame) -> Frame:
    """Requests of the classified sample with their category."""
    tags = pq.read_table(inputs.tags, partitioning=None).to_pandas()
    tags = tags.dropna()
    tags = tags[tags["confidence"].between(0, 1)]
    tags = tags.sort_values(["confidence", "tag"], ascending=[False, True])
    tags = tags.drop_duplicates("request_id")
    tags = tags[tags["confidence"] >= rules.MIN_TAG_CONFIDENCE]
    tags = tags.merge(tables["categories"], on="tag")
    needed = ["request_id", "requested_at", "week_start", "weights_class", "origin", "spend_usd"]
    sample = requests[[*needed, *rules.LENGTHS]].merge(tags, on="request_id")
    last = sample.groupby("request_id")["requested_at"].transform("max")
    return sample[sample["requested_at"] == last]


def _summed(frame: Frame, keys: list[str]) -> Frame:
    groups = frame.groupby(keys, observed=True)
    cells = groups.agg(requests=("tokens", "size"), tokens=("tokens", "sum"))
    # A cell without any price has no spend, rather than 0.
    cells["spend_usd"] = groups["spend_usd"].sum(min_count=1)
    return cells.reset_index()


def _shares(frame: Frame, keys: list[str], within: list[str] | None = None) -> Frame:
    return _with_shares(_summed(frame, keys), within)


def _with_shares(cells: Frame, within: list[str] | None) -> Frame:
    for share, measure in rules.SHARES.items():
        if within:
            parents = cells.groupby(within, observed=True)[measure].transform("sum")
        else:
            parents = cells[measure].sum()
        cells[share] = cells[measure] / np.where(parents == 0, np.nan, parents)
    return cells


def _ranked(cells: Frame) -> Frame:
    return cells.assign(rank=cells["tokens"].rank(method="min", ascending=False).astype("int64"))


def _usage_daily(requests: Frame) -> Frame:
    unpriced = requests["spend_usd"].isna()
    frame = requests.assign(
        uncached=requests["prompt_tokens"] - requests["cached"],
        visible=requests["completion_tokens"] - requests["reasoned"],
        is_unpriced=unpriced,
        unpriced=requests["tokens"].where(unpriced, 0),
    )
    groups = frame.groupby(["usage_date", *LABELS], observed=True)
    mart = groups.agg(
        requests=("tokens", "size"),
        accounts=("account_id", "nunique"),
        uncached_prompt_tokens=("uncached", "sum"),
        cached_prompt_tokens=("cached", "sum"),
        cache_write_tokens=("written", "sum"),
        prompt_tokens=("prompt_tokens", "sum"),
        visible_completion_tokens=("visible", "sum"),
        reasoning_tokens=("reasoned", "sum"),
        completion_tokens=("completion_tokens", "sum"),
        tokens=("tokens", "sum"),
        unpriced_requests=("is_unpriced", "sum"),
        unpriced_tokens=("unpriced", "sum"),
    )
    for name in ("billed_usd", "list_usd", "spend_usd"):
        mart[name] = groups[name].sum(min_count=1)
    mart["accounts"] = mart["accounts"].where(mart["accounts"] > 0)
    return mart.reset_index()


def _open_models(open_use: Frame) -> Frame:
    totals = open_use.groupby("model_id", observed=True)["tokens"].sum().reset_index()
    totals["model_id"] = totals["model_id"].astype("str")
    totals = totals.sort_values(["tokens", "model_id"], ascending=[False, True])
    named = set(totals["model_id"].head(rules.TOP_N))
    cells = _summed(open_use, ["week_start", "model_id"])
    cells["model_id"] = cells["model_id"].astype("str")
    cells["model_id"] = cells["model_id"].where(cells["model_id"].isin(named), "other")
    groups = cells.groupby(["week_start", "model_id"])
    pooled = groups[["requests", "tokens"]].sum()
    pooled["spend_usd"] = groups["spend_usd"].sum(min_count=1)
    return _with_shares(pooled.reset_index(), ["week_start"])


def _size_tiers(open_use: Frame) -> Frame:
    mart = _shares(open_use, ["week_start", "size_tier"], ["week_start"])
    models = open_use.groupby(["week_start", "size_tier"], observed=True)["model_id"].nunique()
    mart = mart.merge(models.rename("models_in_use").reset_index(), on=["week_start", "size_tier"])
    of_week = open_use.groupby("week_start")["model_id"].nunique()
    mart["models_in_use_share"] = mart["models_in_use"] / mart["week_start"].map(of_week)
    return mart


def _concentration(requests: Frame) -> Frame:
    cells = _summed(requests, ["week_start", "model_id"])
    weeks = cells.groupby("week_start")[["requests", "tokens"]].sum()
    cells = cells[~cells["model_id"].isin(rules.POOLS)]
    cells["share"] = cells["tokens"] / cells["week_start"].map(weeks["tokens"])
    cells["square"] = cells["share"] ** 2
    cells["is_over"] = cells["share"] >= 0.05
    cells = cells.sort_values("share", ascending=False)
    groups = cells.groupby("week_start")
    weeks["top1_share"] = groups["share"].max()
    weeks["top3_share"] = groups.head(3).groupby("week_start")["share"].sum()
    weeks["hhi"] = groups["square"].sum()
    weeks["effective_models"] = 1 / weeks["hhi"]
    weeks["models_over_5_percent"] = groups["is_over"].sum()
    return weeks.reset_index()


def _reasoning(requests: Frame) -> Frame:
    through = requests.loc[requests["is_reasoning"], ["week_start", "tokens", "spend_usd"]]
    groups = requests.groupby("week_start")
    mart = groups.agg(requests=("tokens", "size"), tokens=("tokens", "sum"))
    reasoning = through.groupby("week_start")
    mart["reasoning_model_requests"] = reasoning.size()
    mart["reasoning_model_tokens"] = reasoning["tokens"].sum()
    for name in ("reasoning_model_requests", "reasoning_model_tokens"):
        mart[name] = mart[name].fillna(0)
    mart["token_share"] = mart["reasoning_model_tokens"] / mart["tokens"]
    mart["request_share"] = mart["reasoning_model_requests"] / mart["requests"]
    spend = reasoning["spend_usd"].sum().reindex(mart.index).fillna(0)
    mart["spend_share"] = spend / groups["spend_usd"].sum(min_count=1)
    written = groups["completion_tokens"].sum()
    counted = groups["reasoning_tokens"].count() > 0
    mart["reasoning_part_of_completion"] = (groups["reasoned"].sum() / written).where(counted)
    return mart.reset_index()


def _tool_calls(requests: Frame) -> Frame:
    frame = requests[["week_start", "account_id", "tokens", "is_tool_call"]].assign(
        has_reason=requests["finish_reason"].notna(),
        call_tokens=requests["tokens"].where(requests["is_tool_call"], 0),
    )
    measures = {
        "requests": ("tokens", "size"),
        "tokens": ("tokens", "sum"),
        "tool_call_requests": ("is_tool_call", "sum"),
        "tool_call_tokens": ("call_tokens", "sum"),
        "reasons": ("has_reason", "sum"),
    }
    weeks = frame.groupby("week_start").agg(**measures)
    accounts = frame.groupby(["week_start", "account_id"], observed=True).agg(**measures)
    held = accounts[accounts["tool_call_requests"] > 0]
    largest = held.sort_values("tool_call_tokens", ascending=False).groupby("week_start").head(1)
    largest = largest.reset_index("account_id").reindex(weeks.index)
    for share, measure in (("token_share", "tokens"), ("request_share", "requests")):
        own = largest[measure].fillna(0)
        own_calls = largest[f"tool_call_{measure}"].fillna(0)
        calls = weeks[f"tool_call_{measure}"]
        weeks[share] = calls / weeks[measure]
        weeks[f"{share}_without_largest_account"] = (calls - own_calls) / (weeks[measure] - own)
    return weeks[weeks["reasons"] > 0].reset_index()


def _lengths(frame: Frame, keys: list[str]) -> Frame:
    groups = frame.groupby(keys, observed=True)
    mart = groups.agg(requests=("tokens", "size"))
    for name in rules.LENGTHS:
        mart[f"{name}_mean"] = groups[name].mean()
        found = groups[name].quantile([percent / 100 for percent in rules.PERCENTILES]).unstack()
        for percent in rules.PERCENTILES:
            mart[f"{name}_p{percent}"] = found[percent / 100]
    return mart.reset_index()


def _retention(requests: Frame, last_day: pd.Timestamp) -> Frame:
    used = requests.loc[
        requests["account_id"].notna() & (requests["model_id"] != "unknown"),
        ["model_id", "account_id", "month_start"],
    ].drop_duplicates()
    used = used.assign(month=_month_number(used["month_start"]))
    used = used.sort_values("month")
    of_account = used.groupby(["model_id", "account_id"], observed=True)["month"]
    used["cohort"] = of_account.transform("min")
    used["is_returned"] = (used["month"] - of_account.shift()) > 1
    used["months_since"] = used["month"] - used["cohort"]
    active = used.groupby(["model_id", "cohort", "months_since"], observed=True).agg(
        retained_accounts=("month", "size"), returned_accounts=("is_returned", "sum")
    )
    cohorts = active.xs(0, level="months_since")["retained_accounts"].rename("cohort_accounts")
    last = last_day.year * 12 + last_day.month - 1
    cells = cohorts.reset_index()
    cells = cells.loc[cells.index.repeat(last - cells["cohort"] + 1)]
    cells["months_since"] = cells.groupby(["model_id", "cohort"], observed=True).cumcount()
    cells = cells.merge(active.reset_index(), how="left").fillna(
        {"retained_accounts": 0, "returned_accounts": 0}
    )
    cells["cohort_month"] = _month_of(cells["cohort"])
    ends = _month_of(cells["cohort"] + cells["months_since"] + 1) - pd.Timedelta(days=1)
    cells["is_partial"] = ends > last_day
    trials = cells["cohort_accounts"]
    rate = cells["retained_accounts"] / trials
    square = rules.Z**2
    centre = (rate + square / (2 * trials)) / (1 + square / trials)
    half = (
        rules.Z
        / (1 + square / trials)
        * np.sqrt(rate * (1 - rate) / trials + square / (4 * trials**2))
    )
    return cells.assign(retention=rate, retention_low=centre - half, retention_high=centre + half)


def _month_number(days: pd.Series) -> pd.Series:
    return days.dt.year * 12 + days.dt.month - 1


def _month_of(numbers: pd.Series) -> pd.Series:
    return pd.to_datetime({"year": numbers // 12, "month": numbers % 12 + 1, "day": 1})


def _countries(requests: Frame, countries: Frame) -> Frame:
    mart = _ranked(_shares(requests, ["country_code"]))
    mart["country_code"] = mart["country_code"].astype("str")
    mart = mart.merge(countries, on="country_code", how="left")
    mart["continent"] = mart["continent"].fillna("unknown")
    mart["usage_index"] = mart["token_share"] / mart["part_of_people"].replace(0, np.nan)
    return mart


def _categories(sample: Frame, rate: float) -> Frame:
    known = sample[sample["category"] != "other"]
    known = known.assign(square=(1 - rate) * known["tokens"].astype("float64") ** 2)
    found = []
    for scope, (weights, origin) in rules.SCOPES.items():
        inside = known
        if weights is not None:
            inside = inside[inside["weights_class"] == weights]
        if origin is not None:
            inside = inside[inside["origin"] == origin]
        cells = _shares(inside, ["week_start", "category"], ["week_start"])
        squares = inside.groupby(["week_start", "category"])["square"].sum()
        cells = cells.merge(squares.reset_index(), on=["week_start", "category"])
        weeks = cells.groupby("week_start")
        share, rest = cells["token_share"], weeks["square"].transform("sum") - cells["square"]
        spread = (1 - share) ** 2 * cells["square"] + share**2 * rest
        error = np.sqrt(spread) / weeks["tokens"].transform("sum")
        cells["token_share_low"] = (share - rules.Z * error).clip(lower=0)
        cells["token_share_high"] = (share + rules.Z * error).clip(upper=1)
        found.append(cells.assign(scope=scope))
    return pd.concat(found).rename(columns={"requests": "sampled_requests"})


def _model_costs(requests: Frame) -> Frame:
    priced = requests.loc[
        requests["spend_usd"].notna()
        & ~requests["is_byok"].fillna(False).astype(bool)
        & ~requests["model_id"].isin(rules.POOLS),
        ["usage_date", "model_id", "author", "weights_class", "tokens", "spend_usd"],
    ]
    mart = _summed(priced, ["model_id", "author"])
    last = priced.groupby("model_id", observed=True)["usage_date"].idxmax()
    mart = mart.merge(priced.loc[last, ["model_id", "weights_class"]], on="model_id")
    mart["usd_per_million"] = mart["spend_usd"] * 1e6 / mart["tokens"].replace(0, np.nan)
    paid = mart[(mart["spend_usd"] > 0) & (mart["tokens"] > 0)]
    cost, tokens = paid["usd_per_million"].median(), paid["tokens"].median()
    mart["median_usd_per_million"], mart["median_tokens"] = cost, tokens
    places: list[Any] = [
        rules.ARCHETYPES[dear >= cost, many >= tokens] if row in paid.index else None
        for row, dear, many in zip(mart.index, mart["usd_per_million"], mart["tokens"], strict=True)
    ]
    mart["archetype"] = places
    return mart


if __name__ == "__main__":
    run(pandas_marts)
