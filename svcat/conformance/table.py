"""The table of all checks, in the order in which they are made.

``docs/reference/conformance.md`` shows it; a test compares the two. Sections are headings of
spec.md at version 2.17; "profile" is profile.md beside it.
"""

from functools import partial

from svcat.conformance import (
    checks_auth,
    checks_bind,
    checks_catalog,
    checks_conventions,
    checks_delete,
    checks_headers,
    checks_malformed,
    checks_messages,
    checks_operation,
    checks_plans,
    checks_provision,
    checks_rotate,
    checks_unknown,
    checks_update,
)
from svcat.conformance.model import Check, Examine, Level
from svcat.conformance.operation import Kind

MUST, SHOULD, RECOMMENDED = Level.MUST, Level.SHOULD, Level.RECOMMENDED

_AUTH = "Platform to Service Broker Authentication"
_ASYNC = "Asynchronous Operations"
_BIND = "Binding"
_BLOCKING = "Blocking Operations"
_CATALOG = "Catalog Management"
_DELETE = "Deprovisioning"
_ERRORS = "Service Broker Errors"
_EXTENSIONS = "Vendor Extension Fields"
_FETCH = "Fetching a Service Instance"
_FETCH_BINDING = "Fetching a Service Binding"
_OFFERING = "Service Offering Object"
_PLAN = "Service Plan Object"
_POLL = "Polling Last Operation for Service Instances"
_POLL_BINDING = "Polling Last Operation for Service Bindings"
_PROFILE = "Service Metadata (profile)"
_PROVISION = "Provisioning"
_ROTATION = "Binding Rotation"
_SCHEMA = "Input Parameters Schema Object"
_UNBIND = "Unbinding"
_UPDATE = "Updating a Service Instance"
_URLS = "URL Properties"
_VERSION = "API Version Header"

_SECTIONS = {
    Kind.PROVISION: _PROVISION,
    Kind.UPDATE: _UPDATE,
    Kind.BIND: _BIND,
    Kind.UNBIND: _UNBIND,
    Kind.DEPROVISION: _DELETE,
}


def _row(
    id_: str, level: Level, section: str, examine: Examine, title: str = "", *, full: bool = False
) -> Check:
    title = title or (examine.__doc__ or "").strip().rstrip(".")
    return Check(id=id_, level=level, section=section, title=title, examine=examine, is_full=full)


def _full(id_: str, level: Level, section: str, examine: Examine, title: str = "") -> Check:
    return _row(id_, level, section, examine, title, full=True)


def _of_operation(kind: Kind) -> tuple[Check, ...]:
    """Give the checks that every operation has to stand."""
    section = _SECTIONS[kind]
    polling = _POLL_BINDING if kind.on_binding else _POLL
    rows = [
        ("async-required", MUST, _ASYNC, checks_operation.async_required),
        ("accepted", MUST, section, checks_operation.accepted),
        ("answer", MUST, section, checks_operation.answer_body),
        ("repeat-while-running", MUST, section, checks_operation.repeat_while_running),
        ("polls", MUST, polling, checks_operation.polls),
        ("poll-members", MUST, polling, checks_operation.poll_members),
        ("ends", MUST, polling, checks_operation.ends),
    ]
    if not kind.deletes:
        rows.append(("poll-after-end", SHOULD, polling, checks_operation.poll_after_end))
    return tuple(
        _full(
            f"{kind}.{name}",
            level,
            where,
            partial(function, kind),
            (function.__doc__ or "").rstrip("."),
        )
        for name, level, where, function in rows
    )


_READING = (
    _row("catalog.status", MUST, _CATALOG, checks_catalog.status),
    _row("catalog.services", MUST, _CATALOG, checks_catalog.services),
    _row(
        "catalog.offering-id",
        MUST,
        _OFFERING,
        checks_catalog.offering_text("id"),
        "Every offering has an id, a non-empty string",
    ),
    _row(
        "catalog.offering-name",
        MUST,
        _OFFERING,
        checks_catalog.offering_text("name"),
        "Every offering has a name, a non-empty string",
    ),
    _row(
        "catalog.offering-description",
        MUST,
        _OFFERING,
        checks_catalog.offering_text("description"),
        "Every offering has a description, a non-empty string",
    ),
    _row("catalog.bindable", MUST, _OFFERING, checks_catalog.bindable),
    _row("catalog.plans", MUST, _OFFERING, checks_catalog.plans),
    _row(
        "catalog.plan-id",
        MUST,
        _PLAN,
        checks_catalog.plan_text("id"),
        "Every plan has an id, a non-empty string",
    ),
    _row(
        "catalog.plan-name",
        MUST,
        _PLAN,
        checks_catalog.plan_text("name"),
        "Every plan has a name, a non-empty string",
    ),
    _row(
        "catalog.plan-description",
        MUST,
        _PLAN,
        checks_catalog.plan_text("description"),
        "Every plan has a description, a non-empty string",
    ),
    _row(
        "catalog.unique-offering-ids",
        MUST,
        _OFFERING,
        checks_catalog.unique_offering("id"),
        "No two offerings have the same id",
    ),
    _row(
        "catalog.unique-offering-names",
        MUST,
        _OFFERING,
        checks_catalog.unique_offering("name"),
        "No two offerings have the same name",
    ),
    _row("catalog.unique-plan-ids", MUST, _PLAN, checks_catalog.unique_plan_ids),
    _row("catalog.unique-plan-names", MUST, _PLAN, checks_catalog.unique_plan_names),
    _row("catalog.types", MUST, _OFFERING, checks_catalog.types),
    _row("catalog.requires", SHOULD, _OFFERING, checks_catalog.requires),
    _row("catalog.stable-ids", MUST, _CATALOG, checks_catalog.stable_ids),
    _row("catalog.schema-objects", MUST, _SCHEMA, checks_plans.schema_objects),
    _row("catalog.schema-dialect", MUST, _SCHEMA, checks_plans.schema_dialect),
    _row("catalog.schema-references", MUST, _SCHEMA, checks_plans.schema_references),
    _row("catalog.schema-size", MUST, _SCHEMA, checks_plans.schema_size),
    _row("catalog.schema-shape", SHOULD, _SCHEMA, checks_plans.schema_shape),
    _row(
        "catalog.maintenance-version",
        MUST,
        "Maintenance Info Object",
        checks_plans.maintenance_version,
    ),
    _row("catalog.polling-duration", SHOULD, _PLAN, checks_plans.polling_duration),
    _row(
        "catalog.dashboard-client",
        MUST,
        "Dashboard Client Object (profile)",
        checks_plans.dashboard_client,
    ),
    _row("catalog.etag", SHOULD, _CATALOG, checks_conventions.etag),
    _row("catalog.other-etag", MUST, _CATALOG, checks_conventions.other_etag),
    _row("catalog.last-modified", SHOULD, _CATALOG, checks_conventions.last_modified),
    _row("catalog.friendly-names", RECOMMENDED, _CATALOG, checks_conventions.friendly_names),
    _row("catalog.guids", RECOMMENDED, _OFFERING, checks_conventions.guids),
    _row("catalog.unreserved-ids", RECOMMENDED, _URLS, checks_conventions.unreserved_ids),
    _row("catalog.lengths", RECOMMENDED, _CATALOG, checks_conventions.lengths),
    _row("catalog.metadata", RECOMMENDED, _PROFILE, checks_conventions.metadata),
    _row("catalog.display-names", RECOMMENDED, _PROFILE, checks_conventions.display_names),
    _row("version.missing", MUST, _VERSION, checks_headers.version_missing),
    _row("version.unsupported", MUST, _VERSION, checks_headers.version_unsupported),
    _row("version.message", SHOULD, _VERSION, checks_headers.version_message),
    _row("auth.no-login", MUST, _AUTH, checks_auth.no_login),
    _row("auth.wrong-login", MUST, _AUTH, checks_auth.wrong_login),
    _row("auth.wrong-user", MUST, _AUTH, checks_auth.wrong_user),
    _row("auth.every-request", MUST, _AUTH, checks_auth.every_request),
    _row("auth.login-required", RECOMMENDED, _AUTH, checks_auth.login_required),
    _row("auth.tls", RECOMMENDED, _AUTH, checks_auth.transport),
    _row("unknown.deprovision", MUST, _DELETE, checks_unknown.deprovision),
    _row("unknown.unbind", MUST, _UNBIND, checks_unknown.unbind),
    _row("unknown.fetch-instance", MUST, _FETCH, checks_unknown.fetch_instance),
    _row("unknown.fetch-binding", MUST, _FETCH_BINDING, checks_unknown.fetch_binding),
    _row("unknown.poll-instance", MUST, _POLL, checks_unknown.poll_instance),
    _row("unknown.poll-instance-404", SHOULD, _POLL, checks_unknown.poll_instance_404),
    _row("unknown.poll-binding", MUST, _POLL_BINDING, checks_unknown.poll_binding),
    _row("unknown.poll-binding-404", SHOULD, _POLL_BINDING, checks_unknown.poll_binding_404),
    _row("unknown.update", MUST, _ERRORS, checks_unknown.update),
    _row("unknown.odd-id", SHOULD, _URLS, checks_unknown.odd_id),
    _row("unknown.slash-in-id", RECOMMENDED, _URLS, checks_unknown.slash_in_id),
    _row("unknown.long-id", SHOULD, _URLS, checks_unknown.long_id),
    _row(
        "identity.originating",
        SHOULD,
        "Originating Identity",
        checks_headers.originating_identity_accepted,
    ),
    _row("malformed.not-json", MUST, _PROVISION, checks_malformed.not_json),
    _row("malformed.not-an-object", MUST, _PROVISION, checks_malformed.not_an_object),
    _row("malformed.no-service-id", MUST, _PROVISION, checks_malformed.no_service_id),
    _row("malformed.no-plan-id", MUST, _PROVISION, checks_malformed.no_plan_id),
    _row("malformed.unknown-service", MUST, _ERRORS, checks_malformed.unknown_service),
    _row("malformed.content-type", SHOULD, "Content Type", checks_malformed.content_type),
    _row("malformed.delete-without-ids", MUST, _DELETE, checks_malformed.delete_without_ids),
)

_PROVISIONING = (
    *_of_operation(Kind.PROVISION),
    _full("provision.bare-poll", MUST, _POLL, checks_provision.bare_poll),
    _full(
        "provision.conflict-while-running",
        MUST,
        _PROVISION,
        checks_provision.conflict_while_running,
    ),
    _full("provision.fetch-while-running", MUST, _FETCH, checks_provision.fetch_while_running),
    _full("provision.bind-while-running", SHOULD, _BLOCKING, checks_provision.bind_while_running),
    _full("provision.repeat", SHOULD, _PROVISION, checks_provision.repeat),
    _full("provision.conflict", MUST, _PROVISION, checks_provision.conflict),
    _full("provision.extension-fields", MUST, _EXTENSIONS, checks_provision.extension_fields),
    _full("provision.on-behalf", SHOULD, "Originating Identity", checks_provision.on_behalf),
    _full("provision.unknown-plan", MUST, _ERRORS, checks_provision.unknown_plan),
    _full("provision.no-organization", MUST, _PROVISION, checks_provision.no_organization),
    _full("provision.wrong-parameters", SHOULD, _PROVISION, checks_provision.wrong_parameters),
    _full(
        "provision.maintenance-conflict", MUST, _PROVISION, checks_provision.maintenance_conflict
    ),
    _full(
        "provision.refusal-changes-nothing",
        MUST,
        _ERRORS,
        checks_provision.refusal_changes_nothing,
    ),
    _full("fetch.instance", MUST, _FETCH, checks_provision.fetched),
    _full("fetch.without-hints", MUST, _FETCH, checks_provision.fetched_without_hints),
)

_UPDATING = (
    _full("update.no-service-id", MUST, _UPDATE, checks_update.no_service_id),
    _full("update.not-json", MUST, _UPDATE, checks_update.not_json),
    _full("update.unknown-plan", MUST, _ERRORS, checks_update.unknown_plan),
    _full("update.maintenance-conflict", MUST, _UPDATE, checks_update.maintenance_conflict),
    _full("update.refusal-changes-nothing", MUST, _UPDATE, checks_update.refusal_changes_nothing),
    _full("update.context", MUST, _UPDATE, checks_update.context),
    _full("update.keeps-plan", MUST, _UPDATE, checks_update.keeps_plan),
    _full("update.keeps-parameters", MUST, _UPDATE, checks_update.keeps_parameters),
    _full("update.maintenance", MUST, _UPDATE, checks_update.maintenance),
    _full("update.parameters", MUST, _UPDATE, checks_update.parameters),
    _full("update.parameters-seen", SHOULD, _FETCH, checks_update.parameters_seen),
    _full("update.plan", MUST, _UPDATE, checks_update.plan),
    _full("update.plan-seen", SHOULD, _FETCH, checks_update.plan_seen),
    *_of_operation(Kind.UPDATE),
    _full("update.fetch-while-running", MUST, _FETCH, checks_update.fetch_while_running),
    _full("update.rival-while-running", SHOULD, _BLOCKING, checks_update.rival_while_running),
)

_BINDING = (
    _full("bind.not-json", MUST, _BIND, checks_bind.not_json),
    _full("bind.no-service-id", MUST, _BIND, checks_bind.no_service_id),
    _full("bind.no-plan-id", MUST, _BIND, checks_bind.no_plan_id),
    _full("bind.unknown-instance", MUST, _ERRORS, checks_bind.unknown_instance),
    _full("bind.wrong-parameters", SHOULD, _BIND, checks_bind.wrong_parameters),
    *_of_operation(Kind.BIND),
    _full("bind.no-information-in-202", MUST, _BIND, checks_bind.no_information_in_202),
    _full("bind.fetch-while-running", MUST, _FETCH_BINDING, checks_bind.fetch_while_running),
    _full("bind.conflict-while-running", MUST, _BIND, checks_bind.conflict_while_running),
    _full("bind.information", MUST, _BIND, checks_bind.information),
    _full("bind.body", MUST, _BIND, checks_bind.body),
    _full("bind.repeat", SHOULD, _BIND, checks_bind.repeat),
    _full("bind.repeat-body", SHOULD, _BIND, checks_bind.repeat_body),
    _full("bind.conflict", MUST, _BIND, checks_bind.conflict),
    _full("bind.extension-fields", MUST, _EXTENSIONS, checks_bind.extension_fields),
    _full("fetch.binding", MUST, _FETCH_BINDING, checks_bind.fetched),
    _full("fetch.binding-body", MUST, _FETCH_BINDING, checks_bind.fetched_body),
    _full("fetch.binding-without-hints", MUST, _FETCH_BINDING, checks_bind.fetched_without_hints),
    _full("bind.long-id", SHOULD, _URLS, checks_bind.long_id),
    _full("bind.own-credentials", RECOMMENDED, "Types of Binding", checks_bind.own_credentials),
    _full("rotate.successor", MUST, _ROTATION, checks_rotate.successor),
    _full("rotate.information", MUST, _BIND, checks_rotate.information),
    _full("rotate.both-valid", MUST, _ROTATION, checks_rotate.both_valid),
    _full("rotate.repeat", SHOULD, _BIND, checks_rotate.repeat),
    _full("rotate.unknown-predecessor", MUST, _ROTATION, checks_rotate.unknown_predecessor),
    _full("rotate.minimal", SHOULD, _ROTATION, checks_rotate.minimal),
)

_DELETING = (
    _full("unbind.without-ids", MUST, _UNBIND, checks_delete.unbind_without_ids),
    *_of_operation(Kind.UNBIND),
    _full("unbind.again", MUST, _UNBIND, checks_delete.unbound_again),
    _full("unbind.fetched", MUST, _FETCH_BINDING, checks_delete.unbound_fetched),
    _full("deprovision.without-ids", MUST, _DELETE, checks_delete.deprovision_without_ids),
    *_of_operation(Kind.DEPROVISION),
    _full("deprovision.again", MUST, _DELETE, checks_delete.deprovisioned_again),
    _full("deprovision.fetched", MUST, _FETCH, checks_delete.deprovisioned_fetched),
    _full("deprovision.unbind", MUST, _UNBIND, checks_delete.deprovisioned_bound),
    _full("deprovision.while-provisioning", MUST, _DELETE, checks_delete.while_provisioning),
)

_OF_ALL_ANSWERS = (
    _row("answers.content-type", SHOULD, "Content Type", checks_messages.content_type),
    _row("answers.request-identity", SHOULD, "Request Identity", checks_messages.request_identity),
    _row("answers.no-server-errors", SHOULD, _ERRORS, checks_messages.no_server_errors),
    _row("answers.error-words", MUST, _ERRORS, checks_messages.error_words),
    _row("answers.error-flags", MUST, _ERRORS, checks_messages.error_flags),
    _row("answers.retry-after", RECOMMENDED, _POLL, checks_messages.retry_after),
)

CHECKS: tuple[Check, ...] = (
    *_READING,
    *_PROVISIONING,
    *_UPDATING,
    *_BINDING,
    *_DELETING,
    *_OF_ALL_ANSWERS,
)
