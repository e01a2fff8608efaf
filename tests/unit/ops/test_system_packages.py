"""What is missing is said in one line, with the command that mends it; apt-get itself is not run here."""

import sys

import pytest

from ops import system_packages


@pytest.fixture
def without_poppler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system_packages, "NEEDS", {"poppler-utils": lambda: False, "fonts-liberation": lambda: True})


def test_a_machine_that_has_everything_is_left_alone(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(system_packages, "NEEDS", {"poppler-utils": lambda: True})
    monkeypatch.setattr(system_packages, "install", lambda *_: pytest.fail("nothing was missing"))

    assert system_packages.main() == 0


def test_without_the_right_to_install_one_line_says_what_to_run(
    without_poppler: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(system_packages, "privileges", lambda: None)

    assert system_packages.main() == 1

    [line] = capsys.readouterr().err.splitlines()
    assert line.endswith("sudo apt-get install --yes --no-install-recommends poppler-utils")


def test_a_failed_installation_says_the_line_too(
    without_poppler: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(system_packages, "privileges", lambda: [])
    monkeypatch.setattr(system_packages, "install", lambda packages, prefix: False)

    assert system_packages.main() == 1

    assert "poppler-utils" in capsys.readouterr().err


def test_a_library_that_is_not_there_is_missed():
    assert not system_packages.has_library("libnobodyhasthis.so.0")
    assert not system_packages.has_font("NobodyHasThis.ttf")


def test_the_checks_see_what_this_machine_has():
    """The suite runs after `make install`, so every need is met, each by its own check."""
    assert system_packages.missing_packages() == []


@pytest.mark.parametrize("name", ["system_packages", "python_environment"])
def test_it_needs_nothing_but_python(name: str):
    """It runs before the environment exists: Debian's bare interpreter must do."""
    import ast
    from pathlib import Path

    tree = ast.parse(Path(system_packages.__file__).with_name(f"{name}.py").read_text())
    imported = {
        alias.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
    }
    imported |= {(node.module or "").split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}

    assert imported <= sys.stdlib_module_names
