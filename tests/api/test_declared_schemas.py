"""What is answered is declared once, in types: the documentation is made from them, and templates read their names."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, NotRequired, TypedDict, Union, get_args, get_origin, get_type_hints, is_typeddict

import pytest
from jinja2 import Environment, nodes
from marshmallow import ValidationError

import api
from api.web.declared_schemas import schema_of
from screening import grounds, rendered

TEMPLATES = Path(str(api.__file__)).parent / "templates"


class Leaf(TypedDict):
    """A part of something."""

    id: Annotated[str, "Its id."]
    number: NotRequired[Annotated[int | None, "How many."]]


class Tree(TypedDict):
    """Something with parts."""

    leaves: Annotated[list[Leaf], "Its parts."]
    below: Annotated[list["Tree"], "The trees under it."]
    first: Annotated[Leaf | None, "The first of them."]
    title: Annotated[grounds.Words, "Its name."]


WORDS = {"sv": "Träd", "en": "Tree"}
WHOLE: dict[str, Any] = {"leaves": [{"id": "a", "number": None}], "below": [], "first": None, "title": WORDS}


def test_what_is_declared_is_what_the_schema_takes() -> None:
    whole = {**WHOLE, "below": [{**WHOLE, "first": {"id": "b"}}]}
    assert schema_of(Tree)().load(whole) == whole
    assert schema_of(Tree).__name__ == "TreeSchema"
    assert schema_of(Tree)().fields["title"].metadata["description"] == "Its name."


@pytest.mark.parametrize(
    "wrong",
    [{"first": {}}, {"leaves": None}, {"leaves": [{"id": 1}]}, {"title": "Träd"}, {"more": 1}, {"below": [{}]}],
    ids=str,
)
def test_nothing_else_is(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        schema_of(Tree)().load({**WHOLE, **wrong})


def test_a_type_that_answers_do_not_have_is_refused() -> None:
    with pytest.raises(TypeError, match="no place in an answer"):
        schema_of(TypedDict("Odd", {"part": set[str]}))


def declared() -> Iterator[Any]:
    for module in (grounds, rendered):
        yield from (each for each in vars(module).values() if is_typeddict(each))


def test_every_part_of_the_explanation_says_what_it_is() -> None:
    for each in declared():
        for name, hint in get_type_hints(each, include_extras=True).items():
            told = [mark for part in (hint, *get_args(hint)) for mark in getattr(part, "__metadata__", ())]
            assert any(isinstance(mark, str) and mark.endswith(".") for mark in told), f"{each.__name__}.{name}"


#: What the templates that show an explanation are given, by template; of a macro, what its argument is.
SHOWN: Mapping[str, Mapping[str, Any]] = {
    "result_body.html": {
        "explanation": rendered.Explanation,
        "flags": list[grounds.Flag],
        "flags_open": list[grounds.Flag],
        "reasons": list[grounds.Criterion],
    },
    "result_parts.html": {
        "fact_row.used": grounds.UsedFact,
        "outcome_lead.explanation": rendered.Explanation,
        "threshold.limit": grounds.Threshold,
        "criterion.each": grounds.Criterion,
        "profile_table.profile": rendered.Profile,
    },
    "documents/parts.html": {"criterion.each": grounds.Criterion},
    "documents/recommendation.html": {"data.explanation": rendered.Explanation},
    "work/recommendation.html": {"explanation": rendered.Explanation},
    "work/counts.html": {"said": rendered.Explanation},
    "work/settled.html": {"settled.criteria": list[grounds.Criterion], "settled.questions": list[rendered.Question]},
    "summary.html": {"criteria": list[grounds.Criterion]},
}


class Reading:
    """Follows the types through a template, and notes what is read of a part that has no such name."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self.given = given
        self.read: set[str] = set()
        self.faults: list[str] = []

    def walk(self, node: nodes.Node, scope: dict[str, Any]) -> None:
        if isinstance(node, nodes.Macro):
            scope = {**scope, **{arg.name: self.given.get(f"{node.name}.{arg.name}") for arg in node.args}}
        if isinstance(node, nodes.For) and isinstance(node.target, nodes.Name):
            scope = {**scope, node.target.name: element_of(self.type_of(node.iter, scope))}
        if isinstance(node, nodes.Assign) and isinstance(node.target, nodes.Name):
            scope[node.target.name] = self.type_of(node.node, scope)
        if isinstance(node, nodes.Getattr):
            self.type_of(node, scope)
        for child in node.iter_child_nodes():
            self.walk(child, scope)

    def type_of(self, node: nodes.Node, scope: Mapping[str, Any]) -> Any:
        if isinstance(node, nodes.Name):
            return scope.get(node.name)
        if isinstance(node, nodes.Filter) and node.node is not None:
            return self.type_of(node.node, scope)
        if isinstance(node, nodes.Getitem):
            of = self.type_of(node.node, scope)
            return of if isinstance(node.arg, nodes.Slice) else element_of(of)
        if not isinstance(node, nodes.Getattr):
            return None
        of = self.type_of(node.node, scope)
        if not is_typeddict(of):
            return self.given.get(f"{node.node.name}.{node.attr}") if isinstance(node.node, nodes.Name) else None
        self.read.add(f"{of.__name__}.{node.attr}")
        parts = get_type_hints(of)
        if node.attr not in parts or hasattr(dict, node.attr):
            self.faults.append(f"line {node.lineno}: {of.__name__} has no {node.attr}")
        hint = parts.get(node.attr, Any)
        members = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
        return next(each for each in members if each is not type(None))


def element_of(hint: Any) -> Any:
    return next(iter(get_args(hint)), None) if get_origin(hint) is list else None


@pytest.mark.parametrize("name", SHOWN)
def test_a_template_reads_only_what_the_explanation_has(name: str) -> None:
    source = (TEMPLATES / name).read_text(encoding="utf-8")
    reading = Reading(SHOWN[name])
    reading.walk(Environment(autoescape=True).parse(source), dict(SHOWN[name]))
    assert reading.read, "nothing was followed"
    assert not reading.faults


def test_a_name_that_is_not_there_is_found_wherever_it_is_read() -> None:
    source = """{% for each in explanation.criteria %}{{ each.titel }}{% for used in each.facts_used %}{{ used.valu }}
    {% endfor %}{% endfor %}{% set gate = explanation.gate %}{{ gate.all }}{{ explanation.open_questions[0].values }}"""
    reading = Reading({})
    reading.walk(Environment(autoescape=True).parse(source), {"explanation": rendered.Explanation})
    assert [fault.partition(": ")[2] for fault in reading.faults] == [
        "Criterion has no titel",
        "UsedFact has no valu",
        "Gate has no all",
        "Question has no values",
    ]
