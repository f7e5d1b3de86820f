# SPDX-License-Identifier: Apache-2.0
"""What is accidental in MLflow's tables, by column: ids, times, places, people. All else is content.

See mlflow/store/tracking/dbmodels/models.py and mlflow/store/model_registry/dbmodels/models.py.
"""

from __future__ import annotations

import re

from repro_action.readers.tracking.mlflow_runs import IDS, SOURCE, TIMES

DERIVED = "mlflow-derived"

READ = {
    "experiments": {"experiment_id", "name", "lifecycle_stage"},
    "runs": {"run_uuid", "name", "status", "lifecycle_stage", "experiment_id"},
    "metrics": {"run_uuid", "key", "step", "value", "is_nan"},
    "params": {"run_uuid", "key", "value"},
    "tags": {"run_uuid", "key", "value"},
    "experiment_tags": {"experiment_id", "key", "value"},
}
"""Tables whose rows are shown where they belong, with the columns of which they are made."""


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TABLES = _names(
    """
    alembic_version assessments budget_policies datasets endpoint_bindings endpoint_model_mappings
    endpoint_tags endpoints entity_associations evaluation_dataset_records evaluation_dataset_tags
    evaluation_datasets experiment_tags experiments guardrail_configs guardrails input_tags inputs
    issues job_locks jobs label_schemas latest_metrics logged_model_metrics logged_model_params
    logged_model_tags logged_models mcp_access_endpoints mcp_server_aliases mcp_server_tags
    mcp_server_version_tags mcp_server_versions mcp_servers metrics model_definitions
    model_version_tags model_versions online_scoring_configs params registered_model_aliases
    registered_model_tags registered_models review_queue_items review_queue_label_schemas
    review_queue_users review_queues runs scheduler_leases scorer_versions scorers secrets
    span_metrics spans sql_assessment_daily_rollups sql_span_cost_daily_rollups
    sql_trace_metric_daily_rollups sql_trace_rollup_rebuild_queue tags trace_info trace_metrics
    trace_request_metadata trace_tags webhook_events webhooks workspaces
    """
)
_TIMES = _names(
    """
    acquired_at completed_time completed_time_ms created_at created_time created_timestamp
    creation_time creation_time_ms creation_timestamp creation_timestamp_ms deleted_time
    deleted_timestamp duration_ns end_time end_time_unix_nano execution_time_ms last_update_time
    last_update_time_ms last_updated_at last_updated_time last_updated_timestamp
    last_updated_timestamp_ms lease_expires_at metric_timestamp_ms next_attempt_at
    progress_updated_at start_time start_time_unix_nano timestamp timestamp_ms trace_timestamp_ms
    """
)
_IDS = _names(
    """
    action_endpoint_id assessment_id association_id budget_policy_id client_request_id dataset_id
    dataset_record_id dataset_uuid destination_id endpoint_id experiment_id guardrail_id id
    input_uuid issue_id item_id job_id mapping_id model_definition_id model_id
    online_scoring_config_id overrides parent_span_id queue_id request_id resource_id run_id
    run_uuid schema_id scorer_id secret_id session_id source_id source_run_id span_id trace_id
    webhook_id
    """
)
_PLACES = frozenset({"artifact_location", "artifact_uri", "storage_location"})
_PEOPLE = frozenset({"created_by", "last_updated_by", "user_id"})
_OF_RUNS = frozenset({"entry_point_name", "source_name", "source_type", "source_version"})
_DRAWN = re.compile(r"(?:[a-z]{1,3}-)?[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def is_of_mlflow(table: str) -> bool:
    """Whether a table is one of MLflow; of others, everything is content."""
    return table in _TABLES


def is_id_column(column: str) -> bool:
    """Whether a column of a table of MLflow holds ids: what they refer to is content."""
    return column in _IDS


def is_drawn(cell: str) -> bool:
    """Whether a text is an id that MLflow draws."""
    return _DRAWN.fullmatch(cell) is not None


def rule_of_column(table: str, column: str) -> str:
    """Return the rule that leaves a column of a table out, or makes references of its ids; empty if none."""
    if not is_of_mlflow(table):
        return ""
    if column in _TIMES:
        return TIMES
    if column in _PLACES or column in _IDS or (table, column) == ("model_versions", "source"):
        return IDS
    people = column in _PEOPLE and table != "review_queue_users"
    return SOURCE if people or (table == "runs" and column in _OF_RUNS) else ""
