"""What the levels of a score are called where neighbouring ones were joined so that none is few."""

from collections.abc import Sequence

from instruments.research.datasets.dataset import Dataset
from instruments.research.datasets.scores import PUBLISHED, SUMMARY, ends_of
from instruments.research.estimation.roc import ScoreCounts
from instruments.research.wording import label, number


def block_names(dataset: Dataset, score: str, counted: ScoreCounts, joined: ScoreCounts, language: str) -> list[str]:
    """What each block of levels is called: ``3`` where it is one level, ``1–2`` where several were joined.

    Where a block ends is told by where the next one begins, or where the score itself ends, so that no name tells
    which levels within it occur.

    Parameters
    ----------
    counted, joined : ScoreCounts
        Before and after the joining, see `instruments.research.card.disclosure.coarsened`.
    """
    starts = joined.levels.tolist()
    occurring = [each for each in counted.levels.tolist() if each >= starts[0]]
    whole = all(each == int(each) for each in (*occurring, *starts))
    words = _words(dataset, score, language)
    ends = ends_of(dataset, score)

    def told(level: float) -> str:
        if words:
            return words[int(level)]
        return str(int(level)) if whole else number(level, language, decimals=2)

    names = []
    for start, after in zip(starts, [*starts[1:], None], strict=True):
        last = after - 1 if after is not None else ends[1] if ends is not None else max(occurring)
        if (start == last) if whole else not any(start < each < (after or float("inf")) for each in occurring):
            names.append(told(start))
        elif after is None and ends is None:
            names.append(f"≥ {told(start)}")
        else:
            names.append(f"{told(start)}–{told(last)}" if whole or after is None else f"{told(start)}–<{told(after)}")
    return names


def _words(dataset: Dataset, score: str, language: str) -> Sequence[str]:
    """The words of the levels of a score; none for one in numbers."""
    if score == SUMMARY:
        return [label(level, language) for level in dataset.instrument.scales.risk]
    scale = dataset.score_scales.get(score.removeprefix(PUBLISHED) if score not in dataset.scores else score)
    return scale.levels if scale is not None else ()
