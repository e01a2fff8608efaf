"""The statements that put one sealed file in place."""

# A file that nobody could read is read again once it is described; otherwise the same bytes land once.
INSERT_FILE = """
insert into landing.usage_files (
    file_id, source_code, source_file, sealed_path, byte_count, line_count, control_line_count, record_count,
    landing_run_id, description_digest, currency_code, has_identity, correction, pair_limit_hours
)
values (
    %(file_id)s, %(source_code)s, %(source_file)s, %(sealed_path)s, %(byte_count)s, 0, 0, 0,
    %(landing_run_id)s, %(description_digest)s, %(currency_code)s, %(has_identity)s, %(correction)s,
    %(pair_limit_hours)s
)
on conflict (file_id) do update
set
    source_code = excluded.source_code,
    source_file = excluded.source_file,
    line_count = 0,
    control_line_count = 0,
    record_count = 0,
    landing_run_id = excluded.landing_run_id,
    description_digest = excluded.description_digest,
    currency_code = excluded.currency_code,
    has_identity = excluded.has_identity,
    correction = excluded.correction,
    pair_limit_hours = excluded.pair_limit_hours,
    landed_at = now()
where usage_files.source_code = %(unknown)s and excluded.source_code <> %(unknown)s
returning file_number
"""
# The file is read again by its present description.
REPLACE_FACTS = """
update landing.usage_files
set
    source_code = %(source_code)s,
    description_digest = %(description_digest)s,
    currency_code = %(currency_code)s,
    has_identity = %(has_identity)s,
    correction = %(correction)s,
    pair_limit_hours = %(pair_limit_hours)s,
    landed_at = now()
where file_number = %(file_number)s
"""
# In the same transaction, once every line has passed.
COUNT_FILE = """
update landing.usage_files
set
    line_count = %(line_count)s,
    control_line_count = %(control_line_count)s,
    record_count = %(record_count)s,
    hold_reason = %(hold_reason)s
where file_number = %(file_number)s
"""
FILE_COUNTS = "select record_count, hold_reason from landing.usage_files where file_id = %(file_id)s"
DELETE_CONTROL_LINES = "delete from landing.control_lines where file_id = %(file_id)s"
DELETE_RECORDS = "delete from landing.usage_records where file_number = %(file_number)s"
COPY_CONTROL_LINES = "copy landing.control_lines (file_id, source_line, raw_text) from stdin"
COPY_RECORDS = "copy landing.usage_records ({columns}) from stdin"
# The number that a start line says is known of bytes that came before.
INSERT_DELIVERY = """
insert into landing.file_deliveries (
    file_id, source_file, delivered_at, source_code, road, landing_run_id, named_day, sequence_number
)
values (
    %(file_id)s, %(source_file)s, %(delivered_at)s, %(source_code)s, %(road)s, %(landing_run_id)s, %(named_day)s,
    coalesce(
        %(sequence_number)s,
        (select max(sequence_number) from landing.file_deliveries where file_id = %(file_id)s)
    )
)
on conflict do nothing
"""
LOCK_SOURCES = "lock table landing.sources in share row exclusive mode"
DELETE_OTHER_SOURCES = "delete from landing.sources where source_code <> all(%(source_codes)s)"
REPLACE_SOURCE = """
insert into landing.sources (
    source_code, description_digest, expected_every, lateness_hours, is_sequence_continuous, is_empty_day_a_file
)
values (
    %(source_code)s, %(description_digest)s, %(expected_every)s, %(lateness_hours)s, %(is_sequence_continuous)s,
    %(is_empty_day_a_file)s
)
on conflict (source_code) do update
set
    description_digest = excluded.description_digest,
    expected_every = excluded.expected_every,
    lateness_hours = excluded.lateness_hours,
    is_sequence_continuous = excluded.is_sequence_continuous,
    is_empty_day_a_file = excluded.is_empty_day_a_file,
    known_at = now()
where sources.description_digest <> excluded.description_digest
"""
