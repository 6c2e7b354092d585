"""The models that migrations look at, built only where one looks: Tortoise builds all of them before each operation.

With a hundred tables and some twenty migrations that is most of the time that an empty database takes to be made.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import tortoise.models
from tortoise.migrations.operations import DIRECT_RELATION_FIELDS
from tortoise.migrations.schema_generator.state import ModelState, State
from tortoise.migrations.schema_generator.state_apps import StateApps
from tortoise.models import Model


class LateState(State):
    """A state whose copies build their models when an operation asks for them; most never ask for the old ones."""

    def clone(self) -> State:
        """The state as it is now."""
        return Earlier({key: model.clone() for key, model in self.models.items()}, self.apps)

    def reload_models(self, model_tuples: Iterable[tuple[str, str]]) -> None:
        """Build these anew and those that they point to, and not all that hang together with them: what a new table or
        column is made of is found there."""
        changed = self._with_targets(model_tuples)
        every, only = self.apps.apps, {label: dict[str, type[Model]]() for label, _ in changed}
        for label, name in changed:
            self.apps.unregister_model(label, name)
            only[label][name] = self.models[label, name].render(self.apps)
            self.apps.register_model(label, only[label][name])
        self.apps._init_relations()
        self.apps.apps = only
        try:
            self.apps._build_initial_querysets()
        finally:
            self.apps.apps = every

    def _with_targets(self, keys: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
        found: set[tuple[str, str]] = set()
        waiting = [key for key in keys if key in self.models]
        while waiting:
            found.add(key := waiting.pop())
            targets = [
                self.apps.split_reference(field.model_name)
                for field in self.models[key].fields.values()
                if isinstance(field, DIRECT_RELATION_FIELDS)
            ]
            waiting += [target for target in targets if target in self.models and target not in found]
        return found


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
