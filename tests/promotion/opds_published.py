"""The schemas of OPDS 2.0 as they are published, where somebody brought them along.

A folder that ENGAGE_OPDS_SCHEMAS names holds them, each under its address, as `wget --force-directories` lays them:
specs.opds.io/schema/feed.schema.json and publication.schema.json, and all that they refer to at readium.org.
"""

import os
import re
from pathlib import Path

import pytest
from jsonschema import Draft7Validator
from referencing import Registry
from referencing.retrieval import to_cached_resource

PLACE = "https://specs.opds.io/schema/"


def published(name: str) -> Draft7Validator:
    """The judge of a kind of document, "feed" or "publication"; skips, loudly, where no folder is named."""
    folder = os.environ.get("ENGAGE_OPDS_SCHEMAS")
    if not folder:
        pytest.skip(
            f"THE PUBLISHED SCHEMAS OF OPDS ARE NOT HERE: only our words of them judged. Lay {PLACE}feed.schema.json "
            "and all it refers to in a folder, each under its address, and name it ENGAGE_OPDS_SCHEMAS."
        )

    @to_cached_resource()
    def read(address: str) -> str:
        # Python writes the names of groups in a pattern otherwise; nothing asks for them
        return re.sub(r"\(\?<\w+>", "(", Path(folder, address.partition("://")[2]).read_text())

    which = {"$ref": f"{PLACE}{name}.schema.json"}
    return Draft7Validator(which, registry=Registry(retrieve=read), format_checker=Draft7Validator.FORMAT_CHECKER)
