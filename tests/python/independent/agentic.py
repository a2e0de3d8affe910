"""Reasoning models, tool calls, lengths of sequences."""

from collections import defaultdict
from functools import cache

from independent.market import weekly
from independent.rules import month_of, part, percentile, total
from independent.tables import Mart, accounts_of, cells, hidden, model_id, share_mart
from independent.world import Use, World


def reasoning_shares_weekly(world: World) -> Mart:
    """Figure 10."""
    mart = Mart(["population", "week_start"])
    keys = {"week_start": lambda use: world.rules.week(use.day)}
    for key, group in cells(world.uses, keys).items():
        through = [use for use in group if use.model.is_reasoning_model]
        requests = total(use.requests for use in group)
        spend = total(use.spend for use in group)
        row = {
            "requests": requests,
            "tokens": total(use.tokens for use in group),
            "token_share": part(
                sum(use.tokens for use in through), sum(use.tokens for use in group)
            ),
            "request_share": part(sum(use.requests or 0 for use in through), requests),
            "spend_share": part(total(use.spend for use in through) or 0.0, spend),
            "reasoning_model_requests": (
                None if requests is None else sum(use.requests or 0 for use in through)
            ),
            "reasoning_model_tokens": sum(use.tokens for use in through),
            "reasoning_part_of_completion": None,
        }
        # A log that counts no reasoning says nothing of it.
        if any(use.values.get("reasoning_tokens") is not None for use in group):
            reasoned = total(use.reasoned for use in group)
            written = total(use.completion for use in group)
            row["reasoning_part_of_completion"] = part(reasoned, written)
        mart.rows[key] = hidden(row, world.rules.is_small(requests, accounts_of(group)))
    return weekly(world, mart)


def reasoning_models_weekly(world: World) -> Mart:
    """Figure 11."""
    uses = [use for use in world.uses if use.model.is_reasoning_model]
    keys = {"week_start": lambda use: world.rules.week(use.day), "model_id": model_id}
    return weekly(world, share_mart(uses, keys, ["week_start"], world.rules))


def _calls(use: Use) -> bool:
    return use.finish_reason == "tool_calls"


@cache
def tool_call_shares_weekly(world: World) -> Mart:
    """Figure 12, with and without the account that holds the most of it."""
    mart = Mart(["population", "week_start"])
    keys = {"week_start": lambda use: world.rules.week(use.day)}
    for key, group in cells(world.requests, keys).items():
        if not any(use.values["finish_reason"] for use in group):
            continue  # No request says why it ended.
        held: dict[str, int] = defaultdict(int)
        for use in group:
            if _calls(use) and use.account is not None:
                held[use.account] += use.tokens
        most = min(held, key=lambda account: (-held[account], account)) if held else None
        rest = [use for use in group if use.account is None or use.account != most]
        row = {
            "requests": len(group),
            "tokens": sum(use.tokens for use in group),
            "tool_call_requests": sum(_calls(use) for use in group),
            "tool_call_tokens": sum(use.tokens for use in group if _calls(use)),
            **_call_shares(group, ""),
            **_call_shares(rest, "_without_largest_account"),
        }
        mart.rows[key] = hidden(row, world.rules.is_small(len(group), accounts_of(group)))
    return weekly(world, mart)


def _call_shares(uses: list[Use], ending: str) -> dict[str, float | None]:
    calls = [use for use in uses if _calls(use)]
    tokens = part(sum(use.tokens for use in calls), sum(use.tokens for use in uses))
    return {f"token_share{ending}": tokens, f"request_share{ending}": part(len(calls), len(uses))}


def tool_call_models_monthly(world: World) -> Mart:
    """Figure 13: the ten models with the most tokens of the month, shares among them."""
    calls = [use for use in world.requests if _calls(use)]
    tokens: dict[tuple, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for use in calls:
        tokens[use.population, month_of(use.day)][model_id(use)] += use.tokens
    top = {
        month: set(sorted(models, key=lambda name: (-models[name], name))[:10])
        for month, models in tokens.items()
    }
    uses = [use for use in calls if model_id(use) in top[use.population, month_of(use.day)]]
    keys = {"month_start": lambda use: month_of(use.day), "model_id": model_id}
    mart = share_mart(uses, keys, ["month_start"], world.rules)
    for key, row in mart.rows.items():
        month = tokens[key[0], key[1]]
        place = 1 + sum(other > month[key[2]] for other in month.values())
        row["rank"] = None if row["is_suppressed"] else place
        row["is_partial"] = world.is_partial_month(key[0], key[1])
        # All of these requests are tool calls.
        row |= {f"tool_call_{name}": row.pop(name) for name in ("requests", "tokens")}
        del row["spend_usd"], row["spend_share"]
    return mart


LENGTHS = {
    "prompt_tokens": lambda use: use.prompt,
    "completion_tokens": lambda use: use.completion,
    "tokens": lambda use: use.tokens,
}


def sequence_lengths_weekly(world: World) -> Mart:
    """Figures 14 to 18."""
    mart = Mart(["population", "week_start", "scope"])
    for uses, scope in [
        (world.requests, lambda use: "all"),
        (world.sampled, lambda use: use.category),
    ]:
        keys = {"week_start": lambda use: world.rules.week(use.day), "scope": scope}
        for key, group in cells(uses, keys).items():
            row: dict[str, float | int | None] = {"requests": len(group)}
            for name, of in LENGTHS.items():
                ordered = sorted(of(use) or 0 for use in group)
                row[f"{name}_mean"] = sum(ordered) / len(ordered)
                for percent in (50, 90, 99):
                    row[f"{name}_p{percent}"] = percentile(ordered, percent / 100)
            mart.rows[key] = hidden(row, world.rules.is_small(len(group), accounts_of(group)))
    return weekly(world, mart)
