{#- Stops the run at a variable out of its range, with the range in the message. -#}
{% macro check_variables() %}
    {%- for name in invocation_args_dict.get('vars', {}) if name not in known_variables() -%}
        {%- do exceptions.raise_compiler_error(
            'unknown variable `' ~ name ~ '`; there are: ' ~ known_variables() | join(', ')
        ) -%}
    {%- endfor -%}
    {%- set whole_numbers = {
        'duplicate_horizon_days': [0, 60], 'late_after_days': [0, 365], 'top_n': [1, 1000],
        'min_cell_requests': [1, 1000000], 'min_cell_accounts': [1, 1000000],
        'min_cohort_accounts': [1, 1000000], 'foundational_cohorts': [1, 120],
        'foundational_min_age': [1, 120],
    } -%}
    {%- for name, bounds in whole_numbers.items() -%}
        {%- set value = var(name) -%}
        {%- if value is not integer or value is boolean
            or value < bounds[0] or value > bounds[1] -%}
            {%- do exceptions.raise_compiler_error(
                'variable `' ~ name ~ '` is ' ~ value ~ '; it needs a whole number from '
                ~ bounds[0] ~ ' to ' ~ bounds[1]
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for name in ['max_usd_per_million_tokens', 'max_usd_without_tokens'] -%}
        {%- if var(name) is not number or var(name) is boolean
            or not (var(name) > 0 and var(name) < 1e15) -%}
            {%- do exceptions.raise_compiler_error(
                'variable `' ~ name ~ '` is ' ~ var(name) ~ '; it needs a number above 0, in USD'
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for name in ['min_tag_confidence', 'foundational_min_lead', 'boomerang_min_rise'] -%}
        {%- if var(name) is not number or var(name) is boolean
            or not (var(name) >= 0 and var(name) <= 1) -%}
            {%- do exceptions.raise_compiler_error(
                'variable `' ~ name ~ '` is ' ~ var(name) ~ '; it needs a number from 0 to 1'
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if var('week_starts_on') not in ['monday', 'sunday'] -%}
        {%- do exceptions.raise_compiler_error(
            'variable `week_starts_on` is ' ~ var('week_starts_on')
            ~ '; it needs monday or sunday'
        ) -%}
    {%- endif -%}
    {%- set zone = var('reporting_time_zone') -%}
    {%- if zone not in modules.pytz.all_timezones_set -%}
        {%- do exceptions.raise_compiler_error(
            'variable `reporting_time_zone` is ' ~ zone
            ~ '; it needs an IANA name such as UTC or Europe/Berlin'
        ) -%}
    {%- endif -%}
    {%- set clock = var('build_clock') -%}
    {%- if clock is not none
        and not modules.re.fullmatch('\d{4}-(0\d|1[0-2])-([0-2]\d|3[01]) ([01]\d|2[0-3]):[0-5]\d:[0-5]\d', clock | string
        ) -%}
        {%- do exceptions.raise_compiler_error(
            'variable `build_clock` is ' ~ clock ~ '; it needs "YYYY-MM-DD HH:MM:SS" (UTC) or null'
        ) -%}
    {%- endif -%}
{% endmacro %}

{#- The variables of dbt_project.yml, which Jinja cannot list; a test holds the two together. -#}
{% macro known_variables() %}
    {{- return([
        'gateways', 'reporting_time_zone', 'week_starts_on', 'build_clock',
        'duplicate_horizon_days', 'max_usd_per_million_tokens', 'max_usd_without_tokens',
        'late_after_days', 'min_tag_confidence', 'top_n', 'min_cell_requests', 'min_cell_accounts',
        'min_cohort_accounts', 'foundational_cohorts', 'foundational_min_age',
        'foundational_min_lead', 'boomerang_min_rise',
    ]) -}}
{% endmacro %}
