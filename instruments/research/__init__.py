"""Research on an instrument: is it reliable, is it valid, for whom, and does it stay so.

Nothing here is used when a person is screened. Totals exist in what these modules give, labelled as research, and
nowhere else. scikit-learn's conventions hold: ratings come as a DataFrame with a row a person and NaN for a blank.

What a study needs can be imported from here, and is imported from its module when it is first asked for:

>>> from instruments.research import LogisticCalibrator, size_for_validation
>>> LogisticCalibrator(column="risk_total").column
'risk_total'
>>> [need.criterion for need in size_for_validation(0.3, 0.75)]
['precise_ratio', 'precise_slope', 'precise_area']
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from instruments.research.calibration.report import calibrate as calibrate
    from instruments.research.calibrators import IsotonicCalibrator as IsotonicCalibrator
    from instruments.research.calibrators import LogisticCalibrator as LogisticCalibrator
    from instruments.research.calibrators import PlattCalibrator as PlattCalibrator
    from instruments.research.card.comparing import compare_cards as compare_cards
    from instruments.research.card.evidence import Evidence as Evidence
    from instruments.research.card.evidence import gather_evidence as gather_evidence
    from instruments.research.card.making import make_card as make_card
    from instruments.research.card.statement import CardStatement as CardStatement
    from instruments.research.card.writing import write_card as write_card
    from instruments.research.datasets.dataset import Dataset as Dataset
    from instruments.research.datasets.reading import read_dataset as read_dataset
    from instruments.research.datasets.scoring import InstrumentScorer as InstrumentScorer
    from instruments.research.dependence.clustered_areas import clustered_area as clustered_area
    from instruments.research.dependence.clusters import Clusters as Clusters
    from instruments.research.dependence.followed import Followed as Followed
    from instruments.research.dependence.followed import area_by_time as area_by_time
    from instruments.research.dependence.followed import cumulative_incidence as cumulative_incidence
    from instruments.research.estimation.effects import combine as combine_effects  # noqa: F401
    from instruments.research.estimation.resampling import Resampling as Resampling
    from instruments.research.fairness.metric_by_group import MetricByGroup as MetricByGroup
    from instruments.research.fairness.report import fairness as report_fairness  # noqa: F401
    from instruments.research.figures.describing import describe as describe
    from instruments.research.figures.figure import Figure as Figure
    from instruments.research.figures.figure import InsufficientEvidence as InsufficientEvidence
    from instruments.research.figures.figure import Report as Report
    from instruments.research.generalizability.report import generalizability as report_generalizability  # noqa: F401
    from instruments.research.item_response.report import irt as report_irt  # noqa: F401
    from instruments.research.item_response.transformer import GradedResponse as GradedResponse
    from instruments.research.missing.bounds import area_bounds as area_bounds
    from instruments.research.missing.report import missing as report_missing  # noqa: F401
    from instruments.research.monitoring.drift import drift as report_drift  # noqa: F401
    from instruments.research.monitoring.report import monitor as report_monitoring  # noqa: F401
    from instruments.research.pooling.pooled import pool as report_pool  # noqa: F401
    from instruments.research.pooling.sums import read_sums as read_sums
    from instruments.research.reliability.report import reliability as report_reliability  # noqa: F401
    from instruments.research.sample_size.report import sample_size as report_sample_size  # noqa: F401
    from instruments.research.sample_size.sizes import size_for_development as size_for_development
    from instruments.research.sample_size.sizes import size_for_intraclass as size_for_intraclass
    from instruments.research.sample_size.sizes import size_for_kappa as size_for_kappa
    from instruments.research.sample_size.sizes import size_for_validation as size_for_validation
    from instruments.research.structure.report import structure as report_structure  # noqa: F401
    from instruments.research.validity.overrides import overrides as report_overrides  # noqa: F401
    from instruments.research.validity.report import validity as report_validity  # noqa: F401

#: By public name, the module and its own name there. A report that is called like its module has another name here.
_PUBLIC = {
    "CardStatement": ("card.statement", "CardStatement"),
    "Clusters": ("dependence.clusters", "Clusters"),
    "Dataset": ("datasets.dataset", "Dataset"),
    "Evidence": ("card.evidence", "Evidence"),
    "Figure": ("figures.figure", "Figure"),
    "Followed": ("dependence.followed", "Followed"),
    "GradedResponse": ("item_response.transformer", "GradedResponse"),
    "InstrumentScorer": ("datasets.scoring", "InstrumentScorer"),
    "InsufficientEvidence": ("figures.figure", "InsufficientEvidence"),
    "IsotonicCalibrator": ("calibrators", "IsotonicCalibrator"),
    "LogisticCalibrator": ("calibrators", "LogisticCalibrator"),
    "MetricByGroup": ("fairness.metric_by_group", "MetricByGroup"),
    "PlattCalibrator": ("calibrators", "PlattCalibrator"),
    "Report": ("figures.figure", "Report"),
    "Resampling": ("estimation.resampling", "Resampling"),
    "area_bounds": ("missing.bounds", "area_bounds"),
    "area_by_time": ("dependence.followed", "area_by_time"),
    "calibrate": ("calibration.report", "calibrate"),
    "clustered_area": ("dependence.clustered_areas", "clustered_area"),
    "combine_effects": ("estimation.effects", "combine"),
    "compare_cards": ("card.comparing", "compare_cards"),
    "cumulative_incidence": ("dependence.followed", "cumulative_incidence"),
    "describe": ("figures.describing", "describe"),
    "gather_evidence": ("card.evidence", "gather_evidence"),
    "make_card": ("card.making", "make_card"),
    "read_dataset": ("datasets.reading", "read_dataset"),
    "read_sums": ("pooling.sums", "read_sums"),
    "report_drift": ("monitoring.drift", "drift"),
    "report_fairness": ("fairness.report", "fairness"),
    "report_generalizability": ("generalizability.report", "generalizability"),
    "report_irt": ("item_response.report", "irt"),
    "report_monitoring": ("monitoring.report", "monitor"),
    "report_missing": ("missing.report", "missing"),
    "report_overrides": ("validity.overrides", "overrides"),
    "report_pool": ("pooling.pooled", "pool"),
    "report_reliability": ("reliability.report", "reliability"),
    "report_sample_size": ("sample_size.report", "sample_size"),
    "report_structure": ("structure.report", "structure"),
    "report_validity": ("validity.report", "validity"),
    "size_for_development": ("sample_size.sizes", "size_for_development"),
    "size_for_intraclass": ("sample_size.sizes", "size_for_intraclass"),
    "size_for_kappa": ("sample_size.sizes", "size_for_kappa"),
    "size_for_validation": ("sample_size.sizes", "size_for_validation"),
    "write_card": ("card.writing", "write_card"),
}


def __getattr__(name: str) -> object:
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, own = _PUBLIC[name]
    return getattr(import_module(f"{__name__}.{module}"), own)


def __dir__() -> list[str]:
    return sorted({*globals(), *_PUBLIC})
