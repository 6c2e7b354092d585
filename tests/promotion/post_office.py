"""A small server that takes letters, as a school's would; it says what it is told to say."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass
class PostOffice:
    """What came, and what is said. refused: addresses that it does not take; full: that it does not
    take for now; away: it breaks off at every letter.
    """

    port: int = 0
    letters: list[tuple[str, str]] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    full: set[str] = field(default_factory=set)
    away: bool = False

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One conversation."""
        to = ""
        writer.write(b"220 here\r\n")
        try:
            while line := (await reader.readline()).decode().strip():
                word = line.split(":")[0].upper()
                if word == "RCPT TO":
                    to = line.partition("<")[2].partition(">")[0]
                    taken = to not in self.refused
                    busy = b"452 full\r\n" if to in self.full else b"250 good\r\n"
                    writer.write(busy if taken else b"550 no such person\r\n")
                elif word == "DATA":
                    if self.away:
                        writer.write(b"451 later\r\n")
                        continue
                    writer.write(b"354 go on\r\n")
                    body = (await reader.readuntil(b"\r\n.\r\n")).decode()
                    self.letters.append((to, body))
                    writer.write(b"250 taken\r\n")
                elif word == "QUIT":
                    writer.write(b"221 bye\r\n")
                    break
                else:
                    writer.write(b"250 good\r\n")
        finally:
            writer.close()


@asynccontextmanager
async def post_office() -> AsyncIterator[PostOffice]:
    """A server on this machine, for as long as the block lasts."""
    office = PostOffice()
    server = await asyncio.start_server(office.talk, "127.0.0.1", 0)
    office.port = server.sockets[0].getsockname()[1]
    try:
        yield office
    finally:
        server.close()
        await server.wait_closed()
