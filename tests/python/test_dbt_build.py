"""Plain dbt: unit tests and data tests pass, both branches of every incremental model run."""

from conftest import Warehouse
from log_files import PARQUET_TYPES, request, write_parquet

DBT = ("-m", "dbt.cli.main")


def test_build_from_nothing_then_again_with_unit_tests(warehouse: Warehouse) -> None:
    log = write_parquet(
        warehouse.folder / "log.parquet",
        [request(1), request(1, completion_tokens=3), request(2, prompt_tokens=-1)],
        PARQUET_TYPES,
    )
    variables = f"{{gateways: [{{name: log, format: table, location: '{log}'}}]}}"
    # Without rows, first as if there were no warehouse, then as if there were one.
    for _ in range(2):
        done = warehouse.command(
            *(*DBT, "build", "--empty", "--vars", variables),
            *("--exclude-resource-type", "unit_test", "--exclude-resource-type", "test"),
        )
        assert done.returncode == 0, done.stdout[-4000:]
    for _ in range(2):
        done = warehouse.command(*DBT, "build", "--vars", variables)
        assert done.returncode == 0, done.stdout[-4000:]
        assert " ERROR=0 " in done.stdout and " WARN=0 " in done.stdout
    assert warehouse.query(
        "select raw_records, accepted_records, rejected_records, duplicate_records "
        "from data_quality_daily"
    ) == [(3, 1, 1, 1)]
    assert not list(warehouse.folder.glob("*marts*")), "plain dbt publishes nothing"


def test_cells_of_few_accounts_are_suppressed_where_the_settings_ask(
    warehouse: Warehouse,
) -> None:
    records = [request(n, account_id=f"a{n % 5}", model="openai/gpt-4o") for n in range(15)]
    records += [request(100 + n, account_id="b", model="x-ai/grok-4") for n in range(15)]
    log = write_parquet(warehouse.folder / "log.parquet", records, PARQUET_TYPES)
    settings = {"gateways": [{"name": "log", "format": "table", "location": str(log)}]}
    query = "select author, tokens, is_suppressed from author_totals order by author"
    warehouse.build(settings)
    assert warehouse.query(query) == [("openai", 1650, False), ("x-ai", 1650, False)]
    # The same warehouse, asked for more: accounts that were not counted before are counted now.
    warehouse.build(settings | {"min_cell_requests": 15, "min_cell_accounts": 5})
    assert warehouse.query(query) == [("openai", 1650, False), ("x-ai", None, True)]


def test_a_model_of_the_one_pass_is_not_built_without_it(warehouse: Warehouse) -> None:
    log = write_parquet(warehouse.folder / "log.parquet", [request(1)], PARQUET_TYPES)
    settings = {"gateways": [{"name": "log", "format": "table", "location": str(log)}]}
    warehouse.build(settings)
    before = warehouse.dump()
    variables = ("--vars", warehouse.settings.read_text(encoding="utf-8"))
    alone = warehouse.command(*DBT, "run", "--select", "int_usage_daily", *variables)
    assert alone.returncode == 1
    assert "select +int_usage_daily, or build all" in alone.stdout
    with_its_input = warehouse.command(*DBT, "run", "--select", "+int_usage_daily", *variables)
    assert with_its_input.returncode == 0, with_its_input.stdout[-4000:]
    assert warehouse.dump() == before
