"""The archive folder of issued documents: written once, named by content, never rewritten."""

from hashlib import sha256
from pathlib import PurePosixPath

from billing.hooks.file_store import FileStoreHook, write_once


class ArchiveHook(FileStoreHook):
    """Airflow connection `archive` (fs): its extra `path` is the folder."""

    default_conn_name = "archive"

    def __init__(self, conn_id: str = default_conn_name) -> None:
        super().__init__(conn_id)

    def keep(self, file_name: str, content: bytes) -> str:
        """Write a file for good and return its path under the root.

        Its name carries its digest: a task that was killed before the register knew may leave a whole file that
        nothing names, and its retry writes another beside it.
        """
        name = PurePosixPath(file_name)
        relative = PurePosixPath("invoices") / f"{name.stem}-{sha256(content).hexdigest()[:12]}{name.suffix}"
        write_once(self.root / relative, content)
        return str(relative)
