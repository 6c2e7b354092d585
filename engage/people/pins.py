"""Six-digit PINs: which are too easily guessed, and new ones by chance. Source: SAFETY.md, L5.

Refused are dates in any usual order, runs, what repeats itself, and the rest of the commonest. COMMON holds those of
the 605 six-digit entries among the 30,000 commonest passwords that are none of the first three (the list of zxcvbn
4.5.0, MIT, counted from published breaches); what repeats itself, 4,000 more, holds the others of the 1,000 commonest.
"""

import secrets
import unicodedata
from itertools import pairwise

from engage.errors import Refused

DIGITS = 6
COMMON_ONES = """
    159753 123654 159357 789456 315475 147258 147852 123789 852456 134679 124578 135790 142536 456123 246810 753951
    314159 321654 141627 951753 456852 258456 123987 987456 753159 906090 789654 123457 132435 963852 362436 128500
    789123 321456 420247 162534 456321 135246 192837 123451 784512 235689 787898 147369 794613 654123 123455 147963
    159632 655321 123465 369852 153624 987123 172839 420000 635241 987321 196969 415263 142857 258369 132456 357159
    145236 741963 258963 147896 123567 875421 357951 123459 132465 515000 321678 951357 123450 123890 963258 456987
    159263 918273 902100 741258 986532 214365 895623 515051 124038 258000 748596 651550 232425 153759 123412 615243
    837519 141516 159852 823762 362514 622521 747400 123698 088011 123458 427900 123258 253634 515253 456258 333221
    123454 315920 124356 131415 135799 789852 145632 123369 124816 271828 014789 013579 524645 212223 235711 451236
    479373 741236 258741 852654 968574 963741 976431 123666 123333 789321 242526 475869 123555 019283 123234 135792
    123432 123444 178500 192168 282860 852147 123345 152535 198200 203040 852741 159874 171819 232629 098123 326598
    252627 197000 654987 852123 789520 153426 159487 159963 187211 258025 197500 198000 161718 123580 147123 616913
    430799 313233 331234 543216 123963 247365 198500 492529 151617 199000 123645 123777 144000 272829 159123 246800
    234523 215487 133159 125678 233391 198400 369147 183461 481516 135711 526452 123423 106666 258789 123400 198900
    302731 195000 375125 148888 666425 179355 158272 975310 708090 703751 697769 616879 392781 339311 197800 198300
    199200 125478 074401 123213 006900 198700 135795 267605 316769 123211 405060 007008 456838 213141 464811 678910
    157953 824655 867530 908070 276115 123445 123678 137946 147789 159789 926337 785612 666420 579300 555123 526282
    316497 197100 198600 284655 246890 246824 164379 167943 963147 131517 800500 789551 786110 754321 709394 477041
    428054 196400 197300 197600 198920 146969 261397 151500 154263 123579 123852 241455 125412 125689 123342 789963
    123452 123589 785001 182838 665259 527952 515069 493949 424365 382436 369741 196800 196820 197430 132333 199430
    149521 159456 243122 204060 198800 198020 197200 316271 365214 382563 414243 441232 483422 545645 687887 747200
    789056 143000 137955 125690 124365 123978 123699 123592 028526 159000 199020 198520 145678 142500 141592 197700
    196100 311420 342500 136900 135642 420666 500600 511647 543211 552861 125267 125000 124536 123888 645202 258046
    777123 201980 165432 108888 118801 123569 129834 132546 132613 135798 136666 136913 143333 153246
    """
COMMON = frozenset(COMMON_ONES.split())
DAYS, MONTHS, CENTURIES = range(1, 32), range(1, 13), (19, 20)


def plain_pin(text: str) -> str:
    """The digits of a PIN, however it was typed: with blanks, or in the digits of another script."""
    return "".join(str(unicodedata.digit(sign)) for sign in text if unicodedata.digit(sign, None) is not None)[:40]


def check_pin(text: str) -> str:
    """The PIN, if it may be one. Raises Refused."""
    pin = plain_pin(text)
    if len(pin) != DIGITS:
        raise Refused(f"A PIN has {DIGITS} digits.", about="pin")
    if is_weak(pin):
        raise Refused("That PIN is too easy to guess. Take one that is no date and no pattern.", about="pin")
    return pin


def is_weak(pin: str) -> bool:
    """Whether others would try this PIN among the first."""
    return is_date(pin) or is_run(pin) or repeats(pin) or pin in COMMON


def is_date(pin: str) -> bool:
    """Whether it is a day as people write one: 311204, 123104, 041231, or a year with a month: 201512."""
    first, second, third = int(pin[:2]), int(pin[2:4]), int(pin[4:])
    pairs = ((first, second), (second, first), (third, second))
    return any(day in DAYS and month in MONTHS for day, month in pairs) or (first in CENTURIES and third in MONTHS)


def is_run(pin: str) -> bool:
    """Whether each digit is as far from the last: 234567, 975319, 444444."""
    return len({(int(one) - int(other)) % 10 for one, other in pairwise(pin)}) == 1


def repeats(pin: str) -> bool:
    """Whether it is made of few digits or repeats itself: 224242, 357357, 565656, 123321, 778899."""
    pairs = (pin[:2], pin[2:4], pin[4:])
    return (
        len(set(pin)) <= 2
        or pin[:3] == pin[3:]
        or len(set(pairs)) == 1
        or pin == pin[::-1]
        or all(pair[0] == pair[1] for pair in pairs)
    )


def choose_pin() -> str:
    """A PIN by chance that is none of the weak ones: one of some 907,000."""
    while True:
        pin = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
        if not is_weak(pin):
            return pin
