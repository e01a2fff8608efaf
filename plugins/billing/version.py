"""Which code computed a bill run: kept with it, so that the figures can be computed again."""

from hashlib import sha256

from billing.defaults import REPOSITORY

FOLDERS = ("dbt_project/models", "dbt_project/macros", "dbt_project/seeds", "invoicing", "plugins", "migrations")


def code_version() -> str:
    """Digest of the code that computes money, the same in a clone, an image or an archive (git may be absent)."""
    digest = sha256()
    for folder in FOLDERS:
        for path in sorted((REPOSITORY / folder).rglob("*")):
            if path.suffix in {".py", ".sql", ".yml", ".csv", ".html", ".css"}:
                digest.update(str(path.relative_to(REPOSITORY)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]
