"""How much evidence a figure needs: limits as cited, dated data, which every report that uses one tells."""

from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from instruments.loading import load

PATH = Path(__file__).parent / "limits.yaml"


class Limit(BaseModel):
    """A number with where it comes from and since when it holds here."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: Annotated[float, Field(gt=0)]
    set_on: date
    source: Annotated[str, Field(min_length=1)]


class Limits(BaseModel):
    """Every limit; what each is for stands with its source in the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    events_per_parameter: Limit
    isotonic_persons: Limit
    calibration_events: Limit
    group_size: Limit
    group_events: Limit
    level_frequency: Limit
    stability_moderate: Limit
    stability_large: Limit
    calibration_slope_low: Limit
    calibration_slope_high: Limit
    calibration_in_the_large: Limit
    item_functioning_persons: Limit
    item_functioning_significance: Limit
    item_functioning_difference: Limit
    shared_persons: Limit
    agreement_persons: Limit
    intraclass_persons: Limit
    intraclass_raters: Limit
    dependability: Limit
    residual_share: Limit
    consistency_persons: Limit
    trait_items: Limit
    reported_trait_items: Limit
    trait_persons: Limit
    bootstrap_draws: Limit
    clusters: Limit
    small_count: Limit
    told_decimals: Limit
    coverage: Limit
    prorated_share: Limit
    rater_model_persons: Limit
    published_double_ratings: Limit
    published_raters: Limit
    published_pair_share: Limit
    published_unit_share: Limit
    double_rating_days: Limit
    agreed_days: Limit
    monitoring_error: Limit
    monitoring_earlier_error: Limit
    shrinkage: Limit
    optimism: Limit
    risk_margin: Limit
    risk_error: Limit
    risk_error_parameters: Limit
    ratio_width: Limit
    slope_width: Limit
    area_width: Limit
    agreement_width: Limit
    sums_file_bytes: Limit
    highest_total: Limit
    search_nodes: Limit
    crossed_values: Limit
    place_persons: Limit
    first_year: Limit
    last_year: Limit
    parallel_quantile: Limit
    monotonicity_step: Limit
    local_dependence: Limit
    expected_in_cell: Limit
    polychoric_levels: Limit
    outside_commonest_level: Limit
    scale_persons: Limit
    item_scalability: Limit
    imputation_freedom: Limit
    scale_reduction: Limit
    chance_area: Limit

    def whole(self, name: str) -> int:
        """A limit that is a number of persons, items or draws."""
        limit: Limit = getattr(self, name)
        return int(limit.value)

    def as_data(self, *names: str) -> dict[str, object]:
        """Some limits as a report tells them: value and source by name."""
        chosen: dict[str, Limit] = {name: getattr(self, name) for name in names}
        return {name: {"value": limit.value, "source": limit.source} for name, limit in chosen.items()}


@cache
def limits() -> Limits:
    """The limits that ship with Underlag.

    Raises
    ------
    InputError
        With every fault of the file and its line.
    """
    return load(PATH, Limits)[0]
