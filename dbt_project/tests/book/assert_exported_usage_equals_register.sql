-- Every shown usage record is exported with its amount; what is left out is hidden, and free.
{{ config(tags=['book']) }}
with register as (
    select
        count(*) filter (where not is_hidden) as shown_count,
        coalesce(sum(rated_amount), 0) as rated_amount
    from {{ source('register', 'invoiced_usage') }}
),

exported as (
    select
        count(*) as shown_count,
        coalesce(sum(rated_amount), 0) as rated_amount
    from {{ ref('exp_rated_usage') }}
)

select
    register.shown_count,
    exported.shown_count as exported_count,
    register.rated_amount,
    exported.rated_amount as exported_amount
from register
cross join exported
where (register.shown_count, register.rated_amount) <> (exported.shown_count, exported.rated_amount)
