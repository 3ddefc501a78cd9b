"""What is large is imported by what needs it: a service that draws nothing and computes no table stays small."""

import json
import subprocess
import sys

SERVICE = """
from api.application import create_app
from api.settings.service import Settings
import api.wsgi
client = create_app(Settings()).test_client()
assert client.get("/health").status_code == 200
assert client.get("/").status_code in {200, 302}
"""
PICTURE = """
from api.trends.charts import Row, bars
from api.trends.drawing import Sheet, as_png
sheet = Sheet()
bars(sheet, [Row("A", 5, None, "5")], "")
as_png(sheet.as_svg("Cases"))
"""


def modules_after(statements: str) -> set[str]:
    """The names of what a new process has imported after some statements."""
    script = (
        f"{statements}\nimport json, sys\nprint(json.dumps(sorted({{name.partition('.')[0] for name in sys.modules}})))"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)  # noqa: S603
    assert run.returncode == 0, run.stderr
    return set(json.loads(run.stdout.splitlines()[-1]))


def test_a_service_imports_nothing_that_draws_or_computes_before_it_does() -> None:
    large = {"vl_convert", "matplotlib", "sklearn", "scipy", "joblib", "pandas", "pyarrow", "highspy"}
    assert modules_after(SERVICE) & {*large, "weasyprint", "zxcvbn", "authlib.integrations"} == set()


def test_a_picture_is_drawn_by_what_is_imported_for_it() -> None:
    assert "vl_convert" in modules_after(PICTURE)
