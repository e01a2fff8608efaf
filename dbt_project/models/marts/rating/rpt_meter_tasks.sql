-- one row per machine, instant and question that only a person can answer; remade each time usage is rated
{{ config(schema='watch_reports') }}

with consumption as (
    select
        *,
        case usage_type
            when 'page_black' then 'noir'
            when 'page_colour' then 'couleur'
            when 'page_black_a3' then 'noir A3'
            when 'page_colour_a3' then 'couleur A3'
            when 'scan' then 'numérisations'
            else usage_type
        end as counter_name,
        coalesce(task_kind, case when days_late is not null and page_answer is null then 'late' end) as asked_kind
    from {{ ref('int_meters__consumption') }}
),

machines as (select * from {{ ref('int_meters__machines') }}),

decisions as (select * from {{ ref('stg_usage__meter_decisions') }}),

last_readings as (
    select
        serial_key,
        max(until_at) as read_at,
        max(local_day) as local_day
    from consumption
    where reading_until is not null
    group by serial_key
),

-- the machine that stood at the same service until the day on which this one came
replaced as (
    select
        machines.serial_key,
        string_agg(distinct former.line_id, ', ' order by former.line_id) as former_line_ids
    from machines
    inner join {{ ref('stg_master__lines') }} as former
        on
            machines.service_code = former.service_code
            and machines.line_id <> former.line_id
            and machines.valid_from >= former.valid_until
            and machines.valid_from - former.valid_until <= 31
    group by machines.serial_key
),

of_readings as (
    select
        consumption.asked_kind as task_kind,
        consumption.serial_key,
        consumption.until_at as read_at,
        max(consumption.line_id) as line_id,
        max(consumption.written_line_id) as written_line_id,
        max(consumption.service_code) as service_code,
        max(consumption.local_day) as local_day,
        min(consumption.from_at) as from_at,
        max(consumption.days_late) as days_late,
        max(consumption.highest_estimate) as highest_estimate,
        max(replaced.former_line_ids) as former_line_ids,
        string_agg(
            consumption.counter_name || '{{ nbsp() }}: '
            || coalesce({{ french_quantity('consumption.reading_from') }}, '?') || ' → '
            || coalesce({{ french_quantity('consumption.reading_until') }}, '?')
            || coalesce(' (' || {{ french_quantity('consumption.difference') }} || ')', ''),
            ', ' order by consumption.usage_type
        ) as counters,
        min(consumption.source_file) as source_file,
        min(consumption.source_line) as source_line
    from consumption
    left join replaced on consumption.serial_key = replaced.serial_key
    where consumption.asked_kind is not null
    group by consumption.asked_kind, consumption.serial_key, consumption.until_at
),

of_lines as (
    select
        'no_counter' as task_kind,
        readings.serial_key,
        readings.read_at,
        readings.line_id,
        readings.local_day,
        readings.source_file,
        readings.source_line
    from {{ ref('stg_usage__readings') }} as readings
    inner join {{ ref('int_meters__outcomes') }} as outcomes
        on
            readings.file_number = outcomes.file_number
            and readings.source_line = outcomes.source_line
            and outcomes.reason = 'meter_task'
    left join {{ ref('int_meters__counters') }} as counters
        on
            readings.file_number = counters.file_number
            and readings.source_line = counters.source_line
    where counters.source_line is null
),

-- a reading that should be there: at the end of the last period, and on the last day of a machine
due as (
    select
        'missing' as task_kind,
        serial_key,
        line_id,
        service_code,
        {{ period_start_of(watched_day()) }} - 1 as due_day,
        {{ period_start_of(watched_day()) }} - {{ meter_closing_days() }} as first_day
    from machines
    where
        valid_from < {{ period_start_of(watched_day()) }} - {{ meter_closing_days() }}
        and valid_until >= {{ period_start_of(watched_day()) }}
        and {{ watched_day() }} > {{ period_start_of(watched_day()) }} + {{ meter_closing_days() }}

    union all

    select
        'final' as task_kind,
        ended.serial_key,
        ended.line_id,
        ended.service_code,
        ended.valid_until - 1 as due_day,
        ended.valid_until - 1 as first_day
    from machines as ended
    left join machines as followed -- at another service it goes on counting: 'moved' tells of it
        on
            ended.serial_key = followed.serial_key
            and ended.valid_until >= followed.valid_from
            and ended.valid_until < followed.valid_until
    where
        ended.valid_until <= {{ watched_day() }}
        and followed.serial_key is null
),

of_silence as (
    select
        due.task_kind,
        due.serial_key,
        cast(due.due_day as timestamp) at time zone 'Europe/Paris' as read_at,
        due.line_id,
        due.service_code,
        due.due_day as local_day,
        last_readings.read_at as from_at
    from due
    inner join last_readings
        on
            due.serial_key = last_readings.serial_key
            and due.first_day > last_readings.local_day
    left join decisions
        on
            due.serial_key = decisions.serial_key
            and decisions.read_at = cast(due.due_day as timestamp) at time zone 'Europe/Paris'
            and decisions.answer = 'accept'
    where decisions.decision_id is null
),

asked as (
    select
        task_kind,
        serial_key,
        read_at,
        line_id,
        written_line_id,
        service_code,
        local_day,
        from_at,
        days_late,
        counters,
        source_file,
        source_line,
        former_line_ids,
        highest_estimate
    from of_readings

    union all

    select
        task_kind,
        serial_key,
        read_at,
        line_id,
        line_id as written_line_id,
        null as service_code,
        local_day,
        null as from_at,
        null as days_late,
        null as counters,
        source_file,
        source_line,
        null as former_line_ids,
        null as highest_estimate
    from of_lines

    union all

    select
        task_kind,
        serial_key,
        read_at,
        line_id,
        line_id as written_line_id,
        service_code,
        local_day,
        from_at,
        null as days_late,
        null as counters,
        null as source_file,
        null as source_line,
        null as former_line_ids,
        null as highest_estimate
    from of_silence
)

select
    {{ surrogate_key(['task_kind', 'serial_key', epoch_seconds('read_at'), "coalesce(cast(case when task_kind = 'no_counter' then source_file || ' ' || source_line end as text), '')"]) }} as task_key,
    task_kind,
    line_id,
    written_line_id,
    service_code,
    read_at,
    local_day,
    from_at,
    cast(days_late as integer) as days_late,
    task_kind not in ('late', 'missing', 'final') as is_holding,
    {{ watched_day() }} - local_day as days_waiting,
    counters,
    source_file,
    source_line,
    case task_kind
        when 'start'
            then
                'Premier relevé de la machine'
                || coalesce(', qui remplace ' || former_line_ids, '')
                || '{{ nbsp() }}: saisir le compteur de départ, ou accepter ce relevé comme départ'
        when 'negative'
            then
                'Compteur en baisse{{ nbsp() }}: remis à zéro, carte changée, tour complet ou relevé faux{{ narrow_nbsp() }}; '
                || 'donner le nombre de pages, ou écarter ou corriger le relevé'
        when 'jump' then 'Consommation hors de proportion avec le passé de la machine{{ nbsp() }}: accepter, ou corriger le relevé'
        when 'conflict' then 'Relevés différents au même instant, ou illisibles{{ nbsp() }}: saisir le bon'
        when 'estimated' then 'Relevé estimé{{ nbsp() }}: attendre le prochain relevé mesuré, ou accepter l’estimation'
        when 'below_estimate'
            then
                'Relevé mesuré inférieur à l’estimation'
                || coalesce(' de ' || {{ french_quantity('highest_estimate') }}, '')
                || '{{ nbsp() }}: accepter le relevé mesuré, ou donner le nombre de pages'
        when 'follows' then 'Attend la réponse donnée pour un relevé précédent'
        when 'moved'
            then
                'Machine passée à une autre prestation sans relevé la veille{{ nbsp() }}: saisir le relevé du dernier jour, '
                || 'ou accepter que toutes les pages soient à la nouvelle'
        when 'ambiguous_serial'
            then 'Deux lignes du référentiel portent ce numéro de série à l’écriture près{{ nbsp() }}: corriger le référentiel'
        when 'no_counter' then 'Relevé sans aucun compteur{{ nbsp() }}: saisir les compteurs, ou écarter le relevé'
        when 'late'
            then
                'Relevé ' || {{ french_count('days_late', 'jour') }} || ' après la fin de la période{{ nbsp() }}: les pages depuis le '
                || to_char(from_at at time zone 'Europe/Paris', 'DD/MM/YYYY')
                || ' vont à la période du ' || {{ watch_date('local_day') }}
                || ', sauf si un relevé de fin de période est saisi'
        when 'missing'
            then
                'Machine muette en fin de période, dernier relevé le '
                || to_char(from_at at time zone 'Europe/Paris', 'DD/MM/YYYY')
                || '{{ nbsp() }}: saisir un relevé, ou accepter d’attendre le prochain'
        else
            'Machine retirée sans relevé de fin, dernier relevé le '
            || to_char(from_at at time zone 'Europe/Paris', 'DD/MM/YYYY')
            || '{{ nbsp() }}: saisir le relevé de retrait, ou accepter qu’il n’y en ait pas'
    end as words
from asked
