-- One row per seller and earlier period in which it has invoiced: what arrives for it now is late.
-- A period that a new installation never billed is open, not late.
select distinct
    seller_code,
    period_start,
    period_end
from {{ ref('stg_register__invoices') }}
where period_end <= {{ run_period_start() }}
