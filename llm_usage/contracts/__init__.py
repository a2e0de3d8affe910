"""What the tables promise their readers: contracts in ``contracts/``, held by Great Expectations.

A contract is a file of the Open Data Contract Standard, ``contracts/<name>.odcs.yaml``. Its rules
become one suite of expectations (:mod:`llm_usage.contracts.rules`); all suites run as one
checkpoint on the tables of an engine (:mod:`llm_usage.contracts.checking`).

Great Expectations takes seconds to import: it is imported where a check begins, not here.
"""
