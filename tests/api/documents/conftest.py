from tests.api.documents.folders import folder

__all__ = ["folder"]
