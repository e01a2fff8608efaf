-- A counter that goes back is a question to a person: never a negative count, and never a count while it is asked.
select
    usage_id,
    page_count,
    task_kind
from {{ ref('int_meters__consumption') }}
where
    page_count < 0
    or (task_kind is not null and page_count is not null)
    or (task_kind is null and page_count is null)
