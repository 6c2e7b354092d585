"""The commands that work on the library itself: bring records in, visit the sources, take the report out."""

import functools
import json
import sys
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from engage import dates
from engage.commanding import folder_or_stop, school_of, settings_or_stop, stop, with_database, write_for
from engage.errors import Refused
from engage.evaluation import report as reports
from engage.evaluation.queries import cycle_slugs
from engage.evaluation.taking_away import paper_of, workbook
from engage.lists import standards_import
from engage.outside.cage import the_cage
from engage.outside.fetch import door_of
from engage.outside.typeset import Press
from engage.people import roster_applying, roster_asking, roster_queries
from engage.people.models import School
from engage.people.roster_models import RosterImport
from engage.people.roster_rules import Outcome
from engage.people.roster_staging import Coming, stage
from engage.resources import asking, catalog_file, catalogue, looking, remembering, sources, suggested
from engage.resources.harvest import Round, harvest_now
from engage.resources.link_checking import Checked, check
from engage.resources.rules import source_kind
from engage.settings import Settings
from engage.web.paper import paper_for
from engage.web.render import template_folder
from engage.web.tables import csv_text
from feeds import Feed, Unreadable
from feeds.case import Framework

MANY_GONE = "A tenth or more would leave or end by this file. If that is right, say so with --yes."


@click.group("import")
def import_file() -> None:
    """Bring records in from a file; each one that is refused is named with its number and the reason."""


@import_file.command("marc")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--school", required=True, help="The school's slug.")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option("--whole", is_flag=True, help="Bring nothing in if a record is refused.")
def import_marc(file: Path, school: str, dry_run: bool, whole: bool) -> None:
    """MARC 21 or MARCXML, gzip or not. Ends with status 1 if a record was refused."""
    _bring_in(file, school, (asking.MARC,), dry_run=dry_run, whole=whole)


@import_file.command("csv")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--school", required=True, help="The school's slug.")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option("--whole", is_flag=True, help="Bring nothing in if a row is refused.")
@click.option("--column", "columns", multiple=True, metavar="FIELD=HEADING", help="Which column is what.")
def import_csv(file: Path, school: str, dry_run: bool, whole: bool, columns: tuple[str, ...]) -> None:
    """A table, read as the school read such tables before, else as its headings say. Status 1 if a row was refused."""
    told = dict(each.partition("=")[::2] for each in columns)
    _bring_in(file, school, (asking.CSV,), dry_run=dry_run, whole=whole, told=told)


@import_file.command("isbn")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--school", required=True, help="The school's slug.")
def import_isbn(file: Path, school: str) -> None:
    """A list of ISBNs: which of them the library has. Ends with status 1 if one is damaged or not here."""
    _bring_in(file, school, (asking.ISBN,))


def import_titles(file: Path, school: str, dry_run: bool) -> None:
    """An export of Goodreads, LibraryThing or StoryGraph: titles, creators and ISBNs, and nothing of the reading."""
    _bring_in(file, school, (asking.TITLES,), dry_run=dry_run)


for name in ("goodreads", "librarything", "storygraph"):
    options = (
        click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path)),
        click.option("--school", required=True, help="The school's slug."),
        click.option("--dry-run", is_flag=True, help="Only say what would be done."),
    )
    import_file.command(name)(functools.reduce(lambda made, option: option(made), options, import_titles))


def _bring_in(
    file: Path,
    school: str,
    kinds: tuple[str, ...],
    *,
    dry_run: bool = False,
    whole: bool = False,
    told: dict[str, str] | None = None,
) -> None:
    """Bring a file in with its progress shown, say what came of it, and end with 0, 1 for refused, 2 for could not."""
    settings = settings_or_stop()

    async def run() -> tuple[catalogue.Report, list[dict[str, object]]] | str:
        where = await school_of(school)
        try:
            kind, mapping = await remembering.how_to_read(where.id, file, kinds, told or {})
        except Refused as no:
            return no.sentence
        columns = (SpinnerColumn(), TextColumn("{task.completed} records"), BarColumn(), TimeElapsedColumn())
        with Progress(*columns, console=Console(stderr=True)) as progress:
            task = progress.add_task("records", total=None)

            async def read(dry_run: bool) -> catalogue.Report:
                tell = lambda done: progress.update(task, completed=done)  # noqa: E731
                return await catalogue.import_file(where.id, file, kind, mapping, dry_run=dry_run, progress=tell)

            report = await read(dry_run or whole)
            if whole and not dry_run and not report.refused and not report.problem:
                report = await read(False)
        return report, await catalogue.refused_rows(where.id, report.key)

    done = with_database(settings, run)
    if isinstance(done, str):
        stop(done, 2)
    report, refused = done
    unit = "record" if kinds == (asking.MARC,) else "number" if kinds == (asking.ISBN,) else "line"
    for row in refused:
        click.echo(f"{unit} {row['number']}: {row['reason']} ({row['title'] or 'no title'})")
    unwritten = dry_run or (whole and bool(report.refused or report.problem))
    would = "would be " if unwritten else ""
    if kinds == (asking.ISBN,):
        click.echo(f"{report.records} ISBNs: {report.same} here, {report.refused} not.")
    else:
        click.echo(
            f"{report.records} records: {report.added} {would}added, {report.changed} {would}changed, "
            f"{report.same} the same, {report.refused} refused."
        )
    if unwritten and not dry_run:
        click.echo("Nothing was brought in.")
    if report.problem:
        stop(report.problem, 2)
    sys.exit(1 if report.refused else 0)


@import_file.command("opml")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--school", required=True, help="The school's slug.")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
def import_opml(file: Path, school: str, dry_run: bool) -> None:
    """A list of feeds, each suggested until a person says yes. Ends with status 1 if one was refused."""
    settings, body = settings_or_stop(), file.read_bytes()

    async def run() -> suggested.Told:
        where = await school_of(school)
        found = await the_cage().opml(body)
        return await suggested.suggest(where.id, None, found, door_of(settings).allowed, dry_run=dry_run)

    try:
        told = with_database(settings, run)
    except Unreadable as no:
        stop(no.sentence, 2)
    for sentence in told.refused:
        click.echo(sentence)
    click.echo(f"{told.new} {'would be ' if dry_run else ''}suggested, {told.held} here already.")
    sys.exit(1 if told.refused else 0)


@import_file.command("opds")
@click.argument("catalog")
@click.option("--school", required=True, help="The school's slug.")
@click.option("--dry-run", is_flag=True, help="Only read it and say what it lists.")
def import_opds(catalog: str, school: str, dry_run: bool) -> None:
    """A catalog of e-books: a file is read into the inbox, an address is visited from now on.

    Ends with status 1 if it was refused or could not be visited, 2 if it is no catalog that can be read.
    """
    settings, file = settings_or_stop(), Path(catalog)
    body = file.read_bytes() if file.is_file() else None
    if body is None and "://" not in catalog:
        stop(f"There is no file {catalog}. An address begins with https://.", 2)

    async def run() -> str:
        columns = (SpinnerColumn(), TextColumn("reading"), TimeElapsedColumn())
        with Progress(*columns, console=Console(stderr=True)) as progress:
            progress.add_task("reading", total=None)
            where = await school_of(school)
            if dry_run:
                return await _listed(catalog, body, settings)
            if body is None:
                return await _visited_from_now_on(catalog, where.id, settings)
            allowed = door_of(settings).allowed
            brought = await catalog_file.bring(where.id, file.name, body, the_cage(), allowed, dates.now())
        more = f" {catalog_file.MORE}" if brought.more else ""
        return f"{brought.title}: {brought.entries} listed, {brought.new} new in the inbox.{more}"

    try:
        click.echo(with_database(settings, run))
    except Unreadable as no:
        stop(no.sentence, 2)


@import_file.command("oneroster")
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@click.option("--school", required=True, help="The school's slug.")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option("--yes", is_flag=True, help="A tenth or more may be gone.")
@click.option("--org", default="", help="Which school of the file is meant, by its name there.")
@click.option("--whole", is_flag=True, help="A table holds the whole school: whoever is not in it has left.")
def import_oneroster(file: Path, school: str, dry_run: bool, yes: bool, org: str, whole: bool) -> None:
    """OneRoster 1.1 or 1.2 or School Data Sync as a zip or a folder, or a table. Status 1 if a row was refused."""
    settings = settings_or_stop()

    async def run() -> tuple[RosterImport, list[dict[str, object]]]:
        where = await school_of(school)
        opened, digest = roster_asking.opened(file)
        most = roster_asking.MOST_BY_OPERATOR
        with opened:
            coming = Coming(file.name, opened, digest, most=most, org=org, whole=whole)
            key = await stage(where.id, coming, settings.secret_key)
        imported = await RosterImport.get(school_id=where.id, key=key)
        rows = await roster_queries.report_of(where.id, imported.id, Outcome.REFUSED, Outcome.NOTED)
        if dry_run:
            await roster_applying.give_up(where.id, key, by=None)
        else:
            try:
                imported = await roster_applying.apply(where.id, key, by=None, yes=yes)
            except Refused as refused:
                if refused.sentence == roster_applying.SAY_YES:
                    raise Refused(f"{MANY_GONE} Nothing was changed.") from None
                raise
        return imported, list(rows)

    imported, rows = with_database(settings, run)
    for row in rows:
        place = f"{row['file']} line {row['line']}" if row["line"] else row["file"] or "the roster"
        click.echo(f"{place}: {'refused: ' if row['outcome'] == Outcome.REFUSED else ''}{row['why']}")
    for name, count in json.loads(imported.counts).items():
        click.echo(f"{name}: {count} rows read")
    click.echo(roster_applying.told(imported, would=dry_run))
    sys.exit(1 if imported.refused else 0)


@import_file.command("case")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--school", required=True, help="The school's slug.")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
def import_case(file: Path, school: str, dry_run: bool) -> None:
    """A framework of standards, as a CASE package. Ends with status 1 if a standard was refused."""
    settings, body = settings_or_stop(), file.read_bytes()

    async def run() -> tuple[Framework, standards_import.Changes]:
        where = await school_of(school)
        given = await standards_import.read(the_cage(), body)
        if dry_run:
            return given, await standards_import.what_would_change(where.id, given)
        _, changes = await standards_import.bring_in(where.id, given, None)
        return given, changes

    try:
        given, changes = with_database(settings, run)
    except Unreadable as no:
        stop(standards_import.sentence_of(no.code, no.sentence), 2)
    for one in given.refused:
        click.echo(f"item {one.number}: {one.reason} ({one.name or 'no name'})")
    would = "would be " if dry_run else ""
    click.echo(
        f"{given.title}: {len(changes.added)} {would}added, {len(changes.changed)} {would}changed, "
        f"{len(changes.gone)} {would}gone, {changes.same} the same, {len(given.refused)} refused."
    )
    sys.exit(1 if given.refused else 0)


async def _listed(catalog: str, body: bytes | None, settings: Settings) -> str:
    """What a catalog lists, of which nothing is kept. body: of a file. Raises Refused, Unreadable."""
    feed = await the_cage().feed(body, "", {}) if body is not None else (await _looked_at(catalog, settings))[1]
    return f"{feed.title or catalog}: {len(feed.entries)} listed. Nothing was brought in."


async def _looked_at(typed: str, settings: Settings) -> tuple[str, Feed]:
    """Where a feed is, and what it says. Raises Refused where it cannot be visited."""
    found = await looking.look_at(typed, door_of(settings), the_cage())
    if found.feed is None:
        raise Refused("This is a web page. Name one of its feeds: " + ", ".join(url for _, url in found.offers))
    return found.address, found.feed


async def _visited_from_now_on(typed: str, school_id: int, settings: Settings) -> str:
    """Add the source and visit it once. Raises Refused where it cannot be visited."""
    door = door_of(settings)
    address, feed = await _looked_at(typed, settings)
    chosen = sources.Chosen(address, feed.title, source_kind(feed.kind, feed.format))
    key = await sources.add_by_command(school_id, chosen, door.allowed)
    told = await harvest_now(door, the_cage(), dates.now(), key)
    for _, problem in told.problems:
        raise Refused(problem)
    return f"{feed.title or address}: visited from now on, {told.new} new in the inbox."


@click.command()
@click.option("--source", default=None, help="One source by its key.")
@click.option("--all", "everything", is_flag=True, help="All sources, due or not.")
def harvest(source: str | None, everything: bool) -> None:
    """Visit sources now, one of them or all. Ends with status 1 if one could not be read."""
    if not source and not everything:
        stop("Say which: --source KEY, or --all.")
    settings = settings_or_stop()

    async def run() -> Round:
        columns = (
            SpinnerColumn(),
            TextColumn("{task.completed} of {task.total} feeds"),
            BarColumn(),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=Console(stderr=True)) as progress:
            task = progress.add_task("feeds", total=0)
            told = lambda done, of: progress.update(task, completed=done, total=of)  # noqa: E731
            return await harvest_now(door_of(settings), the_cage(), dates.now(), source, told)

    try:
        told = with_database(settings, run)
    except Refused as no:
        stop(no.sentence)
    for name, problem in told.problems:
        click.echo(f"{name}: {problem}")
    click.echo(f"{told.visited} visited, {told.new} new in the inbox, {len(told.problems)} could not be read.")
    sys.exit(1 if told.problems else 0)


@click.command("check-links")
@click.option("--school", default=None, help="The school's slug; all schools without it.")
@click.option("--all", "everything", is_flag=True, help="All links, due or not.")
def check_links(school: str | None, everything: bool) -> None:
    """Look at the links that are due, now. A failure counts once a day. Ends with status 1 if one is dead."""
    settings = settings_or_stop()

    async def run() -> Checked:
        schools = [await school_of(school)] if school else await School.all()
        columns = (
            SpinnerColumn(),
            TextColumn("{task.completed} of {task.total} links"),
            BarColumn(),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=Console(stderr=True)) as progress:
            task = progress.add_task("links", total=0)
            told = lambda done, of: progress.update(task, completed=done, total=of)  # noqa: E731
            ids = [each.id for each in schools]
            return await check(door_of(settings), dates.now(), ids, everything=everything, progress=told)

    told = with_database(settings, run)
    for url, sentence in told.dead:
        click.echo(f"{url}: {sentence}")
    stand = ", ".join(f"{number} {state}" for state, number in sorted(told.states.items()))
    click.echo(f"{told.looked} looked at{': ' if stand else '.'}{stand}")
    sys.exit(1 if told.dead else 0)


@click.command()
@click.option("--school", required=True, help="The school's slug.")
@click.option("--cycle", required=True, help="The cycle, such as 2026-27.")
@click.option("--format", "kind", type=click.Choice(["pdf", "xlsx", "csv", "json"]), default="csv", show_default=True)
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="The file to write.")
def report(school: str, cycle: str, kind: str, output: Path) -> None:
    """Write the evaluation of a cycle to a file; small groups are withheld as they are on the page."""
    folder_or_stop(output)
    settings = settings_or_stop()

    async def run() -> bytes:
        card = await school_of(school)
        slugs = await cycle_slugs(card.id)
        if cycle not in slugs:
            there = f"There are: {', '.join(slugs)}." if slugs else "It has none yet."
            raise Refused(f"{card.name} has no cycle {cycle}. {there}")
        built = await reports.build(card, cycle, dates.now())
        match kind:
            case "pdf":
                press = Press(template_folder() / "paper")
                try:
                    data = paper_of(built, card.language, paper_for(card.zone), card.zone)
                    return await press.pdf("report", data, built.as_of)
                finally:
                    press.close()
            case "xlsx":
                return workbook(built)
            case "csv":
                head, *rows = built.to_csv_rows()
                return csv_text(head, rows)
        return built.to_text().encode()

    write_for(output, with_database(settings, run))
