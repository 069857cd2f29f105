"""``doctor``: everything that could be wrong, looked at one after the other. Reads only.

Rights by verb, the server's clock, each broker by a real request, work that nobody is at, Secrets
and workloads that somebody changed, ids that no record leads to. What one check cannot see does not
keep the next from looking.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from svcat.app import broker_checkup, findings, injection, orphans, overview
from svcat.app.credential_state import state_of
from svcat.app.findings import Finding, Level
from svcat.app.injection_record import words_of
from svcat.app.overview import Overview
from svcat.app.ports import Ports
from svcat.errors import Forbidden, NotFound, OperationFailed, SvcatError, UsageError
from svcat.objects import CONFIG_MAP, SECRET, Resource
from svcat.store import user_provided
from svcat.store.records import BindingPhase, BindingRecord, BrokerRecord

DEPLOYMENT = Resource("apps/v1", "Deployment", "deployments")
SKEW = timedelta(seconds=30)  # below that, neither certificates nor tokens mind


@dataclass(frozen=True, slots=True)
class _Need:
    """Rights that one kind of work takes."""

    what: str
    resource: Resource
    verbs: tuple[str, ...]
    role: str  # the stock role that has them
    level: Level = Level.WARNING


_NEEDS = (
    _Need("browse and list", CONFIG_MAP, ("get", "list"), "view", Level.PROBLEM),
    _Need("provision", CONFIG_MAP, ("create", "update", "delete"), "edit"),
    _Need("bind", SECRET, ("get", "create", "update", "delete"), "edit"),
    _Need("inject", DEPLOYMENT, ("get", "patch"), "edit"),
)
_LEDGER = _Need("keep the ledger", CONFIG_MAP, ("get", "list", "create", "update", "delete"), "")


def check(
    namespace: str, place: str, ports: Ports, *, local_time: datetime, asks_brokers: bool = True
) -> Iterator[Finding]:
    """Give what was found in ``namespace`` (everywhere if empty); rights are those in ``place``.

    ``local_time`` is this machine's, to hold against the server's.
    """
    yield clock(local_time, ports)
    if ports.workloads is not None:  # the local store asks nobody for rights
        yield from missing_namespace(place, ports)
        yield from rights(place, ports)
    try:
        seen = overview.look(namespace, ports)
    except SvcatError as error:
        yield findings.from_error("records", error)
        return
    for broker in seen.brokers:
        yield broker_checkup.look(broker, ports, asks=asks_brokers)
    yield from _work(seen, ports)
    yield from secrets(seen.bindings, ports)
    yield from workloads(seen.bindings, ports)
    yield from strays(namespace, ports)


def clock(local_time: datetime, ports: Ports) -> Finding:
    """Hold the server's clock against this machine's."""
    skew = abs(ports.records.now() - local_time)
    if skew <= SKEW:
        return Finding(subject="clock", level=Level.OK, message="as the server's")
    return Finding(
        subject="clock",
        level=Level.WARNING,
        message=f"{skew.total_seconds():.0f} s off the server's: certificates and tokens may "
        "seem to be over, or not yet to begin",
        fix="timedatectl set-ntp true",
    )


def missing_namespace(namespace: str, ports: Ports) -> Iterator[Finding]:
    """Say so if there is no such namespace: to a list it is only an empty one."""
    try:
        ports.records.namespace(namespace)
    except NotFound as error:
        yield Finding(
            subject="namespace",
            level=Level.PROBLEM,
            message=f"namespace {namespace!r} does not exist",
            fix=f"kubectl create namespace {namespace}",
            exit_code=error.exit_code,
        )
    except SvcatError:
        return  # nothing that svcat needs; what it needs is asked for below


def rights(namespace: str, ports: Ports) -> Iterator[Finding]:
    """Ask for each right that svcat uses (SelfSubjectAccessReview)."""
    who = ports.records.api.whoami()
    user = who.username if who is not None else "USER"
    for need in _NEEDS:
        yield _rights(need, namespace, user, ports)
    yield _rights(_LEDGER, ports.system_namespace, user, ports)


def _rights(need: _Need, namespace: str, user: str, ports: Ports) -> Finding:
    subject = f"right to {need.what}"
    try:
        lacking = [
            verb
            for verb in need.verbs
            if not ports.records.api.can_i(verb, need.resource, namespace)
        ]
    except SvcatError as error:
        return findings.from_error(subject, error)
    if not lacking:
        words = f"{', '.join(need.verbs)} {need.resource.plural} in {namespace}"
        return Finding(subject=subject, level=Level.OK, message=words)
    binding = f"kubectl create rolebinding svcat-{need.role or 'ledger'}"
    fix = f"{binding} --clusterrole={need.role} --user={user} -n {namespace}"
    if not need.role:
        # The stock roles would open the brokers' login Secrets too.
        fix = (
            f"kubectl create role svcat-ledger --verb={','.join(need.verbs)} "
            f"--resource=configmaps -n {namespace} && "
            f"{binding} --role=svcat-ledger --user={user} -n {namespace}"
        )
    return Finding(
        subject=subject,
        level=need.level,
        message=f"you may not {', '.join(lacking)} {need.resource.plural} in {namespace}",
        fix=fix,
        exit_code=Forbidden.exit_code if need.level is Level.PROBLEM else 0,
    )


def _work(seen: Overview, ports: Ports) -> Iterator[Finding]:
    found = [
        finding
        for finding in overview.attention(seen, ports)
        if not finding.subject.startswith("broker/")  # they were asked
    ]
    yield from found
    if not any(f.level in {Level.WARNING, Level.PROBLEM} for f in found):
        words = f"at rest (instances: {len(seen.instances)}, bindings: {len(seen.bindings)})"
        yield Finding(subject="work", level=Level.OK, message=words)
    yield from _unsold(seen, ports)


def _unsold(seen: Overview, ports: Ports) -> Iterator[Finding]:
    """Give the instances whose broker or plan is gone."""
    offered = {broker.ref: _plan_ids(broker, ports) for broker in seen.brokers}
    for instance in seen.instances:
        if user_provided.is_ours(instance.broker):
            continue
        plans = offered.get(instance.broker)
        words = fix = ""
        if plans is None and instance.broker not in offered:
            words = f"its broker {instance.broker.name!r} is not registered any more"
            ref = instance.broker
            where = f"-n {ref.namespace}" if ref.namespace else "--scope cluster"
            fix = f"svcat register {ref.name} --url {instance.broker_url} {where}"
        elif plans is not None and instance.plan_id not in plans:
            words = f"plan {instance.plan_name!r} is offered no more"
            fix = f"svcat update {instance.name} --plan PLAN -n {instance.namespace}"
        if words:
            yield Finding(
                subject=f"instance/{instance.name}",
                level=Level.WARNING,
                message=words,
                fix=fix,
                namespace=instance.namespace,
            )


def _plan_ids(broker: BrokerRecord, ports: Ports) -> frozenset[str] | None:
    kept = broker_checkup.kept_catalog(broker, ports)
    if kept is None:
        return None
    return frozenset(plan.id for service in kept.services for plan in service.plans)


def secrets(bindings: Iterable[BindingRecord], ports: Ports) -> Iterator[Finding]:
    """Look whether the Secrets still hold what the bindings put in."""
    looked_at = 0
    for binding in bindings:
        if binding.phase is not BindingPhase.READY:
            continue
        subject = f"binding/{binding.name}"
        try:
            secret = ports.secrets.find(binding.namespace, binding.secret_name)
        except Forbidden as error:
            yield Finding(subject="secrets", level=Level.WARNING, message=error.message)
            return
        looked_at += 1
        state = state_of(binding, secret)
        if state is not None:
            yield Finding(
                subject=subject,
                level=Level.PROBLEM,
                message=state.words,
                fix=state.fix,
                namespace=binding.namespace,
                exit_code=OperationFailed.exit_code,
            )
    if looked_at:
        yield Finding(subject="secrets", level=Level.OK, message=f"looked at: {looked_at}")


def workloads(bindings: Iterable[BindingRecord], ports: Ports) -> Iterator[Finding]:
    """Look whether workloads still have what was injected."""
    for binding in bindings:
        try:
            lapses = injection.drift(binding, ports)
        except SvcatError as error:
            yield findings.from_error(f"binding/{binding.name}", error, namespace=binding.namespace)
            continue
        for lapse in lapses:
            more = f" ({', '.join(lapse.details)})" if lapse.details else ""
            yield Finding(
                subject=f"binding/{binding.name}",
                level=Level.PROBLEM,
                message=f"in {words_of(lapse.injection)} it is {lapse.lapse.value}{more}",
                fix=f"svcat inject {binding.name} --repair -n {binding.namespace}",
                namespace=binding.namespace,
                exit_code=OperationFailed.exit_code,
            )


def strays(namespace: str, ports: Ports) -> Iterator[Finding]:
    """Count what brokers may hold that no record leads to."""
    try:
        found = len(orphans.find(namespace, ports)) + len(orphans.find_secrets(namespace, ports))
    except (Forbidden, UsageError) as error:
        yield Finding(subject="orphans", level=Level.WARNING, message=error.message)
        return
    if not found:
        yield Finding(subject="orphans", level=Level.OK, message="none")
        return
    where = f" -n {namespace}" if namespace else ""
    yield Finding(
        subject="orphans",
        level=Level.WARNING,
        message=f"{found} that no record leads to",
        fix=f"svcat orphans list{where}",
    )
