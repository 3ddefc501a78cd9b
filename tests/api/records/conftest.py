import pytest

from api.store.database import Database
from tests.api.records.world import World, new_world


@pytest.fixture
def world(database: Database) -> World:
    return new_world(database)
