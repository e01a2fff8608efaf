"""What must be true of the usage records of a run, those of held files aside. One part of the gate of landed usage."""

from great_expectations import expectations as gxe

from expectations.sql import no_rows

USAGE_TYPES = (
    "voice", "sms", "data", "fax", "page_black", "page_colour", "page_black_a3", "page_colour_a3", "scan", "meter",
    "unit",
)  # fmt: skip

# The middle price of one second, page, message, byte or unit, by source and kind of usage. Credits are no price.
MEDIAN_PRICES = """
select source_code, usage_type, count(*) as record_count,
    percentile_disc(0.5) within group (order by supplier_amount / quantity) as median_price
from (
    select source_code, usage_type, supplier_amount,
        coalesce(duration_seconds, page_count, event_count, byte_count, unit_count) as quantity
    from {batch}
    where reject_reason is null and supplier_amount > 0
) as priced
where quantity > 0
group by source_code, usage_type
"""

RECORD_CHECKS = [
    no_rows(
        """
        select source_code, count(*) as record_count, count(reject_reason) as rejected_count from {batch}
        where source_code <> 'unknown'
        group by source_code having count(reject_reason) > 0.05 * count(*) and count(*) > 100
        """,
        "At most 5 % of a source's records are unreadable: more is a changed layout.",
        "Au plus 5\u00a0% des enregistrements d’une source sont illisibles\u00a0: au-delà, le format a changé.",
    ),
    no_rows(
        """
        select source_code, count(*) as record_count,
            count(*) filter (where started_at > landed_at) as future_count
        from {batch}
        where reject_reason is null
        group by source_code
        having count(*) filter (where started_at > landed_at) > 0.01 * count(*) and count(*) > 100
        """,
        "At most 1 % of a source's records start after they landed: its clock is read rightly.",
        "Au plus 1\u00a0% des enregistrements d’une source sont datés du futur\u00a0: son horloge est bien lue.",
    ),
    no_rows(
        """
        select source_file, source_line, started_at from {batch}
        where reject_reason is null and started_at < timestamptz '2000-01-01'
        """,
        "No record starts before 2000: an empty date or another epoch is no start.",
        "Aucun enregistrement n’est daté d’avant 2000\u00a0: une date vide n’est pas une date.",
    ),
    no_rows(
        """
        select source_file, source_line, started_at, local_day from {batch}
        where reject_reason is null and local_day <> (started_at at time zone 'Europe/Paris')::date
        """,
        "The local day is the Paris day of the start.",
        "Le jour retenu est celui de Paris, au début de l’usage.",
    ),
    gxe.ExpectColumnValuesToBeInSet(
        column="usage_type",
        value_set=list(USAGE_TYPES),
        description="Every kind of usage is known.",
        meta={"fr": "Chaque type d’usage est connu."},
    ),
    no_rows(
        """
        select source_file, source_line, usage_type, duration_seconds, event_count, byte_count, page_count,
            unit_count
        from {batch}
        where reject_reason is null and coalesce(call_half, 'whole') = 'whole' and case
            when usage_type = 'voice' then duration_seconds is null
            when usage_type = 'sms' then event_count is null
            when usage_type = 'data' then byte_count is null
            when usage_type in ('page_black', 'page_colour', 'page_black_a3', 'page_colour_a3', 'scan')
                then page_count is null
            when usage_type = 'fax' then coalesce(page_count, duration_seconds) is null
            when usage_type = 'meter' then counters is null
            when usage_type = 'unit' then unit_count is null
        end
        """,
        "Every usage has the quantity of its kind: a call seconds, a message its count, data bytes.",
        "Chaque usage porte sa quantité\u00a0: secondes d’un appel, nombre de messages, octets, pages, relevés.",
    ),
    no_rows(
        """
        select source_file, source_line, usage_type, duration_seconds, event_count, byte_count, page_count,
            unit_count
        from {batch}
        where reject_reason is null and not is_cancellation
            and least(duration_seconds, event_count, byte_count, page_count, unit_count) < 0
        """,
        "No quantity is negative.",
        "Aucune quantité n’est négative.",
    ),
    no_rows(
        r"""
        select source_file, source_line, left(called_number, 2) as called_start, length(called_number) as called_length
        from {batch}
        where reject_reason is null
            and called_number !~ '^([+][1-9][0-9]{{3,14}}|[0-9*#]{{2,6}})$'
        """,
        "A called number is in E.164, or short.",
        "Un numéro appelé est au format E.164, ou court.",
    ),
    no_rows(
        """
        select source_file, source_line, number_category, country_code from {batch}
        where reject_reason is null and called_number like '+%' and (country_code is null or number_category is null)
        """,
        "A called number has its country and its category.",
        "Un numéro appelé a son pays et sa catégorie.",
    ),
    no_rows(
        """
        select source_file, count(*) as record_count, count(distinct usage_id) as identity_count from {batch}
        where reject_reason is null and has_identity and call_half is null and not is_cancellation
        group by file_number, source_file
        having count(distinct usage_id) < 0.5 * count(*) and count(*) > 100
        """,
        "At most half of a file's records repeat an identity: its columns tell calls apart.",
        "Au plus la moitié d’un fichier répète une identité\u00a0: ses colonnes distinguent bien les appels.",
    ),
    no_rows(
        """
        select source_code, usage_type, count(*) as record_count, min(not_billable_reason) as reason from {batch}
        where reject_reason is null and usage_type <> 'meter'
        group by source_code, usage_type
        having count(not_billable_reason) = count(*) and count(*) > 100
        """,
        "Some of a source's usage is billable: durations and directions are read rightly.",
        "Une part de l’usage de chaque source est facturable\u00a0: durées et sens sont bien lus.",
    ),
    no_rows(
        """
        select source_code, count(*) as record_count,
            round(percentile_disc(0.5) within group (order by 60 * supplier_amount / duration_seconds), 4)
                as median_minute_price
        from {batch}
        where reject_reason is null and usage_type = 'voice' and duration_seconds > 0 and supplier_amount <> 0
        group by source_code
        having percentile_disc(0.5) within group (order by 60 * supplier_amount / duration_seconds) > 10
            and count(*) > 100
        """,
        "The middle minute of a source costs at most 10: its decimal sign is read rightly.",
        "La minute médiane d’une source coûte au plus 10\u00a0€\u00a0: son signe décimal est bien lu.",
    ),
    no_rows(
        "with prices as (" + MEDIAN_PRICES + "),"
        """
        compared as (
            select prices.*, (
                select percentile_disc(0.5) within group (order by past.median_price)
                from checks.source_prices as past
                where past.source_code = prices.source_code and past.usage_type = prices.usage_type
                    and past.record_count > 100
            ) as usual_price
            from prices
        )

        select source_code, usage_type, record_count, round(median_price, 10) as median_price,
            round(usual_price, 10) as usual_price
        from compared
        where record_count > 100 and (median_price > 50 * usual_price or usual_price > 50 * median_price)
        """,
        "The middle price of a source is within 50 times of its runs before.",
        "Le prix médian d’une source reste à moins de 50\u00a0fois celui de ses exécutions passées.",
    ),
]
