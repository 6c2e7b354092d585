"""The XML vocabularies that mean something in a feed."""

ATOM = "http://www.w3.org/2005/Atom"
CONTENT = "http://purl.org/rss/1.0/modules/content/"
DC = "http://purl.org/dc/elements/1.1/"
ITUNES = "http://www.itunes.com/dtds/podcast-1.0.dtd"
DCTERMS = "http://purl.org/dc/terms/"
MEDIA = "http://search.yahoo.com/mrss/"
OPDS = "http://opds-spec.org/2010/catalog"
PODCAST = "https://podcastindex.org/namespace/1.0"
# the same vocabulary: its specification says that the two names are to be treated as one
PODCAST_TOO = "https://github.com/podcastindex-org/podcast-namespace/blob/main/docs/1.0.md"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
SCHEMA = "http://schema.org/"
SIMPLIFIED = "http://librarysimplified.org/terms/"
XHTML = "http://www.w3.org/1999/xhtml"

# what a prefix means to those who use it without saying so
USUAL = {
    "atom": ATOM,
    "a10": ATOM,
    "content": CONTENT,
    "dc": DC,
    "dcterms": DCTERMS,
    "feedburner": "http://rssnamespace.org/feedburner/ext/1.0",
    "googleplay": "http://www.google.com/schemas/play-podcasts/1.0",
    "itunes": ITUNES,
    "media": MEDIA,
    "opds": OPDS,
    "podcast": PODCAST,
    "rdf": RDF,
    "schema": SCHEMA,
    "simplified": SIMPLIFIED,
    "xhtml": XHTML,
    "yt": "http://www.youtube.com/xml/schemas/2015",
}

# in small letters, as feeds write them in all ways
KNOWN = {uri.lower() for uri in USUAL.values()} | {
    "http://backend.userland.com/rss",
    "http://backend.userland.com/rss2",
    "http://blogs.law.harvard.edu/tech/rss",
    "http://example.com/newformat#",
    "http://example.com/necho",
    "http://my.netscape.com/rdf/simple/0.9/",
    "http://purl.org/atom/ns#",
    "http://purl.org/echo/",
    "http://purl.org/pie/",
    "http://purl.org/rss/1.0/",
    "http://purl.org/rss/1.0/modules/rss091#",
    "http://search.yahoo.com/mrss",
    "http://example.com/dtds/podcast-1.0.dtd",
    PODCAST_TOO.lower(),
    "uri/of/echo/namespace#",
}
