-- One row per archived file of an issued invoice: where its bytes are and what proves them.
select
    invoice_number,
    kind,
    document_position,
    file_name,
    archive_path,
    byte_count,
    sha256,
    chain_sha256,
    archived_at
from {{ source('register', 'documents') }}
