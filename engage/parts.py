"""The packages that the service stands on. Of one older than pyproject.toml asks for a hole may be known (G2)."""

from importlib.metadata import PackageNotFoundError, requires, version

from packaging.requirements import Requirement


def too_old() -> list[str]:
    """What is missing or older than it must be, each in a sentence."""
    found = []
    for one in map(Requirement, requires("engage") or ()):
        if one.marker and not one.marker.evaluate({"extra": ""}):
            continue
        try:
            there = version(one.name)
        except PackageNotFoundError:
            there = ""
        if not there or not one.specifier.contains(there, prereleases=True):
            found.append(f"{one.name}{one.specifier} is needed, and {there or 'none'} is here.")
    return found
