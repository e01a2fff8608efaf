-- one row per column in which two records of one identity differ: the first content beside another one
with conflicting as (
    select
        repeated.identity_key,
        repeated.occurrence,
        repeated.content_key,
        records.source_code,
        records.file_id,
        records.source_file,
        records.source_line,
        {{ rate_content_json('records') }} as content
    from {{ ref('int_usage__repeated') }} as repeated
    inner join {{ ref('stg_usage__records') }} as records
        on
            repeated.file_number = records.file_number
            and repeated.source_line = records.source_line
    where repeated.reason = 'conflict'
),

-- the same content may stand in many files: one of them shows it
contents as (
    select distinct on (identity_key, occurrence, content_key) *
    from conflicting
    order by identity_key, occurrence, content_key, file_id, source_line
),

numbered as (
    select
        *,
        row_number() over (
            partition by identity_key, occurrence
            order by file_id, source_line
        ) as content_position
    from contents
)

select
    {{ surrogate_key(['first.identity_key', 'first.occurrence', 'other.content_position', 'differing.column_name']) }}
        as conflict_id,
    first.identity_key,
    first.source_code,
    differing.column_name,
    first.source_file as first_file,
    first.source_line as first_line,
    first.content ->> differing.column_name as first_value,
    other.source_file as other_file,
    other.source_line as other_line,
    other.content ->> differing.column_name as other_value
from numbered as first
inner join numbered as other
    on
        first.identity_key = other.identity_key
        and first.occurrence = other.occurrence
        and first.content_position = 1
        and other.content_position > 1
cross join lateral jsonb_object_keys(first.content) as differing (column_name)
where first.content -> differing.column_name <> other.content -> differing.column_name
