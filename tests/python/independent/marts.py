"""Every mart by name."""

from collections.abc import Callable

from independent import agentic, categories, core, cost, focus, geography, market, retention, study
from independent.tables import Mart
from independent.world import World

MARTS: dict[str, Callable[[World], Mart]] = {
    mart.__name__: mart
    for mart in (
        *(core.fct_usage_daily, core.fct_rejected_records, core.dim_models, core.dim_prices),
        *(core.data_quality_daily, core.unmapped_models, categories.dim_tags),
        *(market.source_shares_weekly, market.author_totals, market.author_shares_weekly),
        *(market.open_model_shares_weekly, market.size_tier_shares_weekly),
        market.concentration_weekly,
        *(categories.category_shares_weekly, categories.category_sources_weekly),
        *(categories.category_authors_weekly, categories.tag_composition),
        categories.provider_profiles_weekly,
        *(agentic.reasoning_shares_weekly, agentic.reasoning_models_weekly),
        *(agentic.tool_call_shares_weekly, agentic.tool_call_models_monthly),
        agentic.sequence_lengths_weekly,
        *(geography.region_shares_weekly, geography.region_totals, geography.country_totals),
        geography.language_totals,
        *(retention.retention_triangles, retention.retention_verdicts),
        *(cost.category_cost_quadrants, cost.model_cost_usage, cost.price_elasticity),
        *(focus.focus_usage, study.study_scorecard),
    )
}
