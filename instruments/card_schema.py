"""The machine form of an evidence card as a JSON schema (draft 2020-12), for whoever reads cards without this code.

The schema of the newest format lies beside this module, in ``schemas``, and is made from the model by
``python -m instruments.card_schema``. Once cards of a format are out, its schema only gains parts that may be left out.
"""

import json
from pathlib import Path
from typing import Any

from instruments.cards import FORMAT, SCHEMA, Card

PATH = Path(__file__).parent / "schemas" / f"evidence_card_{FORMAT}.json"


def card_schema() -> dict[str, Any]:
    """The JSON schema of a card of the newest format."""
    schema = _in_short(Card.model_json_schema(by_alias=True))
    parts = dict(schema["properties"])
    parts["$schema"] = {"const": SCHEMA, "description": "The schema that the file follows."}
    parts["format"] = {"const": FORMAT}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA,
        **schema,
        "title": "Evidence card",
        "description": "What is known of how an instrument works, for whom, and who answers for it.",
        "properties": parts,
        "required": ["$schema", *schema["required"], "flow", "reporting"],
    }


def _in_short(part: Any) -> Any:
    """A part of a schema whose description is the first paragraph of the docstring."""
    if isinstance(part, list):
        return [_in_short(each) for each in part]
    if not isinstance(part, dict):
        return part
    return {
        name: each.partition("\n\n")[0] if name == "description" and isinstance(each, str) else _in_short(each)
        for name, each in part.items()
    }


def schema_text() -> str:
    """The schema as its file holds it."""
    return json.dumps(card_schema(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    PATH.write_text(schema_text(), encoding="utf-8")
