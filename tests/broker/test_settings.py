"""Settings: the file, what overrides it, and what is refused before anything listens."""

from pathlib import Path

import pytest

from svcat.broker.errors import BrokerSetupError
from svcat.broker.settings import OfferingSettings, Settings, load_settings

FILE = """
host = "0.0.0.0"
port = 9000
username = "platform"
password_file = "/run/password"
async_delay_s = 3

[offerings.files]
driver = "sqlite"
directory = "/srv/files"

[offerings.more-files]
driver = "sqlite"
"""


def test_a_file_sets_everything_and_the_command_line_wins(tmp_path: Path) -> None:
    file = tmp_path / "broker.toml"
    file.write_text(FILE)

    settings = load_settings(file, state_dir=tmp_path, port=0, host=None)

    assert settings == Settings(
        state_dir=tmp_path,
        host="0.0.0.0",
        port=0,
        username="platform",
        password_file=Path("/run/password"),
        async_delay_s=3.0,
        offerings=(
            OfferingSettings(name="files", driver="sqlite", options={"directory": "/srv/files"}),
            OfferingSettings(name="more-files", driver="sqlite"),
        ),
    )


def test_without_anything_it_offers_sqlite_on_loopback(tmp_path: Path) -> None:
    settings = load_settings(state_dir=tmp_path)

    assert (settings.host, settings.has_login) == ("127.0.0.1", False)
    assert [offering.driver for offering in settings.offerings] == ["sqlite"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("port = ", "not TOML"),
        ("colour = 1", "unknown setting 'colour'"),
        ('port = "http"', r"Expected `int`, got `str` - at `\$\.port`"),
        ("port = true", r"Expected `int`, got `bool` - at `\$\.port`"),
        ("port = 70000", "port must be"),
        ("username = 7", r"Expected `str`, got `int` - at `\$\.username`"),
        ('username = "u"', "username and password file go together"),
        ('tls_cert_file = "c"', "certificate and key file go together"),
        ('host = "0.0.0.0"', "refusing to listen on 0.0.0.0 without a login"),
        ('host = "::"', "refusing to listen on :: without a login"),
        ('host = "broker.example"', "refusing to listen on broker.example without a login"),
        ("offerings = 3", "offerings"),
        ("[offerings]", "no offering configured"),
        ("[offerings.files]", "say which driver"),
        ("state_dir = 5", r"Expected a path, got 5 - at `\$\.state_dir`"),
    ],
)
def test_settings_that_cannot_be_are_refused_by_name(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "broker.toml"
    file.write_text(text)

    overrides = {} if "state_dir" in text else {"state_dir": tmp_path}
    with pytest.raises(BrokerSetupError, match=words):
        load_settings(file, **overrides)


def test_a_state_directory_must_be_named() -> None:
    with pytest.raises(BrokerSetupError, match="state_dir"):
        load_settings()


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BrokerSetupError, match=r"cannot read .*broker\.toml: No such file"):
        load_settings(tmp_path / "broker.toml", state_dir=tmp_path)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.7", "::1", "localhost"])
def test_loopback_needs_no_login(tmp_path: Path, host: str) -> None:
    assert load_settings(state_dir=tmp_path, host=host).host == host
