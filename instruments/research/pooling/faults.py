"""What must be known before figures of several places are used."""

from instruments.research.faults import ResearchWarning


class DisjointPersonsWarning(ResearchWarning):
    """Sums of several places are taken to be of different persons; nobody can see that from the files."""

    code = "persons-taken-as-disjoint"


class LeftOutWarning(ResearchWarning):
    """Some places do not tell a part of the plan."""

    code = "part-left-out"
