"""`make try-source`: the worked example of the how-to, and what is said when a file or a description can't be used."""

import re
import subprocess
from pathlib import Path

import pytest

from ops.home import REPOSITORY
from ops.try_source import main

HOW_TO = REPOSITORY / "docs" / "how-to" / "add-a-source.md"
BLOCKS = {name: text for name, text in re.findall(r"^```\w+ (\S+)\n(.*?)^```$", HOW_TO.read_text(), re.M | re.S)}


@pytest.fixture
def example(tmp_path: Path) -> Path:
    """The folder of a newcomer who typed what the how-to shows."""
    for name in ("ventose_20261003.csv", "ventose.yml"):
        (tmp_path / name).write_text(BLOCKS[name], encoding="utf-8")
    return tmp_path


def squeezed(text: str) -> str:
    return " ".join(text.split())


def tried(example: Path, file_name: str = "ventose_20261003.csv") -> int:
    return main([str(example / file_name), str(example / "ventose.yml")])


def test_the_worked_example_prints_what_the_how_to_shows(example: Path, capsys: pytest.CaptureFixture[str]):
    code = tried(example)

    printed = iter([squeezed(line) for line in capsys.readouterr().out.splitlines()])
    for shown in filter(None, map(squeezed, BLOCKS["output"].splitlines())):
        if shown.endswith("…"):
            assert any(line.startswith(shown.removesuffix("…").strip()) for line in printed), shown
        else:
            assert shown in printed, shown  # in this order: the iterator goes on
    assert code == 3


def test_make_runs_it_without_a_server(example: Path):
    done = subprocess.run(
        ["make", "--silent", "--assume-old=install", "try-source", f"FILE={example}/ventose_20261003.csv",
         f"SOURCE={example}/ventose.yml"],
        cwd=REPOSITORY, env={"PATH": "/usr/bin:/bin", "RELEVE_HOME": str(example / "no_platform")},
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert "1 of 5 records would be held" in done.stdout, done.stderr
    assert not (example / "no_platform").exists()


def test_a_file_without_fault_ends_with_zero(example: Path, capsys: pytest.CaptureFixture[str]):
    whole = (example / "ventose_20261003.csv").read_text().replace("31/11/2026", "30/11/2026")
    (example / "whole.csv").write_text(whole)

    assert tried(example, "whole.csv") == 0
    assert "Every record can be read" in capsys.readouterr().out


def test_a_file_that_would_be_held_whole_says_why(example: Path, capsys: pytest.CaptureFixture[str]):
    headless = (example / "ventose_20261003.csv").read_text().partition("\n")[2]
    (example / "headless.csv").write_text(headless)

    assert tried(example, "headless.csv") == 1
    held = capsys.readouterr().out.splitlines()[-1]
    assert held.startswith("HELD whole")
    assert "header" in held


def test_rejects_are_counted_by_reason_with_the_first_five_of_each(example: Path, capsys: pytest.CaptureFixture[str]):
    header, *records = (example / "ventose_20261003.csv").read_text().splitlines()
    (example / "bad.csv").write_text("\n".join([header, *[records[-1]] * 7, *[f"{records[0]};x"] * 2]))

    assert tried(example, "bad.csv") == 3
    lines = [squeezed(line) for line in capsys.readouterr().out.splitlines()]
    start = lines.index("7 impossible_date")
    assert lines[start + 1 : start + 6] == [f"line {number}: 31/11/2026 15:00:10" for number in range(2, 7)]
    assert lines[start + 6].startswith("2 wrong_column_count")


def test_no_called_number_is_whole_and_no_sign_commands_the_terminal(example: Path, capsys: pytest.CaptureFixture[str]):
    text = (example / "ventose_20261003.csv").read_text().replace("FRANCE MOBILE", "\x1b]0;owned\x07")
    (example / "hostile.csv").write_text(text)

    tried(example, "hostile.csv")

    printed = capsys.readouterr().out
    assert "639980012" not in printed
    assert "447700900123" not in printed
    assert "\x1b" not in printed


def test_a_shipped_description_is_found_by_its_code_or_by_the_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    content = '1;"0199001008";03/10/2026;10:15:30;"0639980012";"X";01mn14;MX2;0,148;60;\n'
    (tmp_path / "messidor_x.csv").write_text(f"0;DEBUT;20261003\n{content}9;FIN;1;74\n")
    (tmp_path / "x.csv").write_text(f"0;DEBUT;20261003\n{content}9;FIN;2;74\n")

    assert main([str(tmp_path / "messidor_x.csv")]) == 0
    assert main([str(tmp_path / "x.csv"), "messidor"]) == 1
    assert "trailer" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([""], "FILE is missing: make try-source FILE="),
        (["nowhere.csv"], "FILE=nowhere.csv: no such file"),
        ([str(HOW_TO)], "or say which: SOURCE=messidor"),
        ([str(HOW_TO), "nobody"], "no description has the source_code nobody; known are"),
        ([str(HOW_TO), "nowhere.yml"], "SOURCE=nowhere.yml: no such file"),
        ([str(HOW_TO), str(REPOSITORY / "sources" / "messidor.yml"), "--first", "x"], "invalid int value"),
    ],
)
def test_what_cannot_be_tried_says_the_way_out(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]):
    try:
        code = main(arguments)
    except SystemExit as stopped:  # argparse's own refusal
        code = 1 if stopped.code else 0

    assert code == 1
    assert said in capsys.readouterr().err


def test_a_description_that_cannot_be_used_names_the_key(example: Path, capsys: pytest.CaptureFixture[str]):
    text = (example / "ventose.yml").read_text()
    (example / "ventose.yml").write_text(text.replace("column_count", "colum_count"))

    assert tried(example) == 1
    assert re.search(r"try-source: ventose\.yml.*colum_count", capsys.readouterr().err)
