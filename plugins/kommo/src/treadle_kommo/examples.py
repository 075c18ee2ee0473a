"""Example payloads of the triggers, as plain data: for documentation, and to fill tests."""

from __future__ import annotations

from typing import Any

LEAD: dict[str, Any] = {
    "id": 70001,
    "name": "Ana Lopez",
    "price": 900,
    "created_at": "2025-11-23T10:00:00Z",
    "updated_at": "2025-11-23T10:00:00Z",
    "pipeline_id": 5001,
    "stage_id": 5101,
    "pipeline": "Sales",
    "stage": "Initial contact",
    "responsible_user_id": 900010,
    "tags": ["import"],
    "fields": {"Plan": "Gold"},
    "source": "Site",
    "main_contact_id": 80001,
    "contact_ids": [80001],
}
CONTACT: dict[str, Any] = {
    "id": 80001,
    "name": "Ana Lopez",
    "created_at": "2025-11-23T10:00:00Z",
    "updated_at": "2025-11-23T10:08:20Z",
    "first_name": "Ana",
    "last_name": "Lopez",
    "phone": "+34600000001",
    "email": "ana@example.com",
    "timezone": "Europe/Madrid",
    "responsible_user_id": 900010,
    "fields": {"Phone": "+34600000001", "Email": "ana@example.com", "Timezone": "Europe/Madrid"},
    "lead_ids": [70001],
}
CHANGE: dict[str, Any] = {
    "lead_id": 70001,
    "stage_id": 142,
    "old_stage_id": 5102,
    "pipeline_id": 5001,
    "stage": "Won",
    "old_stage": "Qualified",
    "pipeline": "Sales",
    "name": "Ana Lopez",
    "price": 900,
    "changed_by": 900010,
    "changed_at": "2025-11-23T10:00:00Z",
}
MESSAGE: dict[str, Any] = {
    "id": "b26b0c55-0000-4000-8000-000000000001",
    "contact_id": 80001,
    "text": "Hi! Is Thursday free?",
    "kind": "text",
    "talk_id": 191,
    "lead_id": 70001,
    "origin": "telegram",
    "author_name": "Ana",
    "author_kind": "external",
    "created_at": "2025-11-23T11:00:00Z",
}
TASK: dict[str, Any] = {
    "id": 90001,
    "text": "Call Ana",
    "is_completed": False,
    "entity_type": "lead",
    "entity_id": 70001,
    "lead_id": 70001,
    "task_type_id": 1,
    "due": "2025-11-24T11:00:00Z",
    "responsible_user_id": 900010,
    "created_at": "2025-11-23T10:00:00Z",
    "updated_at": "2025-11-23T10:00:00Z",
}
NOTE: dict[str, Any] = {
    "id": 95001,
    "text": "Prefers mornings.",
    "kind": "common",
    "entity_type": "lead",
    "entity_id": 70001,
    "lead_id": 70001,
    "author_name": "Ann",
    "created_by": 900010,
    "created_at": "2025-11-23T10:05:00Z",
    "updated_at": "2025-11-23T10:05:00Z",
}


COMPANY: dict[str, Any] = {
    "id": 81001,
    "name": "Acme",
    "created_at": "2025-11-23T10:00:00Z",
    "updated_at": "2025-11-23T10:08:20Z",
    "responsible_user_id": 900010,
    "lead_ids": [70001],
}
INCOMING: dict[str, Any] = {
    "uid": "40ab0000-0000-4000-8000-000000000001",
    "category": "forms",
    "lead_id": 70003,
    "name": "Site form",
    "pipeline_id": 5001,
    "source": "Site form",
    "created_at": "2025-11-23T10:00:00Z",
}
DECIDED: dict[str, Any] = {
    "uid": "40ab0000-0000-4000-8000-000000000001",
    "category": "forms",
    "lead_id": 70003,
    "decided_by": 900010,
    "created_at": "2025-11-23T10:05:00Z",
}
