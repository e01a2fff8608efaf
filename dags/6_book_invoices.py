"""Book: issued invoices become balanced postings, a FEC file, and contracted tables that an ERP reads.

Starts: when invoices are issued. Run again: the same postings, the same files.
"""

from airflow.sdk import dag
from cosmos import DbtTaskGroup

from billing.assets import INVOICES_ISSUED
from billing.defaults import DAG_DEFAULTS, DBT_PROJECT, dbt_models
from billing.operators.book import ExportBooksOperator


@dag(dag_id="book_invoices", schedule=[INVOICES_ISSUED], tags=["book"], doc_md=__doc__, **DAG_DEFAULTS)
def book_invoices():
    posted = DbtTaskGroup(group_id="book", render_config=dbt_models("book"), **DBT_PROJECT)
    posted >> ExportBooksOperator(task_id="export_books")


book_invoices()
