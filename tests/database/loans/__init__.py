"""A small library of its own whose tables are changed in every way that a migration may change them."""

APPS = {
    "loans": {
        "models": ["tests.database.loans.models"],
        "migrations": "tests.database.loans.migrations",
        "default_connection": "default",
    }
}
