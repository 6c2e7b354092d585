"""The models that migrations look at, built only where one looks: Tortoise builds all of them before each operation.

With forty tables and a dozen migrations that is most of the time that an empty database takes to be made.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import tortoise.models
from tortoise.migrations.schema_generator.state import ModelState, State
from tortoise.migrations.schema_generator.state_apps import StateApps


class LateState(State):
    """A state whose copies build their models when an operation asks for them; most never ask for the old ones."""

    def clone(self) -> State:
        """The state as it is now."""
        return Earlier({key: model.clone() for key, model in self.models.items()}, self.apps)


class Earlier(State):
    """A state as it was. later: the models of the state that it is a copy of, which know the database."""

    def __init__(self, models: dict[tuple[str, str], ModelState], later: StateApps) -> None:
        self.models = models
        self._later = later
        self._built: StateApps | None = None

    @property
    def apps(self) -> StateApps:  # type: ignore[override]
        """The models themselves."""
        if self._built is None:
            self._built = self._later.clone(model_states=self.models)
        return self._built


@contextmanager
def quick_models() -> Iterator[None]:
    """Models that are built meanwhile cannot be filtered by a field; migrations ask in SQL (`DialectSQL`)."""
    filters = tortoise.models.get_filters_for_field  # type: ignore[attr-defined]
    tortoise.models.get_filters_for_field = _no_filters  # type: ignore[attr-defined]
    try:
        yield
    finally:
        tortoise.models.get_filters_for_field = filters  # type: ignore[attr-defined]


def _no_filters(*_: Any, **__: Any) -> dict[str, Any]:
    return {}
