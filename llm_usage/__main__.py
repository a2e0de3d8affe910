"""``python -m llm_usage``: the command line."""

from llm_usage.cli import main

raise SystemExit(main())
