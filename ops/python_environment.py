"""Make `.venv` from the lock file with uv; plain Python, nothing installed yet.

Debian's Python lets nobody install into it (PEP 668): a missing uv gets a small environment of its own.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
ENVIRONMENT = REPOSITORY / ".venv"
LOCK = REPOSITORY / "requirements.lock"
STAMP = ENVIRONMENT / ".synced"
OWN_UV = REPOSITORY / ".releve" / "uv"
OLDEST, NEWEST = (3, 11), (3, 13)


def is_fresh() -> bool:
    """Whether `.venv` was made from this very lock, by this very Python."""
    return STAMP.exists() and STAMP.read_text() == _fingerprint()


def find_uv() -> str | None:
    """A uv that runs: the caller's, or ours of an earlier install."""
    for candidate in (os.environ.get("UV"), shutil.which("uv"), str(OWN_UV / "bin" / "uv")):
        if candidate and Path(candidate).exists():
            done = subprocess.run([candidate, "--version"], capture_output=True, check=False)
            if done.returncode == 0:
                return candidate
    return None


def install_uv() -> str:
    print(f"installing uv in {OWN_UV.relative_to(REPOSITORY)}", flush=True)
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(OWN_UV)], check=True)
    subprocess.run([str(OWN_UV / "bin" / "python"), "-m", "pip", "install", "--quiet", "uv"], check=True)
    return str(OWN_UV / "bin" / "uv")


def make_environment(uv: str) -> None:
    """Make `.venv` anew if it is of another Python, then make it hold exactly what the lock names."""
    environment = {**os.environ, "UV_PYTHON_DOWNLOADS": "never", "UV_NO_PROGRESS": "1"}
    environment.pop("VIRTUAL_ENV", None)
    STAMP.unlink(missing_ok=True)
    if _version_in_environment() != sys.version_info[:2]:
        subprocess.run(
            [uv, "venv", "--clear", "--python", sys.executable, str(ENVIRONMENT)], check=True, env=environment
        )
    python = ENVIRONMENT / "bin" / "python"
    command = [uv, "pip", "sync", "--quiet", "--require-hashes", "--python", str(python), str(LOCK)]
    subprocess.run(command, check=True, env=environment, cwd=REPOSITORY)
    STAMP.write_text(_fingerprint())


def _version_in_environment() -> tuple[int, int] | None:
    python = ENVIRONMENT / "bin" / "python"
    if not python.exists():
        return None
    command = [str(python), "-c", "import sys; print(*sys.version_info[:2])"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return None
    major, minor = done.stdout.split()
    return int(major), int(minor)


def _fingerprint() -> str:
    return f"{sys.version_info[0]}.{sys.version_info[1]} {hashlib.sha256(LOCK.read_bytes()).hexdigest()}\n"


def main() -> int:
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        found = ".".join(map(str, sys.version_info[:2]))
        print(f"Python 3.11, 3.12 or 3.13 is needed, this is {found}: make PYTHON=python3.12 …", file=sys.stderr)
        return 1
    if is_fresh():
        return 0
    try:
        uv = find_uv() or install_uv()
        print("making .venv from requirements.lock", flush=True)
        make_environment(uv)
    except subprocess.CalledProcessError as failure:
        words = " ".join(map(str, failure.cmd))
        print(f"the Python environment could not be made: `{words}` failed; see above", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
