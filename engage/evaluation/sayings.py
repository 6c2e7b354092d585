"""The sentence of each figure, by the heading under which the report tells it."""

from collections.abc import Mapping

from engage.evaluation.rules import Value
from engage.evaluation.survey_rules import READY
from engage.evaluation.words import capital

SURVEY = "survey_"
# {} is the value with its unit; behind | stands what is said where the number is not one
REACH = "{} of our students read, watched or listened and wrote it down."
PART = {
    "not_reached": "{} enrolled today has logged nothing in this time.|"
    "{} enrolled today have logged nothing in this time.",
    "active_days": "Those who took part did so on {} each, on average.",
}
MORE_PART = {
    "pages": "They logged {}.",
    "sessions": "They made {} log entry.|They made {} log entries.",
    "titles": "They finished a title once.|They finished a title {} times.",
}
SAYINGS: tuple[tuple[str, Mapping[str, str]], ...] = (
    (
        "Programs",
        {
            "joining": "Programs were joined once.|Programs were joined {} times.",
            "completion": "{} of those who joined a program completed it.",
            "streaks": "{} of the students in programs that run have a streak that is alive.",
            "programs_opened": "Pages of programs were opened once.|Pages of programs were opened {} times.",
        },
    ),
    (
        "Lists",
        {
            "lists_published": "{} list was published.|{} lists were published.",
            "list_opens": "Lists were opened once.|Lists were opened {} times.",
            "list_saves": "Students put {} resource of a list on their shelves.|"
            "Students put resources of lists on their shelves {} times.",
            "list_starts": "Students began {} resource that stands on a list.|"
            "Students began a resource that stands on a list {} times.",
            "list_finishes": "Students finished {} resource that stands on a list.|"
            "Students finished a resource that stands on a list {} times.",
            "items_used": "{} of the resources on published lists have been logged by a student at some time.",
            "reviews": "{} review was approved.|{} reviews were approved.",
            "lists_offered": "{} list is offered to other libraries.|{} lists are offered to other libraries.",
            "lists_adopted": "{} list of another library was adopted.|{} lists of other libraries were adopted.",
            "lists_forked": "{} list of another library was copied.|{} lists of other libraries were copied.",
        },
    ),
    (
        "Classes and teachers",
        {
            "assignments": "A class was asked once to use a list.|Classes were asked {} times to use a list.",
            "assignments_done": "Of all that was assigned to students, {} is done.",
            "units": "{} unit was planned or taught with teachers.|{} units were planned or taught with teachers.",
            "lessons": "{} lesson stood in units.|{} lessons stood in units.",
            "standards_taught": "{} of the standards that were brought in are taught in a unit.",
            "help_asked": "Teachers asked the library for help once.|Teachers asked the library for help {} times.",
            "help_answered": "{} of these requests are answered.",
        },
    ),
    (
        "The collection",
        {
            "collection_size": "The library offers {} resource.|The library offers {} resources.",
            "collection_age": "The resources whose year is known are {} old, on average.",
            "online_share": "{} of the resources can be had online.",
            "on_site": "Of the log entries from our catalogue, {} are of what stands in the library; the rest are of "
            "what is online.",
            "accessible": "{} of the resources are known to have captions, a transcript, large print or audio "
            "description.",
            "home_access": "{} of the links work anywhere without signing in.",
            "languages_used": "Students began {} resource of the catalogue.|"
            "Students began a resource of the catalogue {} times.",
            "loans_listed": "There were {} for each copy of what stands on a list.",
            "requests": "{} title was asked for.|{} titles were asked for.",
            "requests_answered": "{} of them have an answer.",
            "days_to_answer": "An answer took {}, on average.",
        },
    ),
    ("Staff", {"students_per_hour": "There are {} for each hour a week of library staff."}),
    (
        "Kept up and put on show",
        {
            "dead_links": "{} was dead at the last look.|{} were dead at the last look.",
            "days_to_repair": "A dead link was mended after {}, on average.",
            "feeds_alive": "{} of the active feeds were read without fault in the last 7 days.",
            "feeds_harvested": "{} came into the inbox from feeds.",
            "entries_promoted": "{} of the inbox was put before readers.|{} of the inbox were put before readers.",
            "displays": "{} display stood and is over.|{} displays stood and are over.",
        },
    ),
    (
        "What surveys say",
        {f"{SURVEY}{one.code}": f"Of those who answered surveys, {{}} say that they {one.said}." for one in READY},
    ),
)


def spoken(text: str, value: Value, words: str) -> str:
    """A sentence with its value in it. words: the value as it is read; at its head, nothing is "No" or "None"."""
    one, _, many = text.partition("|")
    said = one if value.number == 1 or not many else many
    if value.number == 0 and said.startswith("{}"):
        words = "None" if words == "0%" else words.replace("0", "No", 1)
    return capital(said.format(words))
