"""Land master data: each table of the ERP from its CSV file."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from airflow.sdk import BaseOperator, Context


class LandMasterOperator(BaseOperator):
    """Replace every master table whose file lies in the folder `master` of the drop; absent files change nothing."""

    template_fields: Sequence[str] = ("folder",)

    def __init__(self, *, folder: str = "master", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.folder = folder

    def execute(self, context: Context) -> dict[str, int]:
        from billing.hooks.file_store import FileStoreHook
        from billing.hooks.master import TABLES, MasterStore
        from billing.hooks.warehouse import WarehouseHook

        store = MasterStore(WarehouseHook().get_conn)
        root = Path(FileStoreHook().root) / self.folder
        started: dict[str, int] = {}
        for table in TABLES:
            path = root / f"{table}.csv"
            if not path.exists():
                continue
            ended, started[table] = store.replace_table(table, path.read_bytes())
            self.log.info("%s: %d rows stopped being known, %d started", path.name, ended, started[table])
        return started
