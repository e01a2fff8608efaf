"""Land again what was held: once a cause is repaired, the refused lines are read again, or a held file is accepted.

Starts: by hand, with the form. Gives: the asset `usage_landed`, so that rating runs. Run again: safe, what is readable
already and what is refused with the same words are left alone.
"""

from airflow.sdk import Param, dag

from billing.assets import USAGE_LANDED
from billing.defaults import DAG_DEFAULTS
from billing.operators.replay import ReplayHeldOperator

TEXT = ["null", "string"]
PARAMS = {
    "source_code": Param(
        None,
        type=TEXT,
        title="Source",
        description="Son code, comme dans rate.rpt_held_usage. Vide : toutes les sources.",
    ),
    "reason": Param(
        None,
        type=TEXT,
        title="Motif de rejet",
        description="Un code, comme unreadable_number ou file_held. Vide : tous les motifs.",
    ),
    "file_id": Param(
        None,
        type=TEXT,
        title="Fichier",
        description="Son empreinte entière (file_id). Vide : tous les fichiers. Obligatoire pour en accepter un.",
    ),
    "accept_file": Param(
        False,
        type="boolean",
        title="Accepter le fichier en l’état",
        description="Un fichier retenu en entier est facturé tel qu’il est, sans être relu. Demande une justification.",
    ),
    "reason_text": Param(
        "",
        type="string",
        title="Justification",
        description="Pourquoi le fichier est accepté : ce qu’un contrôleur lira.",
    ),
}


@dag(dag_id="replay_held_usage", schedule=None, tags=["land"], doc_md=__doc__, params=PARAMS, **DAG_DEFAULTS)
def replay_held_usage():
    ReplayHeldOperator(
        task_id="replay_held",
        source_code="{{ params.source_code or '' }}",
        reason="{{ params.reason or '' }}",
        file_id="{{ params.file_id or '' }}",
        accept_file="{{ params.accept_file }}",
        reason_text="{{ params.reason_text }}",
        outlets=[USAGE_LANDED],
    )


replay_held_usage()
