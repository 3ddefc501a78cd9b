"""Finding a definition by id and version or date, and refusing one that was altered once published."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from instruments.faults import AlteredDefinitionError, Fault, InputError, UnknownDefinitionError
from instruments.loading import CrossFault, Document, load, name_of, read_yaml
from instruments.translations import FOLDER as LANGUAGES_FOLDER
from instruments.translations import definition_catalogues, texts_in, translated, with_texts

LOCK_FILE = "lock.yaml"
_DIGEST = re.compile(r"[0-9a-f]{64}")

Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*(/[a-z][a-z0-9_]*)?$")]
Version = Annotated[str, Field(pattern=r"^[0-9]+(\.[0-9]+)*$")]


class Versioned(BaseModel):
    """What every definition file says of itself.

    ``status`` is ``draft`` while it may still change and ``published`` once its digest stands in the lock
    file. ``valid_to`` is the last day on which it was in force; null means that no end is known. The
    calendar's first and last day are neither: rules change on the day before and after.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Identifier
    version: Version
    status: Literal["draft", "published"]
    valid_from: date
    valid_to: date | None

    @property
    def last_day(self) -> date | None:
        """The last day on which what it says was in force; None where no end is known."""
        return self.valid_to

    def is_over(self, on: date) -> bool:
        """Whether its ``valid_to`` has passed on a day."""
        return self.valid_to is not None and self.valid_to < on

    @classmethod
    def faults_in(cls, data: Any) -> Iterator[CrossFault]:
        """Yield what is wrong between the parts of a definition file; see `instruments.loading.load`."""
        first, last = (data.get("valid_from"), data.get("valid_to")) if isinstance(data, Mapping) else (None, None)
        if isinstance(first, date) and isinstance(last, date) and last < first:
            parameters: dict[str, object] = {"name": "valid_to", "low": first.isoformat(), "high": last.isoformat()}
            yield ("valid_to",), "bounds-reversed", parameters
        if first == date.min:
            yield ("valid_from",), "before-every-day", {"name": "valid_from", "day": date.min.isoformat()}
        if last == date.max:
            yield ("valid_to",), "after-every-day", {"name": "valid_to", "day": date.max.isoformat()}


Content = TypeVar("Content", bound=Versioned)


@dataclass(frozen=True)
class Definition(Generic[Content]):
    """A definition with the digest of the file it came from, which stands for its content.

    ``is_locked`` says whether it stands in the lock of its folder: what stands there is never edited, and what does not
    can still be mended.
    """

    content: Content = field(compare=False)
    sha256: str
    path: Path
    is_locked: bool = False

    @property
    def reference(self) -> str:
        """``id@version``."""
        return f"{self.content.id}@{self.content.version}"


class Registry(Generic[Content]):
    """All definitions of one kind under some folders.

    Parameters
    ----------
    kind : type
        The model of the definitions.
    roots : iterable of Path
        Folders that are searched in depth; what lies in ``languages`` are catalogues of further languages, see
        `instruments.translations`. Each may hold a ``lock.yaml`` that maps ``id@version`` to the
        SHA-256 of the file; a published definition of a folder with a lock must stand in it and match, and
        what stands in the lock must still be there.
    elsewhere : Mapping of str to str
        Ids that are not to be found here, each with the code of the fault that says why.
    own : iterable of Path
        Further such folders, whose versions go before those of ``roots`` while they are in force: what somebody has
        decided for themselves is not replaced by a later version of what it took the place of.

    Raises
    ------
    InputError
        With every fault of every file.
    AlteredDefinitionError
        If a published file does not match its lock, or is gone.
    """

    def __init__(
        self,
        kind: type[Content],
        roots: Iterable[Path],
        *,
        elsewhere: Mapping[str, str] | None = None,
        own: Iterable[Path] = (),
    ) -> None:
        own = tuple(own)
        roots, self._elsewhere = (*roots, *own), elsewhere or {}
        self._definitions: dict[str, list[Definition[Content]]] = {}
        self._own: set[str] = set()
        faults: list[Fault] = []
        for root in roots:
            definitions, unreadable = _definitions_under(root, kind)
            faults.extend(unreadable)
            locked = None if unreadable else read_lock(root)
            _refuse_altered(definitions, locked)
            for definition in definitions:
                known = replace(definition, is_locked=definition.reference in (locked or {}))
                self._definitions.setdefault(definition.content.id, []).append(known)
            self._own |= {each.reference for each in definitions if root in own}
        for versions in self._definitions.values():
            faults.extend(_clashes_among(versions))
            versions.sort(key=lambda known: known.content.valid_from)
        if faults:
            raise InputError(faults)
        for root in roots:
            self._translate(root)

    def _translate(self, root: Path) -> None:
        """Put the words of every catalogue of a further language in a folder into its definition.

        Raises
        ------
        InputError
            With what is wrong with the first catalogue that does not fit.
        """
        catalogues: dict[str, list[tuple[str, Document]]] = {}
        by_reference = {known.reference: known for known in self}
        for each in definition_catalogues(root):
            if each.reference not in by_reference:
                parameters = {"name": each.reference, "known": sorted(by_reference)}
                raise InputError([Fault("translates-no-version", name_of(each.path), parameters)])
            catalogues.setdefault(each.reference, []).append((each.language, read_yaml(each.path)))
        for versions in self._definitions.values():
            for place, known in enumerate(versions):
                if known.reference in catalogues:
                    versions[place] = _with_words(known, tuple(catalogues[known.reference]))

    def __iter__(self) -> Iterator[Definition[Content]]:
        for versions in self._definitions.values():
            yield from versions

    def __contains__(self, identifier: object) -> bool:
        return identifier in self._definitions

    def ids(self) -> list[str]:
        """Every id, in alphabetical order."""
        return sorted(self._definitions)

    def find(self, name: str, *, on: date) -> Definition[Content]:
        """Return the definition of a name on a day.

        Parameters
        ----------
        name : str
            ``id`` for the latest published version in force on the day, of one's own where there is such a one that has
            not ended, or ``id@version`` for that very one.
            A draft is found by its version only: it may still change, so nothing may come to rest on it
            unawares.
        on : date
            The day. A version is in force from its ``valid_from``; it is found after its ``valid_to`` too,
            since the caller must then say that it is superseded.

        Raises
        ------
        UnknownDefinitionError
            With code ``unknown-definition`` or one of ``elsewhere``, ``unknown-version``, ``only-drafts`` or
            ``not-in-force``.
        """
        identifier, pinned, version = name.partition("@")
        versions = self._definitions.get(identifier)
        if versions is None:
            code = self._elsewhere.get(identifier, "unknown-definition")
            raise UnknownDefinitionError(Fault(code, "", {"name": identifier, "known": self.ids()}))
        if pinned:
            candidates = [known for known in versions if known.content.version == version]
            if not candidates:
                known_versions = [known.content.version for known in versions]
                raise UnknownDefinitionError(Fault("unknown-version", "", {"name": name, "known": known_versions}))
        else:
            candidates = [known for known in versions if known.content.status == "published"]
            if not candidates:
                drafts = [known.reference for known in versions]
                raise UnknownDefinitionError(Fault("only-drafts", "", {"name": identifier, "known": drafts}))
        in_force = [known for known in candidates if known.content.valid_from <= on]
        if not in_force:
            first = candidates[0].content.valid_from.isoformat()
            raise UnknownDefinitionError(
                Fault("not-in-force", "", {"name": name, "valid_from": first, "on": on.isoformat()})
            )
        standing = [known for known in in_force if known.reference in self._own and not known.content.is_over(on)]
        return (standing or in_force)[-1]


@lru_cache(maxsize=512)
def _with_words(known: Definition[Content], catalogues: tuple[tuple[str, Document], ...]) -> Definition[Content]:
    """A definition with the words of its catalogues, each of a language; what comes out of the same bytes is kept."""
    texts = dict(texts_in(known.content))
    for language, document in catalogues:
        texts |= translated(texts, document, language)
    return replace(known, content=with_texts(known.content, texts))


def _definitions_under(root: Path, kind: type[Content]) -> tuple[list[Definition[Content]], list[Fault]]:
    if not root.is_dir():
        return [], [Fault("missing-folder", root.name, {})]
    definitions: list[Definition[Content]] = []
    faults: list[Fault] = []
    for path in sorted(root.rglob("*.yaml")):
        if path.name == LOCK_FILE or LANGUAGES_FOLDER in path.relative_to(root).parts:
            continue
        try:
            content, document = load(path, kind)
        except InputError as error:
            faults.extend(error.faults)
        else:
            definitions.append(Definition(content, document.sha256, path))
    return definitions, faults


def _clashes_among(definitions: Iterable[Definition[Content]]) -> Iterator[Fault]:
    """Yield what two definitions cannot both be: the same version, or in force from the same day."""
    known: list[Definition[Content]] = []
    for definition in definitions:
        alike = [each for each in known if each.content.id == definition.content.id]
        if any(each.content.version == definition.content.version for each in alike):
            yield Fault("repeated-definition", name_of(definition.path), {"name": definition.reference})
        elif any(_in_force_on_same_day(each, definition) for each in alike):
            yield Fault("same-first-day", name_of(definition.path), {"name": definition.reference})
        known.append(definition)


def _in_force_on_same_day(one: Definition[Content], other: Definition[Content]) -> bool:
    """Whether both are published and begin on the same day, so that a date could not choose between them."""
    published = one.content.status == other.content.status == "published"
    return published and one.content.valid_from == other.content.valid_from


def read_lock(root: Path) -> dict[str, str] | None:
    """Read the digests of published definitions under a folder; None where the folder keeps no lock.

    Raises
    ------
    InputError
        If the lock is anything else than ``id@version`` to a SHA-256 in hexadecimal digits.
    """
    path = root / LOCK_FILE
    if not path.exists():
        return None
    document = read_yaml(path)
    if not isinstance(document.data, dict):
        raise InputError([Fault("bad-lock", path.name)])
    faults = [
        Fault("bad-lock", document.where((reference,)))
        for reference, digest in document.data.items()
        if not isinstance(digest, str) or not _DIGEST.fullmatch(digest)
    ]
    if faults:
        raise InputError(faults)
    return dict(document.data)


def write_lock(root: Path, kind: type[Content]) -> list[str]:
    """Add the published definitions of a folder to its lock.

    Parameters
    ----------
    root : Path
        The folder.
    kind : type
        The model of its definitions.

    Returns
    -------
    list of str
        The references that were added. Those that stood there are left as they are.

    Raises
    ------
    InputError
        If a file cannot be read, or two cannot stand beside each other: what is locked could not be mended.
    AlteredDefinitionError
        If a definition in the lock was changed or removed. A change is a new version in a new file.
    """
    definitions, faults = _definitions_under(root, kind)
    faults.extend(_clashes_among(definitions))
    if faults:
        raise InputError(faults)
    locked = read_lock(root) or {}
    added = {
        definition.reference: definition.sha256
        for definition in definitions
        if definition.content.status == "published" and definition.reference not in locked
    }
    _refuse_altered(definitions, {**locked, **added})
    lines = [f'{reference}: "{digest}"\n' for reference, digest in sorted({**locked, **added}.items())]
    if lines:
        (root / LOCK_FILE).write_text("".join(lines), encoding="utf-8")
    return sorted(added)


def _refuse_altered(definitions: Iterable[Definition[Content]], locked: Mapping[str, str] | None) -> None:
    if locked is None:
        return
    missing = set(locked)
    for definition in definitions:
        missing.discard(definition.reference)
        # What was locked stays so even if the file now calls itself a draft.
        expected = locked.get(definition.reference)
        frozen = expected is not None or definition.content.status == "published"
        if frozen and expected != definition.sha256:
            code = "altered-definition" if expected else "unlocked-definition"
            raise AlteredDefinitionError(Fault(code, name_of(definition.path), {"name": definition.reference}))
    for reference in sorted(missing):
        raise AlteredDefinitionError(Fault("removed-definition", LOCK_FILE, {"name": reference}))
