import codecs

import pytest

from feeds.encoding import text_of

WORDS = "<rss>Žluťoučký café €</rss>"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (WORDS.encode(), ""),
        (codecs.BOM_UTF8 + WORDS.encode(), "text/xml; charset=windows-1250"),
        (WORDS.encode("utf-16"), ""),
        (codecs.BOM_UTF16_BE + WORDS.encode("utf-16-be"), ""),
        (WORDS.encode("utf-16-le"), ""),
        (WORDS.encode("utf-16-be"), ""),
        (WORDS.encode("utf-32"), ""),
        (WORDS.encode("utf-32-be"), ""),
        (WORDS.encode("cp1250"), 'application/rss+xml; charset="windows-1250"'),
        (b'<?xml version="1.0" encoding="windows-1250"?>' + WORDS.encode("cp1250"), ""),
        (b'<?xml version="1.0" encoding="windows-1250"?>' + WORDS.encode("cp1250"), "text/xml; charset=nonsense"),
        # declared wrongly, as servers do that were never asked
        (b'<?xml version="1.0" encoding="iso-8859-1"?>' + WORDS.encode(), ""),
        (WORDS.encode(), "text/xml; charset=us-ascii"),
        # codecs that are no encodings, or that cost the square of the length
        (b'<?xml version="1.0" encoding="punycode"?>' + WORDS.encode(), ""),
        (b'<?xml version="1.0" encoding="unicode_escape"?>' + WORDS.encode(), ""),
        (b'<?xml version="1.0" encoding="utf-7"?>' + WORDS.encode(), ""),
        (b'<?xml version="1.0" encoding="hex"?>' + WORDS.encode(), ""),
        (b'<?xml version="1.0" encoding="utf-16"?>' + WORDS.encode(), ""),
    ],
)
def test_a_document_is_read_in_its_own_encoding(body, content_type):
    assert text_of(body, {"Content-Type": content_type}).endswith(WORDS)


def test_old_encodings_of_east_asia_are_read():
    for name in ("big5", "shift_jis", "euc-kr", "gb2312"):
        words = "<t>中文</t>" if name != "euc-kr" else "<t>한글</t>"
        declared = f'<?xml version="1.0" encoding="{name}"?>'.encode()
        assert text_of(declared + words.encode(name), {}).endswith(words)


def test_what_fits_nothing_is_western():
    assert text_of(b"<t>caf\xe9 \x93quoted\x94</t>", {}) == "<t>café “quoted”</t>"


def test_what_cannot_be_decoded_at_all_is_still_text():
    assert "�" in text_of(b"\x81\x8d\x8f\x90\x9d", {})
