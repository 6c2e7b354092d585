"""The command that writes what a proxy in front of the service is told: Caddy's, which fetches its certificate itself.

What the proxy does must not fall behind what the service does: requests that drip are cut off (SAFETY.md, O2), its own
answers are dressed like ours (S5), and it notes neither who asked nor for what (X3). Source of the format:
https://caddyserver.com/docs/caddyfile
"""

from pathlib import Path

import click

from engage.commanding import settings_or_stop, stop
from engage.settings import PORT
from engage.web.headers import fixed_headers
from engage.web.limits import HEADER_BYTES, RECEIVE_SECONDS

LOG = "/var/log/caddy/engage.log"
AWAY = "The library is away for a moment. Please try again."
# with the request line; Engage itself says in words of its own when a head is too long
HEAD_BYTES = 2 * HEADER_BYTES
# of a line about a request: all that could say who asked, or for what
UNSAID = (
    *("request>remote_ip", "request>remote_port", "request>client_ip", "request>uri", "request>headers"),
    *("request>tls", "resp_headers", "user_id"),
)
TEXT = """\
# Engage behind Caddy, version 2.6 or newer, as `engage proxy` writes it. It belongs in /etc/caddy/Caddyfile; then
# reload Caddy. The service wants ENGAGE_BASE_URL=https://{host} and ENGAGE_PROXIES=1.
{{
	auto_https disable_redirects
	log {{
		exclude http
	}}
	servers {{
		timeouts {{
			read_header {seconds}s
			read_body {seconds}s
			idle 75s
		}}
		max_header_size {head}
	}}
}}

(dressed) {{
	header {{
{dress}
		cache-control no-store
		-Server
	}}
}}

{plain}https://{host} {{{certificate}
	reverse_proxy 127.0.0.1:{port}
	header -Server
	handle_errors {{
		import dressed
		header retry-after 10
		respond "{away}" 503
	}}
	log {{
		output file {log} {{
			roll_keep_for 720h
		}}
		format filter {{
			wrap json
			fields {{
{unsaid}
			}}
		}}
	}}
}}
"""
PLAIN = """\
http://{host} {{
	import dressed
	redir https://{host}{{uri}} 308
}}

"""


@click.command()
@click.option("--port", default=PORT, show_default=True, help="Of this machine, where `engage serve` answers.")
@click.option("--certificate", nargs=2, type=Path, help="A certificate and its key, where Caddy shall not fetch one.")
@click.option("--log", default=LOG, show_default=True, help="Where Caddy notes that there was a request.")
def proxy(port: int, certificate: tuple[Path, Path] | None, log: str) -> None:
    """Write the file of settings for Caddy, the proxy in front of the service."""
    settings = settings_or_stop()
    if not settings.secure:
        stop(
            "Say in ENGAGE_BASE_URL at which https address readers will reach the service; the proxy answers there.", 2
        )
    click.echo(caddyfile(settings.host, port, certificate, log), nl=False)


def caddyfile(host: str, port: int, certificate: tuple[Path, Path] | None = None, log: str = LOG) -> str:
    """The file. host: as readers name it, with its port if that is not the usual one; port: of the service."""
    return TEXT.format(
        host=host,
        port=port,
        seconds=int(RECEIVE_SECONDS),
        head=HEAD_BYTES,
        dress="\n".join(f'\t\t{name.decode()} "{value.decode()}"' for name, value in fixed_headers(secure=True)),
        plain="" if ":" in host else PLAIN.format(host=host),
        certificate="\n\ttls {} {}".format(*certificate) if certificate else "",
        away=AWAY,
        log=log,
        unsaid="\n".join(f"\t\t\t\t{field} delete" for field in UNSAID),
    )
