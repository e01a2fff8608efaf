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
        paths = {table: root / f"{table}.csv" for table in TABLES}
        replaced = store.replace_tables({name: path.read_bytes() for name, path in paths.items() if path.exists()})
        for table, (ended, started) in replaced.items():
            self.log.info("%s: %d rows stopped being known, %d started", table, ended, started)
        return {table: started for table, (_, started) in replaced.items()}
