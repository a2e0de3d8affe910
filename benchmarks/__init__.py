"""How long builds take, what they need, and how that compares: ``make bench`` (README.md)."""
