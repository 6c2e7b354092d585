"""Indicators of lists: what is offered, opened, saved, begun and finished, and what goes to and comes from others."""

from collections.abc import Callable

from engage.engagement.small_groups import HIDDEN, Value, amount, capped
from engage.evaluation.figures import Taken
from engage.evaluation.measuring import Answer, Ask, Indicator, things
from engage.evaluation.stock import Some

GROUP = "Lists"


def list_opens(taken: Taken, fewest: int) -> Answer:
    """Nobody is known behind an open, visitors open too: it counts acts."""
    return Answer(Value(taken.acts.opens), {})


def of_students(count: Callable[[Taken], Some]) -> Ask:
    """A number of things with students behind it."""

    def ask(taken: Taken, fewest: int) -> Answer:
        some = count(taken)
        return Answer(amount(some.number, some.people, fewest), {})

    return ask


def items_used(taken: Taken, fewest: int) -> Answer:
    """Of what stands on lists, what anybody ever logged."""
    listed = taken.stock.listed
    enough = amount(listed.used.number, listed.used.people, fewest)
    return Answer(HIDDEN if enough.withheld else capped(listed.used.number, listed.items), {})


LISTS = (
    Indicator(
        "lists_published",
        "Lists published",
        "Lists that were first put before readers in the period and still are.",
        "",
        things(lambda taken: taken.stock.listed.published),
        group=GROUP,
    ),
    Indicator(
        "list_opens",
        "Lists opened",
        "How often students, teachers, families and visitors opened a list. Twice within 30 seconds counts once; "
        "library staff do not count. No person is kept with it.",
        "",
        list_opens,
        group=GROUP,
        monthly=True,
    ),
    Indicator(
        "list_saves",
        "Saved from lists",
        "Resources on published lists that students put on their shelves in the period and have there still.",
        "",
        of_students(lambda taken: taken.stock.saves),
        group=GROUP,
    ),
    Indicator(
        "list_starts",
        "Begun from lists",
        "Resources on published lists that students began to log, each student and resource once.",
        "",
        of_students(lambda taken: taken.stock.starts),
        group=GROUP,
    ),
    Indicator(
        "list_finishes",
        "Finished from lists",
        "Resources on published lists that students finished, each student and resource once.",
        "",
        lambda taken, fewest: Answer(amount(*taken.finishes, fewest), {}),
        group=GROUP,
    ),
    Indicator(
        "items_used",
        "Resources on lists ever used",
        "Of the resources on published lists, those that at least one student has ever logged.",
        "%",
        items_used,
        group=GROUP,
    ),
    Indicator(
        "lists_offered",
        "Lists offered",
        "Published lists that other libraries may adopt.",
        "",
        things(lambda taken: taken.stock.listed.offered),
        group=GROUP,
    ),
    Indicator(
        "lists_adopted",
        "Lists adopted",
        "Lists taken over from other libraries in the period that follow the changes made there.",
        "",
        things(lambda taken: taken.stock.listed.adopted),
        group=GROUP,
    ),
    Indicator(
        "lists_forked",
        "Lists copied",
        "Lists copied from other libraries in the period that go their own way.",
        "",
        things(lambda taken: taken.stock.listed.forked),
        group=GROUP,
        either_way=True,
    ),
    Indicator(
        "reviews",
        "Reviews written",
        "Reviews that were approved in the period and stand.",
        "",
        of_students(lambda taken: taken.stock.reviews),
        group=GROUP,
    ),
)
