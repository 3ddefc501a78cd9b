"""The result without its reasons says what the explanation says, and withholds what it withholds."""

from collections.abc import Iterator
from typing import Any

from screening.brief import brief_of_recorded, decide_briefly
from screening.explanation import waits_for_rating
from tests.cases.spoken import rendered


def all_criteria(shown: list[Any]) -> Iterator[dict[str, Any]]:
    for each in shown:
        yield each
        yield from all_criteria(each["children"])


def test_it_says_what_the_explanation_says() -> None:
    withheld = 0
    for explanation, answer in rendered()[0]:
        brief = decide_briefly(explanation.bound, explanation.intake)
        for name in ("reference_date", "guidance", "outcome", "flags", "flags_open", "definitions"):
            assert brief[name] == answer[name], name  # type: ignore[literal-required]  # a name of both
        assert brief["gate"] == answer["gate"]["overall"]
        assert brief["withheld"] == (answer["withheld"] is not None)
        told = {each["id"]: each["status"] for each in all_criteria(answer["criteria"])}
        assert brief["statuses"].items() >= told.items()
        rules, alone = explanation.bound.rules, explanation.facts_alone
        waiting = {node.name for node in rules.nodes if alone and waits_for_rating(rules, node, alone.truths)}
        for each in answer["flag_texts"]:
            expected = None if each["id"] in waiting else each["status"]
            assert brief["statuses"][each["id"]] == expected, each["id"]
        withheld += brief["withheld"]
    assert withheld > 10


def test_of_a_recorded_screening_it_is_read_from_what_the_digest_covers() -> None:
    for explanation, answer in rendered()[0]:
        if answer["withheld"] is None:
            assert brief_of_recorded(explanation.covered) == decide_briefly(explanation.bound, explanation.intake)
