"""The one error that users see: a line that says what to mend."""


class UsageError(ValueError):
    """A wrong setting or an unusable input. The message is one line and names the remedy."""


class BuildFailed(Exception):
    """A model, a test or the engine failed. The message has a line per failure."""
