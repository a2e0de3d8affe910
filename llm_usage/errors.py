"""The one error that users see: a line that says what to mend."""


class UsageError(ValueError):
    """A wrong setting or an unusable input. The message is one line and names the remedy."""
