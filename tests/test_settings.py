"""The service does not start where what a session says would travel in the clear (SAFETY.md, S2)."""

from dataclasses import replace

import pytest

from engage.settings import Settings, SettingsProblem, read_allowed_outside, read_settings

HTTPS = Settings(database_url="sqlite://x", secret_key="k" * 32, base_url="https://library.example")
HERE = ["127.0.0.1", "127.0.0.2", "localhost", "::1"]
OPEN = ["0.0.0.0", "::", "", "192.168.1.4", "10.0.0.1", "library.example", "127.0.0.1.library.example"]


@pytest.mark.parametrize("host", HERE)
def test_s2_without_https_this_machine_alone_is_served(host):
    base = f"http://{f'[{host}]' if ':' in host else host}:8000"
    settings = replace(HTTPS, base_url=base)
    settings.check()
    settings.check_bound(host)


@pytest.mark.parametrize("host", OPEN)
def test_s2_nobody_else_is_answered_in_the_clear(host):
    with pytest.raises(SettingsProblem, match="https"):
        replace(HTTPS, base_url=f"http://{host if host != '::' else '[::]'}:8000").check()
    with pytest.raises(SettingsProblem, match="https"):
        replace(HTTPS, base_url="http://127.0.0.1:8000").check_bound(host)


@pytest.mark.parametrize("host", [*HERE, *OPEN])
def test_s2_behind_https_the_server_listens_where_the_proxy_asks_it(host):
    HTTPS.check()
    HTTPS.check_bound(host)


@pytest.mark.parametrize("base", ["http://library.example", "HTTP://library.example", "library.example", "ftp://a.b"])
def test_s2_the_environment_opens_no_other_way(tmp_path, base):
    given = {"ENGAGE_BASE_URL": base, "ENGAGE_SECRET_KEY": "k" * 32}
    with pytest.raises(SettingsProblem, match="https"):
        read_settings(given, tmp_path)


def test_a_demo_reads_whom_it_may_ask_and_nothing_else(tmp_path):
    given = {"ENGAGE_ALLOWED_OUTSIDE": "127.0.0.1:8001, [::1]:8002", "ENGAGE_BASE_URL": "ftp://never.looked.at"}
    assert read_allowed_outside(given, tmp_path) == {("127.0.0.1", 8001), ("::1", 8002)}
    (tmp_path / ".env").write_text("ENGAGE_ALLOWED_OUTSIDE=127.0.0.1:8003\n")
    assert read_allowed_outside({}, tmp_path) == {("127.0.0.1", 8003)}
    with pytest.raises(SettingsProblem, match="ENGAGE_ALLOWED_OUTSIDE wants host:port"):
        read_allowed_outside({"ENGAGE_ALLOWED_OUTSIDE": "8001"}, tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == [".env"], "no key is made"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ENGAGE_PROXIES", "two"),
        ("ENGAGE_SMTP_PORT", "-1"),
        ("ENGAGE_METRICS_PORT", "9000/tcp"),
        ("ENGAGE_ALLOWED_OUTSIDE", "127.0.0.1:http"),
        ("ENGAGE_DATABASE_URL", "/srv/engage.sqlite3"),
        ("ENGAGE_DATABASE_URL", "mysql://library"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(tmp_path, name, value):
    given = {"ENGAGE_SECRET_KEY": "k" * 32, name: value}
    with pytest.raises(SettingsProblem, match=name):
        read_settings(given, tmp_path)


def test_a_number_left_empty_is_the_usual_one(tmp_path):
    given = {"ENGAGE_SECRET_KEY": "k" * 32, "ENGAGE_SMTP_PORT": "", "ENGAGE_METRICS_PORT": " ", "ENGAGE_PROXIES": ""}
    settings = read_settings(given, tmp_path)
    assert (settings.smtp_port, settings.metrics_port, settings.proxies) == (587, 0, 0)
