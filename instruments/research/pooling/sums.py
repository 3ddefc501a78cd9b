"""The file of sums that a place sends: counts and sums by the levels of a plan, with its digest, signed."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import Field, StrictInt

from instruments.canonical import canonical_json
from instruments.faults import Fault, InputError
from instruments.loading import CrossFault, load
from instruments.research.limits import limits
from instruments.research.pooling.plan import FrozenPart, Name, PoolingPlan
from instruments.signing import Signed, public_key_of

_PURPOSE = b"underlag research sums 1\n"
#: By which such a file is known, however it was edited since.
_FORM = re.compile(r"^['\"]?form['\"]?\s*:\s*['\"]?underlag sums", re.MULTILINE)
#: What has no value in the plan's groups, or one that it does not list.
EVERYBODY_ELSE = "…"

#: What every number of a canonical file holds exactly; how large those of one place are is a limit.
Count = Annotated[StrictInt, Field(ge=0, le=10**15)]
Sum = (
    Annotated[StrictInt, Field(ge=-(10**15), le=10**15)]
    | Annotated[float, Field(allow_inf_nan=False, ge=-1e15, le=1e15)]
)
Share = Annotated[float, Field(allow_inf_nan=False, ge=0, le=1e15)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
SignatureText = Annotated[str, Field(pattern=r"^[0-9a-f]{128}$")]


class LevelCounts(FrozenPart):
    """Persons by level of the score, without the outcome and with it."""

    without: tuple[Count, ...]
    happened: tuple[Count, ...]


class OutcomeSums(FrozenPart):
    """Level by outcome, of everybody and of each value of each group."""

    everybody: LevelCounts
    groups: Mapping[Name, Mapping[Name, LevelCounts]] = Field(default_factory=dict)


class SeveralRaters(FrozenPart):
    """Sums over persons who were rated by two or more, whoever the raters are.

    Parameters
    ----------
    persons : int
    ratings_each : int or None
        How often each person was rated; None where that differs.
    category_totals : tuple of int
        Ratings of each level.
    squares : int
        Sum of the squares of how often each person was given each level.
    coincidences : tuple of tuple of float
        Krippendorff's matrix of coincidences.
    """

    persons: Count
    ratings_each: Count | None
    category_totals: tuple[Count, ...]
    squares: Count
    coincidences: tuple[tuple[Share, ...], ...]


class ItemSums(FrozenPart):
    """Sums over persons of whom every item of the plan's sets is known.

    Parameters
    ----------
    persons : int
    levels : tuple of int
        How many levels each item has, in the order of the plan.
    sums, squares : tuple of int
        Of each item.
    total, total_squares : int
        Of the sum of the items.
    """

    persons: Count
    levels: tuple[Count, ...]
    sums: tuple[Count, ...]
    squares: tuple[Count, ...]
    total: Count
    total_squares: Count


class RatingSums(FrozenPart):
    """Sums over persons whose score is known from two or more ratings.

    Parameters
    ----------
    persons, ratings, squared_ratings : int
        How many persons there are, and the sums of how often each was rated and of the square of that.
    total, squares, between : float
        Sums of the scores, of their squares, and of the square of each person's sum by how often they were rated.
    by_rater : tuple of float or None
        The sum of each of the plan's raters, who rated everybody; None where raters differ from person to person.
    """

    persons: Count
    ratings: Count
    squared_ratings: Count
    total: Sum
    squares: Sum
    between: Sum
    by_rater: tuple[Sum, ...] | None = None


class Parts(FrozenPart):
    """What is told; ``pairs`` are the tables of two raters, by item."""

    outcome: OutcomeSums | None = None
    pairs: Mapping[Name, tuple[tuple[Count, ...], ...]] = Field(default_factory=dict)
    several: Mapping[Name, SeveralRaters] = Field(default_factory=dict)
    consistency: Mapping[Name, ItemSums] = Field(default_factory=dict)
    intraclass: Mapping[Name, RatingSums] = Field(default_factory=dict)


class Sums(FrozenPart):
    """A file of sums.

    Parameters
    ----------
    form : str
        What kind of file it is.
    place : str
        Where the persons are from, in words.
    made_on : date
    plan : PoolingPlan
    plan_sha256 : str
        Its digest.
    left_out : tuple of str
        Parts of the plan that the place does not tell.
    parts : Parts
    public_key, signature : str
        Ed25519, over everything else in the file.
    """

    form: Literal["underlag sums 1"] = "underlag sums 1"
    place: Name
    made_on: date
    plan: PoolingPlan
    plan_sha256: Digest
    left_out: tuple[Name, ...] = ()
    parts: Parts
    public_key: Digest = "0" * 64
    signature: SignatureText = "0" * 128

    @classmethod
    def faults_in(cls, data: Any) -> Iterator[CrossFault]:
        """Yield what is wrong between the parts of the plan in the file; see `instruments.loading.load`."""
        if isinstance(data, Mapping):
            yield from (
                (("plan", *place), code, given) for place, code, given in PoolingPlan.faults_in(data.get("plan"))
            )

    def signed_with(self, key: bytes) -> "Sums":
        """The file as signed with a private key of 32 bytes."""
        unsigned = self.model_copy(update={"public_key": public_key_of(key)})
        signature = Signed.of(unsigned._signed, key, purpose=_PURPOSE).signature
        return unsigned.model_copy(update={"signature": signature})

    @property
    def is_as_signed(self) -> bool:
        """Whether nothing in the file was changed since it was signed with the key that it names."""
        return Signed(self.public_key, self.signature).holds_for(self._signed, purpose=_PURPOSE)

    @property
    def _signed(self) -> bytes:
        return canonical_json(self.model_dump(mode="json", exclude={"signature"}))

    def to_yaml(self) -> str:
        """The file's text, which `read_sums` reads back to the very same sums."""
        content = self.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
        content = {"form": self.form, **content, "made_on": self.made_on}
        return yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=120)


def read_sums(path: Path) -> Sums:
    """Read a file of sums.

    Raises
    ------
    InputError
        If the file is larger than any such file, or with every fault and its line.
    """
    most = limits().whole("sums_file_bytes")
    if path.stat().st_size > most:
        raise InputError([Fault("sums-file-large", path.name, {"most": most})])
    return load(path, Sums)[0]


def files_beside(path: Path, key: bytes) -> dict[str, Sums]:
    """The files of sums in the folder of a file that the same place has signed, by name; others are passed over.

    Parameters
    ----------
    path : Path
        It need not exist.
    key : bytes
        The private key of the place.

    Raises
    ------
    InputError
        If a file says that it is one of sums and cannot be read, or is not as it was signed.
    """
    beside = sorted(each for each in path.absolute().parent.glob("*") if each.is_file() and each.name != path.name)
    found = {each.name: read_sums(each) for each in beside if _is_of_sums(each)}
    if altered := [name for name, each in found.items() if not each.is_as_signed]:
        raise InputError(Fault("sums-earlier-altered", name, {}) for name in altered)
    return {name: each for name, each in found.items() if each.public_key == public_key_of(key)}


def _is_of_sums(path: Path) -> bool:
    with path.open("rb") as file:
        beginning = file.read(limits().whole("sums_file_bytes"))
    return _FORM.search(beginning.decode("utf-8-sig", errors="replace").replace("\r", "\n")) is not None
