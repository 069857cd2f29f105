"""Who may ask (OSB 2.17, Platform to Service Broker Authentication)."""

import base64
from collections.abc import Iterator
from urllib.parse import urlsplit

from svcat.conformance.instance_life import new_id
from svcat.conformance.judging import expect
from svcat.conformance.model import Failed, Skipped
from svcat.conformance.session import Answer, Headers
from svcat.conformance.stage import Stage
from svcat.osb.login import BasicLogin, NoLogin
from svcat.osb.models import Call
from svcat.osb.urls import binding_path, instance_path, is_loopback

_NOBODY: Headers = {"Authorization": None}


def no_login(stage: Stage) -> Answer:
    """Without a login there is no catalog: 401."""
    _require_login(stage)
    return expect(stage.platform.catalog(_NOBODY), 401)


def wrong_login(stage: Stage) -> Answer:
    """With a wrong password or token there is no catalog: 401."""
    _require_login(stage)
    return expect(stage.platform.catalog({"Authorization": _wrong(stage)}), 401)


def wrong_user(stage: Stage) -> Answer:
    """The right password does not help another user: 401."""
    login = stage.session.login
    if not isinstance(login, BasicLogin):
        raise Skipped("the login has no user name")
    words = f"{login.username}-svcat-check:{login.password.reveal()}"
    return expect(stage.platform.catalog({"Authorization": _basic(words)}), 401)


def every_request(stage: Stage) -> Answer:
    """Every kind of request asks for the login: 401."""
    _require_login(stage)
    # Before anything is said about bodies and ids, which are wrong: nothing can come of these.
    answers = list(_without_login(stage))
    open_doors = [answer for answer in answers if answer.status != 401]
    if open_doors:
        listed = ", ".join(f"{answer.call} ({answer.status})" for answer in open_doors)
        raise Failed(f"not 401 for: {listed}", open_doors[0])
    return answers[-1]


def login_required(stage: Stage) -> Answer:
    """It asks for a login at all."""
    return expect(stage.platform.catalog(_NOBODY), 401)


def transport(stage: Stage) -> None:
    """It is reached over TLS, or on this machine."""
    parts = urlsplit(stage.session.base)
    if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
        raise Failed("without TLS everybody on the way reads logins and credentials")


def _without_login(stage: Stage) -> Iterator[Answer]:
    platform, unknown = stage.platform, new_id()
    instance, binding = instance_path(unknown), binding_path(unknown, unknown)
    yield platform.provision(unknown, {}, headers=_NOBODY)
    yield platform.update(unknown, {}, headers=_NOBODY)
    yield platform.bind((unknown, unknown), {}, headers=_NOBODY)
    yield platform.unbind((unknown, unknown), stage.some_ids, headers=_NOBODY)
    yield platform.deprovision(unknown, stage.some_ids, headers=_NOBODY)
    for call, target in (
        (Call.FETCH_INSTANCE, instance),
        (Call.POLL_INSTANCE, f"{instance}/last_operation"),
        (Call.FETCH_BINDING, binding),
        (Call.POLL_BINDING, f"{binding}/last_operation"),
    ):
        yield stage.session.send(call, target, headers=_NOBODY)


def _require_login(stage: Stage) -> None:
    if isinstance(stage.session.login, NoLogin):
        raise Skipped("no login was given")


def _wrong(stage: Stage) -> str:
    login = stage.session.login
    if isinstance(login, BasicLogin):
        return _basic(f"{login.username}:svcat-check")
    return "Bearer svcat-check"


def _basic(words: str) -> str:
    return f"Basic {base64.b64encode(words.encode()).decode()}"
