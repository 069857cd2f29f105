"""Carrying operations out: inline for synchronous plans, by workers for asynchronous ones.

An operation is in the state database before it starts. At start every open one is queued again:
drivers finish what a killed broker left half done, because all their methods are idempotent.
"""

import heapq
import logging
import sqlite3
import threading
import time
from dataclasses import dataclass, replace

from svcat.broker.audit import Audit
from svcat.broker.catalog import Catalog, Offer
from svcat.broker.errors import DriverError
from svcat.broker.killpoints import kill_point
from svcat.broker.limits import LIMITS
from svcat.broker.locks import InstanceLocks
from svcat.broker.records import Instance, Kind, Operation, Phase
from svcat.broker.state import State
from svcat.osb.models import JsonObject, OperationState

_log = logging.getLogger(__name__)
_AGAIN_AFTER_S = 5.0


@dataclass(frozen=True, slots=True)
class Ended:
    """An operation that ended, and the driver's error if it failed."""

    operation: Operation
    error: DriverError | None = None


class Work:
    """Performs operations and keeps the queue of those that are due later."""

    def __init__(self, state: State, catalog: Catalog, locks: InstanceLocks, audit: Audit) -> None:
        self._state = state
        self._catalog = catalog
        self._locks = locks
        self._audit = audit
        self._wake = threading.Condition()
        self._queue: list[tuple[float, str, str]] = []  # due, operation id, instance id
        self._stopping = False
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Queue what is open and start the workers."""
        self._state.prune_operations()
        for operation in self._state.open_operations():
            self.queue(operation)
        for number in range(LIMITS.workers):
            thread = threading.Thread(target=self._run, name=f"worker-{number}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self, wait_s: float) -> None:
        """Start nothing more and wait for what runs; the rest goes on at the next start."""
        with self._wake:
            self._stopping = True
            self._wake.notify_all()
        deadline = time.monotonic() + wait_s
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def queue(self, operation: Operation) -> None:
        """Let a worker perform the operation when it is due."""
        with self._wake:
            heapq.heappush(self._queue, (operation.due_at, operation.id, operation.instance_id))
            self._wake.notify()

    def perform(self, operation: Operation) -> Ended:
        """Do it and save how it ended; the caller holds the instance's lock."""
        kill_point(f"{operation.kind}:intent-saved")
        attributes: JsonObject = {}
        failure: DriverError | None = None
        try:
            attributes = self._effect(operation)
        except DriverError as error:
            failure = error
        except Exception:
            # A driver's bug must not leave the operation in progress for ever.
            _log.exception("operation %s failed unexpectedly", operation.id)
            failure = DriverError("internal error, see the broker's log")
        kill_point(f"{operation.kind}:effect-done")
        ended = _ended(operation, failure)
        try:
            with self._state.transaction():
                self._state.end_operation(ended)
                self._save_resource(ended, attributes)
        except sqlite3.Error:
            # A full disk, say: it is still in progress on disk, and is done again until it is not.
            self.queue(replace(operation, due_at=time.time() + _AGAIN_AFTER_S))
            raise
        kill_point(f"{operation.kind}:outcome-saved")
        return Ended(ended, failure)

    def undo(self, operation: Operation) -> None:
        """Clean up after a failed create; what resists stays on record for a delete."""
        instance = self._instance(operation)
        driver = self._offer(instance).driver
        try:
            if operation.kind is Kind.PROVISION:
                driver.deprovision(operation.instance_id)
                self._state.forget_instance(operation.instance_id)
            else:
                driver.unbind(operation.instance_id, operation.binding_id)
                self._state.forget_binding(operation.instance_id, operation.binding_id)
        except DriverError as error:
            _log.warning("could not clean up after %s: %s", operation.id, error)

    def _effect(self, operation: Operation) -> JsonObject:
        instance = self._instance(operation)
        offer = self._offer(instance)
        driver = offer.driver
        match operation.kind:
            case Kind.PROVISION:
                return driver.provision(instance, offer.plan)
            case Kind.UPDATE:
                after = changed(instance, operation)
                return driver.update(instance, after, self._offer(after).plan)
            case Kind.DEPROVISION:
                driver.deprovision(instance.id)
            case Kind.UNBIND:
                driver.unbind(instance.id, operation.binding_id)
            case Kind.BIND:
                binding = self._state.binding(instance.id, operation.binding_id)
                if binding is not None:
                    driver.bind(instance, binding, offer.plan)
        return {}

    def _save_resource(self, ended: Operation, attributes: JsonObject) -> None:
        succeeded = ended.state == OperationState.SUCCEEDED
        if ended.binding_id:
            self._save_binding(ended, succeeded=succeeded)
            return
        instance = self._instance(ended)
        if ended.kind is Kind.DEPROVISION and succeeded:
            self._state.forget_instance(instance.id)
            return
        if ended.kind is Kind.UPDATE:
            instance = replace(instance, phase=Phase.READY)
        if succeeded and ended.kind is Kind.UPDATE:
            instance = replace(changed(instance, ended), attributes=attributes)
        elif succeeded:
            instance = replace(instance, phase=Phase.READY, attributes=attributes)
        elif ended.kind is Kind.PROVISION:
            instance = replace(instance, phase=Phase.CREATE_FAILED)
        elif ended.kind is Kind.DEPROVISION:
            instance = replace(instance, phase=Phase.DELETE_FAILED)
        self._state.save_instance(instance)

    def _save_binding(self, ended: Operation, *, succeeded: bool) -> None:
        binding = self._state.binding(ended.instance_id, ended.binding_id)
        if binding is None:
            return
        if ended.kind is Kind.UNBIND and succeeded:
            self._state.forget_binding(binding.instance_id, binding.id)
            return
        failed = Phase.DELETE_FAILED if ended.kind is Kind.UNBIND else Phase.CREATE_FAILED
        phase = Phase.READY if succeeded else failed
        self._state.save_binding(replace(binding, phase=phase))

    def _run(self) -> None:
        while (next_up := self._next()) is not None:
            operation_id, instance_id = next_up
            try:
                self._perform_queued(operation_id, instance_id)
            except Exception:
                _log.exception("operation %s on %s was not carried out", operation_id, instance_id)

    def _next(self) -> tuple[str, str] | None:
        with self._wake:
            while not self._stopping:
                wait_s = self._queue[0][0] - time.time() if self._queue else None
                if wait_s is not None and wait_s <= 0:
                    _, operation_id, instance_id = heapq.heappop(self._queue)
                    return operation_id, instance_id
                self._wake.wait(wait_s)
        return None

    def _perform_queued(self, operation_id: str, instance_id: str) -> None:
        with self._locks.holding(instance_id, wait_s=-1):
            operation = self._state.operation(operation_id)
            if operation is None or operation.state != OperationState.IN_PROGRESS:
                return  # a delete came in between
            ended = self.perform(operation).operation
        self._audit.write(
            "operation-ended",
            operation=ended.id,
            instance_id=ended.instance_id,
            binding_id=ended.binding_id,
            state=ended.state,
            description=ended.description,
        )

    def _instance(self, operation: Operation) -> Instance:
        instance = self._state.instance(operation.instance_id)
        if instance is None:
            raise DriverError("the instance is not on record any more")
        return instance

    def _offer(self, instance: Instance) -> Offer:
        return self._catalog.offer(instance.service_id, instance.plan_id)


def changed(instance: Instance, operation: Operation) -> Instance:
    """The instance after the operation's change; without one, as it is."""
    change = operation.change
    if change is None:
        return instance
    return replace(
        instance,
        plan_id=change.plan_id,
        parameters=change.parameters,
        context=change.context,
        maintenance_version=change.maintenance_version,
    )


def _ended(operation: Operation, failure: DriverError | None) -> Operation:
    if failure is None:
        return replace(operation, state=OperationState.SUCCEEDED.value)
    return replace(
        operation,
        state=OperationState.FAILED.value,
        description=failure.description[: LIMITS.description_characters],
        instance_usable=failure.instance_usable and operation.kind is not Kind.DEPROVISION,
        update_repeatable=failure.update_repeatable,
    )
