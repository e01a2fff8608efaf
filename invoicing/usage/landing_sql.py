"""The statements that put one sealed file in place."""

from invoicing.usage.records import COLUMNS

# A file that nobody could read is read again once its name is described; otherwise the same bytes land once.
INSERT_FILE = """
insert into landing.usage_files (
    file_id, source_code, source_file, sealed_path, byte_count, line_count, control_line_count, record_count,
    hold_reason
)
values (
    %(file_id)s, %(source_code)s, %(source_file)s, %(sealed_path)s, %(byte_count)s, %(line_count)s,
    %(control_line_count)s, %(record_count)s, %(hold_reason)s
)
on conflict (file_id) do update
set
    source_code = excluded.source_code,
    source_file = excluded.source_file,
    line_count = excluded.line_count,
    control_line_count = excluded.control_line_count,
    record_count = excluded.record_count,
    hold_reason = excluded.hold_reason,
    landed_at = now()
where usage_files.source_code = %(unknown)s and excluded.source_code <> %(unknown)s
returning file_id
"""
DELETE_CONTROL_LINES = "delete from landing.control_lines where file_id = %(file_id)s"
DELETE_RECORDS = "delete from landing.usage_records where file_id = %(file_id)s"
INSERT_CONTROL_LINE = "insert into landing.control_lines (file_id, source_line, raw_text) values (%s, %s, %s)"
COPY_RECORDS = f"copy landing.usage_records ({', '.join(COLUMNS)}) from stdin"
INSERT_DELIVERY = """
insert into landing.file_deliveries (file_id, source_file, delivered_at)
values (%(file_id)s, %(source_file)s, %(delivered_at)s)
on conflict do nothing
"""
