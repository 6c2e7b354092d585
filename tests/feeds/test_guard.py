import xml.etree.ElementTree as ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import feeds
from feeds import sieve
from feeds.guard import bounded
from feeds.model import BODY, Unreadable

HEAD = (
    '<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    ' xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"><channel><title>t</title>'
)
TAIL = "</channel></rss>"


def rss(inside: str, tail: str = TAIL) -> str:
    return f"{HEAD}<item><title>a</title>{inside}</item>{tail}"


def texts(document: bytes, name: str) -> list[str]:
    return [one.text or "" for one in ElementTree.fromstring(document).iter() if one.tag.endswith(name)]


def refusal(text: str) -> str:
    with pytest.raises(Unreadable) as no:
        bounded(text)
    return no.value.code


@pytest.mark.parametrize("tail", [TAIL, "<"])  # well-formed, and cut off
class TestWhatIsRefused:
    def test_a_document_that_declares_entities(self, tail):
        for declared in (
            '<!DOCTYPE rss [<!ENTITY a "b">]>',
            '<!DOCTYPE rss [<!ELEMENT x ANY> <!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]>',
            '<!DOCTYPE rss SYSTEM "x.dtd" [\n<!entity a "b">\n]>' if tail == "<" else '<!DOCTYPE rss [<!ENTITY a "">]>',
        ):
            assert refusal(declared + rss("", tail)) == "entities"

    def test_an_element_with_more_than_200_attributes(self, tail):
        many = " ".join(f'a{number}="1"' for number in range(201))
        assert refusal(rss(f"<x {many}/>", tail)) == "too-many-attributes"
        assert bounded(rss(f"<x {many.rpartition(' ')[0]}/>", tail))

    def test_elements_more_than_200_deep(self, tail):
        assert refusal(rss("<a>" * 201 + "</a>" * 201, tail)) == "too-deep"
        assert refusal(rss("<description>" + "<b>" * 201 + "</b>" * 201 + "</description>", tail)) == "too-deep"
        assert bounded(rss("<a>" * 190 + "</a>" * 190, tail))

    def test_a_text_of_more_than_5_mib(self, tail):
        assert refusal(rss(f"<description>{'x' * (sieve.TEXT + 1)}</description>", tail)) == "too-long-text"
        assert refusal(rss(f"<description><![CDATA[{'x' * (sieve.TEXT + 1)}]]></description>", tail)) == "too-long-text"

    def test_even_where_nobody_would_have_read_it(self, tail):
        deep = "<foreign:x xmlns:foreign='urn:x'>" + "<a>" * 201 + "</a>" * 201 + "</foreign:x>"
        assert refusal(rss(deep, tail)) == "too-deep"


def test_more_entries_than_anybody_can_have_written_are_refused():
    assert refusal(HEAD + "<item/>" * (sieve.ENTRIES + 1) + TAIL) == "too-large"


@pytest.mark.parametrize("tail", [TAIL, "<"])
class TestWhatIsCut:
    def test_a_body_to_100_000_characters(self, tail):
        made = bounded(rss(f"<description>{'é' * (BODY + 9)}</description>", tail))
        assert texts(made, "description") == ["é" * BODY]

    def test_a_body_with_elements_in_it_just_so(self, tail):
        made = bounded(rss(f"<description>{'<b>xyz</b>' * 60_000}</description>", tail))
        assert len(texts(made, "description")[0]) <= BODY + len("</b>")

    @pytest.mark.parametrize("name", ["author", "dc:creator", "managingEditor", "webMaster", "itunes:author"])
    def test_a_persons_field_to_500_bytes(self, tail, name):
        made = bounded(rss(f"<{name}>{'é.' * 30_000}</{name}>", tail))
        assert [len(one.encode()) for one in texts(made, name.rpartition(":")[2])] in ([500], [499])

    def test_the_parts_of_a_person_too(self, tail):
        made = bounded(rss(f"<author><name>{'n' * 900}</name><email>{'a.' * 9000}</email></author>", tail))
        assert [len(one) for one in texts(made, "name") + texts(made, "email")] == [500, 500]

    def test_dates_and_keywords_to_500_characters(self, tail):
        made = bounded(rss(f"<pubDate>{'1 ' * 9000}</pubDate><itunes:keywords>{'a,' * 9000}</itunes:keywords>", tail))
        assert [len(one) for one in texts(made, "pubDate") + texts(made, "keywords")] == [500, 500]

    def test_a_field_that_comes_a_thousand_times_to_fifty(self, tail):
        made = bounded(rss("<category>c</category>" * 1000, tail))
        assert len(texts(made, "category")) == sieve.REPEATS


@pytest.mark.parametrize("tail", [TAIL, "<"])
def test_of_too_many_entries_the_newest_stay_in_their_order(tail):
    def entry(number: int) -> str:
        date = f"{2000 + number // 336}-{1 + number // 28 % 12:02}-{1 + number % 28:02}"
        return f"<item><title>{number}</title><dc:date>{date}</dc:date></item>"

    entries = "".join(entry(number) for number in [*range(700, 1000), *range(700)])
    made = bounded(f"{HEAD}{entries}{tail}")
    assert texts(made, "title") == ["t", *map(str, [*range(700, 1000), *range(500, 700)])]


def test_a_feed_that_is_within_all_limits_comes_through_whole():
    plain = rss(
        "<link>http://e.org/?a=1&amp;b=2</link><description>&lt;b&gt;x&lt;/b&gt; &amp;amp; ]]&gt;</description>"
    )
    made = ElementTree.fromstring(bounded(plain))
    assert made.findtext(".//item/link") == "http://e.org/?a=1&b=2"
    assert made.findtext(".//item/description") == "<b>x</b> &amp; ]]>"
    assert made.findtext(f".//item/{sieve.ORDINAL}") == "1"


def test_elements_within_a_description_become_its_markup():
    made = ElementTree.fromstring(
        bounded(rss('<description>a &amp; <b k="v">b</b><a href="x&amp;y">c</a><br/></description>'))
    )
    description = made.find(".//item/description")
    assert description is not None
    assert description.get("type") == "html"
    assert description.text == 'a & <b>b</b><a href="x&amp;y">c</a><br>'


def test_vocabularies_that_mean_nothing_to_us_are_left_out():
    made = bounded(
        rss('<g:point xmlns:g="http://www.georss.org/georss">1 2</g:point><slash:comments>5</slash:comments>')
    )
    assert texts(made, "point") == []
    assert texts(made, "comments") == []


def test_a_prefix_that_was_never_declared_means_what_it_always_means():
    made = bounded("<rss><channel><item><itunes:duration>9</itunes:duration></item></channel></rss>")
    names = [one.tag for one in ElementTree.fromstring(made).iter()]
    assert "{http://www.itunes.com/dtds/podcast-1.0.dtd}duration" in names


def test_named_references_of_web_pages_are_known_without_being_declared():
    assert texts(bounded(rss("<author>Ren&eacute;e &unknown;</author>")), "author") == ["Renée &unknown;"]


pieces = st.sampled_from(
    [
        "<rss>",
        "<channel>",
        "<item>",
        "</item>",
        "<title>",
        "</title>",
        "<description>",
        "</description>",
        "<a href='x'>",
        "</a>",
        "<dc:creator>",
        "<x:y xmlns:x='u'>",
        "</x:y>",
        "<media:content medium='video'>",
        "<media:title>",
        "<atom:link xmlns:atom=''>",
        "<rdf:RDF rdf:about='x' a='1' a='2'>",
        "<![CDATA[",
        "]]>",
        "<!--",
        "-->",
        "<?x",
        "?>",
        "&amp;",
        "&eacute;",
        "&#0;",
        "&#xD800;",
        "\x01",
        "<",
        ">",
        "words",
        "<feed xmlns='http://www.w3.org/2005/Atom'>",
        "<entry>",
        "<content type='xhtml'>",
        "<content type='image/png'>",
        "<author>",
        "<name>",
        "<image>",
        "<br>",
        "<p>",
        "<feed xmlns='a}b'>",
        "<feed xmlns='a b' xmlns:dc='a}b'>",
        "<feed xmlns=''>",
        "<rss/>",
        "<channel x='/>",
        "<item/>",
        "<title ª='1' é='2' 1='3'>",
        "<title :x='1' x:='2' x:y:z='3' xmlns:='4' xmlns:xml='5' xmlns:dc='' rdf:about='6' xlink:href='7'>",
        "<é>",
    ]
)


@settings(max_examples=500, deadline=None)
@given(st.lists(pieces, max_size=40).map("".join))
def test_whatever_comes_in_what_comes_out_is_well_formed(text):
    try:
        made = bounded(text)
    except Unreadable:
        return
    ElementTree.fromstring(made)
    assert b"<!" not in made


def test_reading_goes_through_the_guard():
    with pytest.raises(Unreadable) as no:
        feeds.read(rss("<a>" * 300).encode(), "https://e.org/", {})
    assert no.value.code == "too-deep"


def test_a_price_within_an_address_is_not_part_of_it():
    made = bounded("<rss><channel><item><link>http://e.org/<price>9</price></link></item></channel></rss>")
    assert texts(made, "link") == ["http://e.org/"]
