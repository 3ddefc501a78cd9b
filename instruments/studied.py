"""Definitions of instruments that are studied and by which nobody is rated: their scales, and nothing else.

A mapping can say the same of its own columns (`instruments.mapping`). A definition is for what several mappings share,
and is versioned and locked like any other. It has no anchors, limits or texts, since nothing of it is ever shown to
whoever rates; what is screened by and rated with is an `instruments.model.Instrument`.

```yaml
# studied/four_levels/1.0.yaml
id: four_levels
version: "1.0"
status: published
valid_from: 2026-01-01
valid_to: null
title: {sv: Fyrgradig, en: Four levels}
levels: [0, 1, 2, 3]                                         # of every item that has no scale of its own
items:
  housing: {}
  employed: {levels: ["no", "yes"], kind: protective}
  convictions: {most: 20}
scores:
  decile: {range: [1, 10]}
```
"""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import Field, StrictBool

from instruments.loading import CrossFault
from instruments.mapped_columns import CellText
from instruments.messages import Text
from instruments.model import ItemId
from instruments.registry import Versioned
from instruments.scales import ItemScale, ScoreScale

#: The folder in which they lie.
FOLDER = "studied"


class StudiedScore(ScoreScale):
    """A score; ``reversed`` where a higher one stands for less of the outcome."""

    reversed: StrictBool = False


class StudiedInstrument(Versioned):
    """What is known of an instrument that is studied.

    Parameters
    ----------
    title : Text
    levels : tuple of str
        Of every item that has no scale of its own, in rising order.
    items : Mapping of str to ItemScale
    scores : Mapping of str to StudiedScore
        Scores may be all that there is.
    """

    title: Text
    levels: tuple[CellText, ...] = ()
    items: Mapping[ItemId, ItemScale] = Field(default_factory=dict)
    scores: Mapping[ItemId, StudiedScore] = Field(default_factory=dict)

    @classmethod
    def faults_in(cls, data: Any) -> Iterator[CrossFault]:
        """Yield what is wrong between the parts of a definition file; see `instruments.loading.load`."""
        yield from super().faults_in(data)
        if not isinstance(data, Mapping):
            return
        items, scores = (part if isinstance(part := data.get(name), Mapping) else {} for name in ("items", "scores"))
        if not items and not scores:
            yield ("items",), "empty-list", {"name": "items"}
        for name, item in items.items():
            if not data.get("levels") and isinstance(item, Mapping) and not {"levels", "most"} & set(item):
                yield ("items", name), "not-a-scale", {"name": name}
        for name, score in scores.items():
            if isinstance(score, Mapping) and score.get("reversed") and not {"levels", "range"} & set(score):
                yield ("scores", name), "reversed-without-ends", {"name": name}
