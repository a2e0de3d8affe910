"""Countries and languages from files to marts: the account's country stands in, and may change."""

from pathlib import Path

from conftest import Warehouse, table_log
from log_files import request, write_csv

FAR_APART = ["2025-03-01", "2025-03-20"]


def requests() -> list[dict[str, object]]:
    """Each day: account a twice, once from Japan; b once, whose country only its account knows."""
    records = []
    for number, day in enumerate(FAR_APART):
        spoken = [("a", "jp", "ja"), ("a", "", "zh-TW"), ("b", "", "English"), ("", "", "pt_BR")]
        for place, (account, country, language) in enumerate(spoken):
            records.append(
                request(10 * number + place, day, account_id=account)
                | {"country_code": country, "language": language}
            )
    return records


def test_the_country_of_an_account_stands_in_and_moves_with_it(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    log = write_csv(tmp_path / "log.csv", requests())
    accounts = tmp_path / "accounts.csv"
    settings = table_log(log, accounts={"location": str(accounts)})

    def countries() -> list[tuple[object, ...]]:
        return warehouse.query(
            "select country_code, requests, spend_usd, rank, is_suppressed from country_totals "
            "order by country_code"
        )

    write_csv(
        accounts,
        [{"account_id": "a", "country_code": "SG"}, {"account_id": "b", "country_code": "na"}],
    )
    warehouse.build(settings)
    assert countries() == [
        ("JP", 2, 1.0, 1, False),
        ("NA", 2, 1.0, 1, False),
        ("SG", 2, 1.0, 1, False),
        ("unknown", 2, 1.0, 1, False),
    ]
    assert warehouse.query("select continent, requests from region_totals order by continent") == [
        ("Africa", 2),
        ("Asia", 4),
        ("unknown", 2),
    ]
    assert warehouse.query(
        "select language, language_name, requests from language_totals order by language"
    ) == [
        ("ja", "Japanese", 2),
        ("pt", "Portuguese", 2),
        ("unknown", "unknown", 2),
        ("zh-Hant", "Chinese (Traditional)", 2),
    ]

    # Both moved: only what their accounts stood in for moves, in days that no file touched.
    write_csv(
        accounts,
        [{"account_id": "a", "country_code": "NA"}, {"account_id": "c", "country_code": "SG"}],
    )
    warehouse.build(settings)
    assert countries() == [
        ("JP", 2, 1.0, 2, False),
        ("NA", 2, 1.0, 2, False),
        ("unknown", 4, 2.0, 1, False),
    ]
    fresh = Warehouse(tmp_path / "fresh")
    fresh.folder.mkdir()
    fresh.build(settings)
    assert warehouse.dump() == fresh.dump()

    # With cells of two accounts at least: a and b share Namibia, and nobody is not an account.
    write_csv(
        accounts,
        [{"account_id": "a", "country_code": "NA"}, {"account_id": "b", "country_code": "NA"}],
    )
    warehouse.build(settings | {"min_cell_accounts": 2})
    assert countries() == [
        ("JP", None, None, None, True),
        ("NA", 4, 2.0, 1, False),
        ("unknown", None, None, None, True),
    ]
