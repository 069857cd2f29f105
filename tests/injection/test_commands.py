"""``inject`` and ``eject`` as people type them: words, exit codes, and killed half way."""

import pytest

from svcat.store.injections import InjectionState
from tests.injection.test_inject import FILES, URL, env, secret_key, template
from tests.injection.yard import Yard, bare, container, deployment

SIGKILL = -9


def test_what_was_done_is_shown_in_every_format(yard: Yard) -> None:
    yard.apply(deployment("a"), deployment("b"))

    table = yard.svcat("inject", "db", "deployment/a", "deploy/b", "--env", "uri=URL").out
    names = yard.svcat("inject", "db", "deployment/a", "-o", "name").out
    listed = yard.svcat("inject", "db", "deployment/b", "--env", "uri=URL", "-o", "json").json

    assert [line.split()[:2] for line in table.splitlines()[1:]] == [
        ["deployment.apps/a", "injected"],
        ["deployment.apps/b", "injected"],
    ]
    assert "URL (uri)" in table
    assert names == "injection/deployment.apps/a\n"
    [item] = listed["items"]
    assert item["status"]["state"] == "unchanged"
    assert item["spec"]["env"] == [{"key": "uri", "name": "URL"}]


def test_the_default_is_files_and_error_unchanged_says_so_to_scripts(yard: Yard) -> None:
    yard.apply(deployment())

    yard.svcat("inject", "db", "deployment/web")
    assert template(yard)["spec"]["containers"][0]["volumeMounts"] == [FILES]

    yard.svcat("inject", "db", "deployment/web", "--error-unchanged", code=3)
    yard.svcat("inject", "db", "deployment/web")


def test_some_that_fail_do_not_keep_the_others_from_it_and_the_exit_code_tells(yard: Yard) -> None:
    theirs = container("app", env=[{"name": "URL", "value": "theirs"}])
    yard.apply(deployment("a", theirs), deployment("b"))

    done = yard.svcat("inject", "db", "deployment/a", "deployment/b", "--env", "uri=URL", code=6)

    assert "variable URL in container app already, set by kubectl-client-side-apply" in done.err
    assert [line.split()[1] for line in done.out.splitlines()[1:]] == ["failed", "injected"]


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ((), "which workload?"),
        (("web",), "'web' is no workload"),
        (("deployment/web", "--env", "uri=PATH"), "variable PATH is never set"),
        (("deployment/web", "--env", "=A"), "invalid --env value"),
        (("deployment/web", "--env", "nokey=A"), "has no key 'nokey'"),
        (("deployment/web", "--prefix", "A_"), "--prefix is for --env-all"),
        (("deployment/web", "-l", "a=b"), "names and -l do not go together"),
        (("deployment/web", "-f", "x"), "say --local too"),
        (("--local",), "which manifests?"),
        (("deployment/web", "--repair"), "takes no workloads"),
    ],
)
def test_what_makes_no_sense_is_a_usage_error_that_says_what_would(
    yard: Yard, words: tuple[str, ...], problem: str
) -> None:
    yard.apply(deployment())

    assert problem in yard.svcat("inject", "db", *words, code=2).err
    assert yard.binding().injections == ()


def test_without_an_option_a_key_names_its_variable_itself(yard: Yard) -> None:
    yard.apply(deployment())

    yard.svcat("inject", "db", "deployment/web", "--env", "uri")

    assert env(template(yard)) == {"URI": secret_key("uri")}


def test_eject_takes_names_or_all_and_says_where_it_was(yard: Yard) -> None:
    yard.apply(deployment("a"), deployment("b"), deployment("c"))
    before = [bare(yard.get("deployment", name)) for name in "abc"]
    yard.inject("deployment/a", "deployment/b", "deployment/c", files=True, env=URL)

    assert "which workload?" in yard.svcat("eject", "db", code=2).err
    yard.svcat("eject", "db", "deployment/a")
    assert [i.name for i in yard.binding().injections] == ["b", "c"]
    done = yard.svcat("eject", "db", "--all")

    assert [line.split()[:2] for line in done.out.splitlines()[1:]] == [
        ["deployment.apps/b", "ejected"],
        ["deployment.apps/c", "ejected"],
    ]
    assert [bare(yard.get("deployment", name)) for name in "abc"] == before
    assert "is not injected into" in yard.svcat("eject", "db", "deployment/a", code=5).err
    missing = yard.svcat("eject", "db", "deployment/nope", code=5).err
    assert "Deployment 'nope' not found in namespace" in missing
    assert "see what there is: kubectl get deployments -n" in missing


def test_a_workload_that_is_not_there_is_named_with_where_to_look(yard: Yard) -> None:
    done = yard.svcat("inject", "db", "deploy/shopp", code=5)

    assert f"error: Deployment 'shopp' not found in namespace {yard.namespace}" in done.err
    assert f"kubectl get deployments -n {yard.namespace}" in done.err


def test_no_credential_is_printed(yard: Yard) -> None:
    yard.apply(deployment())

    for words in (("-o", "json"), ("-o", "wide"), ("-v",), ("--trace",)):
        done = yard.svcat("inject", "db", "deployment/web", "--env-all", "--files", *words)
        assert not any(secret in done.out + done.err for secret in ("p-1", "post://box"))


def test_inject_killed_anywhere_is_finished_by_itself_and_undone_exactly(yard: Yard) -> None:
    yard.apply(deployment())
    before = bare(yard.get("deployment", "web"))
    words = ("inject", "db", "deployment/web", "--files", "--env", "uri=URL")
    for point in range(1, 20):
        code = SIGKILL if point <= 6 else 0
        yard.svcat(*words, code=code, SVCAT_KILL_POINT=str(point))
        is_changed = bare(yard.get("deployment", "web")) != before
        assert yard.binding().injections or not is_changed

        if yard.binding().injections:
            again = ("--repair",) if point % 2 else words[2:]
            yard.svcat("inject", "db", *again)
            assert [i.state for i in yard.binding().injections] == [InjectionState.INJECTED]
            assert env(template(yard))["URL"] == secret_key("uri")
            assert yard.drift() == {}
            yard.eject("deployment/web")
        assert bare(yard.get("deployment", "web")) == before
        if code == 0:
            return
    pytest.fail("the command passes more points than expected")


def test_eject_killed_anywhere_is_finished_by_itself_or_by_repair(yard: Yard) -> None:
    yard.apply(deployment())
    before = bare(yard.get("deployment", "web"))
    for point in range(1, 20):
        yard.inject("deployment/web", files=True, env=URL)
        code = SIGKILL if point <= 6 else 0
        yard.svcat("eject", "db", "deployment/web", code=code, SVCAT_KILL_POINT=str(point))
        known = yard.binding().injections
        assert known or bare(yard.get("deployment", "web")) == before

        if known and known[0].state is InjectionState.EJECTING:
            yard.svcat("inject", "db", "--repair")
        elif known:
            yard.svcat("eject", "db", "--all")
        assert bare(yard.get("deployment", "web")) == before
        assert yard.binding().injections == ()
        if code == 0:
            return
    pytest.fail("the command passes more points than expected")
