"""Stop everything that `make up` or `make demo` started on this machine, children too."""

import sys
from pathlib import Path

from ops import embedded_postgres
from ops.home import StartFailed, home_folder, only_one
from ops.processes import recorded, stop_processes
from ops.stand_ins import NAMES as STAND_INS


def stop_platform(home: Path) -> tuple[int, bool]:
    """Stop Airflow and the stand-ins, then PostgreSQL. Safe at any time: twice, after a crash, after a reboot.

    Returns:
        How many processes ran, and whether PostgreSQL did.
    """
    return stop_components(home), embedded_postgres.stop(home)


def stop_components(home: Path) -> int:
    """Stop all but PostgreSQL, and give the count. Tasks say through the API how they ended, so that one goes last."""
    answering = {"api-server", *STAND_INS}
    return stop_processes(home, recorded(home) - answering) + stop_processes(home, recorded(home))


def main() -> int:
    home = home_folder()
    try:
        with only_one(home, "platform"):
            count, had_server = stop_platform(home)
    except StartFailed as failure:
        print(f"make down: {failure}", file=sys.stderr)
        return 1
    if count or had_server:
        print(f"stopped      {count} processes{' and PostgreSQL' if had_server else ''}; the data stays in {home}")
    else:
        print("nothing was running")
    return 0


if __name__ == "__main__":
    sys.exit(main())
