"""The salt that account, session and app keys are hashed with."""

import hashlib
import os
import secrets
from pathlib import Path

from llm_usage import PROJECT_ROOT
from llm_usage.errors import UsageError

SALT_FILE = PROJECT_ROOT / ".llm_usage_salt"
_LEAST_CHARACTERS = 16


def read_salt(path: Path = SALT_FILE) -> str:
    """Return the operator's salt: ``LLM_USAGE_SALT``, else a local one, made on first use.

    The local file is readable by its owner only and is kept out of git. Without it hashed keys
    cannot be matched to those of an earlier warehouse.

    :raises UsageError: the variable is set to an empty text, or the file cannot be written.
    """
    from_environment = os.environ.get("LLM_USAGE_SALT")
    if from_environment is not None:
        if not from_environment.strip():
            raise UsageError("LLM_USAGE_SALT is set but empty: give it a secret text or unset it")
        return from_environment
    try:
        if not path.exists():
            _make_salt(path)
        salt = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{path.name}: cannot be read or written ({error}); set LLM_USAGE_SALT instead"
        ) from None
    if len(salt) < _LEAST_CHARACTERS:
        raise UsageError(f"{path.name}: too short for a salt; remove it, or set LLM_USAGE_SALT")
    return salt


def _make_salt(path: Path) -> None:
    """Write a new salt whole or not at all; another process may be doing the same."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as stream:
        stream.write(secrets.token_hex(16))
    try:
        os.link(fresh, path)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()


def salt_fingerprint(salt: str) -> str:
    """Eight hex digits that tell two salts apart and give neither away."""
    return hashlib.sha256(b"fingerprint|" + salt.encode()).hexdigest()[:8]
