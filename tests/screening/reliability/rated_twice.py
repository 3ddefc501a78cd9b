"""Invented people whom two have rated, read as a file of ratings is."""

from pathlib import Path

import pandas as pd

from instruments.table_files import open_table
from screening.batch.preparation import Request
from screening.invented.cohort import invent_cohort
from screening.invented.research_cohort import MAPPING, research_table
from screening.reliability.rated_table import RatedTable, read_ratings
from tests.screening.batches import LIBRARY, ON, read_mapping

GUIDANCES = ("stockholm_2012", "socialstyrelsen_2012")
INSTRUMENT = LIBRARY.bind(GUIDANCES[0], on=ON).rules.instrument


def invented_ratings(n: int = 600, seed: int = 5) -> pd.DataFrame:
    """A row for each rating; the second ratings state no facts but the summary rating."""
    cohort = invent_cohort(n, seed=seed, instrument=INSTRUMENT, dictionary=LIBRARY.facts(ON), on=ON)
    return research_table(cohort, seed=seed, instrument=INSTRUMENT, on=ON)


def read(table: pd.DataFrame, folder: Path, *guidances: str, mapping: Path = MAPPING) -> RatedTable:
    """Write a table and read it again."""
    path = folder / "ratings.csv"
    table.to_csv(path, index=False)
    request = Request(guidances or GUIDANCES, ON, mapping=read_mapping(mapping))
    return read_ratings(LIBRARY, open_table(path), request)
