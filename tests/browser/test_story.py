"""The story of Engage in a real browser, on real records and feeds: from a file of MARC to the report of the year.

Nobody in it needs a script: the staff and one of the two students have none, but for one drag. Where there is
axe-core, each page is also asked for what keeps people out; where ENGAGE_SHOTS names a folder, each is photographed.
"""

import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.chapters import (
    Story,
    a_list_is_made_and_published,
    a_program_is_made,
    a_student_takes_part,
    a_visitor_reads_the_list,
    feeds_fill_the_inbox,
    the_catalogue_is_imported,
    the_teacher_assigns_it,
    the_teacher_sees_the_class,
    the_year_is_evaluated,
)
from tests.browser.stage import service, sites
from tests.conftest import Place, on_server
from tests.patience import done

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def database(template: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The address of a migrated, empty database, and a folder beside it."""
    folder = tmp_path_factory.mktemp("story")
    if template.kind == "sqlite":
        yield template.url(shutil.copy(template.template, folder / "engage.sqlite3")), folder
        return
    name = f"story_{uuid.uuid4().hex}"
    done(on_server(template, f"CREATE DATABASE {name} TEMPLATE {template.template}"))
    yield template.url(name), folder
    done(on_server(template, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(scope="module")
def story(database: tuple[str, Path], one_chromium: Browser) -> Iterator[Story]:
    url, folder = database
    with (
        sites() as outside,
        service(url, folder, outside.removeprefix("http://")) as address,
    ):
        yield Story(address, outside, one_chromium, closely=url.startswith("sqlite"))


def test_the_story_of_engage(story: Story) -> None:
    ada = story.staff("ada")
    story.look(ada, "staff-home")
    the_catalogue_is_imported(story, ada)
    feeds_fill_the_inbox(story, ada)
    a_list_is_made_and_published(story, ada)
    a_program_is_made(story, ada)
    tom = story.staff("tom")
    the_teacher_assigns_it(story, tom)
    for name, scripts in (("Sam", True), ("Nia", False)):
        a_student_takes_part(story, tom, name, scripts)
    the_teacher_sees_the_class(story, tom)
    the_year_is_evaluated(story, ada)
    a_visitor_reads_the_list(story)
    for seat in story.seats:
        seat.leave()
    left = [fault for seat in story.seats for fault in seat.faults]
    wrong = [f"{name}: {each}" for name, found in story.looked.items() for each in found]
    assert not [*wrong, *left], "\n".join([*wrong, *left])
