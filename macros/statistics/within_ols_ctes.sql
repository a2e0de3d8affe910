{#- The CTEs of an ordinary least squares line of y on x, from CTE `observations` (keys, period, x,
    y) to CTE `fitted`: one row per keys with observations, slope, intercept, standard_error and
    r_squared. Every observation is taken less the mean of its period, so that

    * with one period it is the common line with an intercept,
    * with several it is the line through the origin of what differs within a period (the
      intercept then is of the means and says little);

    the degrees of freedom are observations - periods - 1 in both. All is null where they are below
    1 or x does not vary, R² also where y does not: never infinite, never NaN.

    Products are formed of centred values, scaled to at most 1, and added as decimals: raw moments
    would lose half of the digits, and sums of doubles would change with the order of rows. -#}
{% macro within_ols_ctes(keys) -%}
{%- set grain = keys | join(', ') -%}
means as (
    select
        *,
        {%- for axis in ['x', 'y'] %}
        cast(
            sum(cast({{ axis }} as {{ exact_type() }})) over (partition by {{ grain }}, period)
            as double
        ) / count(*) over (partition by {{ grain }}, period) as period_mean_{{ axis }}{{ ',' if not loop.last }}
        {%- endfor %}
    from observations
),

centred as (
    select
        *,
        max(abs(x - period_mean_x)) over (partition by {{ grain }}) as spread_x,
        max(abs(y - period_mean_y)) over (partition by {{ grain }}) as spread_y
    from means
),

-- Axes are logarithms: what is below 1e-12 is the rounding of a double, not a difference.
scaled as (
    select
        *,
        case when spread_x > 1e-12 then (x - period_mean_x) / spread_x end as scaled_x,
        case when spread_y > 1e-12 then (y - period_mean_y) / spread_y else 0 end as scaled_y
    from centred
),

moments as (
    select
        {{ grain }},
        count(*) as observations,
        count(*) - count(distinct period) - 1 as degrees_of_freedom,
        max(spread_x) as spread_x,
        max(spread_y) as spread_y,
        {{ sum_exact('x') }} / count(*) as mean_x,
        {{ sum_exact('y') }} / count(*) as mean_y,
        {{ sum_of_units('scaled_x * scaled_x') }} as sum_xx,
        {{ sum_of_units('scaled_x * scaled_y') }} as sum_xy,
        {{ sum_of_units('scaled_y * scaled_y') }} as sum_yy
    from scaled
    group by {{ grain }}
),

residuals as (
    select
        {% for key in keys -%}
            moments.{{ key }},
        {% endfor -%}
        moments.sum_xy / moments.sum_xx as scaled_slope,
        {{ sum_of_units(
            'power(scaled.scaled_y - moments.sum_xy / moments.sum_xx * scaled.scaled_x, 2)'
        ) }} as sum_of_squares
    from moments
    inner join scaled
        on {% for key in keys -%}
            moments.{{ key }} = scaled.{{ key }}{{ ' and ' if not loop.last }}
        {%- endfor %}
    where moments.sum_xx > 0 and moments.degrees_of_freedom > 0
    group by
        {% for key in keys -%}
            moments.{{ key }},
        {% endfor -%}
        moments.sum_xx,
        moments.sum_xy
),

fitted as (
    select
        {% for key in keys -%}
            moments.{{ key }},
        {% endfor -%}
        moments.observations,
        residuals.scaled_slope * moments.spread_y / moments.spread_x as slope,
        moments.mean_y
        - residuals.scaled_slope * moments.spread_y / moments.spread_x * moments.mean_x
            as intercept,
        sqrt(residuals.sum_of_squares / moments.degrees_of_freedom / moments.sum_xx)
        * moments.spread_y / moments.spread_x as standard_error,
        1 - residuals.sum_of_squares / nullif(moments.sum_yy, 0) as r_squared
    from moments
    left join residuals
        on {% for key in keys -%}
            moments.{{ key }} = residuals.{{ key }}{{ ' and ' if not loop.last }}
        {%- endfor %}
)
{%- endmacro %}

{#- The sum of numbers between -1 and 1: 30 decimals leave room for ten million of them. -#}
{% macro sum_of_units(expression) -%}
cast(sum(cast({{ expression }} as decimal(38, 30))) as double)
{%- endmacro %}
