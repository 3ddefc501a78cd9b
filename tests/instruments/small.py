"""A complete instrument of three risk items and two protective ones, small enough to think through."""

from pathlib import Path

from instruments.loading import load
from instruments.model import Instrument

SMALL = """\
id: small_spj
version: "1.0"
status: published
valid_from: 2020-01-01
valid_to: null
note: {sv: En liten uppsättning för prov., en: A small set for tests.}
title: {sv: Liten, en: Small}
description: {sv: Fem faktorer., en: Five items.}
design_age: {min: 12, max: 18}
scales:
  risk: [low, moderate, high]
  protective: [absent, present]
domains:
  - id: past
    kind: risk
    title: {sv: Förr, en: Past}
  - id: now
    kind: risk
    title: {sv: Nu, en: Now}
  - id: protective
    kind: protective
    title: {sv: Skydd, en: Protection}
rating_rules:
  - {sv: Fråga först., en: Ask first.}
completeness_to_sign:
  risk: 2
  protective: 1
  set_by: Underlag
  set_on: 2026-11-21
  reason: {sv: Prov., en: Test.}
thin_below:
  own_behaviour: 1
  protective: 2
  set_by: Underlag
  set_on: 2026-11-21
  reason: {sv: Prov., en: Test.}
summary_check:
  high_below: 1
  low_from: 2
  set_by: Underlag
  set_on: 2026-11-21
  reason: {sv: Prov., en: Test.}
own_behaviour_reading:
  set_by: Underlag
  set_on: 2026-11-21
  reason: {sv: Prov., en: Test.}
credits:
  constructs: {sv: Påhittade., en: Invented.}
  wording: {sv: Egen., en: Own.}
  validation: {sv: Ingen., en: None.}
sources:
  - id: made_up
    publisher: Underlag
    year: 2026
    title: Ingen källa
items:
  - id: fights
    domain: past
    kind: risk
    dynamic: false
    own_behaviour: true
    look_back: null
    title: {sv: Bråk, en: Fights}
    description: {sv: Antal bråk., en: Number of fights.}
    ask: {sv: Hur var det?, en: How was it?}
    anchors:
      low: {sv: Inget., en: None.}
      moderate: {sv: Ett., en: One.}
      high: {sv: Flera., en: Several.}
    evidence: {sv: Ingen., en: None.}
  - id: moves
    domain: past
    kind: risk
    dynamic: false
    own_behaviour: false
    look_back: null
    title: {sv: Flyttar, en: Moves}
    description: {sv: Antal flyttar., en: Number of moves.}
    ask: {sv: Var har du bott?, en: Where have you lived?}
    anchors:
      low: {sv: Ingen., en: None.}
      moderate: {sv: En., en: One.}
      high: {sv: Flera., en: Several.}
    evidence: {sv: Ingen., en: None.}
  - id: absence
    domain: now
    kind: risk
    dynamic: true
    own_behaviour: true
    look_back: P6M
    title: {sv: Frånvaro, en: Absence}
    description: {sv: Frånvaro i skolan., en: Absence from school.}
    ask: {sv: Hur går det i skolan?, en: How is school?}
    anchors:  # of absence
      low: {sv: Liten., en: Little.}
      moderate: {sv: Viss., en: Some.}
      high: {sv: Stor., en: Much.}
    evidence: {sv: Ingen., en: None.}
  - id: adult
    domain: protective
    kind: protective
    dynamic: true
    own_behaviour: false
    look_back: P6M
    title: {sv: En vuxen, en: An adult}
    description: {sv: En vuxen som hjälper., en: An adult who helps.}
    ask: {sv: Vem hjälper dig?, en: Who helps you?}
    anchors:
      absent: {sv: Ingen., en: No one.}
      present: {sv: Minst en., en: At least one.}
    evidence: {sv: Ingen., en: None.}
  - id: effort
    domain: protective
    kind: protective
    dynamic: true
    own_behaviour: true
    look_back: P30D
    title: {sv: Egna steg, en: Own steps}
    description: {sv: Egna steg mot ett mål., en: Own steps towards a goal.}
    ask: {sv: Vad har du gjort?, en: What have you done?}
    anchors:
      absent: {sv: Inget steg., en: No step.}
      present: {sv: Minst ett., en: At least one.}
    evidence: {sv: Ingen., en: None.}
"""


def write(folder: Path, text: str = SMALL, name: str = "1.0.yaml") -> Path:
    """Put a definition in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def small_instrument(folder: Path) -> Instrument:
    """The small instrument, read as any other."""
    return load(write(folder), Instrument)[0]


def line_of(text: str, words: str) -> int:
    """The number of the only line that holds some words."""
    numbers = [number for number, line in enumerate(text.splitlines(), start=1) if words in line]
    assert len(numbers) == 1, f"{words!r} stands on lines {numbers}"
    return numbers[0]
