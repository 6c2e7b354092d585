"""Who tests what, where several processes test: a file at a time, which so makes what its tests share once.

Some tests wait most of the time, for a lease to end or a slow server; others keep a processor at work. As many
workers as there are processors begin with these, the others with what waits, and go on with what is left.
"""

import os

import pytest
from xdist.scheduler import LoadGroupScheduling
from xdist.workermanage import WorkerController

PROCESSORS = os.cpu_count() or 2


class Shares(LoadGroupScheduling):
    """What waits stands at the head of the queue, what takes long at its foot; see in_order."""

    def _split_scope(self, nodeid: str) -> str:
        unit = super()._split_scope(nodeid)
        return unit if unit != nodeid else nodeid.partition("::")[0]

    def _assign_work_unit(self, node: WorkerController) -> None:
        if self.nodes.index(node) < PROCESSORS:
            self.workqueue.move_to_end(next(reversed(self.workqueue)), last=False)
        super()._assign_work_unit(node)


def in_order(items: list[pytest.Item]) -> None:
    """Put what waits first and what is slow last, but of what waits the slow first; with few tests before many."""
    units: dict[str, list[pytest.Item]] = {}
    for item in items:
        group = item.get_closest_marker("xdist_group")
        units.setdefault(group.args[0] if group else item.nodeid.partition("::")[0], []).append(item)

    def rank(unit: list[pytest.Item]) -> tuple[bool, bool, int]:
        names = {mark.name for item in unit for mark in item.iter_markers()}
        waits, slow = bool(names & {"waits", "browser"}), bool(names & {"slow", "browser"})
        return not waits, waits is not slow, len(unit)

    items[:] = [item for unit in sorted(units.values(), key=rank) for item in unit]
