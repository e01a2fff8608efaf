"""The statements that read again what was held."""

from psycopg import sql

# A file whose lines are in the scope, or that is held whole; the lines that were refused, beside it.
HELD_FILES = """
with refused as (
    select file_number, array_agg(source_line) as source_lines
    from landing.usage_records
    where
        is_rejected
        and (%(reason)s::text is null or split_part(reject_reason, ':', 1) = %(reason)s)
    group by file_number
)

select
    file.file_number, file.file_id, file.source_code, file.source_file, file.sealed_path, file.description_digest,
    case when file.released_at is null and coalesce(%(reason)s::text, 'file_held') = 'file_held'
        then file.hold_reason end as hold_reason,
    coalesce(refused.source_lines, '{}') as source_lines
from landing.usage_files as file
left join refused on file.file_number = refused.file_number
where
    (%(source_code)s::text is null or file.source_code = %(source_code)s)
    and (%(file_id)s::text is null or file.file_id = %(file_id)s)
    and (
        refused.file_number is not null
        or (
            file.hold_reason is not null
            and file.released_at is null
            and coalesce(%(reason)s::text, 'file_held') = 'file_held'
        )
    )
order by file.file_number
"""
LOCK_FILE = "select 1 from landing.usage_files where file_number = %(file_number)s for update"
# The generated column stays out: what is read says whether it was refused.
CREATE_READ_AGAIN = """
create temporary table read_again (like landing.usage_records including defaults) on commit drop;
alter table read_again drop column is_rejected
"""
COPY_READ_AGAIN = sql.SQL("copy read_again ({columns}) from stdin")
# Only what is still refused may change, and only where this reading says otherwise: a second replay finds nothing.
KEEP_CHANGED = """
delete from read_again
where not exists (
    select 1 from landing.usage_records as record
    where
        record.file_number = %(file_number)s
        and record.file_number = read_again.file_number
        and record.source_line = read_again.source_line
        and record.is_rejected
        and record.reject_reason is distinct from read_again.reject_reason
)
"""
COUNT_CHANGED = "select count(*), count(*) filter (where reject_reason is null) from read_again"
INSERT_REPLAY = """
insert into landing.replays (replayed_by, scope, record_count, readable_count)
values (%(replayed_by)s, %(scope)s, %(record_count)s, %(readable_count)s)
returning replay_id
"""
KEEP_REPLACED = """
insert into landing.replayed_records (file_number, source_line, raw_text, reject_reason, landed_at, replay_id)
select
    record.file_number, record.source_line, record.raw_text, record.reject_reason, record.landed_at, %(replay_id)s
from landing.usage_records as record
inner join read_again
    on record.file_number = read_again.file_number and record.source_line = read_again.source_line
"""
DELETE_REPLACED = """
delete from landing.usage_records as record
using read_again
where record.file_number = read_again.file_number and record.source_line = read_again.source_line
"""
COLUMNS_OF_RECORDS = """
select column_name
from information_schema.columns
where table_schema = 'landing' and table_name = 'usage_records' and is_generated = 'NEVER'
order by ordinal_position
"""
INSERT_READ_AGAIN = sql.SQL("insert into landing.usage_records ({columns}) select {columns} from read_again")
# The transaction's own instant, which the replay has too: an earlier `as_of` still sees what was replaced.
STAMP_READ_AGAIN = "update read_again set landed_at = now()"
IS_STILL_HELD = """
select hold_reason is not null and released_at is null from landing.usage_files where file_number = %(file_number)s
"""
COUNT_RECORDS = """
select count(*), count(*) filter (where not is_rejected)
from landing.usage_records
where file_number = %(file_number)s
"""
RELEASE_FILE = """
update landing.usage_files
set released_at = now(), released_by = %(released_by)s, release_reason = %(release_reason)s
where file_id = %(file_id)s and hold_reason is not null and released_at is null
"""
FILE = "select source_file, hold_reason, released_at from landing.usage_files where file_id = %(file_id)s"
HELD_AT_RATING = """
select reason, sum(record_count)
from rate.rpt_held_reasons
where
    outcome = 'held'
    and reason <> 'file_held'
    and (%(source_code)s::text is null or source_code = %(source_code)s)
    and (%(reason)s::text is null or reason = %(reason)s)
group by reason
order by reason
"""
HAS_HELD_REASONS = "select to_regclass('rate.rpt_held_reasons') is not null"
