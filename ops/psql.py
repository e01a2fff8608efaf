"""`python -m ops.psql`: psql on the warehouse of the running platform, with the client that comes with the server."""

import os
import sys
from urllib.parse import unquote, urlsplit

from ops.airflow_env import WAREHOUSE
from ops.embedded_postgres import client_program, start
from ops.home import home_folder


def main() -> None:
    server = start(home_folder())
    address = urlsplit(server.database_dsn(WAREHOUSE))
    os.environ |= {  # not in the arguments, which every user of the machine can read
        "PGHOST": str(address.hostname),
        "PGPORT": str(address.port),
        "PGUSER": unquote(str(address.username)),
        "PGPASSWORD": unquote(str(address.password)),
        "PGDATABASE": WAREHOUSE,
    }
    program = str(client_program("psql"))
    os.execv(program, [program, *sys.argv[1:]])


if __name__ == "__main__":
    main()
