"""`make demo`: bills October 2026 of Brumaire Télécom through real Airflow runs, and prints what came of it."""

import csv
import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from demo.airflow_api import AirflowApi, RunFailed, now
from demo.figures import Figures, read_figures
from demo.generate_usage import generate
from ops.home import REPOSITORY, StartFailed
from ops.up import Platform, start_platform

PERIOD_START = "2026-10-01"
ISSUED_ON = "2026-11-02"  # fixed, so that the figures are the same on any day
DAGS = {"land_usage", "rate_usage", "consolidate_period", "issue_invoices", "deliver_invoices", "book_invoices"}


class Progress:
    """One line a step: rewritten on a terminal while it works, printed once elsewhere."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator["Progress"]:
        self._name, began = name, time.monotonic()
        self._show("…")
        yield self
        self.seconds[name] = time.monotonic() - began
        self._show(f"done in {self.seconds[name]:.0f} s", end="\n")

    def say(self, text: str) -> None:
        if sys.stdout.isatty():
            self._show(text)

    def _show(self, text: str, end: str = "") -> None:
        if sys.stdout.isatty():
            print(f"\r\033[K{self._name:<14} {text}", end=end, flush=True)
        elif end:
            print(f"{self._name:<14} {text}", flush=True)


def fill_drop(drop: Path) -> None:
    """Leave the ERP's and the suppliers' files where the platform looks for them."""
    master = REPOSITORY / "demo" / "master"
    shutil.copytree(master, drop / "master", dirs_exist_ok=True)
    with (master / "lines.csv").open(encoding="utf-8", newline="") as lines:
        generate(csv.DictReader(lines), drop / "usage")


def bill(platform: Platform, progress: Progress) -> None:
    """Run the month through Airflow, as an operator and a finance person would.

    Raises:
        RunFailed: a run failed; nothing was issued that was not approved.
    """
    passwords = platform.passwords()
    operator = AirflowApi(platform.api_url, "admin", passwords["admin"])
    finance = AirflowApi(platform.api_url, "finance", passwords["finance"])
    with progress.step("read DAGs"):
        operator.wait_for_dags(DAGS)
    with progress.step("land") as shown:
        began = now()
        operator.wait("land_usage", operator.trigger("land_usage"), shown.say)
    with progress.step("rate") as shown:
        operator.wait("rate_usage", operator.run_since("rate_usage", began), shown.say)
    with progress.step("consolidate") as shown:
        began = now()
        run = operator.trigger("consolidate_period", period_start=PERIOD_START, issued_on=ISSUED_ON)
        operator.wait("consolidate_period", run, shown.say)
    if nothing_to_issue(platform):
        print("issue          nothing: the month was billed before", flush=True)
        return
    with progress.step("approve"):
        run = operator.run_since("issue_invoices", began)
        finance.wait_for_question("issue_invoices", run, "approve")
        finance.answer("issue_invoices", run, "approve", "Approuver")
    with progress.step("issue") as shown:
        operator.wait("issue_invoices", run, shown.say)
    with progress.step("deliver") as shown:
        delivery = operator.run_since("deliver_invoices", began)
        operator.wait("deliver_invoices", delivery, shown.say)
    with progress.step("book") as shown:
        operator.wait("book_invoices", operator.run_since("book_invoices", began), shown.say)


def nothing_to_issue(platform: Platform) -> bool:
    with psycopg.connect(platform.warehouse_dsn) as conn:
        row = conn.execute("select state from register.bill_runs order by opened_at desc limit 1").fetchone()
    return row is not None and row[0] == "empty"


def main() -> int:
    keep = os.environ.get("KEEP", "yes") != "no"
    progress = Progress()
    try:
        with progress.step("start"):
            platform = start_platform(stand_ins=True)
        try:
            with progress.step("make files"):
                fill_drop(platform.drop)
            bill(platform, progress)
            with psycopg.connect(platform.warehouse_dsn) as conn:
                figures = read_figures(conn)
            return finish(platform, progress, figures)
        finally:
            if not keep:
                platform.stop()
    except (StartFailed, RunFailed) as failure:
        print(f"\nmake demo: {failure}", file=sys.stderr)
        return 1


def finish(platform: Platform, progress: Progress, figures: Figures) -> int:
    """Print the figures and where to look; 1 when the parts do not agree."""
    print()
    print("\n".join(figures.lines()))
    print()
    print(f"invoices       {platform.out / PERIOD_START[:7]}")
    print(f"mails          {platform.home / 'mail'}")
    if os.environ.get("KEEP", "yes") != "no":
        print(f"Airflow        {platform.api_url}  logins admin and finance, passwords in {platform.passwords_path}")
        print("stop it        make down")
    slowest = sorted(progress.seconds.items(), key=lambda item: -item[1])
    print("time           " + ", ".join(f"{name} {seconds:.0f} s" for name, seconds in slowest if seconds >= 1))
    for fault in figures.faults():
        print(f"\nmake demo: {fault}", file=sys.stderr)
    return 1 if figures.faults() else 0


if __name__ == "__main__":
    sys.exit(main())
