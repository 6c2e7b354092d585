"""Every form in which a list leaves the library, in one table: its page and the tests are made from it."""

from dataclasses import dataclass

from feeds.shelf import ACQUISITION1, OPDS2


@dataclass(frozen=True)
class WayOut:
    """One form. name: of its row, which takes the list's slug. words: for its link. media_type: as it is answered.

    about: for whom it is, in a few words. public_only: whether it is there for lists that everybody may see, and for no
    others.
    """

    name: str
    words: str
    media_type: str
    about: str = ""
    public_only: bool = False


# by heading, in the order in which a page offers them
WAYS_OUT: dict[str, tuple[WayOut, ...]] = {
    "To follow it": (
        WayOut("promotion.list_rss", "RSS", "application/rss+xml", "for any feed reader"),
        WayOut("promotion.list_atom", "Atom", "application/atom+xml", "for any feed reader"),
        WayOut("promotion.list_json", "JSON Feed", "application/feed+json", "for newer feed readers"),
    ),
    "For reading apps and other libraries": (
        WayOut("promotion.opds2_list", "OPDS 2.0", OPDS2, "for reading apps, and to take it over"),
        WayOut("promotion.opds_list", "OPDS 1.2", ACQUISITION1, "for older reading apps: what can be fetched"),
        WayOut("promotion.list_marc", "MARC", "application/marc", "for a catalogue: what stands on our shelves"),
    ),
    "For papers and projects": (
        WayOut("promotion.cite", "Cite these", "text/html", "in MLA, APA or Chicago style"),
        WayOut("promotion.list_ris", "RIS", "application/x-research-info-systems", "for Zotero, EndNote and the like"),
        WayOut("promotion.list_bib", "BibTeX", "application/x-bibtex", "for LaTeX"),
        WayOut("promotion.list_csl", "CSL-JSON", "application/vnd.citationstyles.csl+json", "for citation programs"),
    ),
    "As a table": (
        WayOut(
            "promotion.list_xlsx",
            "Excel",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "for Excel, Numbers and LibreOffice",
        ),
        WayOut("promotion.list_csv", "CSV", "text/csv", "for any spreadsheet"),
        WayOut("promotion.list_data", "JSON", "application/json", "for programs of your own"),
    ),
    "On another website": (
        WayOut("promotion.embed", "Small page", "text/html", "to show inside a page of yours", public_only=True),
    ),
}


def all_ways() -> list[WayOut]:
    """The forms without their headings."""
    return [way for ways in WAYS_OUT.values() for way in ways]
