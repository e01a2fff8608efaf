"""Gate of landed usage: nothing was lost between the file and the table, and what was read makes sense.

It looks at the rows of the run only. A share is of a source's records in this run, and stops nothing below a hundred
of them: one odd call is a held record, not a changed layout. Held files are kept aside already: only their rows count.
"""

from collections.abc import Sequence
from itertools import pairwise

from expectations.landed_records import MEDIAN_PRICES, RECORD_CHECKS
from expectations.sql import no_rows

FILES = "landing.usage_files"
RECORDS = "landing.usage_records"


def batches(file_numbers: Sequence[int]) -> dict[str, str]:
    """The rows of these files, by table: their key leads to them, whatever landed before.

    Args:
        file_numbers: of `landing.usage_files`, those that the run landed; none gives empty batches.
    """
    return {
        FILES: f"select * from landing.usage_files where {_is_among('file_number', file_numbers)}",
        RECORDS: f"""
            select file.source_code, file.source_file, file.has_identity, record.file_number, record.source_line,
                record.reject_reason, record.usage_id, record.usage_type, record.line_id, record.called_number,
                record.number_category, record.country_code, record.started_at, record.local_day,
                record.duration_seconds, record.page_count, record.event_count, record.byte_count, record.unit_count,
                record.counters, record.supplier_amount, record.not_billable_reason, record.call_half,
                record.is_cancellation, record.landed_at
            from landing.usage_records as record
            inner join landing.usage_files as file on record.file_number = file.file_number
            where {_is_among("record.file_number", file_numbers)}
                and (file.hold_reason is null or file.released_at is not null)
        """.strip(),
    }


def median_prices(file_numbers: Sequence[int]) -> str:
    """The query of what the runs to come are held against; to be kept only once the gate has passed."""
    return MEDIAN_PRICES.format(batch=f"({batches(file_numbers)[RECORDS]}) as record")


def _is_among(column: str, numbers: Sequence[int]) -> str:
    """A condition on ranges: the files of a run are numbered in a row, or nearly."""
    found = sorted({int(number) for number in numbers})
    if not found:
        return "false"
    breaks = [position for position, (one, other) in enumerate(pairwise(found), start=1) if other != one + 1]
    ranges = [found[start:end] for start, end in pairwise([0, *breaks, len(found)])]
    return "(" + " or ".join(f"{column} between {each[0]} and {each[-1]}" for each in ranges) + ")"


CHECKS = {
    FILES: [
        no_rows(
            "select source_file, landed_at from {batch} where landing_run_id is null",
            "Every file names the run that landed it: its gate finds it by that.",
            "Chaque fichier nomme l’exécution qui l’a reçu\u00a0: c’est par elle que son contrôle le trouve.",
        ),
        no_rows(
            """
            with files as (
                select source_file, record_count, (
                    select count(*) from landing.usage_records as record
                    where record.file_number = subselect.file_number
                ) as landed_count
                from {batch}
            )
            select * from files where record_count <> landed_count
            """,
            "Every record of every file has its row.",
            "Chaque enregistrement de chaque fichier a sa ligne en base.",
        ),
        no_rows(
            """
            with files as (
                select source_file, line_count, record_count, (
                    select count(*) from landing.control_lines as line where line.file_id = subselect.file_id
                ) as control_line_count
                from {batch}
            )
            select * from files where line_count <> control_line_count + record_count
            """,
            "Lines = control lines + records, for every file.",
            "Lignes du fichier = lignes de contrôle + enregistrements.",
        ),
        no_rows(
            """
            select source_file from {batch}
            where not exists (
                select 1 from landing.file_deliveries as delivery where delivery.file_id = subselect.file_id
            )
            """,
            "Every file has its delivery in the log.",
            "La livraison de chaque fichier est inscrite au journal.",
        ),
        no_rows(
            """
            select source_code, count(*) as file_count, count(hold_reason) as held_count
            from (
                select source_code, case when released_at is null then hold_reason end as hold_reason from {batch}
            ) as files
            where source_code <> 'unknown'
            group by source_code having count(hold_reason) > 0.5 * count(*) and count(*) > 1
            """,
            "At most half of a source's files are held: more is a changed layout, not a broken file.",
            "Au plus la moitié des fichiers d’une source est retenue\u00a0: au-delà, c’est le format qui a changé.",
        ),
    ],
    RECORDS: RECORD_CHECKS,
}
