"""Try an installed Underlag where there is nothing else of it; run by package.sh beside the README and a `.venv`."""

import re
import socket
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

UNDERLAG = Path(".venv/bin/underlag").resolve()
EXAMPLE = re.compile(r"^```sh\n(?P<commands>.*?)^```$.*?^```csv\n(?P<printed>.*?)^```$", re.DOTALL | re.MULTILINE)
#: Pages that need templates, words, definitions, the manual and the styles of the package.
PAGES = (
    "/health",
    "/",
    "/hjalp",
    "/manual/operating",
    "/governance/risk_file",
    "/static/underlag.css",
    "/api/openapi.json",
)


def run(*command: str, **settings: str) -> str:
    """What a command prints, run as an operator would."""
    environment = {"PATH": "/usr/bin:/bin", "LANG": "en_GB.UTF-8", **settings}
    ran = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert ran.returncode == 0, f"{command}\n{ran.stdout}{ran.stderr}"
    return ran.stdout


def try_commands() -> None:
    """Ask for help, screen the README's example, make the tables of a database."""
    for name in ("instruments", "screening", "api"):
        spec = find_spec(name)
        assert spec is not None and Path(str(spec.origin)).is_relative_to(Path(sys.prefix)), name
    assert find_spec("sklearn") is None, "the service needs no package of the research extra"
    run(str(UNDERLAG), "--help")
    example = EXAMPLE.search(Path("README.md").read_text(encoding="utf-8"))
    assert example, "README.md has no ```sh block followed by a ```csv block"
    assert run("sh", "-ec", example["commands"]) == example["printed"]
    run(str(UNDERLAG), "db", "upgrade", UNDERLAG_DATABASE_URL="sqlite:///tried.sqlite")
    run(str(UNDERLAG), "db", "check", UNDERLAG_DATABASE_URL="sqlite:///tried.sqlite")


def try_service() -> None:
    """Serve in demo mode, with accounts and cases, and look at pages of every kind."""
    settings = {"UNDERLAG_DEMO": "yes"}
    run(str(UNDERLAG), "demo", **settings)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(UNDERLAG), "serve", "--port", str(port)]
    with subprocess.Popen(command, env={"PATH": "/usr/bin:/bin", **settings}, stdout=subprocess.DEVNULL) as served:
        try:
            for page in PAGES:
                assert get(f"http://127.0.0.1:{port}{page}", served) == 200, page
        finally:
            served.terminate()


def get(address: str, served: "subprocess.Popen[bytes]") -> int:
    """The status of an answer; while the service starts, it is asked again."""
    while True:
        try:
            with urlopen(address) as answer:
                return int(answer.status)
        except URLError as error:
            assert isinstance(error.reason, ConnectionRefusedError) and served.poll() is None, f"{address}: {error}"
            time.sleep(0.2)


if __name__ == "__main__":
    try_commands()
    try_service()
    print("Tried: help, the README's example, a database, the demo, the service and its pages")
