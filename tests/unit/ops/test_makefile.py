"""The verbs: printed by `make` alone, each leading to something that exists; the CI runs three of them."""

import importlib.util
import re
import subprocess

import pytest

from ops.home import REPOSITORY

MAKEFILE = (REPOSITORY / "Makefile").read_text()
VERBS = re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE)


def test_make_alone_prints_every_verb_with_one_line():
    printed = subprocess.run(["make", "--silent"], cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout

    assert re.findall(r"^  make ([a-z-]+) +\S", printed, re.MULTILINE) == VERBS
    assert {"up", "down", "demo", "test", "lint", "bench", "backup", "restore"} <= set(VERBS)


@pytest.mark.parametrize("module", re.findall(r"\$\(RUN\) -m ([\w.]+)", MAKEFILE))
def test_every_verb_leads_to_a_module_that_exists(module: str):
    assert importlib.util.find_spec(module) is not None


def test_every_verb_installs_first():
    """A newcomer types any of them into a fresh clone."""
    needs = dict(re.findall(r"^([a-z-]+):([^#\n]*)", MAKEFILE, re.MULTILINE))

    assert [verb for verb in VERBS if verb not in ("help", "install") and "install" not in needs[verb].split()] == []


def test_the_ci_runs_install_lint_and_test_and_nothing_else():
    lines = (REPOSITORY / ".ci" / "run").read_text().splitlines()

    assert [line for line in lines if line.startswith("make")] == ["make install", "make lint", "make test"]
    assert [line for line in lines if not line.startswith(("make", "#!", "set ", "cd "))] == []
