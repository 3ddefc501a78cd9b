"""Names that no definition and no mapping may take in: sex, origin, citizenship, religion, place."""

import re
import unicodedata

# Anywhere in a name these words leave no doubt about what is meant.
_UNMISTAKABLE = """
ethnicity ethnic race racial skin_colour skin_color nationality citizenship citizen birth_country
country_of_birth born_abroad foreign_born immigrant immigration_status migration_background
residence_permit mother_tongue native_language religion religious faith_community postcode postal_code
zip_code zipcode area_statistics area_type area_code neighbourhood_statistics vulnerable_area deso
segregation_index
etnicitet etnisk ras hudfarg nationalitet medborgarskap medborgare fodelseland fodd_utomlands utlandsfodd
utrikesfodd invandrare invandrarbakgrund utlandsk_bakgrund svensk_bakgrund uppehallstillstand modersmal
trossamfund religiositet postnummer omradesstatistik omradestyp utsatt_omrade
"""
# These also begin ordinary names (sex_offences, origin_of_the_report): they count alone or as the last word.
_ALONE_OR_LAST = """
sex gender origin faith zip
kon harkomst ursprung tro
"""
_ANYWHERE = frozenset(_UNMISTAKABLE.split())
_AT_THE_END = frozenset(_ALONE_OR_LAST.split())
#: The most words that one of these is made of: longer runs need no look, so that a long name costs as its length.
_LONGEST_RUN = max(name.count("_") + 1 for name in _ANYWHERE)


def is_never_an_input(name: str) -> bool:
    """Whether a name says that it holds something that must never bear on an assessment.

    Parameters
    ----------
    name : str
        An item id, a fact name or a column name, in English or Swedish.

    Returns
    -------
    bool
        True for sex, origin, citizenship, religion, postcode and area statistics under their usual names. A
        hidden name gets past it: the reading of every definition by a person is still needed.

    Examples
    --------
    >>> is_never_an_input("Födelseland"), is_never_an_input("youth_sex"), is_never_an_input("sex_offences")
    (True, True, False)
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    words = [word for word in re.split(r"[^a-z0-9]+", plain.lower()) if word]
    if not words:
        return False
    starts, lengths = range(len(words)), range(1, _LONGEST_RUN + 1)
    runs = {"_".join(words[start : start + length]) for start in starts for length in lengths}
    return words[-1] in _AT_THE_END or not runs.isdisjoint(_ANYWHERE)
