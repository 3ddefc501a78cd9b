"""The rooms of the code, read from its imports and from the table that states them.

As a program it draws the picture of the rooms into the manual: ``python -m tests.rooms``.
"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
TABLE = Path(__file__).with_name("rooms.yaml")
MANUAL = ROOT / "api" / "manual" / "architecture.en.md"
FLOORS = ("instruments", "screening", "api")
BEGIN, END = "<!-- rooms: python -m tests.rooms -->\n", "<!-- /rooms -->\n"

Arrows = dict[str, set[str]]


def the_table() -> dict[str, list[str]]:
    """What each room of `api` may import."""
    stated: dict[str, list[str]] = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    return stated


@cache
def modules() -> dict[str, Path]:
    """Every module of the three floors by its dotted name; migrations are no part of the house."""
    paths = (path for floor in FLOORS for path in sorted((ROOT / floor).rglob("*.py")))
    named = ((".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"), path) for path in paths)
    return {name: path for name, path in named if ".migrations." not in name}


@cache
def imports() -> Arrows:
    """What each module imports of the three floors, wherever in it the import stands."""
    return {name: set(_imported(path)) - {name} for name, path in modules().items()}


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in modules())
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                if full in modules():
                    yield full
                elif node.module in modules():
                    yield node.module


def room_of(module: str) -> str:
    """The folder of `api` that a module lies in, or the module itself where it lies beside the folders."""
    return module.split(".")[1] if "." in module else module


def arrows() -> Arrows:
    """Which rooms of `api` import which."""
    drawn: Arrows = {room_of(name): set() for name in modules() if name.startswith("api.")}
    for name, imported in imports().items():
        if name.startswith("api."):
            drawn[room_of(name)] |= {room_of(each) for each in imported if each.startswith("api.")} - {room_of(name)}
    return drawn


def circle_in(graph: Arrows) -> list[str]:
    """The names along one circle; empty where there is none."""
    done: set[str] = set()

    def walk(name: str, way: list[str]) -> list[str]:
        if name in way:
            return [*way[way.index(name) :], name]
        if name in done:
            return []
        for each in sorted(graph[name]):
            if circle := walk(each, [*way, name]):
                return circle
        done.add(name)
        return []

    return next((circle for name in sorted(graph) if (circle := walk(name, []))), [])


def picture() -> str:
    """The rooms, those that import nothing of each other on one line, each line above what it rests on."""
    stated = the_table()

    @cache
    def height(room: str) -> int:
        return 1 + max((height(each) for each in stated[room]), default=0)

    lines = []
    for level in sorted({height(room) for room in stated}, reverse=True):
        names = (f"{room}/" if (ROOT / "api" / room).is_dir() else room for room in stated if height(room) == level)
        lines.append("  " + "   ".join(names))
    return "\n".join(("```", "api/", *lines, "screening/", "instruments/", "```", ""))


if __name__ == "__main__":
    text = MANUAL.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    MANUAL.write_text(before + BEGIN + picture() + END + rest.partition(END)[2], encoding="utf-8")
