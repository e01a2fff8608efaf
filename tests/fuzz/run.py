"""Fuzz the readers until the time is over: `make fuzz` (FUZZ_SECONDS=300). Ends at the first fault, and shows it.

Each round is a process of its own, so that a reader that never comes back from a library is stopped too.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
MODULES = ("tests/fuzz/test_readers.py", "tests/fuzz/test_sources.py")
EXAMPLES = 400  # of each property, in a round
PATIENCE = 300  # seconds for one round, which needs about thirty


def main() -> int:
    seconds = int(os.environ.get("FUZZ_SECONDS", "300"))
    first_seed = int(os.environ.get("FUZZ_SEED", str(time.time_ns() % 1_000_000)))
    end = time.monotonic() + seconds
    rounds = 0
    while time.monotonic() < end:
        seed = first_seed + rounds
        command = [sys.executable, "-m", "pytest", *MODULES, "-q", "-x", f"--hypothesis-seed={seed}"]
        environment = os.environ | {"FUZZ_EXAMPLES": str(EXAMPLES)}
        try:
            done = subprocess.run(
                command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=PATIENCE
            )
        except subprocess.TimeoutExpired:
            print(f"fuzz: seed {seed} hangs; FUZZ_SEED={seed} make fuzz shows it again")
            return 1
        if done.returncode:
            print(
                done.stdout,
                done.stderr,
                f"fuzz: seed {seed} fails; FUZZ_SEED={seed} make fuzz shows it again",
                sep="\n",
            )
            return 1
        rounds += 1
    print(f"fuzz: no fault in {rounds} rounds from seed {first_seed}, {EXAMPLES} files for each property in each")
    return 0


if __name__ == "__main__":
    sys.exit(main())
