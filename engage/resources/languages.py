"""The languages of a school library: their codes in MARC, their codes on the web, and what they are called.

Sources: MARC Code List for Languages; BCP 47.
"""

TABLE = """
afr af Afrikaans, alb sq Albanian, amh am Amharic, ara ar Arabic, arm hy Armenian, baq eu Basque, ben bn Bengali,
bos bs Bosnian, bul bg Bulgarian, bur my Burmese, cat ca Catalan, chi zh Chinese, cre cr Cree, hrv hr Croatian,
cze cs Czech, dan da Danish, dut nl Dutch, eng en English, epo eo Esperanto, est et Estonian, per fa Persian,
fin fi Finnish, fre fr French, gle ga Irish, gla gd Gaelic, geo ka Georgian, ger de German, gre el Greek,
guj gu Gujarati, hat ht Haitian Creole, haw haw Hawaiian, heb he Hebrew, hin hi Hindi, hmn hmn Hmong, hun hu Hungarian,
ice is Icelandic, ind id Indonesian, iku iu Inuktitut, ita it Italian, jpn ja Japanese, khm km Khmer, kor ko Korean,
kur ku Kurdish, lao lo Lao, lat la Latin, lav lv Latvian, lit lt Lithuanian, mac mk Macedonian, may ms Malay,
mao mi Maori, mar mr Marathi, mon mn Mongolian, nav nv Navajo, nep ne Nepali, nor no Norwegian, oji oj Ojibwa,
pan pa Punjabi, pol pl Polish, por pt Portuguese, pus ps Pashto, rum ro Romanian, rus ru Russian, san sa Sanskrit,
srp sr Serbian, slo sk Slovak, slv sl Slovenian, som so Somali, spa es Spanish, swa sw Swahili, swe sv Swedish,
syr syr Syriac, tam ta Tamil, tel te Telugu, tha th Thai, tib bo Tibetan, tgl tl Tagalog, tir ti Tigrinya,
tur tr Turkish, ukr uk Ukrainian, urd ur Urdu, vie vi Vietnamese, wel cy Welsh, yid yi Yiddish, yor yo Yoruba,
zul zu Zulu, ase ase American Sign Language
"""
ROWS = [tuple(row.split(maxsplit=2)) for row in TABLE.replace("\n", " ").split(",")]
OF_MARC = {marc: tag for marc, tag, _ in ROWS}
OF_WEB = {tag: marc for marc, tag, _ in ROWS}
NAMES = {tag: name for _, tag, name in ROWS}
# codes that were replaced, and those of ISO 639 that differ from MARC's
OF_MARC |= {"scc": "sr", "scr": "hr", "fra": "fr", "deu": "de", "zho": "zh", "ces": "cs", "nld": "nl", "ell": "el"}
NONE = frozenset({"und", "mul", "zxx", "mis", "   ", "|||", "xxx", "nnn"})


def of_marc(code: str) -> str:
    """The web's code for a code of MARC; a code of three letters that is not in the table is its own; "" for none."""
    code = code.strip().lower()
    if len(code) != 3 or not code.isalpha() or not code.isascii() or code in NONE:
        return ""
    return OF_MARC.get(code, code)


def to_marc(tag: str) -> str:
    """The code of MARC for a language of the web: "vie" for "vi" and "vi-VN"; "und" where we do not know it."""
    main = tag.lower().split("-")[0]
    return OF_WEB.get(main) or (main if len(main) == 3 and main.isalpha() and main.isascii() else "und")


def name_of(tag: str) -> str:
    """What a language is called: "Spanish" for "es" and "es-MX"; the code itself where we do not know it."""
    return NAMES.get(tag.lower(), "") or NAMES.get(tag.lower().split("-")[0], "") or tag
