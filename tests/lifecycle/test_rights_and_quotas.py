"""A right that is missing, a quota that is full: said in time, with its name, and nothing is lost.

Real RBAC and real ResourceQuotas on the real server.
"""

from collections.abc import Callable, Iterator

import pytest

from svcat.kube.client import KubeObjects
from svcat.kube.config import load_cluster
from svcat.objects import CONFIG_MAP, SECRET, JsonObject, Resource
from tests.controlplane.server import KubeServer
from tests.e2e.conftest import Offer
from tests.e2e.place import Place
from tests.waiting import wait_until

RBAC = "rbac.authorization.k8s.io"
ROLE = Resource(f"{RBAC}/v1", "Role", "roles")
ROLE_BINDING = Resource(f"{RBAC}/v1", "RoleBinding", "rolebindings")
QUOTA = Resource("v1", "ResourceQuota", "resourcequotas")

PROVISION = ("provision", "more", "--class", "sqlite", "--plan", "file")
BIND = ("bind", "db", "--name", "more")
UNBIND = ("unbind", "db")
DEPROVISION = ("deprovision", "other")
UPDATE = ("update", "other", "--plan", "file-async")
VERBS = {"configmaps": ("get", "list", "create", "update", "delete")}
VERBS["secrets"] = VERBS["configmaps"]


class User:
    """Somebody with a Role of his own in the test's namespace."""

    def __init__(self, place: Place, server: KubeServer, api: KubeObjects) -> None:
        self.name = f"user-of-{place.namespace}"
        self._namespace = place.namespace
        self._api = api
        kubeconfig = server.kubeconfig_for(self.name, namespace=place.namespace)
        self.environment = {"KUBECONFIG": str(kubeconfig)}
        self._own_api = KubeObjects(load_cluster(kubeconfig=str(kubeconfig), context=None))
        metadata = {"namespace": place.namespace, "name": "some-rights"}
        role = {"apiGroup": RBAC, "kind": "Role", "name": "some-rights"}
        subject = {"apiGroup": RBAC, "kind": "User", "name": self.name}
        api.create(ROLE, {"metadata": metadata, "rules": []})
        api.create(ROLE_BINDING, {"metadata": metadata, "roleRef": role, "subjects": [subject]})

    def close(self) -> None:
        self._own_api.close()

    def may_do_all_but(self, *lacking: str) -> None:
        """Grant every right that svcat needs, but for some ("delete secrets")."""
        role = self._api.get(ROLE, self._namespace, "some-rights")
        role["rules"] = [
            {"apiGroups": [""], "resources": [plural], "verbs": [verb]}
            for plural, verbs in VERBS.items()
            for verb in verbs
            if f"{verb} {plural}" not in lacking
        ]
        self._api.replace(ROLE, role)
        wait_until(lambda: self._lacks() == set(lacking))

    def _lacks(self) -> set[str]:
        return {
            f"{verb} {resource.plural}"
            for resource in (CONFIG_MAP, SECRET)
            for verb in VERBS[resource.plural]
            if not self._own_api.can_i(verb, resource, self._namespace)
        }


@pytest.fixture
def furnished(kube: Place, bundled: Offer) -> Iterator[Place]:
    """A broker of the namespace, the instances ``db`` and ``other``, the binding ``db``."""
    kube.register(bundled.broker)
    for name in ("db", "other"):
        kube.run("provision", name, "--class", "sqlite", "--plan", "file")
    kube.run("bind", "db")
    yield kube
    for name in ("db", "other", "more"):
        kube.attempt("deprovision", name, "--cascade")


@pytest.fixture
def user(furnished: Place, kube_server: KubeServer, kube_api: KubeObjects) -> Iterator[User]:
    user = User(furnished, kube_server, kube_api)
    yield user
    user.close()


@pytest.mark.parametrize(
    ("words", "lacking"),
    [
        (PROVISION, "create configmaps"),
        (PROVISION, "update configmaps"),
        (BIND, "create configmaps"),
        (BIND, "create secrets"),
        (BIND, "update secrets"),
        (BIND, "delete secrets"),
        (UPDATE, "update configmaps"),
        (UNBIND, "delete secrets"),
        (UNBIND, "delete configmaps"),
        (DEPROVISION, "update configmaps"),
        (DEPROVISION, "delete configmaps"),
        (DEPROVISION, "list configmaps"),
    ],
    ids=lambda value: value if isinstance(value, str) else value[0],
)
def test_a_missing_right_is_named_before_anything_happens(
    furnished: Place, bundled: Offer, user: User, words: tuple[str, ...], lacking: str
) -> None:
    user.may_do_all_but(lacking)
    before = furnished.objects_of_ours(), bundled.broker.log().count("\n")

    refused = furnished.run(*words, environment=user.environment, code=4)

    verb, plural = lacking.split()
    assert f"{verb} {plural}" in refused.err
    assert f"kubectl auth can-i {verb} {plural} -n {furnished.namespace}" in refused.err
    assert (furnished.objects_of_ours(), bundled.broker.log().count("\n")) == before
    user.may_do_all_but()
    furnished.run(*words, environment=user.environment)


def test_a_right_lost_half_way_leaves_a_true_record_and_resume_goes_on(
    furnished: Place, bundled: Offer, user: User
) -> None:
    user.may_do_all_but()
    words = ("provision", "more", "--class", "sqlite", "--plan", "file-async", "--no-wait")
    furnished.run(*words, environment=user.environment)
    user.may_do_all_but("update configmaps")

    refused = furnished.run("resume", "more", environment=user.environment, code=4)

    assert "not allowed to update configmaps svcat.instance.more" in refused.err
    assert "nothing is lost; once that is mended: svcat resume more" in refused.err
    instance = furnished.run("get", "instance", "more", "-o", "json").json
    assert instance["status"]["phase"] == "provisioning"
    user.may_do_all_but()
    furnished.run("resume", "more", "--interval", "200ms", environment=user.environment)
    assert len(bundled.instances()) == 3


def test_who_may_not_read_the_login_is_told_what_for(
    furnished: Place, bundled: Offer, user: User
) -> None:
    user.may_do_all_but("get secrets")

    refused = furnished.run(*PROVISION, environment=user.environment, code=4)

    assert "no right to read the login Secret" in refused.err
    furnished.run("get", "instance", "more", code=5)
    assert len(bundled.instances()) == 2


def full(api: KubeObjects, namespace: str, counted: str) -> Callable[[], None]:
    """Let a quota on ``counted`` be used up; return what lifts it."""
    quota: JsonObject = {"metadata": {"namespace": namespace, "name": "full"}}
    api.create(QUOTA, quota | {"spec": {"hard": {f"count/{counted}": "0"}}})

    def is_known() -> bool:
        status = api.get(QUOTA, namespace, "full").get("status") or {}
        return f"count/{counted}" in (status.get("used") or {})

    wait_until(is_known)
    return lambda: api.delete(QUOTA, namespace, "full")


def test_a_full_quota_on_records_stops_a_provision_before_the_broker_hears(
    furnished: Place, bundled: Offer, kube_api: KubeObjects
) -> None:
    lift = full(kube_api, furnished.namespace, "configmaps")

    refused = furnished.run(*PROVISION, code=4)

    assert "exceeded quota: full" in refused.err
    assert "svcat.instance.more" in refused.err
    assert len(bundled.instances()) == 2
    furnished.run("deprovision", "other")  # what exists is not counted
    lift()
    wait_until(lambda: furnished.attempt(*PROVISION).code == 0)


def test_a_full_quota_on_secrets_stops_a_bind_before_the_broker_hears(
    furnished: Place, bundled: Offer, kube_api: KubeObjects
) -> None:
    lift = full(kube_api, furnished.namespace, "secrets")
    heard = bundled.broker.log().count('"bind"')

    refused = furnished.run(*BIND, code=4)

    assert "exceeded quota: full" in refused.err
    assert bundled.broker.log().count('"bind"') == heard
    binding = furnished.run("get", "binding", "more", "-o", "json").json
    assert binding["status"]["phase"] == "failed"
    assert "exceeded quota" in str(binding["status"])
    assert furnished.run("resume").err == "Nothing is left to do.\n"
    lift()
    wait_until(lambda: furnished.attempt(*BIND).code == 0)


def test_a_full_quota_on_the_ledger_is_a_warning_that_says_so(
    furnished: Place, kube_api: KubeObjects
) -> None:
    lift = full(kube_api, furnished.system_namespace, "configmaps")

    done = furnished.run(*PROVISION)

    assert "warning: nothing is noted in namespace" in done.err
    assert "exceeded quota: full" in done.err
    lift()
