"""What is missing is said in one line, with the command that mends it; apt-get itself is not run here."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

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


@pytest.fixture
def a_machine(tmp_path: Path) -> Callable[..., list[str]]:
    """Run what would install, with apt-get and systemctl that only write down what they see."""
    policy, programs = tmp_path / "policy-rc.d", tmp_path / "bin"
    programs.mkdir()
    for name in ("apt-get", "systemctl"):
        (programs / name).write_text(
            f'#!/bin/sh\necho {name} "$@" "$(sh {policy} 2> /dev/null; echo $?)" >> {tmp_path}/log\n'
        )
        (programs / name).chmod(0o755)

    def install(*packages: str, policy_text: str | None = None) -> list[str]:
        if policy_text is not None:
            policy.write_text(policy_text)
        command = [
            word.replace("/usr/sbin/policy-rc.d", str(policy)) for word in system_packages.quiet_command([*packages])
        ]
        subprocess.run(command, env={"PATH": f"{programs}:/usr/bin:/bin"}, check=True)
        return (tmp_path / "log").read_text().splitlines() + ([policy.read_text()] if policy.exists() else [])

    return install


def test_a_server_for_tests_starts_neither_now_nor_at_the_next_boot(a_machine: Callable[..., list[str]]):
    apt, *disabled = a_machine("openssh-server", "poppler-utils")

    assert apt == "apt-get install --yes --no-install-recommends openssh-server poppler-utils 101"
    assert disabled == [f"systemctl disable --quiet ssh.{kind} 101" for kind in ("service", "socket")]


@pytest.mark.parametrize(("text", "stays"), [("# their own\nexit 104\n", True), ("# releve: left by a kill\n", False)])
def test_the_policy_of_the_machine_stays_and_ours_never_does(
    a_machine: Callable[..., list[str]], text: str, stays: bool
):
    lines = a_machine("dovecot-imapd", policy_text=text)

    assert (lines[-1] == text) is stays
    assert lines[0].endswith("104" if stays else "101")


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
