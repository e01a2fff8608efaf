"""Backup and restore on a real server: what comes back is the original, or the first difference is named."""

import hashlib
import json
import tarfile
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import psycopg
import pytest

from ops.backup import CopyRefused, back_up
from ops.embedded_postgres import ServerInfo, drop_database
from ops.restore import restore

RESTORED = "restored"

RUN_AND_SERIES = """
insert into register.bill_runs (
    bill_run_id, run_key, seller_code, period_start, period_end, as_of, issued_on, code_version
)
values ('BR-1', 'run-1', 'TELIA', '2026-10-01', '2026-11-01', '2026-11-02', '2026-11-02', 'test');
insert into register.series values ('TELIA', 'FA-2026-', 2, '2026-11-02')
"""
INVOICE = """
insert into register.invoices (
    invoice_number, draft_id, bill_run_id, seller_code, series, series_position, customer_code, node_code, type_code,
    rendering, channel, issued_on, due_on, period_start, period_end, currency_code, net_amount, vat_amount,
    gross_amount, parties
)
values (
    %(number)s, %(number)s, 'BR-1', 'TELIA', 'FA-2026-', %(position)s, 'C1', 'N1', '380', 'ctc', 'email',
    '2026-11-02', '2026-12-02', '2026-10-01', '2026-11-01', 'EUR', 100.00, 20.00, 120.00, '{}'
)
"""
DOCUMENT = """
insert into register.documents (
    invoice_number, kind, file_name, archive_path, byte_count, sha256, previous_sha256, chain_sha256, verdicts
)
values (%s, 'factur-x', %s, %s, %s, %s, %s, %s, '[]')
"""

SEALED_FILE = """
insert into landing.usage_files (
    file_id, source_code, source_file, sealed_path, byte_count, line_count, control_line_count, record_count
)
values (%s, 'messidor', 'usage.csv', %s, 5, 1, 0, 1)
"""


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    folder = tmp_path / "archive"
    folder.mkdir()
    return folder


@pytest.fixture
def issued(warehouse_dsn: str, archive: Path) -> str:
    """A warehouse with two issued invoices, chained, and their files."""
    before = None
    with psycopg.connect(warehouse_dsn) as conn:
        conn.execute(RUN_AND_SERIES)
        for position in (1, 2):
            number = f"FA-2026-{position:06d}"
            content = f"%PDF-1.7 {number}".encode()
            path = f"invoices/{number}.pdf"
            (archive / path).parent.mkdir(exist_ok=True)
            (archive / path).write_bytes(content)
            digest = hashlib.sha256(content).hexdigest()
            chain = hashlib.sha256("|".join([before or "", number, "factur-x", digest]).encode()).hexdigest()
            conn.execute(INVOICE, {"number": number, "position": position})
            conn.execute(DOCUMENT, (number, f"{number}.pdf", path, len(content), digest, before, chain))
            before = chain
    return warehouse_dsn


@pytest.fixture
def server(postgres_server: ServerInfo) -> Iterator[ServerInfo]:
    yield postgres_server
    drop_database(postgres_server, RESTORED)


def rewrite(backup: Path, change: Callable[[str, bytes], bytes]) -> None:
    """Pass each member of a backup through `change`, as damage or a hand would."""
    with tarfile.open(backup) as tar:
        members = [(member.name, tar.extractfile(member).read()) for member in tar]
    with tarfile.open(backup, "w") as tar:
        for name, content in members:
            entry = tarfile.TarInfo(name)
            content = change(name, content)
            entry.size = len(content)
            tar.addfile(entry, BytesIO(content))


def test_a_restored_copy_has_the_chain_the_numbers_and_the_files(
    issued: str, archive: Path, server: ServerInfo, tmp_path: Path
):
    backup = tmp_path / "backup.tar"
    saved = back_up(issued, archive, backup)

    restore(backup, server, RESTORED, tmp_path / "copy")

    with psycopg.connect(server.database_dsn(RESTORED)) as conn:
        [last] = conn.execute("select chain_sha256 from register.documents order by document_position desc").fetchone()
        numbers = conn.execute("select invoice_number from register.invoices order by 1").fetchall()
    assert saved["facts"]["register hash"] == last
    assert saved["facts"]["last numbers"] == {"TELIA FA-2026-": 2}
    assert numbers == [("FA-2026-000001",), ("FA-2026-000002",)]
    assert (tmp_path / "copy/invoices/FA-2026-000002.pdf").read_bytes() == b"%PDF-1.7 FA-2026-000002"


def test_a_backup_is_for_its_owner_only(issued: str, archive: Path, tmp_path: Path):
    back_up(issued, archive, tmp_path / "backup.tar")

    assert (tmp_path / "backup.tar").stat().st_mode & 0o077 == 0


def test_a_restored_register_still_refuses_changes(issued: str, archive: Path, server: ServerInfo, tmp_path: Path):
    back_up(issued, archive, tmp_path / "backup.tar")
    restore(tmp_path / "backup.tar", server, RESTORED, tmp_path / "copy")

    with (
        psycopg.connect(server.database_dsn(RESTORED)) as conn,
        pytest.raises(psycopg.errors.RaiseException, match="append-only"),
    ):
        conn.execute("update register.invoices set net_amount = 1, gross_amount = 21")


def test_a_changed_archived_file_is_named_and_nothing_is_restored(
    issued: str, archive: Path, server: ServerInfo, tmp_path: Path
):
    backup = tmp_path / "backup.tar"
    back_up(issued, archive, backup)
    rewrite(backup, lambda name, content: content.replace(b"000002", b"000003") if name.endswith(".pdf") else content)

    with pytest.raises(CopyRefused, match=r"archive/invoices/FA-2026-000002\.pdf: \w+ expected"):
        restore(backup, server, RESTORED, tmp_path / "copy")

    assert not list((tmp_path / "copy").rglob("*.pdf"))
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(server.database_dsn(RESTORED))


def test_a_copy_with_another_last_number_is_refused(issued: str, archive: Path, server: ServerInfo, tmp_path: Path):
    backup = tmp_path / "backup.tar"
    back_up(issued, archive, backup)

    def forget_one(name: str, content: bytes) -> bytes:
        if name != "manifest.json":
            return content
        manifest = json.loads(content)
        manifest["facts"]["last numbers"]["TELIA FA-2026-"] = 3
        return json.dumps(manifest).encode()

    rewrite(backup, forget_one)

    with pytest.raises(CopyRefused, match="last numbers TELIA FA-2026-: 3 expected, 2 found"):
        restore(backup, server, RESTORED, tmp_path / "copy")


def test_a_broken_chain_is_named_before_it_is_saved(issued: str, archive: Path, tmp_path: Path):
    with psycopg.connect(issued) as conn:
        conn.execute("alter table register.documents disable trigger all")
        conn.execute("update register.documents set kind = 'annex-csv' where invoice_number = 'FA-2026-000001'")

    with pytest.raises(CopyRefused, match=r"FA-2026-000001 \(annex-csv\)"):
        back_up(issued, archive, tmp_path / "backup.tar")

    assert not (tmp_path / "backup.tar").exists()


def test_a_registered_file_that_is_gone_is_named_before_it_is_saved(issued: str, archive: Path, tmp_path: Path):
    (archive / "invoices/FA-2026-000001.pdf").unlink()

    with pytest.raises(CopyRefused, match=r"FA-2026-000001\.pdf: not in the archive"):
        back_up(issued, archive, tmp_path / "backup.tar")


def test_a_sealed_usage_file_that_is_gone_is_named_before_it_is_saved(issued: str, archive: Path, tmp_path: Path):
    digest = hashlib.sha256(b"lines").hexdigest()
    with psycopg.connect(issued) as conn:
        conn.execute(SEALED_FILE, (digest, f"sealed/{digest}"))

    with pytest.raises(CopyRefused, match=f"sealed/{digest}: not in the archive"):
        back_up(issued, archive, tmp_path / "backup.tar")


def test_a_warehouse_in_use_is_never_overwritten(issued: str, archive: Path, server: ServerInfo, tmp_path: Path):
    backup = tmp_path / "backup.tar"
    back_up(issued, archive, backup)
    in_use = issued.rsplit("/", 1)[1]

    with pytest.raises(CopyRefused, match=f"database {in_use} holds billing data"):
        restore(backup, server, in_use, tmp_path / "copy")


@pytest.mark.parametrize("name", ["../outside", "/etc/outside", "archive/../../outside", "surprise"])
def test_a_member_outside_of_a_backup_is_refused(name: str, server: ServerInfo, tmp_path: Path):
    backup = tmp_path / "backup.tar"
    with tarfile.open(backup, "w") as tar:
        entry = tarfile.TarInfo(name)
        tar.addfile(entry, BytesIO(b""))

    with pytest.raises(CopyRefused, match=r"no plain file|does not belong"):
        restore(backup, server, RESTORED, tmp_path / "copy")


def test_a_symbolic_link_in_a_backup_is_refused(server: ServerInfo, tmp_path: Path):
    backup = tmp_path / "backup.tar"
    with tarfile.open(backup, "w") as tar:
        entry = tarfile.TarInfo("archive/link")
        entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(entry)

    with pytest.raises(CopyRefused, match="no plain file"):
        restore(backup, server, RESTORED, tmp_path / "copy")


def test_another_file_than_a_backup_is_refused(server: ServerInfo, tmp_path: Path):
    (tmp_path / "notes.txt").write_text("not a tar")

    with pytest.raises(CopyRefused, match="cannot be read as a backup"):
        restore(tmp_path / "notes.txt", server, RESTORED, tmp_path / "copy")
