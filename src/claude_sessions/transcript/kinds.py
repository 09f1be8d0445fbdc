"""The names of what stands in a transcript: types of lines, subtypes, attachments. Read off Claude Code 1.0 to 2.1.329.

A new one appears every few weeks. No reader may depend on these lists being complete: they serve to name what is
known, to tell a person what is new, and to count.
"""

CHAIN = frozenset({"user", "assistant", "attachment", "system", "progress"})
"""Lines of the conversation: they have `uuid`, `parentUuid` and `timestamp`."""

DESCRIPTIONS = frozenset(
    [
        "agent-color",
        "agent-name",
        "agent-setting",
        "ai-title",
        "api-request",
        "api-request-blob",
        "api-request-shape",
        "artifact-autoreact-ledger",
        "artifact-comment-monitor",
        "atis-latch",
        "attribution-snapshot",
        "bridge-session",
        "content-replacement",
        "continued-in",
        "cost-state",
        "custom-title",
        "dev-mods",
        "ended-by-model",
        "file-history-delta",
        "file-history-snapshot",
        "fork-context-ref",
        "frame-link",
        "history-suppression",
        "isolation-latch",
        "last-prompt",
        "marble-origami-commit",
        "marble-origami-snapshot",
        "memory-mode",
        "mode",
        "observer-ref",
        "permission-mode",
        "pr-link",
        "queue-operation",
        "relocated",
        "saved_hook_context",
        "summary",
        "tag",
        "tools-used",
        "worktree-state",
    ]
)
"""Lines that describe the session: mostly without uuid and timestamp, written again and again; the last one counts."""

JOURNAL = frozenset({"launched", "started", "result"})
"""Lines of a workflow's journal."""

KNOWN = CHAIN | DESCRIPTIONS | JOURNAL

SYSTEM_SUBTYPES = frozenset(
    [
        "api_error",
        "away_summary",
        "bridge_status",
        "compact_boundary",
        "informational",
        "local_command",
        "microcompact_boundary",
        "scheduled_task_fire",
        "stop_hook_summary",
        "turn_duration",
    ]
)

PROGRESS = frozenset(
    [
        "agent_progress",
        "bash_progress",
        "hook_progress",
        "mcp_progress",
        "query_update",
        "search_results",
        "search_results_received",
        "waiting_for_task",
    ]
)
"""Values of `data.type` in progress lines (2.1.2 to about 2.1.96)."""

ATTACHMENTS = frozenset(
    [
        "agent_listing_delta",
        "agent_mention",
        "already_read_file",
        "auto_mode",
        "auto_mode_exit",
        "budget_usd",
        "command_permissions",
        "compact_file_reference",
        "date",
        "date_change",
        "deferred_tools_delta",
        "deferred_tools_record",
        "directory",
        "edited_text_file",
        "environment",
        "file",
        "goal_status",
        "hook_additional_context",
        "hook_blocking_error",
        "hook_cancelled",
        "hook_deferred_tool",
        "hook_error_during_execution",
        "hook_non_blocking_error",
        "hook_permission_decision",
        "hook_stopped_continuation",
        "hook_success",
        "hook_system_message",
        "instructions",
        "invoked_skills",
        "max_turns_reached",
        "mcp_instructions_delta",
        "model",
        "nested_memory",
        "output_style",
        "plan_file_reference",
        "plan_mode",
        "plan_mode_exit",
        "plan_mode_reentry",
        "prompt_snapshot",
        "queued_command",
        "read_truncation_notice",
        "relevant_memories",
        "remote_session_change",
        "session_context",
        "silent_turn_reminder",
        "skill_listing",
        "structured_output",
        "task_reminder",
        "task_status",
        "todo_reminder",
        "total_tokens_reminder",
    ]
)
"""Values of `attachment.type` (from 2.1.97 on). `queued_command` is a prompt that was typed while Claude was busy."""


def is_known(kind: str) -> bool:
    """Tell whether a line's type has a name here."""
    return kind in KNOWN or kind.startswith("marble-origami-")
