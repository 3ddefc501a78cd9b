"""What every route and page stands on: problems, JSON, schemas, the API document. It knows no feature."""
