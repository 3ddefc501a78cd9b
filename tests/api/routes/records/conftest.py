import pytest

from tests.api.accounts.people import House
from tests.api.routes.records.desk import Desk


@pytest.fixture
def desk(house: House) -> Desk:
    """A social secretary, a reviewer, a decider and a coordinator of one unit, each with a key of their own."""
    return Desk(house)
