"""Reads the `road` of a description, as strictly as its columns: `road.py` says what can be described."""

from collections.abc import Mapping
from string import Formatter
from typing import Any

from invoicing.usage.road import DROP, FileRoad, HttpsRoad, MailboxRoad, Pages, Paging, Road, RoadKind
from invoicing.usage.source import SourceError
from invoicing.usage.yaml_keys import Keys

INSTANTS = ("date", "utc", "paris", "epoch")
FILE_KEYS = ("connection", "folder", "names", "complete_when", "markers", "settle_seconds", "after", "done_folder")
MAIL_KEYS = ("folder", "names", "after", "done_folder", "max_mib", "keeps_days")
HTTPS_KEYS = ("query", "accounts", "instants", "until", "records", "total", "pages", "max_mib", "keeps_days")
PAGING_KEYS: Mapping[Paging, tuple[tuple[str, ...], tuple[str, ...]]] = {  # required, optional
    Paging.NONE: ((), ()),
    Paging.LINK_HEADER: ((), ()),
    Paging.NEXT_FIELD: (("field",), ()),
    Paging.PAGE: (("parameter",), ("first",)),
    Paging.OFFSET: (("parameter",), ()),
    Paging.CURSOR: (("parameter", "field"), ()),
    Paging.IDENTIFIERS: (("record_path",), ("batch_size", "batch_header")),
}


def read_road(node: Any, file_name: str) -> Road:
    """Read the `road` of a description; none at all is the drop folder.

    Raises:
        SourceError: a key is unknown or missing, or a value cannot be.
    """
    if node is None:
        return FileRoad()
    kind = node.get("kind") if isinstance(node, Mapping) else None
    if kind not in tuple(RoadKind):
        known = ", ".join(RoadKind)
        raise SourceError(f"{file_name}: road.kind: {kind!r} is not known; choose one of {known}")
    if kind in (RoadKind.FOLDER, RoadKind.SFTP):
        return _file_road(_keys(node, file_name, RoadKind(kind)))
    if kind == RoadKind.MAILBOX:
        return _mailbox(Keys(node, file_name, "road.", required=("kind", "connection", "from"), optional=MAIL_KEYS))
    return _https(Keys(node, file_name, "road.", required=("kind", "connection", "path"), optional=HTTPS_KEYS))


def _keys(node: Any, file_name: str, kind: RoadKind) -> Keys:
    required = ("kind",) if kind is RoadKind.FOLDER else ("kind", "connection", "folder")
    return Keys(node, file_name, "road.", required=required, optional=FILE_KEYS)


def _file_road(road: Keys) -> FileRoad:
    has_marker = "complete_when" in road and road.choice("complete_when", ("settled", "marker")) == "marker"
    markers = _texts(road, "markers")
    if has_marker != bool(markers):
        road.refuse("markers", "goes with complete_when: marker; write it as ['{name}.FIN'] or ['{stem}.ok']")
    for marker in markers:
        if marker in ("{name}", "{stem}") or not {"name", "stem"} & _placeholders(road, "markers", marker):
            road.refuse("markers", f"{marker!r} does not tell a file's marker from the file; write '{{name}}.FIN'")
    found = FileRoad(
        kind=RoadKind(road.text("kind")),
        connection=road.text("connection") if "connection" in road else DROP,
        folder=_folder(road, "usage"),
        names=_texts(road, "names"),
        markers=markers,
        settle_seconds=_number(road, "settle_seconds", 2, at_least=0),
        done_folder=_done_folder(road, "leave"),
    )
    if found.is_drop and (found.folder != "usage" or found.names or found.done_folder):
        road.refuse("connection", f"{DROP} is where files are landed; name another connection, or drop the other keys")
    return found


def _mailbox(road: Keys) -> MailboxRoad:
    senders = _texts(road, "from")
    if not senders or any("@" not in sender for sender in senders):
        road.refuse("from", "needs the senders that are believed, as ['cdr@supplier.example', '@supplier.example']")
    folder, done_folder = _folder(road, "INBOX"), _done_folder(road, "seen")
    for key, value in (("folder", folder), ("done_folder", done_folder or "")):
        if not value.isascii() or not value.isprintable() or set(value) & set('"\\%*'):
            road.refuse(key, f"{value!r} is no plain folder name; write it in ASCII, as the server lists it")
    return MailboxRoad(
        connection=road.text("connection"),
        folder=folder,
        names=_texts(road, "names"),
        senders=tuple(sender.lower() for sender in senders),
        done_folder=done_folder,
        max_mib=_number(road, "max_mib", 25),
        keeps_days=_number(road, "keeps_days", 90),
    )


def _https(road: Keys) -> HttpsRoad:
    query = road.section("query", required=(), optional=_mapping_keys(road, "query")) if "query" in road else None
    texts = tuple((key, query.text(key)) for key in query) if query else ()
    path, accounts, pages = road.text("path"), _texts(road, "accounts"), _pages(road)
    for key, value in (("path", path), ("pages.record_path", pages.record_path or "/")):
        if not value.startswith("/"):
            road.refuse(key, f"{value!r} does not begin with '/'; the server stands in the connection")
    used = set().union(*(_placeholders(road, "query", text) for _, text in texts), _placeholders(road, "path", path))
    if unknown := used - {"from", "until", "account"}:
        road.refuse(
            "path", f"{{{sorted(unknown)[0]}}} is not known; a question has {{from}}, {{until}} and {{account}}"
        )
    if ("account" in used) != bool(accounts):
        road.refuse("accounts", "goes with {account} in the path or the query; give both or none")
    if not {"from", "until"} & used:
        road.refuse("query", "asks for no day; put {from} and {until} in the query or the path")
    return HttpsRoad(
        connection=road.text("connection"),
        path=path,
        query=texts,
        accounts=accounts or ("",),
        instants=road.choice("instants", INSTANTS) if "instants" in road else "utc",
        is_until_included="until" in road and road.choice("until", ("excluded", "included")) == "included",
        records=_dotted(road, "records"),
        total=_dotted(road, "total"),
        pages=pages,
        max_mib=_number(road, "max_mib", 512),
        keeps_days=_number(road, "keeps_days", 31),
    )


def _pages(road: Keys) -> Pages:
    if "pages" not in road:
        return Pages(Paging.NONE)
    node = road.value("pages")
    kind = node.get("kind") if isinstance(node, Mapping) else None
    if kind not in tuple(Paging):
        road.refuse("pages.kind", f"{kind!r} is not known; choose one of {', '.join(Paging)}")
    required, optional = PAGING_KEYS[Paging(kind)]
    pages = road.section("pages", required=("kind", *required), optional=optional)
    record_path = pages.text("record_path") if "record_path" in pages else ""
    if record_path and "id" not in _placeholders(pages, "record_path", record_path):
        pages.refuse("record_path", f"{record_path!r} lacks {{id}}; write it as /records/{{id}}")
    if ("batch_size" in pages) != ("batch_header" in pages):
        pages.refuse("batch_size", "goes with batch_header; give both or none")
    return Pages(
        kind=Paging(kind),
        parameter=pages.text("parameter") if "parameter" in pages else "",
        field=_dotted(pages, "field"),
        first=_number(pages, "first", 1, at_least=0),
        record_path=record_path,
        batch_size=_number(pages, "batch_size", 1),
        batch_header=pages.text("batch_header") if "batch_header" in pages else "",
    )


def _done_folder(road: Keys, otherwise: str) -> str | None:
    moves = "after" in road and road.choice("after", (otherwise, "move")) == "move"
    if not moves:
        if "done_folder" in road:
            road.refuse("done_folder", "goes with after: move; write both or none")
        return None
    return road.text("done_folder") if "done_folder" in road else "done"


def _folder(road: Keys, otherwise: str) -> str:
    return road.text("folder") if "folder" in road else otherwise


def _number(keys: Keys, key: str, otherwise: int, at_least: int = 1) -> int:
    return keys.number(key, at_least=at_least) if key in keys else otherwise


def _texts(keys: Keys, key: str) -> tuple[str, ...]:
    value = keys.value(key) if key in keys else []
    if not isinstance(value, list) or not all(isinstance(text, str) and text for text in value):
        keys.refuse(key, f"{value!r} is no list of texts; write ['…', '…']")
    return tuple(value)


def _dotted(keys: Keys, key: str) -> tuple[str, ...]:
    return tuple(keys.text(key).split(".")) if key in keys else ()


def _mapping_keys(keys: Keys, key: str) -> list[str]:
    value = keys.value(key)
    return [str(name) for name in value] if isinstance(value, Mapping) else []


def _placeholders(keys: Keys, key: str, template: str) -> set[str]:
    try:
        parts = list(Formatter().parse(template))
    except ValueError as error:
        keys.refuse(key, f"{template!r} cannot be filled in ({error}); write a brace twice to mean itself")
    return {name for _, name, _, _ in parts if name is not None}
