"""The marts as a polars notebook computes them: lazy frames, the streaming engine.

The requests are aggregated to what the marts need, all in one go (``collect_all``) or, where that
does not fit into memory, one after the other, and the marts are made of these small frames.
"""

from collections.abc import Callable

import polars as pl

from benchmarks.compare import notebook as rules
from benchmarks.compare.notebook import Inputs, Marts, run

Frame = pl.DataFrame
Lazy = pl.LazyFrame
ENGINE = "streaming"
LABELS = ["model_id", "author", "weights_class", "origin", "size_tier"]
WEEK = pl.col("usage_date").dt.truncate("1w").alias("week_start")


def polars_marts(inputs: Inputs) -> Callable[[], Marts]:
    """Marts in polars."""
    tables = {name: inputs.fetch(name, "pl") for name in inputs.tables}
    return lambda: _marts(inputs, tables)


def _marts(inputs: Inputs, tables: dict[str, Frame]) -> dict[str, Frame]:
    valid = _valid(inputs)
    worse, not_last = _repeats(valid)
    requests = _requests(valid, worse, tables)
    plans = [
        _usage(requests),
        _accounts(requests),
        _account_weeks(requests),
        _lengths(requests, ["week_start"]),
        _months(requests),
        _audience(requests, inputs, tables),
        *_sampled(requests, not_last, inputs, tables),
    ]
    if inputs.at_once:
        found = pl.collect_all(plans, engine=ENGINE)
    else:
        found = [plan.collect(engine=ENGINE) for plan in plans]
    usage, accounts, account_weeks, lengths, months, audience, sample, sample_lengths = found
    last_day = usage["usage_date"].max()
    weekly = usage.with_columns(WEEK)
    open_use = weekly.filter(pl.col("weights_class") == "open")
    marts = {
        "fct_usage_daily": _usage_daily(usage, accounts),
        "source_shares_weekly": _shares(
            weekly, ["week_start", "weights_class", "origin"], ["week_start"]
        ),
        "author_totals": _ranked(_shares(weekly, ["author", "weights_class"])),
        "author_shares_weekly": _shares(weekly, ["week_start", "author"], ["week_start"]),
        "open_model_shares_weekly": _open_models(open_use),
        "size_tier_shares_weekly": _size_tiers(open_use),
        "concentration_weekly": pl.concat(
            [
                _concentration(use).with_columns(scope=pl.lit(scope))
                for use, scope in ((weekly, "all"), (open_use, "open"))
            ]
        ),
        "reasoning_shares_weekly": _reasoning(weekly),
        "tool_call_shares_weekly": _tool_calls(account_weeks),
        "sequence_lengths_weekly": pl.concat(
            [
                lengths.with_columns(scope=pl.lit("all")),
                sample_lengths.rename({"category": "scope"}).select(*lengths.columns, "scope"),
            ]
        ),
        "retention_triangles": _retention(months, last_day),
        "region_shares_weekly": _shares(audience, ["week_start", "continent"], ["week_start"]),
        "region_totals": _ranked(_shares(audience, ["continent"])),
        "country_totals": _countries(audience, tables["countries"]),
        "language_totals": _ranked(_shares(audience, ["known_language"])).rename(
            {"known_language": "language"}
        ),
        "category_shares_weekly": _categories(sample),
        "model_cost_usage": _model_costs(usage),
    }
    return {
        name: (
            mart.with_columns(is_partial=pl.col("week_start") + pl.duration(days=6) > last_day)
            if "week_start" in mart.columns
            else mart
        )
        for name, mart in marts.items()
    }


def _valid(inputs: Inputs) -> Lazy:
    tokens = pl.col("prompt_tokens") + pl.col("completion_tokens")
    most = (
        pl.when(tokens > 0)
        .then(tokens * rules.MAX_USD_PER_MILLION_TOKENS / 1e6)
        .otherwise(rules.MAX_USD_WITHOUT_TOKENS)
    )
    billed = pl.col("billed_usd")
    return (
        pl.scan_parquet(
            f"{inputs.requests}/**/*.parquet", hive_partitioning=False, row_index_name="row"
        )
        .select("row", *rules.COLUMNS, tokens.alias("tokens"))
        .filter(
            pl.col("requested_at").is_between(rules.EARLIEST, inputs.latest),
            pl.col("model").is_not_null(),
            pl.col("tokens").is_not_null(),
            billed.is_null() | ((billed >= 0) & (billed <= most)),
            *[
                pl.col(name).is_null() | pl.col(name).is_between(0, rules.MOST_TOKENS)
                for name in rules.COUNTS
            ],
        )
    )


def _repeats(valid: Lazy) -> tuple[Frame, Frame]:
    """Rows that are duplicates, and rows that a later accepted one of the same id follows."""
    repeated = valid.group_by("request_id").agg(pl.len()).filter(pl.col("len") > 1)
    same = valid.join(repeated, on="request_id", how="semi").collect(engine=ENGINE)
    ranked = same.sort(rules.RANKING, descending=True, nulls_last=True).select(
        "request_id", "row", "requested_at", day=pl.col("requested_at").dt.date()
    )
    ranked = ranked.with_row_index("place")
    pairs = ranked.join(ranked, on="request_id", suffix="_better").filter(
        pl.col("place_better") < pl.col("place"),
        (pl.col("day") - pl.col("day_better")).abs() <= pl.duration(days=rules.HORIZON_DAYS),
    )
    worse = pairs.select("row").unique()
    kept = ranked.join(worse, on="row", how="anti")
    last = pl.col("requested_at").max().over("request_id")
    return worse, kept.filter(pl.col("requested_at") < last).select("row")


def _requests(valid: Lazy, worse: Frame, tables: dict[str, Frame]) -> Lazy:
    """Accepted requests with their labels and spend."""
    prompt, completion = pl.col("prompt_tokens"), pl.col("completion_tokens")
    cached, written, reasoned = pl.col("cached"), pl.col("written"), pl.col("reasoned")
    list_usd = (
        (prompt - cached - written) * pl.col("prompt_usd")
        + cached * pl.col("cached_usd")
        + written * pl.col("cache_write_usd")
        + (completion - reasoned) * pl.col("completion_usd")
        + reasoned * pl.col("reasoning_usd")
    ) / 1e6
    calls = tables["finish_reasons"]["raw_finish_reason"].implode()
    return (
        valid.join(worse.lazy(), on="row", how="anti")
        .with_columns(
            usage_date=pl.col("requested_at").dt.date(),
            cached=pl.min_horizontal(pl.col("cached_tokens").fill_null(0), prompt),
            reasoned=pl.min_horizontal(pl.col("reasoning_tokens").fill_null(0), completion),
            is_tool_call=pl.col("finish_reason").is_in(calls).fill_null(False),
            is_byok=pl.col("is_byok").fill_null(False),
        )
        .with_columns(
            WEEK,
            written=pl.min_horizontal(pl.col("cache_write_tokens").fill_null(0), prompt - cached),
        )
        .join(
            tables["labels"].lazy(),
            on=["model", "provider", "usage_date"],
            how="inner",
            nulls_equal=True,
        )
        .with_columns(list_usd=list_usd)
        .with_columns(spend_usd=pl.coalesce("billed_usd", "list_usd"))
    )


def _usage(requests: Lazy) -> Lazy:
    """Usage by day and model, and by what costs are measured on."""
    priced = pl.col("spend_usd").is_not_null().alias("is_priced")
    return requests.group_by("usage_date", *LABELS, "is_reasoning", "is_byok", priced).agg(
        pl.col("prompt_tokens", "completion_tokens", "cached", "written", "reasoned").sum(),
        pl.col("tokens").sum(),
        *[_sum_or_null(name) for name in ("billed_usd", "list_usd", "spend_usd")],
        requests=pl.len(),
        reasoning_counts=pl.col("reasoning_tokens").count(),
    )


def _sum_or_null(name: str) -> pl.Expr:
    """A sum that is null, not 0, where no value is known."""
    return pl.when(pl.col(name).count() > 0).then(pl.col(name).sum()).alias(name)


def _accounts(requests: Lazy) -> Lazy:
    cells = requests.select("usage_date", "model_id", "account_id").drop_nulls("account_id")
    return cells.unique().group_by("usage_date", "model_id").agg(accounts=pl.len())


def _account_weeks(requests: Lazy) -> Lazy:
    return requests.group_by("week_start", "account_id").agg(
        pl.col("tokens").sum(),
        requests=pl.len(),
        reasons=pl.col("finish_reason").count(),
        tool_call_requests=pl.col("is_tool_call").sum(),
        tool_call_tokens=pl.col("tokens").filter(pl.col("is_tool_call")).sum(),
    )


def _lengths(requests: Lazy, keys: list[str]) -> Lazy:
    return requests.group_by(keys).agg(
        *[pl.col(name).mean().alias(f"{name}_mean") for name in rules.LENGTHS],
        *[
            pl.col(name).quantile(percent / 100, "linear").alias(f"{name}_p{percent}")
            for name in rules.LENGTHS
            for percent in rules.PERCENTILES
        ],
        requests=pl.len(),
    )


def _months(requests: Lazy) -> Lazy:
    return (
        requests.filter(pl.col("account_id").is_not_null(), pl.col("model_id") != "unknown")
        .select(
            "model_id",
            "account_id",
            month=pl.col("usage_date").dt.year() * 12 + pl.col("usage_date").dt.month() - 1,
        )
        .unique()
    )


def _audience(requests: Lazy, inputs: Inputs, tables: dict[str, Frame]) -> Lazy:
    countries = tables["countries"].select("country_code", "continent")
    of_account = (
        pl.scan_parquet(f"{inputs.accounts}/*.parquet")
        .filter(pl.col("country_code").is_in(countries["country_code"].implode()))
        .group_by("account_id")
        .agg(account_country=pl.col("country_code").min())
    )
    return (
        requests.join(of_account, on="account_id", how="left")
        .with_columns(
            country_code=pl.coalesce(pl.col("country_code").str.to_uppercase(), "account_country")
        )
        .group_by("week_start", "country_code", "language")
        .agg(pl.col("tokens").sum(), _sum_or_null("spend_usd"), requests=pl.len())
        .join(countries.lazy(), on="country_code", how="left")
        .join(tables["languages"].lazy(), left_on="language", right_on="raw_language", how="left")
        .with_columns(
            country_code=pl.when(pl.col("continent").is_null())
            .then(pl.lit("unknown"))
            .otherwise("country_code"),
            continent=pl.col("continent").fill_null("unknown"),
            known_language=pl.col("known_language").fill_null("unknown"),
        )
    )


def _sampled(
    requests: Lazy, not_last: Frame, inputs: Inputs, tables: dict[str, Frame]
) -> tuple[Lazy, Lazy]:
    """The classified sample by week, category and source, and its lengths by week and category."""
    tags = (
        pl.scan_parquet(f"{inputs.tags}/*.parquet")
        .drop_nulls()
        .filter(pl.col("confidence").is_between(0, 1))
        .sort(["confidence", "tag"], descending=[True, False])
        .unique("request_id", keep="first", maintain_order=True)
        .filter(pl.col("confidence") >= rules.MIN_TAG_CONFIDENCE)
        .join(tables["categories"].lazy(), on="tag")
        .select("request_id", "category")
    )
    sample = requests.join(not_last.lazy(), on="row", how="anti").join(tags, on="request_id")
    squares = (1 - inputs.sampling_rate) * pl.col("tokens").cast(pl.Float64) ** 2
    cells = sample.group_by("week_start", "category", "weights_class", "origin").agg(
        pl.col("tokens").sum(),
        _sum_or_null("spend_usd"),
        requests=pl.len(),
        square=squares.sum(),
    )
    return cells, _lengths(sample, ["week_start", "category"])


def _shares(frame: Frame, keys: list[str], within: list[str] | None = None) -> Frame:
    cells = frame.group_by(keys).agg(
        pl.col("requests", "tokens").sum(),
        _sum_or_null("spend_usd"),
    )
    return cells.with_columns(
        **{share: _share(measure, within) for share, measure in rules.SHARES.items()}
    )


def _share(measure: str, within: list[str] | None) -> pl.Expr:
    whole = pl.col(measure).sum()
    whole = whole.over(within) if within else whole
    return pl.when(whole != 0).then(pl.col(measure) / whole)


def _ranked(cells: Frame) -> Frame:
    return cells.with_columns(rank=pl.col("tokens").rank("min", descending=True))


def _usage_daily(usage: Frame, accounts: Frame) -> Frame:
    unpriced = ~pl.col("is_priced")
    return (
        usage.group_by("usage_date", *LABELS)
        .agg(
            pl.col("requests", "tokens", "prompt_tokens", "completion_tokens").sum(),
            *[_sum_or_null(name) for name in ("billed_usd", "list_usd", "spend_usd")],
            uncached_prompt_tokens=(pl.col("prompt_tokens") - pl.col("cached")).sum(),
            cached_prompt_tokens=pl.col("cached").sum(),
            cache_write_tokens=pl.col("written").sum(),
            visible_completion_tokens=(pl.col("completion_tokens") - pl.col("reasoned")).sum(),
            reasoning_tokens=pl.col("reasoned").sum(),
            unpriced_requests=pl.col("requests").filter(unpriced).sum(),
            unpriced_tokens=pl.col("tokens").filter(unpriced).sum(),
        )
        .join(accounts, on=["usage_date", "model_id"], how="left")
    )


def _open_models(open_use: Frame) -> Frame:
    totals = open_use.group_by("model_id").agg(pl.col("tokens").sum())
    totals = totals.sort(["tokens", "model_id"], descending=[True, False]).head(rules.TOP_N)
    named = pl.col("model_id").is_in(totals["model_id"].implode())
    pooled = open_use.with_columns(
        model_id=pl.when(named).then("model_id").otherwise(pl.lit("other"))
    )
    return _shares(pooled, ["week_start", "model_id"], ["week_start"])


def _size_tiers(open_use: Frame) -> Frame:
    keys = ["week_start", "size_tier"]
    models = open_use.group_by(keys).agg(models_in_use=pl.col("model_id").n_unique())
    of_week = open_use.group_by("week_start").agg(of_week=pl.col("model_id").n_unique())
    return (
        _shares(open_use, keys, ["week_start"])
        .join(models, on=keys)
        .join(of_week, on="week_start")
        .with_columns(models_in_use_share=pl.col("models_in_use") / pl.col("of_week"))
    )


def _concentration(weekly: Frame) -> Frame:
    cells = weekly.group_by("week_start", "model_id").agg(pl.col("requests", "tokens").sum())
    cells = cells.with_columns(share=pl.col("tokens") / pl.col("tokens").sum().over("week_start"))
    weeks = cells.group_by("week_start").agg(pl.col("requests", "tokens").sum())
    share = pl.col("share")
    held = (
        cells.filter(~pl.col("model_id").is_in(list(rules.POOLS)))
        .group_by("week_start")
        .agg(
            top1_share=share.max(),
            top3_share=share.top_k(3).sum(),
            hhi=(share**2).sum(),
            models_over_5_percent=(share >= 0.05).sum(),
        )
        .with_columns(effective_models=1 / pl.col("hhi"))
    )
    return weeks.join(held, on="week_start", how="left")


def _reasoning(weekly: Frame) -> Frame:
    through = pl.col("is_reasoning")
    counted = pl.col("reasoning_counts").sum() > 0
    return (
        weekly.group_by("week_start")
        .agg(
            pl.col("requests", "tokens").sum(),
            _sum_or_null("spend_usd"),
            reasoning_model_requests=pl.col("requests").filter(through).sum(),
            reasoning_model_tokens=pl.col("tokens").filter(through).sum(),
            reasoning_spend=pl.col("spend_usd").filter(through).sum(),
            reasoning_part_of_completion=pl.when(counted).then(
                pl.col("reasoned").sum() / pl.col("completion_tokens").sum()
            ),
        )
        .with_columns(
            token_share=pl.col("reasoning_model_tokens") / pl.col("tokens"),
            request_share=pl.col("reasoning_model_requests") / pl.col("requests"),
            spend_share=pl.col("reasoning_spend") / pl.col("spend_usd"),
        )
    )


def _tool_calls(account_weeks: Frame) -> Frame:
    measures = ["requests", "tokens", "tool_call_requests", "tool_call_tokens"]
    weeks = account_weeks.group_by("week_start").agg(pl.col(*measures, "reasons").sum())
    largest = (
        account_weeks.filter(pl.col("account_id").is_not_null(), pl.col("tool_call_requests") > 0)
        .sort("tool_call_tokens", descending=True)
        .unique("week_start", keep="first", maintain_order=True)
        .select("week_start", *measures)
    )
    own = weeks.join(largest, on="week_start", how="left", suffix="_of_largest").with_columns(
        pl.col([f"{name}_of_largest" for name in measures]).fill_null(0)
    )
    shares = {}
    for share, measure in (("token_share", "tokens"), ("request_share", "requests")):
        calls, whole = pl.col(f"tool_call_{measure}"), pl.col(measure)
        shares[share] = calls / whole
        shares[f"{share}_without_largest_account"] = (
            calls - pl.col(f"tool_call_{measure}_of_largest")
        ) / (whole - pl.col(f"{measure}_of_largest"))
    return own.filter(pl.col("reasons") > 0).with_columns(**shares)


def _retention(months: Frame, last_day: object) -> Frame:
    of_account = ["model_id", "account_id"]
    used = months.sort("month").with_columns(
        cohort=pl.col("month").min().over(of_account),
        is_returned=(pl.col("month") - pl.col("month").shift().over(of_account)) > 1,
    )
    active = (
        used.with_columns(months_since=pl.col("month") - pl.col("cohort"))
        .group_by("model_id", "cohort", "months_since")
        .agg(retained_accounts=pl.len(), returned_accounts=pl.col("is_returned").sum())
    )
    cohorts = active.filter(pl.col("months_since") == 0).select(
        "model_id", "cohort", cohort_accounts="retained_accounts"
    )
    day = pl.lit(last_day)
    last = day.dt.year() * 12 + day.dt.month() - 1
    trials, retained = pl.col("cohort_accounts"), pl.col("retained_accounts")
    rate, square = pl.col("retention"), rules.Z**2
    centre = (rate + square / (2 * trials)) / (1 + square / trials)
    half = (
        rules.Z
        / (1 + square / trials)
        * (rate * (1 - rate) / trials + square / (4 * trials * trials)).sqrt()
    )
    after = pl.col("cohort") + pl.col("months_since") + 1
    return (
        cohorts.with_columns(months_since=pl.int_ranges(0, last - pl.col("cohort") + 1))
        .explode("months_since")
        .with_columns(pl.col("months_since").cast(active.schema["months_since"]))
        .join(active, on=["model_id", "cohort", "months_since"], how="left")
        .with_columns(
            pl.col("retained_accounts", "returned_accounts").fill_null(0),
            trials.cast(pl.Int64),
            cohort_month=_month_of(pl.col("cohort")),
            is_partial=_month_of(after) - pl.duration(days=1) > day,
        )
        .with_columns(retention=retained / trials)
        .with_columns(retention_low=centre - half, retention_high=centre + half)
    )


def _month_of(number: pl.Expr) -> pl.Expr:
    return pl.date(number // 12, number % 12 + 1, 1)


def _countries(audience: Frame, countries: Frame) -> Frame:
    people = pl.col("part_of_people")
    return (
        _ranked(_shares(audience, ["country_code"]))
        .join(countries, on="country_code", how="left")
        .with_columns(
            continent=pl.col("continent").fill_null("unknown"),
            usage_index=pl.when(people != 0).then(pl.col("token_share") / people),
        )
    )


def _categories(sample: Frame) -> Frame:
    known = sample.filter(pl.col("category") != "other")
    found = []
    for scope, (weights, origin) in rules.SCOPES.items():
        inside = known
        if weights is not None:
            inside = inside.filter(pl.col("weights_class") == weights)
        if origin is not None:
            inside = inside.filter(pl.col("origin") == origin)
        keys = ["week_start", "category"]
        squares = inside.group_by(keys).agg(pl.col("square").sum())
        share, square = pl.col("token_share"), pl.col("square")
        rest = square.sum().over("week_start") - square
        error = ((1 - share) ** 2 * square + share**2 * rest).sqrt() / pl.col("tokens").sum().over(
            "week_start"
        )
        found.append(
            _shares(inside, keys, ["week_start"])
            .join(squares, on=keys)
            .with_columns(
                scope=pl.lit(scope),
                token_share_low=(share - rules.Z * error).clip(lower_bound=0),
                token_share_high=(share + rules.Z * error).clip(upper_bound=1),
            )
        )
    return pl.concat(found).rename({"requests": "sampled_requests"})


def _model_costs(usage: Frame) -> Frame:
    priced = usage.filter(
        pl.col("is_priced"), ~pl.col("is_byok"), ~pl.col("model_id").is_in(list(rules.POOLS))
    )
    spend, tokens = pl.col("spend_usd"), pl.col("tokens")
    mart = (
        priced.group_by("model_id", "author")
        .agg(
            pl.col("requests", "tokens", "spend_usd").sum(),
            weights_class=pl.col("weights_class").sort_by("usage_date").last(),
        )
        .with_columns(usd_per_million=pl.when(tokens != 0).then(spend * 1e6 / tokens))
    )
    is_paid = (spend > 0) & (tokens > 0)
    cost = pl.col("usd_per_million")
    mart = mart.with_columns(
        median_usd_per_million=cost.filter(is_paid).median(),
        median_tokens=tokens.filter(is_paid).median(),
    )
    archetype = pl.lit(None, pl.String)
    for (dear, many), name in rules.ARCHETYPES.items():
        is_dear = (cost >= pl.col("median_usd_per_million")) == dear
        has_many = (tokens >= pl.col("median_tokens")) == many
        archetype = pl.when(is_paid & is_dear & has_many).then(pl.lit(name)).otherwise(archetype)
    return mart.with_columns(archetype=archetype)


if __name__ == "__main__":
    run(polars_marts)
