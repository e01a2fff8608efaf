"""What a deployment needs before Airflow starts: both databases migrated, the logins, the manifest of the DAGs.

On one machine `make up` does the same; this is the one-shot service of docker-compose.yml. Safe at every start.
"""

import subprocess
import sys

from ops import migrate
from ops.airflow_env import AIRFLOW_PREPARATION, keep_passwords
from ops.dbt_manifest import write_manifest
from ops.home import StartFailed, home_folder


def main() -> int:
    home = home_folder()
    if migrate.main() != 0:
        return 1
    for arguments in AIRFLOW_PREPARATION:
        if subprocess.run([sys.executable, "-m", "airflow", *arguments], check=False).returncode != 0:
            return 1
    try:
        write_manifest(home / "dbt")
    except StartFailed as failure:
        print(f"prepare: {failure}", file=sys.stderr)
        return 1
    print(f"prepare: logins in {keep_passwords(home)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
