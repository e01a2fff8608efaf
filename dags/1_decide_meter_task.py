"""Check: a person answers a task about a copier meter, from the list `watch_reports.rpt_meter_tasks`.

Starts: by hand, with the form. Gives: the asset `usage_landed`, so that rating reads the answer. Run again: safe, the
same answer is kept once.
"""

from airflow.sdk import Param, dag

from billing.assets import USAGE_LANDED
from billing.defaults import DAG_DEFAULTS
from billing.operators.meters import DecideMeterTaskOperator

COUNTERS = ["page_black", "page_colour", "page_black_a3", "page_colour_a3", "scan"]
PARAMS = {
    "task_key": Param(
        None,
        type=["null", "string"],
        title="Tâche",
        description="Sa clé dans la liste ; sinon, machine et instant.",
    ),
    "answer": Param(
        "accept",
        enum=["accept", "replace", "enter", "discard", "withdraw"],
        title="Réponse",
        description=(
            "accept : l’écart est juste, ou le premier relevé est le départ ; replace : tant de pages ; "
            "enter : le compteur affichait ; discard : relevé faux ; withdraw : reprendre la réponse précédente."
        ),
    ),
    "usage_type": Param(
        None,
        type=["null", "string"],
        examples=COUNTERS,
        title="Compteur",
        description="Vide : tous les compteurs de la machine. Obligatoire avec replace et enter.",
    ),
    "quantity": Param(
        None, type=["null", "integer"], minimum=0, title="Quantité", description="Pages (replace) ou compteur (enter)."
    ),
    "read_at": Param(
        None,
        type=["null", "string"],
        format="date-time",
        title="Instant du relevé",
        description="Vide : celui de la tâche. Pour un départ : la mise en place de la machine.",
    ),
    "line_id": Param(
        None, type=["null", "string"], title="Machine", description="Son numéro de série, si aucune tâche ne la nomme."
    ),
    "reason": Param("", type="string", minLength=1, title="Motif", description="Ce qu’un contrôleur lira."),
}


@dag(dag_id="decide_meter_task", schedule=None, tags=["check"], doc_md=__doc__, params=PARAMS, **DAG_DEFAULTS)
def decide_meter_task():
    DecideMeterTaskOperator(task_id="decide", outlets=[USAGE_LANDED])


decide_meter_task()
