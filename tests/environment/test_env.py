"""``svcat env``: which variables, whose values, and when they are hidden."""

import json
import subprocess

from tests.environment.test_formats import NASTY
from tests.environment.world import World

SIMPLE = {"host": "h", "port": 5432, "user.name": "u", "password": "canary"}


def test_all_credentials_become_variables_of_the_names_that_inject_gives(world: World) -> None:
    world.bind(SIMPLE)

    assert world.run("env", "db").out == "HOST=h\nPASSWORD=canary\nPORT=5432\nUSER_NAME=u\n"
    assert world.run("env", "db", "--prefix", "DB_", "-o", "json").json == {
        "DB_HOST": "h",
        "DB_PASSWORD": "canary",
        "DB_PORT": "5432",
        "DB_USER_NAME": "u",
    }


def test_chosen_keys_get_chosen_names_and_the_rest_stays_out(world: World) -> None:
    world.bind(SIMPLE)

    words = ("--env", "password=PGPASSWORD", "--env", "host")
    assert world.run("env", "db", *words, "-o", "json").json == {
        "HOST": "h",
        "PGPASSWORD": "canary",
    }
    everything = world.run("env", "db", *words, "--env-all", "-o", "json").json
    assert set(everything) == {"HOST", "PASSWORD", "PGPASSWORD", "PORT", "USER_NAME"}
    assert world.run("env", "db", "--env", "nosuch", code=2).err.startswith("error: no binding")
    refused = world.run("env", "db", "--env", "host=LD_PRELOAD", code=2)
    assert "LD_PRELOAD is never set from credentials" in refused.err


def test_names_that_change_how_programs_run_are_left_out_and_said(world: World) -> None:
    world.bind({"path": "/evil", "ld_preload": "/evil.so", "host": "h"})

    done = world.run("env", "db")

    assert done.out == "HOST=h\n"
    assert "no variable is made of path of binding db" in done.err
    assert "no variable is made of ld_preload of binding db" in done.err
    assert world.run("env", "db", "--prefix", "DB_").out.splitlines()[2] == "DB_PATH=/evil"


def test_two_bindings_whose_names_meet_must_be_told_apart(world: World) -> None:
    world.bind(SIMPLE, "db")
    world.bind({"host": "other"}, "my-cache")

    refused = world.run("env", "db", "my-cache", code=2)
    assert "bindings 'db' and 'my-cache' both have variable HOST" in refused.err
    assert "--prefix-binding" in refused.err
    both = world.run("env", "db", "my-cache", "--prefix-binding", "-o", "json").json
    assert (both["DB_HOST"], both["MY_CACHE_HOST"]) == ("h", "other")
    assert world.run("env", "db", "my-cache", "--env", "my-cache/host=H").out == "H=other\n"
    assert "say whose" in world.run("env", "db", "my-cache", "--env", "host=H", code=2).err


def test_a_shell_has_the_values_after_eval(world: World) -> None:
    world.bind({name.lower(): value for name, value in NASTY.items()})

    script = 'eval "$("$@")"; exec python3 -c "import json,os; print(json.dumps(dict(os.environ)))"'
    done = subprocess.run(
        ["bash", "-c", script, "x", *world.command("env", "db", "-o", "shell")],
        env=world.svcat.full_environment(),
        cwd=world.svcat.home,
        capture_output=True,
        text=True,
        check=True,
    )

    found = json.loads(done.stdout)
    assert {name: found.get(name) for name in NASTY} == NASTY


def test_what_a_format_cannot_hold_is_left_out_and_said(world: World) -> None:
    world.bind({"ca": "-----BEGIN-----\nx\n", "host": "h", "quoted": """it's a "x\""""})

    done = world.run("env", "db", "-o", "docker")
    assert done.out == """HOST=h\nQUOTED=it's a "x"\n"""
    assert "CA is left out" in done.err
    done = world.run("env", "db")
    assert "CA='-----BEGIN-----\nx\n'\n" in done.out
    assert "not every reader of dotenv files takes QUOTED" in done.err


def test_on_a_terminal_values_are_hidden_unless_asked_for(world: World) -> None:
    world.bind({"password": "canary\x1b[31m", "host": "h"})

    for style in ("dotenv", "shell", "docker", "vcap", "json", "yaml", "jsonpath={.PASSWORD}"):
        shown = world.on_a_terminal("env", "db", "-o", style)
        assert "canary" not in shown, style
        assert "--show-secrets" in shown
    shown = world.on_a_terminal("env", "db", "--show-secrets")
    assert "PASSWORD='canary\\x1b[31m'" in shown


def test_the_table_and_the_names_hold_no_values(world: World) -> None:
    world.bind(SIMPLE)

    table = world.run("env", "db", "-o", "table").out
    assert table.splitlines()[2].split() == ["PASSWORD", "db", "password", "6"]
    assert world.run("env", "db", "-o", "name").out == "HOST\nPASSWORD\nPORT\nUSER_NAME\n"
    assert world.run("env", "db", "-o", "jsonpath={.PASSWORD}").out == "canary"


def test_vcap_services_is_what_cloud_foundry_gives(world: World) -> None:
    mount = {
        "driver": "nfs",
        "container_dir": "/data",
        "mode": "rw",
        "device_type": "shared",
        "device": {"volume_id": "canary"},
    }
    deep = {"host": "h", "deep": {"a": [1, None, True]}}
    world.bind(deep, "reader", volume_mounts=[mount], syslog_drain_url="syslog://x")
    instance = world.svcat.instance("db")
    binding = world.run("get", "binding", "reader", "-o", "json").json

    assert world.run("env", "reader", "-o", "vcap").json == {
        "thing": [
            {
                "label": "thing",
                "plan": "small",
                "provider": None,
                "name": "reader",
                "instance_name": "db",
                "instance_guid": instance["spec"]["externalID"],
                "binding_name": "reader",
                "binding_guid": binding["spec"]["externalID"],
                "tags": ["sql"],
                "credentials": deep,
                "syslog_drain_url": "syslog://x",
                "volume_mounts": [
                    {"container_dir": "/data", "device_type": "shared", "mode": "rw"}
                ],
            }
        ]
    }
    assert (
        "holds all credentials"
        in world.run("env", "reader", "-o", "vcap", "--env", "x", code=2).err
    )


def test_a_binding_without_credentials_is_an_error_that_says_what_to_do(world: World) -> None:
    assert world.run("env", "nosuch", code=5).err.startswith("error: binding 'nosuch' not found")
    world.broker.tell("PUT", world.answer(400, {"description": "no"}))
    world.run("bind", "db", code=7)
    assert "hint: svcat describe binding db" in world.run("env", "db", code=6).err
