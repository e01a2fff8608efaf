"""Install the few system packages that documents and tests need, or say which; plain Python, nothing installed yet.

WeasyPrint draws with Pango, HarfBuzz makes its fonts small (2.5 times faster pages), tests look at pages with Poppler.
Tests of the usage roads start an OpenSSH and a Dovecot of their own: those of the machine stay off.
"""

import ctypes
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

FONTS = Path("/usr/share/fonts")
SERVER_FOLDERS = "/usr/sbin:/usr/local/sbin:/usr/bin"  # not in everybody's PATH

# Debian starts a server that it installs, and at every boot after. One that only tests want must not listen: while
# apt-get runs, Debian's own policy file forbids it, unless the machine has such a policy; then it is disabled at boot.
QUIETLY = """
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ] || grep -q releve "$policy"; then
    trap 'rm -f "$policy"' EXIT
    printf '#!/bin/sh\\n# releve: no server starts while it is installed for tests\\nexit 101\\n' > "$policy"
    chmod 755 "$policy"
fi
"$@" || exit 1
if command -v systemctl > /dev/null; then
    for unit in $UNITS; do systemctl disable --quiet "$unit" 2> /dev/null || true; done
fi
"""
SERVERS = {"openssh-server": "ssh.service ssh.socket", "dovecot-imapd": "dovecot.service dovecot.socket"}


def has_library(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def has_server(name: str) -> bool:
    return shutil.which(name, path=SERVER_FOLDERS) is not None


def has_font(file_name: str) -> bool:
    return any(FONTS.rglob(file_name))


# Debian's package, and how to see that it is there already, from whatever source.
NEEDS: dict[str, Callable[[], bool]] = {
    "dovecot-imapd": lambda: has_server("dovecot") and Path("/usr/lib/dovecot/imap").exists(),
    "fonts-dejavu-core": lambda: has_font("DejaVuSans.ttf"),
    "fonts-liberation": lambda: has_font("LiberationSans-Regular.ttf"),
    "libharfbuzz-subset0": lambda: has_library("libharfbuzz-subset.so.0"),
    "libpango-1.0-0": lambda: has_library("libpango-1.0.so.0"),
    "libpangoft2-1.0-0": lambda: has_library("libpangoft2-1.0.so.0"),
    "openssh-server": lambda: has_server("sshd"),
    "poppler-utils": lambda: shutil.which("pdftoppm") is not None,
    "python3-venv": lambda: importlib.util.find_spec("ensurepip") is not None,
}


def missing_packages() -> list[str]:
    """The packages whose content this machine lacks, by name."""
    return [package for package, is_there in NEEDS.items() if not is_there()]


def install_command(packages: list[str]) -> list[str]:
    return ["apt-get", "install", "--yes", "--no-install-recommends", *packages]


def quiet_command(packages: list[str]) -> list[str]:
    """The same, so that no server starts: neither now nor at the next boot."""
    units = " ".join(SERVERS[package] for package in packages if package in SERVERS)
    return ["env", f"UNITS={units}", "sh", "-c", QUIETLY, "sh", *install_command(packages)]


def privileges() -> list[str] | None:
    """What to put in front of apt-get: nothing for root, sudo where it asks no password, None where neither is."""
    if os.geteuid() == 0:
        return []
    if (
        shutil.which("sudo")
        and subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0
    ):
        return ["sudo", "-n"]
    return None


def install(packages: list[str], prefix: list[str]) -> bool:
    """Install with the package lists of this machine; with fresh ones when these are missing or too old."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    command = [*prefix, *(quiet_command(packages) if SERVERS.keys() & packages else install_command(packages))]
    if subprocess.run(command, env=environment, capture_output=True, check=False).returncode == 0:
        return True
    subprocess.run([*prefix, "apt-get", "update"], env=environment, check=False)
    return subprocess.run(command, env=environment, check=False).returncode == 0


def main() -> int:
    packages = missing_packages()
    if not packages:
        return 0
    if not shutil.which("apt-get"):
        print(f"system packages are missing (Debian's names): {' '.join(packages)}; install them", file=sys.stderr)
        return 1
    line = "sudo apt-get update && sudo " + " ".join(install_command(packages))
    prefix = privileges()
    if prefix is None:
        print(f"system packages are missing, install them: {line}", file=sys.stderr)
        return 1
    print(f"installing system packages: {' '.join(packages)}", flush=True)
    if not install(packages, prefix) or missing_packages():
        print(f"system packages are still missing ({', '.join(missing_packages())}): {line}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
