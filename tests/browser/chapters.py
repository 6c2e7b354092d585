"""The acts of the story of Engage, as they are told one after the other; each leaves to the next what is in Story."""

import csv
import json
import re
import time
from dataclasses import dataclass, field
from datetime import timedelta

import feedparser
from playwright.sync_api import Browser, expect
from playwright.sync_api import Error as PlaywrightError

from engage import dates
from tests import data
from tests.browser.looking import SMALLEST, Seat
from tests.browser.stage import PASSWORD
from tests.browser.test_bench import drag

RECORDS = "marc-bulk/lc_juvenile_a.mrc"
LIST = "Creatures of the night"
BOOKS = (
    "How do bats see in the dark",
    "Vampire bats Welsbacher",
    "The wonder of bats",
    "When the moon is full",
    "The moon quilt",
    "Drawn by a China moon",
    "One dark night",
    "Paper lanterns",
    "Dreams mind movies of the night",
)
PARTS = ("To read", "To watch and hear")
EPISODE, ARTICLE, VIDEO = "Episode 2", "Retrospective", "Navigating with Quantum Entanglement"
FREE_CHOICE = "The diary of my dog Biscuit"
SCHOOL = "/lincoln"


@dataclass
class Story:
    """What one act leaves to the next. looked: what was wrong with each page, by its name.

    closely: whether pages are looked at: those of both databases are the same, and once is enough.
    """

    address: str
    sites: str
    browser: Browser
    closely: bool = True
    titles: list[str] = field(default_factory=list)
    code: str = ""
    pictures: dict[str, list[str]] = field(default_factory=dict)
    looked: dict[str, list[str]] = field(default_factory=dict)
    seats: list[Seat] = field(default_factory=list)

    def sit(self, scripts: bool = False, width: dict[str, int] | None = None) -> Seat:
        """Somebody new before the browser."""
        self.seats.append(Seat(self.browser, self.address, scripts, **({"width": width} if width else {})))
        return self.seats[-1]

    def staff(self, login: str) -> Seat:
        """Somebody of the staff, signed in by password."""
        seat = self.sit()
        seat.go("/sign-in")
        seat.type("Name or e-mail", login)
        seat.type("Password", PASSWORD)
        seat.press("Sign in")
        seat.reads(login.capitalize())
        return seat

    def look(self, seat: Seat, name: str, closely: bool = True) -> None:
        """Look at the page from all sides; what is wrong is told at the end of the story."""
        if self.closely:
            seat.look(name, self.looked, closely)


def wait_for(seat: Seat, words: str, seconds: float = 300) -> None:
    """Look at the page again and again until it says these words; nobody needs a script to see that work is done."""
    until = time.monotonic() + seconds
    while words not in seat.words():
        assert time.monotonic() < until, f"{words!r} does not come: {seat.words()[:1500]}"
        time.sleep(0.3)
        try:
            seat.page.goto(seat.page.url)
        except PlaywrightError as aborted:
            # a page that comes again by itself may do so at this very moment
            if "ERR_ABORTED" not in str(aborted):
                raise
            seat.page.wait_for_load_state()


def the_catalogue_is_imported(story: Story, ada: Seat) -> None:
    ada.go(f"{SCHOOL}/curate/imports/new")
    story.look(ada, "import-new")
    ada.page.locator("input[type=file]").set_input_files(data.shared(RECORDS))
    ada.press("Look at it")
    ada.reads("The file is being looked at")
    story.look(ada, "import-at-work")
    wait_for(ada, "Nothing is written yet. This is what would come of it.")
    story.look(ada, "import-before")
    ada.press("Bring in 7,000 records")
    ada.reads("records so far")
    wait_for(ada, "Take this import back")
    ada.reads("7,000 records in the file", "6,998 added", "2 changed", "0 refused")
    assert ada.page.locator("tbody tr").count() > 20
    story.look(ada, "import-report")
    report = ada.page.get_by_text("The report as a table").get_attribute("href") or ""
    taken = ada.context.request.get(story.address + report)
    assert len(list(csv.reader(taken.text().splitlines()))) == 7_001
    ada.follow("See the catalogue")
    story.look(ada, "catalogue")


def feeds_fill_the_inbox(story: Story, ada: Seat) -> None:
    ada.go(f"{SCHOOL}/curate/lists/new")
    story.look(ada, "list-new")
    ada.type("Title", LIST)
    ada.page.get_by_label("Introduction").fill("Bats, owls and the moon: what is awake while you sleep.")
    ada.press("Start the list")
    for name, number in (("podcast.rss", 2), ("blog.atom", 20), ("channel.xml", 1)):
        ada.go(f"{SCHOOL}/curate/sources/new")
        ada.page.get_by_label("Address").fill(f"{story.sites}/{name}")
        ada.press("Look at it")
        ada.reads(f"{number} entr")
        if name == "podcast.rss":
            story.look(ada, "source-preview")
        ada.press("Add this feed")
    ada.go(f"{SCHOOL}/curate/inbox")
    wait_for(ada, "23 new things from 3 feeds")
    story.look(ada, "inbox")
    ada.go(f"{SCHOOL}/curate/sources")
    story.look(ada, "sources")
    for title in (EPISODE, ARTICLE, VIDEO):
        ada.go(f"{SCHOOL}/curate/inbox")
        mail = ada.page.locator("li.mail", has=ada.page.get_by_role("heading", name=re.compile(f"^{title}")))
        mail.get_by_label(f"List for {title}", exact=True).select_option(label=LIST)
        mail.locator("summary").click()
        mail.get_by_label(f"Why {title} is good", exact=True).fill(f"Why we like it: {title}.")
        mail.get_by_role("button", name=f"Add {title}", exact=True).click()
        # said in the page that stays, where there is a script
        expect(ada.page.locator(".said")).to_contain_text(f"Added “{title}” to {LIST}.")


def a_list_is_made_and_published(story: Story, ada: Seat) -> None:
    ada.go(f"{SCHOOL}/curate/lists")
    story.look(ada, "lists-to-edit")
    ada.follow(LIST)
    bench = ada.page.url.partition("?")[0]
    ada.follow("Parts")
    for part in PARTS:
        ada.type("Name of the part", part)
        ada.press("Add the part")
    story.look(ada, "list-parts")
    for asked in BOOKS:
        ada.page.goto(bench)
        ada.type("Search the catalogue", asked)
        ada.press("Search")
        ada.page.get_by_label("Put it into").select_option(label=PARTS[0])
        ada.page.locator("button[name=resource]").first.click()
        ada.reads("It is on the list.")
    for title in (EPISODE, ARTICLE, VIDEO):
        piece = ada.page.locator(".piece", has=ada.page.get_by_role("heading", name=title, exact=True))
        piece.locator("summary").click()
        part = PARTS[0] if title == ARTICLE else PARTS[1]
        piece.get_by_label("Another part").select_option(label=part)
        piece.get_by_role("button", name=f"Move {title}", exact=True).click()
    notes = ada.page.locator("textarea[name^='note.']")
    expect(notes).to_have_count(12)
    for place in range(12):
        if not notes.nth(place).input_value():
            notes.nth(place).fill(f"Open it at the second picture. This is note {place + 1}.")
    ada.page.get_by_role("button", name="Save notes").first.click()
    ada.reads("Your notes are kept.")

    first = titles(ada)
    up = ada.page.get_by_role("button", name=f"Move {first[2]} up,")
    up.focus()
    ada.page.keyboard.press("Enter")
    expect(ada.page.get_by_role("button", name=f"Move {first[2]} up, now 2 of 10")).to_be_visible()
    moved = [first[0], first[2], first[1], *first[3:]]
    assert titles(ada) == moved
    story.look(ada, "bench")

    hand = story.sit(scripts=True)
    hand.context.add_cookies(ada.context.cookies())  # type: ignore[arg-type]
    hand.page.goto(bench)
    pieces = hand.page.locator(".piece")
    with hand.page.expect_response(lambda answer: answer.request.method == "POST"):
        drag(hand.page, pieces.nth(0).locator(".drag"), pieces.nth(1))
    expect(hand.page.locator("[data-announce]")).to_have_text(f"{moved[0]} moved to 2 of 10")
    story.titles = [moved[1], moved[0], *moved[2:]]
    assert titles(hand) == story.titles
    story.look(hand, "bench-with-scripts")

    ada.page.goto(bench)
    assert titles(ada) == story.titles
    ada.page.locator("label:has(input[name=visibility][value=public])").click()
    ada.press("Publish")
    ada.reads("Published", "Who sees it: Everyone, visitors too.")
    story.look(ada, "bench-published")


def titles(seat: Seat) -> list[str]:
    """The titles on the bench, in their order."""
    return [" ".join(text.split()) for text in seat.page.locator(".piece h3").all_text_contents()]


def a_program_is_made(story: Story, ada: Seat) -> None:
    ada.go(f"{SCHOOL}/curate/programs/new")
    story.look(ada, "program-new")
    ada.follow("Begin with nothing")
    story.look(ada, "program-start")
    ada.type("Name", "Lantern Nights")
    ada.type("Introduction", "Light a lantern for each minute.")
    ada.type("First day", str(dates.today("America/New_York") - timedelta(days=10)))
    ada.press("Start the program")
    program = ada.page.url
    ada.follow("Add a challenge")
    story.look(ada, "challenge-kinds")
    ada.follow("An amount")
    story.look(ada, "challenge-new")
    ada.type("How many?", "100")
    ada.page.get_by_label("Of what?").select_option("minutes")
    ada.press("Keep it")
    ada.follow("Add a challenge")
    ada.follow("From a list")
    ada.type("How many?", "5")
    ada.page.get_by_label("Which list?").select_option(label=LIST)
    ada.press("Keep it")
    ada.follow("Add a badge")
    story.look(ada, "badge-new")
    ada.type("Name", "First light")
    ada.type("How to get it, in a line", "40 minutes")
    ada.page.locator("[name=what_0]").select_option("minutes")
    ada.page.locator("[name=goal_0]").fill("40")
    ada.press("Keep it")
    ada.follow("Add a badge")
    ada.type("Name", "Night walker")
    ada.type("How to get it, in a line", "Five of the list")
    of_list = ada.page.locator("[name=what_0] option[value^='challenge ']").last.get_attribute("value")
    ada.page.locator("[name=what_0]").select_option(of_list)
    ada.press("Keep it")
    assert ada.page.url == program
    ada.press("Publish")
    ada.reads("Lantern Nights is published.")
    story.look(ada, "program-desk")


def the_teacher_assigns_it(story: Story, tom: Seat) -> None:
    tom.follow("Assign a list")
    tom.page.get_by_label("Which list?").select_option(label=LIST)
    tom.type("How many?", "3")
    tom.page.get_by_label("Due on").fill(str(dates.today("America/New_York") + timedelta(days=7)))
    story.look(tom, "assign")
    tom.press("Assign it")
    tom.reads(f"Room 12 has “{LIST}” now.")
    story.look(tom, "class-before")
    tom.follow("Open sign-in")
    tom.press("Open the door")
    tom.reads("The door is open")
    story.code = tom.page.locator(".code-big").inner_text()
    story.look(tom, "door")


def sign_in_with_pictures(story: Story, tom: Seat, seat: Seat, name: str) -> None:
    tom.go(f"{SCHOOL}/classes")
    story.look(tom, "classes")
    tom.follow(re.compile("Open sign-in"))
    tom.press(f"New pictures for {name}")
    words = [text.partition(". ")[2].strip() for text in tom.page.locator(".picture").all_inner_texts()]
    assert len(words) == 4
    if name == "Sam":
        story.look(tom, "pictures")
        seat.go("/")
        story.look(seat, "start")
    seat.go("/sign-in")
    if name == "Sam":
        story.look(seat, "sign-in")
    seat.type("Your class code", story.code)
    seat.press("Come in")
    if name == "Sam":
        story.look(seat, "sign-in-tiles")
    seat.follow(name)
    for place, word in enumerate(words):
        if name == "Sam" and place == 1:
            story.look(seat, "sign-in-pictures")
        seat.press(word)


def a_student_takes_part(story: Story, tom: Seat, name: str, scripts: bool) -> None:
    seat = story.sit(scripts)

    def look(page: str) -> None:
        # to axe a page is the same with and without
        story.look(seat, page if scripts else f"{page}-without-scripts", closely=scripts)

    sign_in_with_pictures(story, tom, seat, name)
    seat.reads(name, "Any 3", LIST)
    look("student-home")
    seat.follow(re.compile(f"Any 3.*{LIST}"))
    seat.reads("You have finished 0 of 3.", "Tom Reyes will see the one title that you choose", *story.titles)
    look("asked")
    seat.follow("Open the list")
    seat.reads("12 things", "10 to read, 1 to watch, 1 to hear", *story.titles, "Why we like it: Episode 2.")
    look("list")
    seat.follow(story.titles[0])
    look("resource")
    seat.go(f"{SCHOOL}/search?q=moon")
    look("search")

    seat.go(f"{SCHOOL}/programs")
    look("programs")
    seat.follow(re.compile("Lantern Nights"))
    look("program-before")
    seat.page.get_by_role("button", name="Take part").first.click()
    seat.reads("Log it", "First light", "Night walker", "0 of 100")
    look("program-joined")

    log(seat, "reading", FREE_CHOICE, "20")
    seat.reads("Logged.", "That makes 20 of 100 minutes.")
    log(seat, "listening", EPISODE, "20", finished=True)
    seat.reads("You earned the badge “First light”.")
    look("program-badge-earned")
    seat.go(f"{SCHOOL}/lists/creatures-of-the-night")
    book = story.titles[0]
    seat.page.get_by_role("button", name=re.compile(f"^I read this ?: {re.escape(book)}$")).click()
    seat.reads("Stamped.")
    seat.reads("You read this on")
    look("list-with-marks")

    seat.go(f"{SCHOOL}/me/log")
    seat.reads(FREE_CHOICE, EPISODE, book)
    look("log")
    seat.follow(re.compile(f"Change {re.escape(FREE_CHOICE)}"))
    look("log-entry")
    seat.choose("minutes", "10")
    seat.press("Change it")
    seat.reads("You changed an entry, so the badge “First light” is not yours at the moment.")
    seat.reads("You had 40 minutes; now it is 30 of 40.")
    seat.go(f"{SCHOOL}/programs/lantern-nights")
    seat.reads("the badge “First light” is not yours at the moment", "30 of 100")
    look("program-badge-withdrawn")
    for path in ("me", "me/calendar", "me/shelf"):
        seat.go(f"{SCHOOL}/{path}")
        look(path.replace("/", "-"))
    seat.go(f"{SCHOOL}/me/calendar")
    seat.reads("30 minutes")


def log(seat: Seat, mode: str, title: str, minutes: str, finished: bool = False) -> None:
    """Log in the program whose page is open."""
    sheet = seat.page.locator("#log")
    seat.choose("mode", mode, sheet)
    seat.type("What was it called?", title)
    seat.choose("minutes", minutes, sheet)
    if finished:
        seat.choose("ending", "finished", sheet)
    seat.press("Light my lantern")


def the_teacher_sees_the_class(story: Story, tom: Seat) -> None:
    tom.go(f"{SCHOOL}/classes")
    tom.follow("Room 12")
    tom.reads("Sam", "Nia", "Lou", "2 of 3", "0 of 3")
    assert FREE_CHOICE not in tom.page.content()
    story.look(tom, "class")
    tom.follow(LIST)
    tom.reads("2 of 3", "Finished", "Not yet", EPISODE, ARTICLE)
    assert FREE_CHOICE not in tom.page.content()
    story.look(tom, "assignment")
    tom.go(f"{SCHOOL}/classes")
    tom.follow("Room 12")
    table = tom.context.request.get(f"{tom.page.url}/progress.csv").text()
    assert FREE_CHOICE not in table
    assert "2 of 3" in table


def the_year_is_evaluated(story: Story, ada: Seat) -> None:
    ada.go(f"{SCHOOL}/evaluation")
    ada.page.get_by_role("button", name=re.compile("^Start 20")).click()
    ada.go(f"{SCHOOL}/evaluation")
    story.look(ada, "evaluation")
    ada.follow(re.compile(r"^20\d\d-\d\d$"))
    shown = ("took part", "As of", "Minutes", "join", "list", "assign", "Not shown: a group is too small")
    ada.reads(*shown)
    story.look(ada, "evaluation-cycle")
    cycle = ada.page.url
    ada.follow(re.compile("reading, viewing and listening", re.IGNORECASE))
    ada.reads("Live evidence", "Minutes")
    story.look(ada, "evaluation-criterion")
    ada.page.goto(f"{cycle}/report")
    ada.reads("As of", "Figures", "Minutes")
    ada.page.emulate_media(media="print")
    assert ada.page.locator("header.site").is_hidden()
    ada.page.emulate_media(media="screen")
    story.look(ada, "evaluation-report")
    taken = ada.context.request.get(f"{cycle}/report.csv")
    assert taken.headers["content-type"].startswith("text/csv")
    rows = list(csv.reader(taken.text().splitlines()))
    assert len(rows) > 10
    said = json.dumps(rows)
    assert "Sam" not in said
    assert FREE_CHOICE not in said
    ada.go(f"{SCHOOL}/evaluation/how-we-measure")
    story.look(ada, "how-we-measure")


def a_visitor_reads_the_list(story: Story) -> None:
    seat = story.sit(scripts=False, width=SMALLEST)
    seat.go(f"{SCHOOL}/")
    seat.reads("Lincoln School", LIST)
    story.look(seat, "visitor-home")
    seat.go(f"{SCHOOL}/lists")
    story.look(seat, "lists")
    seat.follow(re.compile(LIST))
    seat.reads(LIST, *story.titles)
    story.look(seat, "visitor-list")
    where = seat.page.url
    for kind in ("rss", "atom"):
        feed = feedparser.parse(seat.context.request.get(f"{where}.{kind}").body())
        assert not feed.bozo
        assert [entry.title for entry in feed.entries] == story.titles
    items = seat.context.request.get(f"{where}.json").json()["items"]
    assert [item["title"] for item in items] == story.titles
    seat.go(f"{SCHOOL}/lists/creatures-of-the-night/print")
    story.look(seat, "visitor-list-on-paper")
