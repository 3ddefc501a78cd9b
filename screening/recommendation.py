"""The outcome and the flags, in the words that files and answers use.

An outcome says what the material supports. It is a recommendation for social services to review, never a decision.
"""

from collections.abc import Sequence
from typing import Literal

from screening.ruleset import RuleSet
from screening.truth import MET, UNKNOWN

Outcome = Literal["supports_offer", "more_information_needed", "not_target_group"]
#: By the truth of "all required criteria are met", in order of support.
OUTCOMES: tuple[Outcome, ...] = ("not_target_group", "more_information_needed", "supports_offer")


def name_outcome(truth: int) -> Outcome:
    """The outcome's name: ``not_target_group``, ``more_information_needed`` or ``supports_offer``."""
    return OUTCOMES[truth]


def raised_flags(rules: RuleSet, truths: Sequence[int]) -> list[str]:
    """The flags that are met, in their order of display."""
    return [rules.nodes[place].name for place in rules.flags if truths[place] == MET]


def open_flags(rules: RuleSet, truths: Sequence[int]) -> list[str]:
    """The flags that cannot be told yet, in their order of display."""
    return [rules.nodes[place].name for place in rules.flags if truths[place] == UNKNOWN]
