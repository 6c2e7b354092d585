"""Telling a course that a student has finished a list, where the teacher asked for it and the school agreed.

Nothing else is told: no title, no minutes, no rating. What could not be said is said later, for three days; what a
platform refuses is shown to the admin (LTI Assignment and Grade Services 2.0; STANDARDS.md, 4.4).
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from tortoise.connection import get_connection
from tortoise.exceptions import IntegrityError
from tortoise.expressions import Q

from engage import dates
from engage.classes import lti_keys
from engage.classes.lti_models import LtiLine, LtiPlatform
from engage.classes.lti_rules import SCORE
from engage.database.queue import sql
from engage.database.tenancy import every_school
from engage.database.transaction import one_transaction, savepoint
from engage.outside.fetch import Door, Unreachable, door_of
from engage.people import audit, oidc_tokens, sealing
from engage.settings import Settings

KIND = "line of a course"
MEDIA = "application/vnd.ims.lis.v1.score+json"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
GIVES_UP = timedelta(hours=72)
LEASE = timedelta(minutes=10)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=2), timedelta(hours=6)
HOLDS = timedelta(minutes=5)
# most of those who wait have not finished: the database passes each by at the first thing that is not
FINISHED = """SELECT l.id FROM lti_line l
JOIN lti_platform p ON p.id = l.platform_id AND p."on" AND p.scores
JOIN person w ON w.id = l.person_id AND w.status = 'active'
JOIN school s ON s.id = l.school_id AND s.closed_at IS NULL
WHERE l.sent_at IS NULL AND l.id > ? AND (l.try_at <= ? OR (l.try_at IS NULL AND l.tries = 0))
AND EXISTS (SELECT 1 FROM list_item i WHERE i.curated_id = l.curated_id)
AND NOT EXISTS (SELECT 1 FROM list_item i WHERE i.curated_id = l.curated_id AND NOT EXISTS (
 SELECT 1 FROM resource_progress r WHERE r.person_id = l.person_id AND r.resource_id = i.resource_id
 AND r.school_id = l.school_id AND r.state = 'finished'))
ORDER BY l.id LIMIT ?"""
# 408 and 429 say that it was the moment and not the message
LATER = frozenset({408, 429})
AT_ONCE = 200


@dataclass
class _Round:
    """One round of the job. tokens: of platforms, by id; away: the ids of those that did not answer in this round."""

    door: Door
    secret_key: str
    tokens: dict[int, str] = field(default_factory=dict)
    away: dict[int, str] = field(default_factory=dict)


class _NotNow(Exception):
    """A platform cannot be told anything in this round. words: why, for its admin."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


@one_transaction
async def keep(
    platform: LtiPlatform, person_id: int, curated: Mapping[str, Any], line: str, subject: str, secret_key: str
) -> None:
    """Remember where a course wants to hear of somebody. What was given up before is begun anew.

    curated: as lti_queries.list_at gives it. line, subject: as the platform calls them; they lie sealed.
    """
    digest = sealing.keyed(secret_key, KIND, f"{platform.key}\n{line}\n{subject}")
    private = sealing.sealed(secret_key, KIND, json.dumps([line, subject]).encode())
    of = {"school_id": curated["school_id"], "curated_id": curated["id"], "person_id": person_id}
    try:
        async with savepoint():
            await LtiLine.create(**of, platform_id=platform.id, hash=digest, private=private, made_at=dates.now())
    except IntegrityError:
        fresh = {"private": private, "try_at": None, "first_at": None, "tries": 0, "failure": ""}
        await LtiLine.filter(**of, hash=digest, sent_at__isnull=True).update(**fresh)


async def tell_courses(settings: Settings, now: datetime) -> int:
    """Tell courses of those who have finished, as a job; how many were told."""
    of = _Round(door_of(settings), settings.secret_key)
    told = 0
    after = 0
    while lines := await _finished(now, after):
        for line in lines:
            after = line.id
            if await _take(line, now):
                told += await _tell(of, line)
    return told


def _due(now: datetime) -> Q:
    """What waits to be finished, and what is to be tried again."""
    return Q(sent_at__isnull=True) & (Q(try_at__isnull=True, tries=0) | Q(try_at__lte=now))


async def _finished(now: datetime, after: int = 0) -> list[LtiLine]:
    """The first lines of those who have finished everything on a list, and of whom nothing was said yet.

    after: the id of the last line of this round, so that each is taken up once in it.
    """
    client = get_connection("default")
    with every_school("a platform of the district hears of several of its schools"):
        found = await client.execute_query_dict(sql(FINISHED, client), [after, now, AT_ONCE])
        lines = LtiLine.filter(id__in=[row["id"] for row in found]).order_by("id").prefetch_related("platform")
        return await lines if found else []


async def _take(line: LtiLine, now: datetime) -> bool:
    """Whether it is this worker who tells; if it is stopped meanwhile, another does after a while."""
    mine = LtiLine.filter(_due(now), id=line.id, school_id=line.school_id)  # type: ignore[attr-defined]
    return bool(await mine.update(try_at=now + LEASE))


async def _tell(of: _Round, line: LtiLine) -> int:
    """Tell it of one person; 1 if it took it."""
    platform: LtiPlatform = line.platform
    raw = sealing.opened(of.secret_key, KIND, line.private)
    if raw is None:
        await _give_up(line, "Where to tell it cannot be read any more. The student opens the link once more.")
        return 0
    address, subject = json.loads(raw)
    now = dates.now()
    said = {
        "userId": subject,
        "scoreGiven": 1,
        "scoreMaximum": 1,
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
        "timestamp": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }
    try:
        token = await _token(of, platform, now)
        answer = await of.door.send(
            scores_of(address),
            json.dumps(said).encode(),
            media_type=MEDIA,
            authorization=f"Bearer {token}",
            cut=True,
        )
    except _NotNow as no:
        await _later(line, no.words, now)
        return 0
    except Unreachable as no:
        of.away[platform.id] = no.sentence
        await _later(line, no.sentence, now)
        return 0
    if 200 <= answer.status < 300:
        await _told(line, platform, now)
        return 1
    words = f"It answered {answer.status} to a result."
    if 400 <= answer.status < 500 and answer.status not in LATER:
        await _give_up(line, words)
    else:
        await _later(line, words, now)
    return 0


def scores_of(line: str) -> str:
    """The address to which results of a line go: a query stays behind it."""
    parts = urlsplit(line)
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/scores", fragment=""))


async def _token(of: _Round, platform: LtiPlatform, now: datetime) -> str:
    """What lets us tell it results and do nothing else, asked for once in a round. Raises _NotNow, Unreachable."""
    if platform.id in of.away:
        raise _NotNow(of.away[platform.id])
    if platform.id not in of.tokens:
        try:
            of.tokens[platform.id] = await _new_token(of, platform, now)
        except _NotNow as no:
            of.away[platform.id] = no.words
            raise
    return of.tokens[platform.id]


async def _new_token(of: _Round, platform: LtiPlatform, now: datetime) -> str:
    begins = int(now.timestamp())
    claims = {
        "iss": platform.client_id,
        "sub": platform.client_id,
        "aud": platform.token,
        "iat": begins,
        "exp": begins + int(HOLDS.total_seconds()),
        "jti": secrets.token_urlsafe(16),
    }
    asked = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION,
        "client_assertion": oidc_tokens.signed(claims, await lti_keys.private(of.secret_key, now)),
        "scope": SCORE,
    }
    kind = "application/x-www-form-urlencoded"
    answer = await of.door.send(platform.token, urlencode(asked).encode(), media_type=kind)
    if answer.status != 200:
        raise _NotNow(f"It gives no access token: it answered {answer.status}. Does it know the address of our keys?")
    try:
        token = json.loads(answer.body)["access_token"]
    except (ValueError, KeyError, TypeError, RecursionError):
        token = None
    if not isinstance(token, str) or not token.isascii() or not token.isprintable() or len(token) > 8_000:
        raise _NotNow("It gives no access token that can be read.")
    return token


# -- what came of it


def _row(line: LtiLine) -> dict[str, int]:
    return {"id": line.id, "school_id": line.school_id}  # type: ignore[attr-defined]


@one_transaction
async def _told(line: LtiLine, platform: LtiPlatform, now: datetime) -> None:
    await LtiLine.filter(**_row(line)).update(sent_at=now, try_at=None, failure="")
    about = {"about_id": line.person_id, "school_id": line.school_id}  # type: ignore[attr-defined]
    detail = f"{platform.name}: has finished a list"
    await audit.note("told a course of a result", by=None, subject=platform.key, detail=detail, **about)


@one_transaction
async def _later(line: LtiLine, words: str, now: datetime) -> None:
    first = line.first_at or now
    if now - first >= GIVES_UP:
        await _give_up(line, f"Not told in three days. {words}")
        return
    pause = min(FIRST_PAUSE * 2 ** min(line.tries, 10), LONGEST_PAUSE)
    more = {"tries": line.tries + 1, "first_at": first, "try_at": now + pause, "failure": words}
    await LtiLine.filter(**_row(line)).update(**more)


async def _give_up(line: LtiLine, words: str) -> None:
    await LtiLine.filter(**_row(line)).update(try_at=None, tries=line.tries + 1, failure=words)
