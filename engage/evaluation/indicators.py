"""The indicators: each one named, versioned, documented question, with what of its answer may be shown.

Each group has a room of its own; a new one is made there and named in GROUPS, and stands at once in the report, on the
pages and in what is handed to other systems.
"""

from engage.evaluation.indicators_collection import COLLECTION
from engage.evaluation.indicators_lists import LISTS
from engage.evaluation.indicators_programs import PROGRAMS
from engage.evaluation.indicators_taking import TAKING, bands
from engage.evaluation.indicators_together import TOGETHER
from engage.evaluation.measuring import Answer, Indicator, band_words

__all__ = ["ALL", "GROUPS", "INDICATORS", "Answer", "Indicator", "band_words", "bands", "by_group"]

GROUPS = (TAKING, PROGRAMS, LISTS, COLLECTION, TOGETHER)
ALL = tuple(indicator for group in GROUPS for indicator in group)
INDICATORS = {indicator.name: indicator for indicator in ALL}


def by_group() -> dict[str, list[Indicator]]:
    """The indicators under their headings, in order."""
    found: dict[str, list[Indicator]] = {}
    for indicator in ALL:
        found.setdefault(indicator.group, []).append(indicator)
    return found
