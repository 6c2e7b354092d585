"""The whole register of what is held, and what is taken away by night, from all wings (SAFETY.md, P4 and P9)."""

from datetime import datetime

from engage.classes.group_actions import forget_leavers
from engage.classes.hand_ins import forget_hand_ins
from engage.classes.inquiry_actions import forget_inquiries
from engage.classes.register import CLASSES, COURSES, PLANNING
from engage.engagement import forgetting as diary
from engage.engagement.register import ENGAGEMENT
from engage.evaluation.register import EVALUATION, OUTSIDE
from engage.lists.register import LISTS
from engage.people import erasing, retention
from engage.people.register import PEOPLE, PRIVACY, ROSTERS, SIGNING_IN, TOKENS
from engage.people.retention import Chore
from engage.people.retention_rules import Over
from engage.programs import forgetting as log
from engage.programs.register import PROGRAMS
from engage.promotion.register import PROMOTION
from engage.resources.register import RESOURCES
from engage.settings import Settings

REGISTER = (
    *PEOPLE,
    *SIGNING_IN,
    *ROSTERS,
    *PRIVACY,
    *TOKENS,
    *ENGAGEMENT,
    *RESOURCES,
    *LISTS,
    *PROGRAMS,
    *CLASSES,
    *PLANNING,
    *COURSES,
    *PROMOTION,
    *EVALUATION,
    *OUTSIDE,
)

# what the databases keep besides our tables: the search index holds words of resources and of nobody
OF_SEARCH = frozenset(
    {
        "resource_text",
        "resource_text_config",
        "resource_text_data",
        "resource_text_docsize",
        "resource_text_idx",
        "resource_vocabulary",
        "resource_words",
    }
)
OF_DATABASE = frozenset({"tortoise_migrations", "sqlite_sequence"})


async def _names(school: int, over: Over) -> int:
    return await diary.forget_names(school, over.titles)


async def _salts(school: int, over: Over) -> int:
    return await diary.forget_salts(school, over.today, over.first_month, over.limits.left_days)


async def _titles(school: int, over: Over) -> int:
    return await log.forget_titles(school, over.titles, over.programs)


async def _shelf(school: int, over: Over) -> int:
    return await log.forget_shelf(school, over.shelf)


async def _handed_in(school: int, over: Over) -> int:
    return await log.forget_handed_in(school, over.titles, over.programs)


CHORES = (
    Chore("titles made numbers", _titles),
    Chore("titles taken from shelves", _shelf),
    Chore("names taken out of the diary", _names),
    Chore("years whose days were made nobody's", _salts),
    Chore("things handed in for programs taken away", _handed_in),
    Chore("titles handed in to teachers deleted", forget_hand_ins),
    Chore("places of leavers in groups deleted", forget_leavers),
    Chore("inquiries of students taken away", forget_inquiries),
)


async def keep_retention(settings: Settings, now: datetime) -> int:
    """Take away what is over, as a job; how many things."""
    return await retention.keep_retention(CHORES, REGISTER, settings.secret_key, settings.data_folder, now)


async def finish_erasures(settings: Settings) -> int:
    """Go on with erasures that were broken off, as a job; how many."""
    return await erasing.finish_erasures(REGISTER, settings.secret_key, settings.data_folder)


async def bury_again(settings: Settings) -> int:
    """Erase again whoever an older backup brought back, before anything is served; how many."""
    return await erasing.bury_again(REGISTER, settings.secret_key, settings.data_folder)
