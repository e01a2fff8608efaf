"""What one step gives to the next. A DAG that needs it is scheduled by it."""

from airflow.sdk import Asset

USAGE_LANDED = Asset(name="usage_landed", uri="releve://usage/landed")
USAGE_RATED = Asset(name="usage_rated", uri="releve://usage/rated")
INVOICES_READY = Asset(name="invoices_ready", uri="releve://invoices/ready")  # checked drafts; extra: bill_run_id
INVOICES_ISSUED = Asset(name="invoices_issued", uri="releve://invoices/issued")  # extra: bill_run_id
