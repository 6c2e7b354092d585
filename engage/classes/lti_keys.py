"""The key that we sign with for platforms: made when it is first needed, sealed, the same for all workers."""

import asyncio
from datetime import datetime
from typing import Any

from tortoise.exceptions import IntegrityError

from engage.classes.lti_models import LtiKey
from engage.database.transaction import one_transaction, savepoint
from engage.people import oidc_tokens, sealing

KIND = "key for platforms"
NUMBER = 1


async def private(secret_key: str, now: datetime) -> str:
    """The key, as oidc_tokens takes it. One that was sealed with another secret key makes way for a new one."""
    found = await _kept(secret_key)
    if found is None:
        made = await asyncio.to_thread(oidc_tokens.new_key)
        await _keep(sealing.sealed(secret_key, KIND, made.encode()), secret_key, now)
        found = await _kept(secret_key)
    if found is None:
        raise RuntimeError("the key for platforms cannot be read just after it was kept")
    return found


async def shown(secret_key: str, now: datetime) -> dict[str, Any]:
    """What platforms know of it."""
    return oidc_tokens.shown_key(await private(secret_key, now))


async def _kept(secret_key: str) -> str | None:
    row = await LtiKey.get_or_none(number=NUMBER).values("private")
    raw = sealing.opened(secret_key, KIND, row["private"]) if row else None
    return raw.decode() if raw else None


@one_transaction
async def _keep(sealed: str, secret_key: str, now: datetime) -> None:
    if await _kept(secret_key) is not None:
        return
    await LtiKey.filter(number=NUMBER).delete()
    try:
        async with savepoint():
            await LtiKey.create(number=NUMBER, private=sealed, made_at=now)
    except IntegrityError:
        return  # another worker was first, and its key is as good
