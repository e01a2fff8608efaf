"""Names on a road: which files of a folder are whole, and what a stranger's name may be on our disk."""

import re
import unicodedata
from collections.abc import Collection, Sequence
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

UNFINISHED_SUFFIXES = (".tmp", ".part", ".filepart")
LONGEST_NAME = 150  # bytes; file systems take 255, and a name gets company


def matches(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def is_unfinished(name: str) -> bool:
    """Whether a name says that its file is hidden or still being written."""
    return name.startswith(".") or name.lower().endswith(UNFINISHED_SUFFIXES)


def markers_of(name: str, markers: Sequence[str]) -> list[str]:
    """The names of which one must stand beside a file before it is whole."""
    return [marker.format(name=name, stem=PurePosixPath(name).stem) for marker in markers]


def is_marker(name: str, patterns: Sequence[str], markers: Sequence[str]) -> bool:
    """Whether a name is the marker of a file that one of the patterns means, there or not yet."""
    for marker in markers:
        before, _, after = marker.replace("{stem}", "{name}").partition("{name}")
        if not (name.startswith(before) and name.endswith(after)):
            continue
        meant = name[len(before) : len(name) - len(after)]
        stems = [str(PurePosixPath(pattern).with_suffix("")) for pattern in patterns] if "{stem}" in marker else []
        if matches(meant, [*patterns, *stems]):
            return True
    return False


def whole_files(names: Collection[str], patterns: Sequence[str], markers: Sequence[str]) -> list[str]:
    """Those names of one folder that match, are finished and, where markers are told, have theirs; sorted."""
    return [
        name
        for name in sorted(names)
        if matches(name, patterns)
        and not is_unfinished(name)
        and not is_marker(name, patterns, markers)
        and (not markers or any(marker in names for marker in markers_of(name, markers)))
    ]


def safe_name(name: str) -> str:
    """Make a stranger's name a plain visible one: its last part, without control signs, at most 150 bytes long."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    plain = "".join(sign if sign.isprintable() and sign not in ':*?"<>|' else "_" for sign in last).strip().lstrip(".")
    suffix = PurePosixPath(plain).suffix[:20]
    room = LONGEST_NAME - len(suffix.encode())
    if len(plain.encode()) > LONGEST_NAME:
        plain = plain[: len(plain) - len(suffix)].encode()[:room].decode(errors="ignore") + suffix
    return plain or "unnamed"
