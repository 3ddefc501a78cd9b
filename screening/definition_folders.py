"""The folders of definitions: which kind lies where, and what a municipality may have of its own."""

from pathlib import Path

from instruments.faults import Fault, InputError
from instruments.registry import Versioned
from instruments.translations import FOLDER as LANGUAGES_FOLDER
from screening.experience import ExperienceForm
from screening.facts import FactDictionary
from screening.gate import ConsentRules
from screening.guidance import FlagSet, Guidance, Overlay

#: The kinds of definitions, by the folder that they lie in.
KINDS: dict[str, type[Versioned]] = {
    "facts": FactDictionary,
    "flags": FlagSet,
    "consent": ConsentRules,
    "guidance": Guidance,
    "overlays": Overlay,
    "experience": ExperienceForm,
}
#: What a municipality can keep in a folder of its own.
MOUNTABLE = ("instruments", "studied", "guidance", "overlays", "cases", "policies", "governance", "cards")
#: What it can give words of its own in further languages, and nothing else.
TRANSLATABLE = ("facts", "flags", "consent", "experience")


def mounted_folders(local: Path) -> dict[str, list[Path]]:
    """The folders of a municipality's own definitions, by kind.

    Raises
    ------
    InputError
        If the folder is not there, or holds a folder whose name is none of `MOUNTABLE`: a misspelt name would
        otherwise pass for having no definitions at all. Also if one of `TRANSLATABLE` holds more than languages.
    """
    if not local.is_dir():
        raise InputError([Fault("missing-folder", local.name)])
    names = sorted(each.name for each in local.iterdir() if each.is_dir() and not each.name.startswith("."))
    known = (*MOUNTABLE, *TRANSLATABLE)
    faults = [
        Fault("unknown-folder", name, {"name": name, "known": list(known)}) for name in names if name not in known
    ]
    faults += [
        Fault("not-mountable", f"{name}/{each.name}", {"name": name})
        for name in names
        if name in TRANSLATABLE
        for each in sorted((local / name).iterdir())
        if each.name != LANGUAGES_FOLDER
    ]
    if faults:
        raise InputError(faults)
    return {name: [local / name] for name in names}
