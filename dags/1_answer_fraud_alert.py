"""Check: a person answers a fraud alert, with the reference that its e-mail or `watch_reports.rpt_fraud_alerts` gives.

Starts: by hand, with the form. Gives: the asset `usage_landed`, so that rating frees what an honest answer frees. Run
again: safe, the same answer is kept once.
"""

from airflow.sdk import Param, dag

from billing.assets import USAGE_LANDED
from billing.defaults import DAG_DEFAULTS
from billing.operators.watch import AnswerFraudAlertOperator

PARAMS = {
    "alert_key": Param("", type="string", minLength=1, title="Référence", description="Celle de l’e-mail d’alerte."),
    "answer": Param(
        "acknowledge",
        enum=["acknowledge", "fraud", "honest"],
        title="Réponse",
        description=(
            "acknowledge : je m’en occupe ; fraud : close, fraude avérée ; honest : close, appels légitimes, "
            "et l’usage retenu est facturé."
        ),
    ),
    "reason": Param("", type="string", minLength=1, title="Motif", description="Ce qu’un contrôleur lira."),
}


@dag(dag_id="answer_fraud_alert", schedule=None, tags=["check"], doc_md=__doc__, params=PARAMS, **DAG_DEFAULTS)
def answer_fraud_alert():
    AnswerFraudAlertOperator(task_id="answer", outlets=[USAGE_LANDED])


answer_fraud_alert()
