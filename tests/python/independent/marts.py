"""Every mart by name."""

from collections.abc import Callable

from independent import core, market
from independent.tables import Mart
from independent.world import World

MARTS: dict[str, Callable[[World], Mart]] = {
    "fct_usage_daily": core.fct_usage_daily,
    "fct_rejected_records": core.fct_rejected_records,
    "dim_models": core.dim_models,
    "dim_prices": core.dim_prices,
    "data_quality_daily": core.data_quality_daily,
    "unmapped_models": core.unmapped_models,
    "source_shares_weekly": market.source_shares_weekly,
    "author_totals": market.author_totals,
    "author_shares_weekly": market.author_shares_weekly,
    "open_model_shares_weekly": market.open_model_shares_weekly,
    "size_tier_shares_weekly": market.size_tier_shares_weekly,
    "concentration_weekly": market.concentration_weekly,
}
