{#- The one place that says which country a request is from: the log's, else its account's. Where no
    log names accounts nothing is joined: the keys of a hundred million requests need not be hashed
    to find no country. -#}
{% macro located_country(requests) -%}
{%- if gateways_with('accounts')[0].name is not none -%}
coalesce({{ requests }}.country_code, account_countries.country_code)
{%- else -%}
{{ requests }}.country_code
{%- endif -%}
{%- endmacro %}

{#- What it needs in the `from` clause. -#}
{% macro join_account_countries(requests) -%}
{%- set accounts = ref('int_account_countries') -%}
{%- if gateways_with('accounts')[0].name is not none -%}
left join {{ accounts }} as account_countries
    on {{ requests }}.gateway = account_countries.gateway
    and {{ requests }}.account_id = account_countries.account_id
{%- endif -%}
{%- endmacro %}
