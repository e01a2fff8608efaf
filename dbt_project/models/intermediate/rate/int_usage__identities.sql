-- one row per identity that comes more than once, or that something takes back: few, and only their records are sorted
{{ config(post_hook="{{ rate_analyze() }}") }}

-- a held file takes no part: its records wait for the supplier to send it again, and must not make those duplicates
select identity_key
from {{ ref('stg_usage__records') }}
where
    not is_file_held
    and usage_type <> 'meter' -- readings have rules of their own
group by identity_key
having count(*) > 1 or max(case when is_cancellation then 1 else 0 end) = 1
