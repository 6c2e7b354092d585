"""What is done to a list as a whole: started, described, given an audience, published, looked through, withdrawn."""

from collections.abc import Collection, Mapping
from datetime import date, datetime

from tortoise.exceptions import IntegrityError

from engage import dates
from engage.database.transaction import one_transaction, savepoint
from engage.engagement.diary import record
from engage.engagement.rules import Kind
from engage.errors import NotAllowed, Refused
from engage.lists import rules
from engage.lists.models import CuratedList, ListClass
from engage.lists.queries import part_of
from engage.lists.revisions import Taken, hold, keep, look_again, take_up, write_revision
from engage.lists.rules import ListKind, State, Visibility
from engage.lists.together import Clash, one_form, settled
from engage.people.models import SchoolClass
from engage.people.once import once
from engage.people.rules import Reader

AUDIENCE = "audience"
WORDS = {"title": ("Title", rules.TITLE), "introduction": ("Introduction", rules.INTRODUCTION)}


@one_transaction
async def start_list(
    *, title: str, introduction: str = "", kind: ListKind = ListKind.LIST, by: Reader, form_key: str = ""
) -> CuratedList:
    """A new draft, empty, of the person who starts it; the same form sent twice starts one. Raises Refused."""
    title, introduction = _whole("title", title), _whole("introduction", introduction)
    words = {"title": title, "introduction": introduction, "kind": kind}

    async def start() -> str:
        return (await _start(title, introduction, kind, by)).key

    key = await once(by, form_key, words, start)
    return await CuratedList.get(school_id=by.school.id, key=key)


async def _start(title: str, introduction: str, kind: ListKind, by: Reader) -> CuratedList:
    alike = CuratedList.filter(school_id=by.school.id, slug__startswith=rules.slug_of(title))
    taken = {row["slug"] for row in await alike.values("slug")}
    may_publish = Visibility.SCHOOL in rules.audiences(by, by.id)
    curated = None
    while curated is None:
        slug = rules.free_slug(title, taken)
        try:
            async with savepoint():
                curated = await CuratedList.create(
                    school_id=by.school.id,
                    slug=slug,
                    title=title,
                    introduction=introduction,
                    kind=kind,
                    owner_id=by.id,
                    visibility=Visibility.SCHOOL if may_publish else Visibility.CLASSES,
                )
        except IntegrityError:
            # somebody took the name a moment ago
            taken.add(slug)
    await write_revision(Taken(curated), by, "started", title)
    return curated


def _whole(name: str, text: str) -> str:
    label, longest = WORDS[name]
    text = one_form(text)
    if name == "title":
        text = " ".join(text.split())
        if not text:
            raise Refused("Give the list a title.", about="title")
    if len(text) > longest:
        raise Refused(f"{label} may have {longest:,} characters; this has {len(text):,}.", about=name)
    return text


DESCRIBED = ("title", "introduction", "kind", "grade_low", "grade_high", "review_by")


@one_transaction
async def describe(
    key: str,
    *,
    words: Mapping[str, str],
    seen: Mapping[str, str],
    kind: ListKind,
    grade_low: int | None,
    grade_high: int | None,
    by: Reader,
    review_by: date | None = None,
) -> list[Clash]:
    """Change title and introduction, what the list is for, and the grades it is for.

    review_by: the day on which it is to be looked through, None where that is left as it is.

    words: what was sent, by field. seen: print_of what stood in the field when it was opened. Words that somebody
    else changed meanwhile are left alone and come back as clashes; all else is kept. Raises Refused.
    """
    if grade_low is not None and grade_high is not None and grade_low > grade_high:
        raise Refused("The first grade must not be above the last.", about="grade_low")
    taken = await take_up(by, key)
    curated = taken.curated
    before = [getattr(curated, name) for name in DESCRIBED]
    clashes = []
    for name, mine in words.items():
        theirs = getattr(curated, name)
        stands = settled(seen.get(name, ""), _whole(name, mine), theirs)
        setattr(curated, name, stands.text)
        if stands.clash:
            clashes.append(Clash(name, WORDS[name][0], mine, theirs))
    curated.kind, curated.grade_low, curated.grade_high = kind, grade_low, grade_high
    if review_by is not None and review_by != curated.review_by:
        rules.check_review(review_by, dates.today(by.school.zone))
        curated.review_by = review_by
    if before != [getattr(curated, name) for name in DESCRIBED]:
        await keep(taken, by, "described", curated.title)
    return clashes


@one_transaction
async def change_poster(key: str, *, ink: str, scene: str, by: Reader) -> None:
    """Print the list's poster in another ink, with another scene."""
    taken = await take_up(by, key)
    if (taken.curated.ink, taken.curated.scene) != (ink, scene):
        taken.curated.ink, taken.curated.scene = ink, scene
        await keep(taken, by, "poster", f"{ink}, {scene}")


@one_transaction
async def set_audience(
    key: str, *, visibility: Visibility, classes: Collection[str], until: datetime | None = None, by: Reader
) -> None:
    """Say whom the list is for, and until when; on a published list that is who sees it from now on.

    classes: keys of school classes, where it is for classes. until: the moment it ends, None for never; who may not
    publish to its readers may end it sooner and not later.
    Raises NotAllowed (LST07, LST08), Refused.
    """
    taken = await take_up(by, key)
    rules.check_times(None, until, dates.now())
    ends = taken.curated.publish_until
    longer = ends is not None and (until is None or until > ends)
    changed = await settle_audience(taken, visibility, classes, by, longer)
    if changed or until != ends:
        taken.curated.publish_until = until
        await keep(taken, by, AUDIENCE, str(visibility))


async def settle_audience(
    taken: Taken, visibility: Visibility, classes: Collection[str], by: Reader, longer: bool = False
) -> bool:
    """Note whom a list is for, inside the unit that holds it; whether anything changed.

    longer: whether its readers will have it longer than was said. Raises NotAllowed, Refused.
    """
    curated = taken.curated
    wanted: set[int] = set()
    if visibility is Visibility.CLASSES:
        found = SchoolClass.filter(school_id=curated.school_id, key__in=list(classes))
        wanted = {row["id"] for row in await found.values("id")}
    rows = ListClass.filter(school_id=curated.school_id, curated_id=curated.id)
    standing = dict(await rows.values_list("school_class_id", "school_class__ended_on"))
    before = set(standing)
    is_out = curated.state is State.PUBLISHED
    changes = (visibility, wanted) != (curated.visibility, before) or not is_out
    if changes or longer:
        # a class that is over loses nothing
        losing = {number for number in before - wanted if standing[number] is None}
        losing = losing if curated.state in (State.PUBLISHED, State.SCHEDULED) else set()
        touched = (wanted - before if is_out and not longer else wanted) | losing
        part = await part_of(by, curated.id)
        rules.check_audience(by, curated.owner_id, visibility, wanted, part, touched)
    if not changes:
        return False
    curated.visibility = visibility
    await rows.filter(school_class_id__in=sorted(before - wanted)).delete()
    for class_id in sorted(wanted - before):
        await ListClass.create(school_id=curated.school_id, curated_id=curated.id, school_class_id=class_id)
    return True


@one_transaction
async def publish(
    key: str, *, visibility: Visibility, classes: Collection[str] = (), until: datetime | None = None, by: Reader
) -> None:
    """Put the list before its readers, and write it in the diary.

    visibility, classes, until: whom it is for, as in set_audience. Raises NotAllowed, Refused.
    """
    taken = await take_up(by, key)
    await settle_audience(taken, visibility, classes, by)
    rules.check_times(None, until, dates.now())
    await put_before_readers(taken, until, "published", by)


async def put_before_readers(taken: Taken, until: datetime | None, act: str, by: Reader) -> None:
    """The list is published from this moment, inside the unit that holds it. Raises Refused."""
    curated = taken.curated
    rules.check_publishable(curated.state, len(taken.items), curated.introduction, curated.is_template)
    curated.state, curated.published_at = State.PUBLISHED, dates.now()
    curated.publish_at, curated.publish_until = None, until
    today = dates.today(by.school.zone)
    if curated.review_by is None or curated.review_by <= today:
        curated.review_by = today + rules.REVIEW_AFTER
    await keep(taken, by, act, str(curated.visibility))
    await record(Kind.LIST_PUBLISHED, by=by, list_id=curated.id)


@one_transaction
async def withdraw(key: str, *, by: Reader) -> None:
    """Take a published list down; it stays in the workshop and can be published again.

    Raises NotAllowed (LST09), Refused.
    """
    taken = await take_from_readers(key, by)
    if taken.curated.state is not State.PUBLISHED:
        raise Refused("This list is not published.")
    taken.curated.state, taken.curated.publish_until = State.WITHDRAWN, None
    await keep(taken, by, "withdrawn", taken.curated.title)
    await record(Kind.LIST_WITHDRAWN, by=by, list_id=taken.curated.id)


async def take_from_readers(key: str, by: Reader) -> Taken:
    """A list that the person may take down, held until the unit of work ends. Raises NotFound, NotAllowed (LST09)."""
    curated = await hold(by, key)
    if not rules.may_withdraw(by, curated.owner_id, await part_of(by, curated.id)):
        raise NotAllowed("LST09")
    taken = Taken(curated)
    await look_again(taken)
    return taken


@one_transaction
async def look_through(key: str, *, by: Reader) -> None:
    """Note that the list was looked through today and is still good."""
    taken = await take_up(by, key)
    taken.curated.review_by = dates.today(by.school.zone) + rules.REVIEW_AFTER
    await keep(taken, by, "looked through", taken.curated.title)
