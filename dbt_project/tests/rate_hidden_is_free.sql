-- A call to a number that a bill must not show should cost nothing: the customer could not see what is paid.
{{ config(severity='warn') }}

select
    usage_id,
    grid_version_id,
    prefix,
    rated_amount
from {{ ref('fct_rated_usage') }}
where
    is_hidden
    and rated_amount <> 0
