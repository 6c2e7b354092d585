"""Puts a topic with the things of the list into a Kolibri: `python -m tests.bench.beside.kolibri_topic HOW-MANY FILE`.

They are documents, videos and sounds with a file each, as an imported channel leaves them. The topic's number is
written into FILE. KOLIBRI_HOME, of the environment: the folder of a Kolibri that is set up.
"""

import sys
import uuid
from pathlib import Path
from typing import Any

from kolibri.main import initialize

KINDS = (("document", "document", "pdf"), ("video", "high_res_video", "mp4"), ("audio", "audio", "mp3"))


def put(number: int) -> str:
    """So many things; the number of the topic."""
    from kolibri.core.content.models import ChannelMetadata, ContentNode, File, LocalFile

    channel = uuid.uuid4().hex

    def node(parent: Any, kind: str, title: str, resources: int, **more: str) -> Any:
        own = {"id": uuid.uuid4().hex, "content_id": uuid.uuid4().hex, "channel_id": channel, "available": True}
        return ContentNode.objects.create(
            **own, parent=parent, kind=kind, title=title, on_device_resources=resources, **more
        )

    root = node(None, "topic", "Library", number)
    topic = node(root, "topic", "Look up", number, description="What Look up is about.")
    for place in range(number):
        kind, preset, ending = KINDS[place % len(KINDS)]
        said = {"author": f"Maker {place}", "description": f"Why A book of {place} moons is here."}
        thing = node(topic, kind, f"A book of {place} moons", 1, **said)
        kept = LocalFile.objects.create(id=uuid.uuid4().hex, extension=ending, available=True, file_size=1_000)
        File.objects.create(
            id=uuid.uuid4().hex, local_file=kept, contentnode=thing, preset=preset, supplementary=False, thumbnail=False
        )
    ChannelMetadata.objects.create(id=channel, name="Library", root=root, version=1, min_schema_version="5")
    return str(topic.id)


if __name__ == "__main__":
    initialize()
    Path(sys.argv[2]).write_text(put(int(sys.argv[1])))
