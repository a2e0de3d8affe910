{#- An instant of a log as a timestamp in UTC: from timestamps with or without a zone, from texts
    with an offset or without one (UTC), and from epoch seconds, milliseconds, microseconds or
    nanoseconds, told apart by size (1e11 s is the year 5138, 1e11 ms is 1973). Null where it
    cannot be read, or lies outside the years 1 to 9999: an engine's days end, and adding to the
    last is an error; readers' calendars end there. Nothing depends on the session's time zone. -#}
{% macro to_timestamp_utc(column) %}
    {{- adapter.dispatch('to_timestamp_utc')(column) -}}
{% endmacro %}

{% macro duckdb__to_timestamp_utc(column) %}
case
    when typeof({{ column }}) like 'TIMESTAMP%ZONE'
        then {{ duckdb__in_calendar(
            "timezone('UTC', try_cast(" ~ column ~ " as timestamptz))"
        ) }}
    when typeof({{ column }}) like 'TIMESTAMP%' or typeof({{ column }}) = 'DATE'
        then {{ duckdb__in_calendar('try_cast(' ~ column ~ ' as timestamp)') }}
    when typeof({{ column }}) in ('BIGINT', 'INTEGER', 'UBIGINT', 'UINTEGER', 'HUGEINT')
        then {{ duckdb__epoch_to_timestamp('try_cast(' ~ column ~ ' as bigint)') }}
    when typeof({{ column }}) in ('DOUBLE', 'FLOAT') or typeof({{ column }}) like 'DECIMAL%'
        then {{ duckdb__fractional_epoch_to_timestamp('try_cast(' ~ column ~ ' as double)') }}
    else {{ duckdb__text_to_timestamp('trim(cast(' ~ column ~ ' as varchar))') }}
end
{%- endmacro %}

{#- A time of day and behind it Z, UTC, GMT or an offset; without one the text is UTC. A date that
    ends in "-01" is no offset, hence the colon before it. Before the cast the text takes the one
    form that DuckDB reads: seconds, a point before their fraction, the offset as +hh:mm. -#}
{% macro duckdb__text_to_timestamp(text) -%}
{%- set zone = '(Z|z| ?UTC| ?GMT| ?[+-][0-9]{2}(:?[0-9]{2})?)$' -%}
case
    when regexp_full_match({{ text }}, '[0-9]{1,19}')
        then {{ duckdb__epoch_to_timestamp('try_cast(' ~ text ~ ' as bigint)') }}
    when regexp_full_match({{ text }}, '[0-9]+([.][0-9]*)?([eE][+]?[0-9]+)?')
        then {{ duckdb__fractional_epoch_to_timestamp('try_cast(' ~ text ~ ' as double)') }}
    -- No clock is more than 14 hours from UTC.
    when regexp_matches({{ text }}, ':[0-9]{2}([.,][0-9]+)? ?[+-](1[5-9]|[2-9][0-9])(:?[0-9]{2})?$')
        then null
    when regexp_matches({{ text }}, ':[0-9]{2}([.,][0-9]+)?{{ zone }}')
        then {{ duckdb__in_calendar(
            "timezone('UTC', try_cast(" ~ duckdb__time_in_one_form(
                "regexp_replace(regexp_replace(regexp_replace(" ~ text
                ~ ", ' ?(Z|z|UTC|GMT)$', '+00:00'), ' ?([+-][0-9]{2})$', '\\1:00')"
                ~ ", ' ?([+-][0-9]{2}):?([0-9]{2})$', '\\1:\\2')"
            ) ~ " as timestamptz))"
        ) }}
    else {{ duckdb__in_calendar(
        'try_cast(' ~ duckdb__time_in_one_form(text) ~ ' as timestamp)'
    ) }}
end
{%- endmacro %}

{% macro duckdb__in_calendar(timestamp) -%}
case
    when {{ timestamp }} between timestamp '0001-01-01' and timestamp '9999-12-31 23:59:59.999999'
        then {{ timestamp }}
end
{%- endmacro %}

{#- Spark reads every type by its text: there a text is the one form that all types can be cast to.
    What is read is what DuckDB reads. -#}
{% macro default__to_timestamp_utc(column) %}
{%- set text = 'trim(cast(' ~ column ~ ' as string))' -%}
{%- set clock = '[0-9]{1,2}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?' -%}
{%- set offset = '[+-](0[0-9]|1[0-4])(:?[0-9]{2})?' -%}
{#- There is no year 0. -#}
{%- set day = '(?!0000)[0-9]{4}[-/][0-9]{1,2}[-/][0-9]{1,2}' -%}
case
    when {{ text }} rlike '^[0-9]{1,19}$'
        then {{ spark_epoch_to_timestamp('try_cast(' ~ text ~ ' as bigint)') }}
    when {{ text }} rlike '^[0-9]+([.][0-9]*)?([eE][+]?[0-9]+)?$'
        then {{ spark_fractional_epoch_to_timestamp('try_cast(' ~ text ~ ' as double)') }}
    when {{ text }} rlike '^{{ day }}$'
        then try_cast(replace({{ text }}, '/', '-') || ' 00:00:00Z' as timestamp)
    when {{ text }} rlike '^{{ day }}[T ]{{ clock }}$'
        then try_cast({{ spark_time_in_one_form(text) }} || 'Z' as timestamp)
    when {{ text }} rlike '^{{ day }}[T ]{{ clock }} ?(Z|z|UTC|GMT)$'
        then try_cast(
            {{ spark_time_in_one_form(
                "regexp_replace(" ~ text ~ ", ' ?(Z|z|UTC|GMT)$', '')"
            ) }} || 'Z' as timestamp
        )
    when {{ text }} rlike '^{{ day }}[T ]{{ clock }} ?{{ offset }}$'
        then try_cast(
            {{ spark_time_in_one_form(
                "regexp_replace(" ~ text ~ ", ' ?[+-][0-9]{2}(:?[0-9]{2})?$', '')"
            ) }}
            || regexp_replace(
                regexp_extract({{ text }}, '([+-][0-9]{2}(:?[0-9]{2})?)$', 1),
                '^([+-][0-9]{2}):?([0-9]{2})$', '$1:$2'
            ) as timestamp
        )
end
{%- endmacro %}

{% macro spark_time_in_one_form(text) -%}
regexp_replace(
    translate({{ text }}, '/,T', '-. '), '( [0-9]{1,2}:[0-9]{2})$', '$1:00'
)
{%- endmacro %}

{% macro spark_epoch_to_timestamp(number) -%}
timestamp_micros(
    case
        when {{ number }} < 100000000000 then {{ number }} * 1000000
        when {{ number }} < 100000000000000 then {{ number }} * 1000
        when {{ number }} < 100000000000000000 then {{ number }}
        else {{ number }} div 1000
    end
)
{%- endmacro %}

{% macro spark_fractional_epoch_to_timestamp(number) -%}
timestamp_micros({{ fractional_epoch_microseconds(number) }})
{%- endmacro %}

{#- Adds ":00" for seconds that are left out, and makes the comma before a fraction a point. -#}
{% macro duckdb__time_in_one_form(text) -%}
regexp_replace(
    regexp_replace({{ text }}, '(:[0-9]{2}),([0-9]+)', '\1.\2'),
    '([T ][0-9]{2}:[0-9]{2})($|[+-])', '\1:00\2'
)
{%- endmacro %}

{% macro duckdb__epoch_to_timestamp(number) -%}
make_timestamp(
    case
        when {{ number }} < 0 then null
        when {{ number }} < 100000000000 then {{ number }} * 1000000
        when {{ number }} < 100000000000000 then {{ number }} * 1000
        when {{ number }} < 100000000000000000 then {{ number }}
        else {{ number }} // 1000
    end
)
{%- endmacro %}

{% macro duckdb__fractional_epoch_to_timestamp(number) -%}
make_timestamp({{ fractional_epoch_microseconds(number) }})
{%- endmacro %}

{#- Microseconds of an epoch that is no whole number, or too large to be one. -#}
{% macro fractional_epoch_microseconds(number) -%}
cast(round(
    case
        when {{ number }} >= 0 and {{ number }} < 1e11 then {{ number }} * 1e6
        when {{ number }} >= 1e11 and {{ number }} < 1e14 then {{ number }} * 1e3
        when {{ number }} >= 1e14 and {{ number }} < 1e17 then {{ number }}
        when {{ number }} >= 1e17 and {{ number }} < 1e19 then {{ number }} / 1e3
    end
) as bigint)
{%- endmacro %}
