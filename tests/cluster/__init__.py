"""A real OpenSearch cluster for the tests: processes of this machine, no containers. `tests/conftest.py` makes it a fixture."""
