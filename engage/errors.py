"""The four ways in which a request may not end as it was meant to."""


class NotFound(Exception):
    """There is no such thing for this person: it does not exist, or they may not know that it does."""


class NotAllowed(Exception):
    """The person may see that this exists and may not do it.

    act: the matrix id. sentence: what the person reads, where there is more to say than "no".
    """

    def __init__(self, act: str = "", sentence: str = "") -> None:
        super().__init__(act)
        self.sentence = sentence


class Refused(Exception):
    """A rule said no.

    sentence: what the person reads, whole and in plain words.
    about: the form field that the sentence stands beside, or None for the form as a whole.
    """

    def __init__(self, sentence: str, about: str | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.about = about


class Busy(Exception):
    """The database could not take the change in time; nothing of it was kept.

    seconds: when to try again.
    """

    def __init__(self, seconds: int = 2) -> None:
        super().__init__(f"busy, try again in {seconds} s")
        self.seconds = seconds
