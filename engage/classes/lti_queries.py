"""What is asked about platforms for courses: which there are, for which schools their word counts, where links lead."""

from datetime import datetime
from typing import Any

from engage.classes.lti_models import LtiLine, LtiPlatform
from engage.classes.lti_rules import Deal, list_in, origin_of
from engage.database.tenancy import every_school
from engage.errors import NotFound
from engage.lists.models import CuratedList
from engage.lists.queries import published_for, titled
from engage.people import queries
from engage.people.elsewhere_queries import agreed_with, reach_of
from engage.people.oidc_rules import ADMINS, Terms
from engage.people.rules import Reader, Scope

SHOWN = 50
HEARS = "That a student has finished a list"
CHOOSES = "LST12"


def deal_of(platform: LtiPlatform) -> Deal:
    """What was agreed with a platform, as the rules take it."""
    terms = Terms(platform.key, platform.issuer, platform.client_id, staff=True, students=True)
    return Deal(terms, platform.deployments.split(), sites_of(platform))


def sites_of(platform: LtiPlatform) -> list[str]:
    """The origins that are a platform's own, the one at which people see it first."""
    origins = [origin_of(one) for one in (platform.site, platform.issuer, platform.authorize, platform.token)]
    return [one for one in dict.fromkeys(origins) if one]


async def platform_at(issuer: str, client_id: str) -> LtiPlatform | None:
    """The platform that calls itself so, if people come in from it. client_id: "" where it did not say."""
    with every_school("a platform that sends somebody names no school"):
        rows = LtiPlatform.filter(issuer=issuer, on=True)
        found = await (rows.filter(client_id=client_id) if client_id else rows).limit(2)
    return found[0] if len(found) == 1 else None


async def platform_to_use(key: str) -> LtiPlatform | None:
    """The platform with this key, if people come in from it."""
    with every_school("what a platform sends names no school"):
        return await LtiPlatform.get_or_none(key=key, on=True)


async def list_at(platform: LtiPlatform, path: str, list_id: str) -> dict[str, Any] | None:
    """The published list that a link in a course is of: id key slug school_id school (its slug); None for none.

    list_id: its key, as we put it into the course, so that a link finds a list that was called otherwise since.
    """
    school, slug = list_in(path)
    rows = CuratedList.filter(school_id__in=list(await reach_of(platform)), school__closed_at=None)
    for found in ([rows.filter(key=list_id)] if list_id else []) + ([rows.filter(slug=slug)] if slug else []):
        for row in await found.values("id", "key", "slug", "school_id", school="school__slug"):
            if list_id == row["key"] or row["school"] == school:
                return row
    return None


async def failures_of(platform: LtiPlatform) -> list[str]:
    """Why results were not taken, each reason once, the newest first."""
    with every_school("a platform of the district hears of several of its schools"):
        rows = LtiLine.filter(platform_id=platform.id).exclude(failure="").order_by("-id").limit(SHOWN)
        return list(dict.fromkeys([str(one) for one in await rows.values_list("failure", flat=True)]))


async def courses_that_hear(reader: Reader, since: datetime) -> dict[str, list[dict[str, Any]]]:
    """What the public page on privacy says: now, which platforms hear of results, and year, which heard since then."""
    hearing = [one for one in await agreed_with(LtiPlatform, reader) if one.on and one.scores]
    rows = LtiLine.filter(school_id=reader.school.id, sent_at__gte=since).order_by("platform__name").distinct()
    heard = await rows.values_list("platform__name", flat=True)
    why = "Only in a course where a teacher asked for it, and nothing but that. The ground for it: "
    return {
        "now": [{"name": one.name, "kinds": [{"words": HEARS, "explained": why + one.agreement}]} for one in hearing],
        "year": [{"receiver": name, "kind": HEARS} for name in heard],
    }


async def chooser(person_id: int) -> Reader | None:
    """Somebody who may put a list into a course (LST12), as the Reader of the own school; None for anybody else.

    Not who is an admin, too: they show a code first, and nobody can do that in a frame.
    """
    reader = await queries.reader_at(person_id, await queries.home_slug(person_id))
    if reader is None or reader.roles & ADMINS:
        return None
    letters = {reader.answers(CHOOSES, whose) for whose in (Scope.MINE, Scope.CLASS, Scope.SCHOOL)}
    return reader if reader.is_staff and letters & set("YQ") else None


async def lists_to_choose(reader: Reader, words: str) -> list[dict[str, Any]]:
    """The published lists that somebody may see, the newest first: key title things by."""
    rows = published_for(reader)
    found = (rows.filter(titled(words)) if words else rows).order_by("-published_at", "-id").limit(SHOWN)
    return await found.values("key", "title", things="items_count", by="owner__name")


async def list_to_send(reader: Reader, key: str) -> dict[str, Any]:
    """One of them: key slug title introduction. Raises NotFound."""
    found = await published_for(reader).get_or_none(key=key).values("key", "slug", "title", "introduction")
    if found is None:
        raise NotFound(key)
    return found
