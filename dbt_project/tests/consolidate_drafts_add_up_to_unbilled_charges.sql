-- Every unbilled charge is on one draft, or excluded with its reason: to the cent, per currency.
with unbilled as (
    select
        currency_code,
        net_amount
    from {{ ref('fct_charges') }}
    where charge_id not in (select charge_id from {{ ref('stg_register__charges') }})
),

accounted as (
    select
        currency_code,
        net_amount
    from {{ ref('fct_drafts') }}
    union all
    select
        currency_code,
        net_amount
    from {{ ref('fct_draft_exclusions') }}
),

sides as (
    select
        currency_code,
        net_amount as unbilled_amount,
        0 as accounted_amount
    from unbilled
    union all
    select
        currency_code,
        0 as unbilled_amount,
        net_amount as accounted_amount
    from accounted
)

select
    currency_code,
    sum(unbilled_amount) as unbilled_amount,
    sum(accounted_amount) as accounted_amount
from sides
group by currency_code
having sum(unbilled_amount) <> sum(accounted_amount)
