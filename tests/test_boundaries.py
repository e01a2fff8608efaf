"""What may know what, and the traps of the platform that no error message explains."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
FORBIDDEN = {
    "airflow",
    "cosmos",
    "dbt",
    "psycopg",
    "psycopg2",
    "requests",
    "smtplib",
    "socket",
    "random",
    "secrets",
    "uuid",
    "billing",
    "great_expectations",
    "time",
}
WAITING = {"delivery.py", "chorus.py", "chorus_flow.py", "deliver.py", "mail.py"}  # seconds of waiting may be floats
CLOCK_CALLS = {"now", "today", "utcnow"}


def modules(folder: str) -> list[Path]:
    return sorted((REPOSITORY / folder).rglob("*.py"))


@pytest.mark.parametrize("path", modules("invoicing"), ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_the_pure_library_reaches_no_platform_network_clock_or_chance(path: Path):
    tree = ast.parse(path.read_text())
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    clocks = {
        node.func.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CLOCK_CALLS
    }

    assert set() == imported & FORBIDDEN
    assert set() == clocks


def test_loading_the_whole_library_loads_no_platform():
    names = [
        ".".join(path.relative_to(REPOSITORY).with_suffix("").parts)
        for path in modules("invoicing")
        if path.name != "__init__.py"
    ]
    program = f"import sys, importlib; [importlib.import_module(n) for n in {names!r}]; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=True
    ).stdout.split()

    assert [name for name in loaded if name in ("airflow", "cosmos", "dbt", "psycopg", "great_expectations")] == []


def test_plugins_are_packages_that_airflow_does_not_run_one_by_one():
    assert "billing/" in (REPOSITORY / "plugins" / ".airflowignore").read_text().splitlines()


def test_dbt_sees_no_module_of_ours_that_it_would_import():
    found = [path for path in REPOSITORY.glob("dbt_*") if (path / "__init__.py").exists() or path.suffix == ".py"]
    found += [path for path in (REPOSITORY / "dags").glob("dbt_*.py")]

    assert found == []


def test_no_float_touches_money():
    """Floats drift by a cent; ratios of timings in benchmarks are not money."""
    found = [
        f"{path.relative_to(REPOSITORY)}:{node.lineno}"
        for folder in ("invoicing", "plugins")
        for path in modules(folder)
        if path.name not in WAITING
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float"
    ]

    assert found == []


def test_the_files_of_a_commit_name_no_machine_and_no_package_index():
    tracked = subprocess.run(
        ["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    words = ["pypi" + ".org", "pythonhosted" + ".org", "deb.debian" + ".org", "/" + "root/", "registry.npmjs" + ".org"]
    found = [
        f"{name}: {word}"
        for name in tracked
        if name and (REPOSITORY / name).is_file() and (REPOSITORY / name).stat().st_size < 2_000_000
        for word in words
        if word in (REPOSITORY / name).read_text(errors="ignore")
    ]

    assert found == []
