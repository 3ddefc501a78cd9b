"""The published tables as a catalogue of datasets: DCAT-AP-SE 2 (DIGG) in JSON-LD, which a data portal reads.

A dataset is a measure over some dimensions. Its distributions are the same numbers by month, quarter or year, in each
format. Only what was published is in it, and the tables themselves are given to those who may read them alone.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.settings.municipality import Municipality
from api.store.trend_tables import TrendPeriod, TrendTable
from api.trends.publishing import dims_of
from api.trends.words import title_of_table
from api.trends.workbook import MEDIA_TYPE
from instruments.messages import LANGUAGES, Catalogue, Text
from screening.trends.lattice import LEVELS, Lattice, Level

Node = dict[str, Any]
#: Where a table is given: by its measure, level, dimensions and format.
Address = Callable[..., str]
_AUTHORITY = "http://publications.europa.eu/resource/authority"
_IANA = "https://www.iana.org/assignments/media-types"
_CONTEXT: Mapping[str, Any] = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcterms": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_LANGUAGES: Mapping[str, str] = {"sv": "SWE", "en": "ENG"}
_FREQUENCY: Mapping[Level, str] = {"month": "MONTHLY", "quarter": "QUARTERLY", "year": "ANNUAL"}
_RESOLUTION: Mapping[Level, str] = {"month": "P1M", "quarter": "P3M", "year": "P1Y"}


@dataclass(frozen=True)
class _Format:
    """A format that the numbers themselves are given in.

    Parameters
    ----------
    file_type : str
        In the file types of the Publications Office of the EU.
    standard : str or None
        What it conforms to beyond its media type.
    """

    media_type: str
    file_type: str
    standard: str | None = None


#: What an address can ask for; the first where it asks for none.
FORMATS = ("json", "csv", "csvw", "json-stat", "xlsx")
#: The numbers themselves; the others describe them, or are for programs of this service.
_DISTRIBUTED: Mapping[str, _Format] = {
    "csv": _Format("text/csv", "CSV", "http://www.w3.org/ns/csvw"),
    "json-stat": _Format("application/json", "JSON", "https://json-stat.org/full/"),
    "xlsx": _Format(MEDIA_TYPE, "XLSX"),
}


@dataclass(frozen=True)
class _Table:
    """A published table of periods of one length, and when its periods were published."""

    measure: str
    across: str
    level: Level
    first: int
    last: int
    issued: datetime
    modified: datetime


class DataCatalogue:
    """Describes what is published.

    Parameters
    ----------
    place : str
        The address of the catalogue; what is described has addresses below it.
    table : callable
        The address of a table in a format.
    service, documentation : str
        Where tables are asked for, and where that is described.
    """

    def __init__(
        self,
        lattice: Lattice,
        catalogue: Catalogue,
        municipality: Municipality,
        *,
        place: str,
        table: Address,
        service: str,
        documentation: str,
    ) -> None:
        self._lattice, self._words, self._municipality = lattice, catalogue, municipality
        self._place, self._table, self._service, self._documentation = place, table, service, documentation

    def describe(self, session: Session) -> Node:
        """The catalogue as JSON-LD with its context in it, so that reading it fetches nothing."""
        datasets: dict[tuple[str, str], list[_Table]] = {}
        for table in _published(session):
            datasets.setdefault((table.measure, table.across), []).append(table)
        nodes = [node for tables in datasets.values() for node in self._dataset(tables)]
        dates = [table for tables in datasets.values() for table in tables]
        catalogue: Node = {
            "@id": self._place,
            "@type": "dcat:Catalog",
            "dcterms:title": self._said("trends.catalogue.title"),
            "dcterms:description": self._said("trends.catalogue.about"),
            **self._published_by(),
            **self._licence(),
            "dcterms:language": [{"@id": f"{_AUTHORITY}/language/{code}"} for code in _LANGUAGES.values()],
            "dcat:themeTaxonomy": {"@id": f"{_AUTHORITY}/data-theme"},
            "dcat:dataset": [{"@id": node["@id"]} for node in nodes if node["@type"] == "dcat:Dataset"],
            "dcat:service": {"@id": f"{self._place}#service"},
        }
        if dates:
            catalogue["dcterms:issued"] = _day(min(table.issued for table in dates))
            catalogue["dcterms:modified"] = _day(max(table.modified for table in dates))
        return {"@context": _CONTEXT, "@graph": [catalogue, *self._publisher(), *self._contact(), self._api(), *nodes]}

    def _published_by(self) -> Node:
        return {"dcterms:publisher": {"@id": f"{self._place}#publisher"}} if self._municipality.name else {}

    def _publisher(self) -> Iterator[Node]:
        if self._municipality.name:
            yield {"@id": f"{self._place}#publisher", "@type": "foaf:Agent", "foaf:name": self._municipality.name}

    def _contact(self) -> Iterator[Node]:
        if self._municipality.contact:
            yield {
                "@id": f"{self._place}#contact",
                "@type": "vcard:Organization",
                "vcard:fn": self._municipality.name or self._municipality.contact,
                "vcard:hasEmail": {"@id": f"mailto:{self._municipality.contact}"},
            }

    def _api(self) -> Node:
        return {
            "@id": f"{self._place}#service",
            "@type": "dcat:DataService",
            "dcterms:title": self._said("trends.catalogue.service"),
            "dcat:endpointURL": {"@id": self._service},
            "dcat:endpointDescription": {"@id": self._documentation},
            **self._licence(),
            **_RESTRICTED,
        }

    def _dataset(self, tables: list[_Table]) -> Iterator[Node]:
        first = tables[0]
        name = f"{self._place}#{first.measure}.{first.across.replace(',', '.')}"
        measure = self._lattice.measure(first.measure)
        files = [self._distribution(name, table, form) for table in tables for form in _DISTRIBUTED]
        shortest = min((table.level for table in tables), key=lambda level: LEVELS[level])
        yield {
            "@id": name,
            "@type": "dcat:Dataset",
            "dcterms:title": [
                {"@value": self._title(measure.title, first.across, language), "@language": language}
                for language in LANGUAGES
            ],
            "dcterms:description": _both(measure.about),
            "dcterms:identifier": f"{first.measure}/{first.across}",
            **self._published_by(),
            **({"dcat:contactPoint": {"@id": f"{self._place}#contact"}} if self._municipality.contact else {}),
            "dcat:theme": {"@id": f"{_AUTHORITY}/data-theme/SOCI"},
            "dcat:keyword": self._said("trends.catalogue.keyword"),
            "dcterms:accrualPeriodicity": {"@id": f"{_AUTHORITY}/frequency/{_FREQUENCY[shortest]}"},
            "dcterms:issued": _day(min(table.issued for table in tables)),
            "dcterms:modified": _day(max(table.modified for table in tables)),
            "dcterms:temporal": {
                "@type": "dcterms:PeriodOfTime",
                "dcat:startDate": _date(min(table.first for table in tables)),
                "dcat:endDate": _last_day(max(table.last for table in tables)),
            },
            **_RESTRICTED,
            "dcat:distribution": [{"@id": node["@id"]} for node in files],
        }
        yield from files

    def _distribution(self, dataset: str, table: _Table, form: str) -> Node:
        known = _DISTRIBUTED[form]
        address = self._table(measure=table.measure, level=table.level, across=table.across, format=form)
        return {
            "@id": f"{dataset}.{table.level}.{form}",
            "@type": "dcat:Distribution",
            "dcterms:title": [
                {
                    "@value": f"{self._words.text(f'trends.level.{table.level}', language)}, "
                    f"{self._words.text(f'trends.format.{form}', language)}",
                    "@language": language,
                }
                for language in LANGUAGES
            ],
            "dcat:accessURL": {"@id": address},
            "dcat:accessService": {"@id": f"{self._place}#service"},
            "dcterms:format": {"@id": f"{_AUTHORITY}/file-type/{known.file_type}"},
            "dcat:mediaType": {"@id": f"{_IANA}/{known.media_type}"},
            "dcat:temporalResolution": {"@value": _RESOLUTION[table.level], "@type": "xsd:duration"},
            **({"dcterms:conformsTo": {"@id": known.standard}} if known.standard else {}),
            **self._licence(),
        }

    def _title(self, measure: Text, across: str, language: str) -> str:
        dimensions = [self._lattice.dimension(name).title.in_language(language) for name in dims_of(across)]
        template = self._words.text("trends.table_title", language)
        return title_of_table(template, measure.in_language(language), dimensions)

    def _licence(self) -> Node:
        return {"dcterms:license": {"@id": self._municipality.licence}} if self._municipality.licence else {}

    def _said(self, key: str) -> list[Node]:
        return [{"@value": self._words.text(key, language), "@language": language} for language in LANGUAGES]


_RESTRICTED: Mapping[str, Any] = {"dcterms:accessRights": {"@id": f"{_AUTHORITY}/access-right/RESTRICTED"}}


def _published(session: Session) -> list[_Table]:
    chosen = (
        select(
            TrendTable.measure,
            TrendTable.across,
            TrendPeriod.months,
            func.min(TrendPeriod.first),
            func.max(TrendPeriod.first),
            func.min(TrendPeriod.published_at),
            func.max(TrendPeriod.published_at),
        )
        .join(TrendPeriod, (TrendPeriod.period == TrendTable.period) & (TrendPeriod.revision == TrendTable.revision))
        .group_by(TrendTable.measure, TrendTable.across, TrendPeriod.months)
        .order_by(TrendTable.measure, TrendTable.across, TrendPeriod.months)
    )
    level_of = {months: level for level, months in LEVELS.items()}
    return [
        _Table(measure, across, level_of[months], first, begins + months - 1, issued, modified)
        for measure, across, months, first, begins, issued, modified in session.execute(chosen)
    ]


def _both(text: Text) -> list[Node]:
    return [{"@value": text.in_language(language), "@language": language} for language in LANGUAGES]


def _day(at: datetime) -> Node:
    return {"@value": at.date().isoformat(), "@type": "xsd:date"}


def _date(month: int) -> Node:
    return {"@value": date(month // 12, month % 12 + 1, 1).isoformat(), "@type": "xsd:date"}


def _last_day(month: int) -> Node:
    following = date((month + 1) // 12, (month + 1) % 12 + 1, 1)
    return {"@value": date.fromordinal(following.toordinal() - 1).isoformat(), "@type": "xsd:date"}
