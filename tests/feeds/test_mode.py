import pytest

from feeds import Attachment, Entry, Feed, Mode, mode_of
from feeds.mode import kind_of

AUDIO = Attachment("https://e.org/1.mp3", "audio/mpeg")
VIDEO = Attachment("https://e.org/1.mp4", "video/mp4")
PAPER = Attachment("https://e.org/1.pdf", "application/pdf")


@pytest.mark.parametrize(
    ("entry", "feed", "mode"),
    [
        (Entry(), None, Mode.READING),
        (Entry(attachments=(PAPER,)), None, Mode.READING),
        (Entry(attachments=(PAPER, AUDIO)), None, Mode.LISTENING),
        (Entry(attachments=(VIDEO,)), None, Mode.VIEWING),
        (Entry(attachments=(AUDIO, VIDEO)), None, Mode.VIEWING),
        (Entry(attachments=(AUDIO,)), Feed(medium="video"), Mode.LISTENING),
        (Entry(attachments=(Attachment("https://e.org/1.MP3?from=feed"),)), None, Mode.LISTENING),
        (Entry(attachments=(Attachment("https://e.org/1.mp4#t=1"),)), None, Mode.VIEWING),
        (Entry(attachments=(Attachment("https://e.org/1.mp3", "application/pdf"),)), None, Mode.READING),
        (Entry(url="https://www.youtube.com/watch?v=1"), None, Mode.VIEWING),
        (Entry(url="https://youtu.be/1"), None, Mode.VIEWING),
        (Entry(url="https://player.vimeo.com/1"), None, Mode.VIEWING),
        (Entry(url="https://notyoutube.com/1"), None, Mode.READING),
        (Entry(medium="video"), None, Mode.VIEWING),
        (Entry(), Feed(medium="film"), Mode.VIEWING),
        (Entry(), Feed(medium="audiobook"), Mode.LISTENING),
        (Entry(), Feed(medium="newsletter"), Mode.READING),
    ],
)
def test_the_mode_of_an_entry(entry, feed, mode):
    assert mode_of(entry, feed) is mode


@pytest.mark.parametrize(
    ("feed", "seems"),
    [
        (Feed(), "feed"),
        (Feed(medium="music"), "podcast"),
        (Feed(medium="film"), "video"),
        (Feed(entries=(Entry(attachments=(AUDIO,)), Entry(attachments=(AUDIO,)), Entry())), "podcast"),
        (Feed(entries=(Entry(attachments=(AUDIO,)), Entry())), "feed"),
        (Feed(entries=(Entry(attachments=(VIDEO,)),)), "video"),
        (Feed(feed_url="https://www.youtube.com/feeds/videos.xml?channel_id=UC"), "video"),
    ],
)
def test_what_a_feed_seems_to_be(feed, seems):
    assert kind_of(feed) == seems
