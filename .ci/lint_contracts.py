"""`datacontract lint` of many files in one process, which spares its start for each of them."""

import sys

from datacontract.data_contract import DataContract


def main(paths: list[str]) -> int:
    """Print what is wrong; the exit status is 1 if anything is."""
    failed = 0
    for path in paths:
        run = DataContract(data_contract_file=path, inline_references=False).lint()
        if not run.has_passed():
            failed += 1
            reasons = [check.reason for check in run.checks if check.result != "passed"]
            print(f"{path}: {'; '.join(map(str, reasons))}")
    print(f"datacontract lint: {len(paths) - failed} of {len(paths)} contracts are valid ODCS")
    return 1 if failed or not paths else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
