"""Nothing but the one door opens a connection, as far as the code can be read (F1)."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]
CODE = sorted(path for folder in ("engage", "feeds") for path in (HOUSE / folder).rglob("*.py"))

REACH = re.compile(
    r"""(?:https?:|wss?:)?//(?!www\.w3\.org/)[a-z0-9.-]+\.[a-z]{2,}|WebSocket|EventSource|sendBeacon|importScripts""",
    re.I,
)
LOADED = re.compile(r"""(?:src|srcset|data|poster|action|@import|url\()\s*=?\s*["']?(?:https?:)?//[^"'\s>]+""", re.I)

# what can open a connection, listen to one, or look up a name
CLIENTS = {
    *("socket", "ssl", "http", "httpcore2", "httpx", "httpx2", "httpcore", "h11", "requests", "urllib3", "aiohttp"),
    *("ftplib", "smtplib", "imaplib", "poplib", "nntplib", "telnetlib", "xmlrpc", "socketserver", "wsgiref", "pycurl"),
    *(
        "webbrowser",
        "websockets",
        "aiosmtplib",
        "paramiko",
        "dns",
        "anyio",
        "trio",
        "multiprocessing",
        "_socket",
        "_ssl",
    ),
    *(
        "feedparser.http",
        "urllib.request",
        "urllib.robotparser",
        "asyncio.streams",
        "logging.handlers",
        "ctypes",
        "cffi",
    ),
}
OPENING = {
    *("open_connection", "open_unix_connection", "create_connection", "create_unix_connection", "sock_connect"),
    *("create_datagram_endpoint", "start_server", "start_unix_server", "create_server", "create_unix_server"),
    *("getaddrinfo", "getnameinfo", "gethostbyname", "gethostbyaddr", "urlopen", "urlretrieve", "connect_ex"),
}
# a module could be had by its name, and a client be another program
BY_NAME = {"__import__", "import_module", "eval", "exec", "run_path", "run_module"}
PROGRAMS = {
    *("system", "popen", "posix_spawn", "posix_spawnp", "fork", "forkpty", "execv", "execve", "execvp", "spawnv"),
    *("Popen", "create_subprocess_exec", "create_subprocess_shell", "subprocess_exec", "subprocess_shell"),
}

DOOR = {"engage/outside/connect.py", "engage/outside/fetch.py", "engage/outside/wire.py"}
# the door for mail, to the one server that the settings name
OTHER_DOORS = {("engage/outside/mail.py", "aiosmtplib")}
# they begin our own programs, with arguments of our own; and an operator's backup those of PostgreSQL
BEGIN = {"engage/outside/cage.py", "engage/outside/stream.py", "engage/working.py", "engage/database/snapshots.py"}
# the driver's word for opening a file, in a class of the driver's; and a parser makes copies of itself
OTHERS = {
    ("engage/database/sqlite.py", "create_connection"),
    ("engage/outside/cage_worker.py", "fork"),
    ("engage/metrics.py", "start_server"),  # it listens, to this machine alone
}


def imported(tree: ast.Module) -> Iterator[str]:
    """Every module that a file imports, with what it takes from it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{each.name}" for each in node.names)


def used(tree: ast.Module) -> Iterator[str]:
    """The last part of every name that a file uses or imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.ImportFrom):
            yield from (each.name for each in node.names)


def connects(source: str) -> set[str]:
    """What in a file could open a connection or begin another program."""
    tree = ast.parse(source)
    starts = {".".join(name.split(".")[:number]) for name in imported(tree) for number in (1, 2)}
    return (starts & (CLIENTS | {"subprocess", "pty"})) | (set(used(tree)) & (OPENING | BY_NAME | PROGRAMS))


def test_only_the_door_opens_a_connection_and_only_four_rooms_begin_a_process():
    wrong = {}
    for path in CODE:
        place = str(path.relative_to(HOUSE))
        found = {name for name in connects(path.read_text()) if (place, name) not in OTHERS | OTHER_DOORS}
        if place in BEGIN:
            found -= {"subprocess", "Popen", "create_subprocess_exec"}
        if found and place not in DOOR:
            wrong[place] = found
    assert wrong == {}


def test_an_address_is_connected_to_only_where_it_is_checked():
    asking = {path.name for path in CODE if "engage.outside.wire.connected" in imported(ast.parse(path.read_text()))}
    assert asking == {"connect.py"}


@pytest.mark.parametrize(
    "line",
    [
        "import socket",
        "import http.client",
        "import urllib.request",
        "from urllib import request",
        "from urllib.request import urlopen as look",
        "import httpx2 as web",
        "import requests",
        "from requests import get",
        "import asyncio\nasync def f(): await asyncio.open_connection('example.com', 80)",
        "from asyncio import open_connection as reach",
        "def f(loop): return loop.create_connection(None, 'example.com', 80)",
        "def f(loop): return loop.getaddrinfo('example.com', 80)",
        "import subprocess",
        "import os\nos.system('curl example.com')",
        "from os import popen",
        "import asyncio\nasyncio.create_subprocess_exec('curl')",
        "__import__('socket')",
        "import importlib\nimportlib.import_module('so' + 'cket')",
        "from logging.handlers import HTTPHandler",
        "from multiprocessing import connection",
        "import _socket",
        "import ctypes",
    ],
)
def test_the_reading_would_find_it(line):
    assert connects(line)


def test_no_page_reaches_out_by_itself():
    """Scripts ask only our own addresses, and nothing in a template is loaded from elsewhere."""
    scripts = (HOUSE / "engage" / "static").rglob("*.js")
    reaching = {str(path): found for path in scripts if (found := REACH.findall(path.read_text()))}
    texts = (path for path in (HOUSE / "templates").rglob("*.*") if path.suffix != ".ttf")
    loaded = {str(path): found for path in texts if (found := LOADED.findall(path.read_text()))}
    assert (reaching, loaded) == ({}, {})
