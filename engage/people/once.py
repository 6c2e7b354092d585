"""The same form sent twice acts once: a double click, a reload, a retry on a bad network. Source: SAFETY.md, I1."""

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from tortoise.exceptions import IntegrityError

from engage import dates
from engage.database.transaction import savepoint
from engage.errors import Refused
from engage.people.models import FormKey
from engage.people.rules import Reader

KEPT = timedelta(hours=48)
OTHER_WORDS = "This form was sent before with other words. Open the page again and send it once more."


async def once(by: Reader, form_key: str, content: Mapping[str, Any], act: Callable[[], Awaitable[str]]) -> str:
    """What the act answers, or what it answered to the same form before; inside the unit of work that acts.

    by: somebody signed in. form_key: of the form, "" to act without asking. content: what was filled in.
    answer: a short text, such as the key of what was made. Two at the same moment wait for each other by the
    unique key. Raises Refused where the key was used for other words.
    """
    if not form_key:
        return await act()
    digest = hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()
    try:
        async with savepoint():
            row = await FormKey.create(person_id=by.id, key=form_key, content=digest, at=dates.now())
    except IntegrityError:
        row = await FormKey.get(person_id=by.id, key=form_key)
        if row.content != digest:
            raise Refused(OTHER_WORDS) from None
        return row.answer
    row.answer = await act()
    await row.save(update_fields=["answer"])
    return row.answer


async def forget_old_forms(now: datetime) -> int:
    """Delete what is kept of forms sent more than 48 hours ago (SAFETY.md, I1); a job's work. How many."""
    return await FormKey.filter(at__lt=now - KEPT).delete()
