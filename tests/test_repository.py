"""What holds for the repository as a whole: its folders, its layers, its pins."""

import ast
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import numpy as np
import pytest
import yaml

from instruments.shipped import instrument_registry
from tests.screening.defined import DICTIONARY
from tests.skips import SKIPS

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("instruments", "screening", "api")
LONGEST_MODULE = 320
SKIPPING = {"pytest.skip", "pytest.mark.skip", "pytest.mark.skipif", "pytest.importorskip"}
#: Facts or items that a constant may choose, and why it is no knowledge of the domain.
CHOSEN_IN_PYTHON = {
    "fact_reading.py: (AGE, BIRTH_DATE)": "the age is worked out from the birth date",
    "parts_left.py: (AGE, COUNT)": "how offences are counted depends on the age",
    "invention.py: _CHOICES": "how people are invented",
    "invention.py: _NUMBERS": "how people are invented",
}
#: Lengths of time that a constant may hold, and why they are no limit of the domain.
TIMES_IN_PYTHON = {
    "tokens.py: LONGEST_DAYS": "how long a program's key may live",
    "intake.py: OWN_RULE_MONTHS": "a code in a column",
    "intake.py: EVER_MONTHS": "a code in a column",
    "research_cohort.py: FOLLOWED_DAYS": "how people are invented",
    "research_cohort.py: _RATED_OVER_DAYS": "how people are invented",
}

# Put together, so that this file does not contain what it looks for.
MACHINE_PATHS = ["/wo" + "rk/", "/ro" + "ot/", "/ho" + "me/"]
PACKAGE_INDEXES = ["--index" + "-url", "--extra-index" + "-url", "--find" + "-links"]

# Read as: this folder (or module) must not import these.
LAYERS = {
    "instruments": {"screening", "api"},
    "screening": {"api"},
    "notebooks": {"api"},
}
# Read as: only these folders (or modules) may import this.
KEPT_TO = {
    "flask": ("api",),
    "marshmallow": ("api",),
    "sqlalchemy": ("api",),
    "sklearn": ("instruments/research",),
    "joblib": ("instruments/research", "screening/batch/distributed.py"),
}
#: What needs an extra to be installed, and says so where it is not.
NOT_OF_THE_SERVICE = ("instruments/research", "screening/batch/distributed.py", "api/cli/research")
#: Modules that come with the package of another.
PART_OF = {"pydantic_core": "pydantic", "zen": "zen_engine"}
#: Packages that are asked for and not imported: what they are for.
USED_OTHERWISE = {
    "distributed": "dask runs on several machines by it",
}
CLOCK_AND_ENVIRONMENT = {
    "date.today",
    "datetime.now",
    "datetime.today",
    "datetime.utcnow",
    "Timestamp.now",
    "Timestamp.today",
    "time.time",
    "os.environ",
    "os.getenv",
}


@pytest.fixture(scope="module")
def files() -> list[Path]:
    """Every file that is committed or would be: those git does not ignore."""
    try:
        listing = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
    except FileNotFoundError:
        pytest.fail("These tests ask git which files belong to the repository, and git is not installed.")
    except subprocess.CalledProcessError as error:
        pytest.fail(f"These tests need a git checkout of the repository; git says: {error.stderr.strip()}")
    paths = (Path(name) for name in listing.stdout.split("\0") if name)
    return sorted(path for path in paths if (ROOT / path).is_file())


@pytest.fixture(scope="module")
def modules(files: list[Path]) -> dict[Path, ast.Module]:
    """Every Python file and notebook, parsed."""
    return {path: ast.parse(code(path), str(path)) for path in files if path.suffix in {".py", ".ipynb"}}


def code(path: Path) -> str:
    text = (ROOT / path).read_text(encoding="utf-8")
    if path.suffix == ".py":
        return text
    cells = (cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "code")
    lines = "\n".join("".join(cell["source"]) for cell in cells)
    return re.sub(r"^\s*[%!].*$", "pass", lines, flags=re.MULTILINE)


def is_in(path: Path, *places: str) -> bool:
    return any(path == Path(place) or path.is_relative_to(place) for place in places)


@cache
def imported(module: ast.Module) -> set[str]:
    """The top-level names of what a module imports."""
    names = set()
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return names


def dotted(module: ast.Module) -> Iterator[str]:
    """The last two names of every attribute and of every from-import: `dt.date.today` gives `date.today`."""
    for node in ast.walk(module):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name | ast.Attribute):
            owner = node.value.id if isinstance(node.value, ast.Name) else node.value.attr
            yield f"{owner}.{node.attr}"
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def lines_with(files: list[Path], strings: list[str], *, before: str = "") -> list[str]:
    wanted = re.compile(before + "(?:" + "|".join(re.escape(each) for each in strings) + ")")
    places = []
    for path in files:
        try:
            lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            continue  # a picture or a font
        places += [f"{path}:{n}" for n, line in enumerate(lines, 1) if wanted.search(line)]
    return places


def test_nothing_that_git_ignores_is_committed() -> None:
    """A link to an environment, say, which a checkout would put in the place of the environment itself."""
    command = ["git", "ls-files", "--cached", "--ignored", "--exclude-standard"]
    assert subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout == ""  # noqa: S603


def test_the_folders_at_the_top_are_the_five_of_the_architecture(files: list[Path]) -> None:
    folders = {path.parts[0] for path in files if len(path.parts) > 1 and not path.parts[0].startswith(".")}
    assert folders <= {"screening", "instruments", "api", "notebooks", "tests"}


def test_no_folder_or_module_is_named_for_leftovers(files: list[Path]) -> None:
    leftovers = {"utils", "helpers", "common", "models"}
    assert not [str(path) for path in files if leftovers & {*path.parts[:-1], path.stem}]


def test_no_file_names_a_path_of_somebodys_machine(files: list[Path]) -> None:
    assert not lines_with(files, MACHINE_PATHS, before=r"(?<![\w.])")  # `templates/work/` is a folder of ours


def test_no_file_names_a_package_index(files: list[Path]) -> None:
    assert not lines_with(files, PACKAGE_INDEXES)


def test_the_pins_name_no_host(files: list[Path]) -> None:
    pins = [path for path in files if path.name.startswith("requirements")]
    assert pins
    assert not lines_with(pins, ["://"])


def test_every_pin_has_its_hashes_and_is_installed_by_them() -> None:
    for path in ROOT.glob("requirements*.txt"):
        text = path.read_text(encoding="utf-8").replace("\\\n", "")
        pins = [line for line in text.splitlines() if line and not line.startswith("#")]
        assert pins, path.name
        assert not [pin for pin in pins if "==" not in pin or "--hash=sha256:" not in pin], path.name
    for script in ("install.sh", "package.sh"):
        installs = re.findall(r"^ *pip install .*$", (ROOT / ".ci" / script).read_text(encoding="utf-8"), re.MULTILINE)
        assert installs
        assert all("--require-hashes" in line or "--no-deps" in line for line in installs)


@pytest.mark.parametrize("given", [np.zeros(3), "sqlite"], ids=["an array", "a word"])
def test_the_quick_part_of_the_tests_is_chosen_whatever_a_test_is_given(
    request: pytest.FixtureRequest, given: object
) -> None:
    """`make check` chose no test at all once one was given an array."""
    (chosen,) = (each for each in request.config.pluginmanager.get_plugins() if hasattr(each, "_is_quick"))
    assert chosen._is_quick(request.node)
    request.node.callspec.params["given"] = "postgresql"
    assert not chosen._is_quick(request.node)


def test_what_is_looked_at_before_a_commit_is_a_target_of_the_makefile_and_fetches_nothing() -> None:
    configured = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert {each["repo"] for each in configured["repos"]} == {"local"}
    for hook in (hook for each in configured["repos"] for hook in each["hooks"]):
        assert hook["language"] == "system"
        assert re.search(rf"^{hook['entry'].removeprefix('make ')}:", makefile, re.MULTILINE)


def test_the_package_and_its_pins_ask_for_the_same() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert asked_in("requirements.in") == set(project["dependencies"])
    assert asked_in("requirements-research.in") == set(project["optional-dependencies"]["research"])


def asked_in(name: str) -> set[str]:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return {line for line in lines if line and not line.startswith(("#", "-c", "setuptools"))}


@cache
def packages_of_modules() -> dict[str, list[str]]:
    return dict(packages_distributions())


def libraries(modules: dict[Path, ast.Module], *places: str, but: tuple[str, ...] = ()) -> set[str]:
    """The packages that are imported in some places."""
    by_module = packages_of_modules()
    used = {
        PART_OF.get(name, name)
        for path, module in modules.items()
        if is_in(path, *places) and not is_in(path, *but)
        for name in imported(module)
        if name not in {*sys.stdlib_module_names, *PACKAGES, "tests"}
    }
    return {named(distribution) for library in used for distribution in by_module.get(library, [library])}


def test_what_is_imported_is_asked_for_and_what_is_asked_for_is_imported(modules: dict[Path, ast.Module]) -> None:
    imports = libraries(modules, *PACKAGES)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    listed = [*project["dependencies"], *(each for more in project["optional-dependencies"].values() for each in more)]
    assert imports - {named(each) for each in listed} == set()
    assert {named(each) for each in listed} - imports == set(USED_OTHERWISE)


def test_the_service_imports_nothing_that_only_research_installs(modules: dict[Path, ast.Module]) -> None:
    imports = libraries(modules, *PACKAGES, but=NOT_OF_THE_SERVICE)
    assert imports - {named(each) for each in asked_in("requirements.in")} == set()


def test_what_tests_and_notebooks_import_is_asked_for(modules: dict[Path, ast.Module]) -> None:
    every = {path.name for path in ROOT.glob("requirements*.in")}
    assert (
        libraries(modules, "tests", "notebooks") - {named(each) for name in every for each in asked_in(name)} == set()
    )


def named(requirement: str) -> str:
    """The name of a package, as those who compare names write it."""
    return re.sub(r"[-_.]+", "-", re.split(r"[~\[<>=;]", requirement)[0]).lower()


@pytest.mark.parametrize(("place", "above"), LAYERS.items())
def test_imports_run_one_way(place: str, above: set[str], modules: dict[Path, ast.Module]) -> None:
    assert not [
        f"{path} imports {', '.join(sorted(wrong))}"
        for path, module in modules.items()
        if is_in(path, place) and (wrong := above & set(imported(module)))
    ]


@pytest.mark.parametrize(("library", "places"), KEPT_TO.items())
def test_a_library_stays_in_its_layer(library: str, places: tuple[str, ...], modules: dict[Path, ast.Module]) -> None:
    # flask_smorest is Flask, too
    assert not [
        f"{path} imports {name}"
        for path, module in modules.items()
        if is_in(path, *PACKAGES) and not is_in(path, *places)
        for name in imported(module)
        if name == library or name.startswith(f"{library}_")
    ]


def test_below_the_service_nothing_reads_the_clock_or_the_environment(
    modules: dict[Path, ast.Module],
) -> None:
    assert not [
        f"{path} uses {name}"
        for path, module in modules.items()
        if is_in(path, "instruments", "screening")
        for name in dotted(module)
        if name in CLOCK_AND_ENVIRONMENT
    ]


def constants(module: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    """The constants of a module: name and value."""
    for node in module.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield ", ".join(ast.unparse(target) for target in targets), node.value


def words_in(value: ast.expr) -> set[str]:
    return {each.value for each in ast.walk(value) if isinstance(each, ast.Constant) and isinstance(each.value, str)}


def test_no_choice_of_facts_or_items_stands_in_python(modules: dict[Path, ast.Module]) -> None:
    """Which facts are shown or asked first is knowledge: it stands in a definition, with a date and a reason."""
    instruments = [each.content for each in instrument_registry()]
    inputs = {*DICTIONARY.by_id, *(item.id for instrument in instruments for item in instrument.items)}
    chosen = {
        f"{path.name}: {name}"
        for path, module in modules.items()
        if is_in(path, *PACKAGES)
        for name, value in constants(module)
        if len(words_in(value) & inputs) > 1
    }
    assert chosen == set(CHOSEN_IN_PYTHON)


def test_no_time_that_a_text_or_a_municipality_sets_stands_in_python(modules: dict[Path, ast.Module]) -> None:
    spans = {
        f"{path.name}: {name}"
        for path, module in modules.items()
        if is_in(path, *PACKAGES)
        for name, value in constants(module)
        if "timedelta(days" in ast.unparse(value) or re.search(r"(^|_)(DAYS|WEEKS|MONTHS|YEARS)($|_)", name)
        if any(isinstance(each, ast.Constant) and isinstance(each.value, int) for each in ast.walk(value))
    }
    assert spans == set(TIMES_IN_PYTHON)


def test_every_skip_of_a_test_has_its_reason_in_the_one_list(modules: dict[Path, ast.Module]) -> None:
    """The hook in conftest fails a test that is skipped for another reason; here no reason is left over."""
    given: set[str] = set()
    for path, module in modules.items():
        if is_in(path, "tests"):
            for node in ast.walk(module):
                if isinstance(node, ast.Call) and ast.unparse(node.func) in SKIPPING:
                    reasons = [each.value for each in node.keywords if each.arg == "reason"] or node.args[:1]
                    given |= {each.value for each in reasons if isinstance(each, ast.Constant)}
    assert given == set(SKIPS)


def test_a_long_module_has_its_reason_in_the_decisions(modules: dict[Path, ast.Module]) -> None:
    decisions = ROOT / "DECISIONS.md"
    text = decisions.read_text(encoding="utf-8") if decisions.exists() else ""
    reasons = text.partition("\n## 13. ")[2].partition("\n## ")[0]  # to be named in another decision is no reason
    assert not [
        f"{path} has {length} lines"
        for path in modules
        if is_in(path, *PACKAGES) and str(path) not in reasons
        if (length := len((ROOT / path).read_text(encoding="utf-8").splitlines())) > LONGEST_MODULE
    ]
