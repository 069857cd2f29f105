"""What is wrong is said in one clear line with the next command, and leaves nothing behind.

Nothing half-made: the objects and the broker's contents are the same before and after.
"""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.brokers.hostile import Answer, HostileBroker, answer, hang, raw, reset, truncated
from tests.e2e.conftest import Offer
from tests.e2e.place import Done, Place


@dataclass(frozen=True, slots=True)
class Mistake:
    """Words that cannot work, the exit code, and what the error and its hint speak of."""

    words: str
    code: int
    error: str
    hint: str = ""

    def __str__(self) -> str:
        return self.words


UNKNOWN = [
    Mistake("describe broker nope", 5, "broker 'nope' not found", "svcat get brokers"),
    Mistake("get broker nope", 5, "broker 'nope' not found", "svcat get brokers"),
    Mistake("sync broker nope", 5, "broker 'nope' not found", "svcat get brokers"),
    Mistake("deregister nope", 5, "broker 'nope' not found", "svcat get brokers"),
    Mistake("describe class nope", 5, "class 'nope' not found", "svcat marketplace"),
    Mistake("describe class sqlit", 5, "class 'sqlit' not found", "sqlite"),
    Mistake("get plans --class nope", 5, "class 'nope' not found", "svcat marketplace"),
    Mistake("describe plan sqlite/nope", 5, "plan 'nope' not found", "svcat get plans"),
    Mistake("provision x --class nope --plan file", 5, "class 'nope'", "svcat marketplace"),
    Mistake("provision x --class sqlite --plan nope", 5, "plan 'nope'", "svcat get plans"),
    Mistake("provision x --class sqlite --plan file -b no", 5, "broker 'no'", "get brokers"),
    Mistake("get instance nope", 5, "instance 'nope' not found", "svcat get instances"),
    Mistake("describe instance nope", 5, "instance 'nope' not found", "svcat get instances"),
    Mistake("deprovision nope", 5, "instance 'nope' not found", "svcat get instances"),
    Mistake("bind nope", 5, "instance 'nope' not found", "svcat get instances"),
    Mistake("unbind nope", 5, "instance 'nope' not found", "svcat get instances"),
    Mistake("unbind --name nope", 5, "binding 'nope' not found", "svcat get bindings"),
    Mistake("get binding nope", 5, "binding 'nope' not found", "svcat get bindings"),
    Mistake("describe binding nope", 5, "binding 'nope' not found", "svcat get bindings"),
]
IN_THE_WAY = [
    Mistake("deregister b", 6, "still has instances: ", "svcat deprovision db"),
    Mistake("deprovision db", 6, "still has bindings: db", "svcat unbind db"),
    Mistake("register b --url http://127.0.0.1:1", 6, "already registered", "--update-if-exists"),
    Mistake("provision db --class sqlite --plan file-async", 6, "exists", "svcat update db"),
    Mistake("bind db -p read_only=true", 6, "exists, with other parameters", "--name"),
]
NAMES = [
    Mistake("provision Nope --class sqlite --plan file", 2, "'Nope' cannot be", "lower-case"),
    Mistake(f"provision {'x' * 64} --class sqlite --plan file", 2, "cannot be", "63"),
    Mistake("register Bad_Name --url http://127.0.0.1:1", 2, "'Bad_Name' cannot", "lower-case"),
    Mistake("bind db --name UPPER", 2, "'UPPER' cannot be", "lower-case"),
    Mistake("bind db --name x --secret-name 'a b'", 2, "'a b' cannot be", "lower-case"),
    Mistake("provision x --class sqlite --plan file --external-id a/b", 2, "'a/b'", "letters"),
    Mistake("get instances -n 'Bad NS'", 2, "'Bad NS' cannot be", "lower-case"),
    Mistake("register x --url ftp://broker", 2, "a broker URL looks like https://"),
    Mistake("register x --url http://me:pw@127.0.0.1", 2, "holds a login", "--password-stdin"),
]
FLAGS = [
    Mistake("provision x --class sqlite", 2, "class 'sqlite' has 4 plans", "file-async"),
    Mistake("provision x", 2, "missing option '--class'", "svcat provision --help"),
    Mistake("provision", 2, "missing argument 'NAME'", "svcat provision --help"),
    Mistake("unbind", 2, "an instance or binding name is required", "svcat unbind INSTANCE"),
    Mistake("provision x --class sqlite --plan file --timeout soon", 2, "--timeout", "90s"),
    Mistake("provision x --class sqlite --plan file --interval 0", 2, "--interval", "100ms"),
    Mistake("provision x --class sqlite --plan file -p size", 2, "no '='", "NAME=VALUE"),
    Mistake("provision x --class sqlite --plan file --params-json [1]", 2, "not a JSON object"),
    Mistake("provision x --class sqlite --plan file -p zap=1", 2, "zap", "journal_mode"),
    Mistake("get brokers --scope galaxy", 2, "invalid --scope (galaxy)", "cluster, namespace"),
    Mistake("get instances -o xml", 2, "invalid --output format 'xml'", "json, yaml"),
    Mistake("env db -o xml", 2, "invalid --output format 'xml'", "dotenv, shell"),
    Mistake("marketplace -o xml", 2, "invalid --output format 'xml'", "html"),
    Mistake("bind db --dry-run=client -o xml", 2, "invalid --output format 'xml'", "curl"),
    Mistake("get instances -o jsonpath={.x", 2, "broken JSONPath", "braces"),
    Mistake("get instances -l '!!'", 2, "!"),
    Mistake("get instances --store paper", 2, "there is no store 'paper'", "--store local"),
    Mistake("get nonsense", 2, "no such command 'nonsense'", "svcat get --help"),
    Mistake("get instances --colour", 2, "no such option: --colour", "--help"),
    Mistake("wait db --for lunch", 2, "invalid --for", "condition=Ready"),
]


@pytest.fixture
def furnished(place: Place, bundled: Offer) -> Iterator[Place]:
    """A broker ``b``, an instance ``db``, a binding ``db``."""
    place.register(bundled.broker)
    place.run("provision", "db", "--class", "sqlite", "--plan", "file")
    place.run("bind", "db")
    yield place
    place.run("deprovision", "db", "--cascade")


@pytest.mark.parametrize(
    "table", [UNKNOWN, IN_THE_WAY, NAMES, FLAGS], ids=["unknown", "in the way", "names", "flags"]
)
def test_a_mistake_gets_one_clear_line_and_changes_nothing(
    furnished: Place, bundled: Offer, table: list[Mistake]
) -> None:
    before = furnished.objects_of_ours(), bundled.broker.contents()
    for mistake in table:
        done = furnished.run(*shlex.split(mistake.words), code=mistake.code)
        require_clear(done, mistake)
    assert (furnished.objects_of_ours(), bundled.broker.contents()) == before


def require_clear(done: Done, mistake: Mistake) -> None:
    """Check that stderr is one error line, perhaps what it is about in detail, perhaps a hint."""
    shown = f"svcat {mistake.words}\n{done.err}"
    error, *more = done.err.splitlines()
    hint = [line for line in more if not line.startswith("  parameters.")]
    assert error.startswith("error: "), shown
    assert mistake.error in error, shown
    assert len(hint) <= 1, shown
    assert mistake.hint in "".join(hint) + error, shown
    assert all(line.startswith("hint: ") for line in hint), shown
    assert done.out == "", shown


def test_a_class_that_two_brokers_offer_must_be_told_apart(place: Place, bundled: Offer) -> None:
    for name in ("one", "two"):
        place.register(bundled.broker, name)
    words = ["provision", "x", "--class", "sqlite", "--plan", "file"]
    done = place.run(*words, code=6)
    require_clear(done, Mistake(" ".join(words), 6, "by the brokers one, two", "--broker one"))
    assert bundled.instances() == set()
    place.run(*words, "--broker", "two")
    place.run("deprovision", "x")


def test_a_foreign_secret_stops_a_binding_before_the_broker_hears_of_it(
    place: Place, bundled: Offer
) -> None:
    from svcat.objects import SECRET

    place.register(bundled.broker)
    place.run("provision", "db", "--class", "sqlite", "--plan", "file")
    metadata = {"name": "db", "namespace": place.namespace}
    place.objects.create(
        SECRET, {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": {"k": "dg=="}}
    )
    before = place.objects_of_ours()
    done = place.run("bind", "db", code=6)
    require_clear(done, Mistake("bind db", 6, "Secret 'db'", "--secret-name"))
    assert place.objects_of_ours() == before
    assert bundled.bindings() == set()
    assert place.secret("db") == {"k": "v"}
    place.run("deprovision", "db")


HTML = "<html><body>404 page not found</body></html>"
NO_BROKERS = {
    "html instead of a catalog": (answer(200, HTML, content_type="text/html"), 10),
    "html and 404": (answer(404, HTML, content_type="text/html"), 10),
    "server error": (answer(500, {"description": "out of order"}), 10),
    "json of another kind": (answer(200, {"hello": "world"}), 10),
    "a list": (answer(200, []), 10),
    "a redirect": (answer(302, b"", {"Location": "http://127.0.0.1:1/"}), 10),
    "login wanted": (answer(401, {"description": "who are you?"}), 4),
    "login not enough": (answer(403, {"description": "not you"}), 4),
    "no HTTP": (raw(b"SSH-2.0-OpenSSH_9.2\r\n"), 10),
    "reset": (reset(), 10),
    "half an answer": (truncated(200, b'{"services": ['), 10),
    "silence": (hang(), 10),
}


@pytest.mark.parametrize("entry", NO_BROKERS.values(), ids=NO_BROKERS)
def test_what_is_no_broker_cannot_be_registered(local: Place, entry: tuple[Answer, int]) -> None:
    said, code = entry
    with HostileBroker() as server:
        server.always(said)
        words = ["register", "b", "--url", server.url]
        done = local.run(*words, code=code, environment={"SVCAT_BROKER_TIMEOUT": "1"})
    require_clear(done, Mistake(" ".join(words), code, "127.0.0.1", "hint: "))
    assert "<html>" not in done.err
    assert local.objects_of_ours() == []


def test_a_dead_broker_cannot_be_registered(place: Place) -> None:
    words = ["register", "b", "--url", "http://127.0.0.1:1"]
    done = place.run(*words, code=10)
    require_clear(done, Mistake(" ".join(words), 10, "connection refused", "check the URL"))
    assert place.objects_of_ours() == []


def test_a_wrong_password_is_refused_and_not_kept(place: Place, offer: Offer) -> None:
    words = ["register", "b", "--url", offer.broker.url, "--username", "me", "--password-stdin"]
    done = place.run(*words, code=4, stdin="wrong-password\n")
    require_clear(done, Mistake(" ".join(words), 4, "login", "hint: "))
    assert "wrong-password" not in done.err
    assert place.objects_of_ours() == []
    done = place.run("register", "b", "--url", offer.broker.url, code=4)
    require_clear(done, Mistake("register", 4, "login", "--username"))


def test_no_password_is_asked_of_a_script(local: Place) -> None:
    words = ["register", "b", "--url", "http://127.0.0.1:1", "--username", "me"]
    done = local.run(*words, code=2)
    require_clear(done, Mistake(" ".join(words), 2, "--username needs", "--password-stdin"))


def test_a_broker_that_died_later_changes_nothing_here(place: Place, bundled: Offer) -> None:
    place.register(bundled.broker)
    place.run("provision", "db", "--class", "sqlite", "--plan", "file")
    registration = place.objects_of_ours()
    url, there = "http://127.0.0.1:1", bundled.broker.url
    password = bundled.broker.password + "\n"
    with HostileBroker() as stand_in:
        stand_in.always(answer(200, _catalog_of(place)))
        moved = ["register", "b", "--url", stand_in.url, "--update-if-exists"]
        place.run(*moved)
        url = stand_in.url
    done = place.run("provision", "x", "--class", "sqlite", "--plan", "file", code=10)
    require_clear(done, Mistake("provision x", 10, "connection refused", "the same again"))
    done = place.run("deprovision", "db", code=10)
    require_clear(done, Mistake("deprovision db", 10, "connection refused", "the same again"))
    assert [o for o in place.objects_of_ours() if "instance" in o] == [
        o for o in registration if "instance" in o
    ]
    assert place.run("get", "instance", "db", "-o", "jsonpath={.status.phase}").out == "ready"
    assert url not in there
    place.run(
        *["register", "b", "--url", there, "--update-if-exists"],
        *["--username", bundled.broker.username, "--password-stdin"],
        stdin=password,
    )
    place.run("deprovision", "db")


def _catalog_of(place: Place) -> dict[str, object]:
    """The registered catalog, as a broker would send it."""
    shown = place.run("describe", "class", "sqlite", "-o", "json").json["spec"]
    plans = place.run("get", "plans", "-o", "json").json["items"]
    return {
        "services": [
            {
                "id": shown["externalID"],
                "name": "sqlite",
                "description": "moved",
                "bindable": True,
                "plans": [
                    {
                        "id": plan["spec"]["externalID"],
                        "name": plan["metadata"]["name"],
                        "description": "moved",
                    }
                    for plan in plans
                ],
            }
        ]
    }
