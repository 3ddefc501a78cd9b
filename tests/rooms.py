"""The rooms of the code, read from its imports and from the tables that state them.

As a program it draws the pictures of the rooms into the manual: ``python -m tests.rooms``.
"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
#: The houses that have rooms, each with the table of what a room may import.
TABLES = {
    "api": Path(__file__).with_name("rooms.yaml"),
    "instruments.research": Path(__file__).with_name("rooms_of_research.yaml"),
}
MANUAL = ROOT / "api" / "manual" / "architecture.en.md"
FLOORS = ("instruments", "screening", "api")
BEGIN, END = "<!-- rooms of {}: python -m tests.rooms -->\n", "<!-- /rooms -->\n"

Arrows = dict[str, set[str]]


def the_table(house: str) -> dict[str, list[str]]:
    """What each room of a house may import."""
    stated: dict[str, list[str]] = yaml.safe_load(TABLES[house].read_text(encoding="utf-8"))
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


def room_of(module: str, house: str = "api") -> str:
    """The folder of a house that a module lies in, or the module itself where it lies beside the folders."""
    return module.removeprefix(f"{house}.").partition(".")[0]


def arrows(house: str) -> Arrows:
    """Which rooms of a house import which."""
    within = f"{house}."
    drawn: Arrows = {room_of(name, house): set() for name in modules() if name.startswith(within)}
    for name, imported in imports().items():
        if name.startswith(within):
            room = room_of(name, house)
            drawn[room] |= {room_of(each, house) for each in imported if each.startswith(within)} - {room}
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


def picture(house: str) -> str:
    """The rooms, those that import nothing of each other on one line, each line above what it rests on."""
    stated, folder = the_table(house), house.replace(".", "/")

    @cache
    def height(room: str) -> int:
        return 1 + max((height(each) for each in stated[room]), default=0)

    lines = []
    for level in sorted({height(room) for room in stated}, reverse=True):
        names = (f"{room}/" if (ROOT / folder / room).is_dir() else room for room in stated if height(room) == level)
        lines.append("  " + "   ".join(names))
    below = [f"{floor}/" for floor in reversed(FLOORS[: FLOORS.index(house)])] if house in FLOORS else []
    return "\n".join(("```", f"{folder}/", *lines, *below, "```", ""))


def drawn(text: str, house: str) -> str:
    """The manual with the picture of a house drawn anew."""
    before, begin, rest = text.partition(BEGIN.format(house))
    return before + begin + picture(house) + END + rest.partition(END)[2]


if __name__ == "__main__":
    text = MANUAL.read_text(encoding="utf-8")
    for each in TABLES:
        text = drawn(text, each)
    MANUAL.write_text(text, encoding="utf-8")
