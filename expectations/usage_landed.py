"""Gate of landed usage: nothing was lost between the file and the table, and little of it is unreadable.

Shares are of what landed in the last day, and of described sources: an old fault must not stop every later run, nor a
stray file that no description names.
"""

from great_expectations import expectations as gxe

CHECKS = {
    "landing.usage_files": [
        gxe.ExpectColumnPairValuesAToBeGreaterThanB(
            column_A="line_count",
            column_B="record_count",
            or_equal=True,
            description="A file has at least as many lines as records.",
        ),
        gxe.UnexpectedRowsExpectation(
            unexpected_rows_query="""
                select source_file, line_count, control_line_count, record_count from {batch}
                where line_count <> control_line_count + record_count
            """,
            description="Lines = control lines + records, for every file.",
        ),
        gxe.UnexpectedRowsExpectation(
            unexpected_rows_query="""
                select file.source_file, file.record_count, count(record.source_line) as landed_count
                from {batch} as file
                left join landing.usage_records as record on file.file_id = record.file_id
                group by file.file_id, file.source_file, file.record_count
                having file.record_count <> count(record.source_line)
            """,
            description="Every record of every file has its row.",
        ),
        gxe.UnexpectedRowsExpectation(
            unexpected_rows_query="""
                select source_code, count(*) as file_count, count(hold_reason) as held_count from {batch}
                where source_code <> 'unknown' and landed_at > (select max(landed_at) from {batch}) - interval '1 day'
                group by source_code having count(hold_reason) > 0.5 * count(*) and count(*) > 1
            """,
            description="At most half of a source's files are held: more is a changed layout, not a broken file.",
        ),
    ],
    "landing.usage_records": [
        gxe.UnexpectedRowsExpectation(
            unexpected_rows_query="""
                select source_code, count(*) as record_count, count(*) filter (where is_rejected) as rejected_count
                from {batch}
                where source_code <> 'unknown' and landed_at > (select max(landed_at) from {batch}) - interval '1 day'
                group by source_code
                having count(*) filter (where is_rejected) > 0.05 * count(*) and count(*) > 100
            """,
            description="At most 5 % of a source's records are unreadable: more is a changed layout.",
        ),
        gxe.UnexpectedRowsExpectation(
            unexpected_rows_query="""
                select source_code, count(*) as record_count,
                    count(*) filter (where started_at > landed_at) as future_count
                from {batch}
                where not is_rejected and landed_at > (select max(landed_at) from {batch}) - interval '1 day'
                group by source_code
                having count(*) filter (where started_at > landed_at) > 0.01 * count(*) and count(*) > 100
            """,
            description="At most 1 % of a source's records start after they landed: its clock is read rightly.",
        ),
        gxe.UnexpectedRowsExpectation(
            unexpected_rows_query="""
                select source_file, source_line, duration_seconds, page_count from {batch}
                where not is_rejected and (usage_type = 'voice') <> (duration_seconds is not null)
            """,
            description="A call has seconds, and only a call.",
        ),
    ],
}
