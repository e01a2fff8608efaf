"""Book: the FEC of each legal entity and financial year, and the export models as files. All of them, or none."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from airflow.sdk import BaseOperator, Context
from airflow.sdk.exceptions import AirflowFailException


class ExportBooksOperator(BaseOperator):
    """Write the books into a folder; the same books again are the same bytes.

    Args:
        folder: absolute, or under the folder of the connection `out`. It gets `<year>/<SIREN>FEC<day>.txt` with
            its description, `exports/<model>.csv` and `.parquet`, and `manifest.json`.
    """

    template_fields: Sequence[str] = ("folder",)

    def __init__(self, *, folder: str = "books", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.folder = folder

    def execute(self, context: Context) -> dict[str, Any]:
        from billing.books import BooksRefused, export_books
        from billing.hooks.file_store import FileStoreHook
        from billing.hooks.ledger import BooksDisagree, LedgerStore
        from billing.hooks.warehouse import WarehouseHook
        from invoicing.ledger.fec import FecRefused

        folder = Path(self.folder)
        if not folder.is_absolute():
            folder = FileStoreHook("out").root / folder
        try:
            manifest = export_books(LedgerStore(WarehouseHook().get_conn), folder)
        except (BooksDisagree, BooksRefused, FecRefused) as error:
            raise AirflowFailException(str(error)) from None  # a retry would read the same rows
        for file in manifest["files"]:
            self.log.info("%s: %d rows, %s", file["path"], file["row_count"], json.dumps(file["totals"]))
        return {"file_count": len(manifest["files"]), **manifest["totals"]}
