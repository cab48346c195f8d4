"""What web hooks are sent: events and their names, bodies, signatures, and when a try is repeated. Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

from lect.core.entities import Delivery, WebHook
from lect.web.fetching import Reply

EVENT_HEADER = "X-MicrosoftSpeechServices-Event"
SIGNATURE_HEADER = "X-MicrosoftSpeechServices-Signature"
TOKEN = "validationToken"  # noqa: S105 - the name of a parameter

PING = "ping"
CHALLENGE = "challenge"
NOUNS = ("dataset", "model", "evaluation", "transcription", "endpoint")
PHASES = ("Creation", "Processing", "Completion", "Deletion")
EVENTS = (*(noun + phase for noun in NOUNS for phase in PHASES), PING, CHALLENGE)

TRIES = 8  # to deliver an event
CHALLENGE_TRIES = 3
FIRST_PAUSE = 10.0  # before the second try, seconds
GROWTH = 4.0  # of each pause over the one before
LONGEST_REQUEST = 3600.0  # that a receiver may ask us to wait beyond that, seconds


@dataclass(frozen=True, kw_only=True)
class Message:
    """One request to a receiver."""

    url: str = field(repr=False)
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)


def path_of(event: str, resource: str) -> str:
    """The path below the API's prefix of what an event is about.

    Args:
        resource: its id

    Raises:
        ValueError: there is no such event.
    """
    if event not in EVENTS:
        raise ValueError(f"{event}: there is no such event")
    noun = next((noun for noun in NOUNS if event.startswith(noun)), "webhook")
    return f"/{noun}s/{resource}"


def tries(event: str) -> int:
    """How often it is tried to deliver an event."""
    return CHALLENGE_TRIES if event == CHALLENGE else TRIES


def pause_after(attempts: int, *, jitter: float, asked: float | None) -> float:
    """Seconds between a failed attempt and the next.

    Args:
        attempts: made so far
        jitter: 0..1; of the pause, between a half and all is waited, so that what failed together does not come back together
        asked: what the receiver asks us to wait at least
    """
    pause = FIRST_PAUSE * GROWTH ** (attempts - 1) * (0.5 + jitter / 2)
    return max(pause, min(asked or 0.0, LONGEST_REQUEST))


def sign(secret: str, body: bytes) -> str:
    """What proves that a body comes from who knows the secret."""
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def telling(hook: WebHook, delivery: Delivery, link: str) -> Message:
    """The request that tells of an event.

    Args:
        link: address of the resource
    """
    document: dict[str, Any] = {"self": link, "invocationId": delivery.id}
    if delivery.event == PING:
        document |= _described(hook)
    body = json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()
    return Message(
        url=hook.web_url, body=body, headers=_headers(hook, delivery.event, body, "application/json")
    )


def challenging(hook: WebHook, token: str) -> Message:
    """The request that asks whether whoever answers there wants to be told of anything.

    The token is the body, too: so a receiver that verifies the body and one that verifies the token agree.
    """
    place, _, fragment = hook.web_url.partition("#")
    url = f"{place}{'&' if '?' in place else '?'}{TOKEN}={quote(token)}" + (
        f"#{fragment}" if fragment else ""
    )
    body = token.encode()
    return Message(url=url, body=body, headers=_headers(hook, CHALLENGE, body, "text/plain"))


def is_answered(reply: Reply, token: str) -> bool:
    """Whether a reply to a challenge is 200 with the token; quotes around it are forgiven, as frameworks put them there."""
    said = reply.body.strip().removeprefix(b'"').removesuffix(b'"')
    return reply.status == 200 and hmac.compare_digest(said, token.encode())


def _headers(hook: WebHook, event: str, body: bytes, media_type: str) -> dict[str, str]:
    headers = {"Content-Type": media_type, EVENT_HEADER: event[:1].upper() + event[1:]}
    return headers | ({SIGNATURE_HEADER: sign(hook.secret, body)} if hook.secret else {})


def _described(hook: WebHook) -> dict[str, Any]:
    """What a ping says of the web hook itself."""
    return {
        "displayName": hook.display_name,
        "webUrl": hook.web_url,
        "events": dict.fromkeys(sorted(hook.events), True),
        "status": str(hook.status),
        "createdDateTime": _time(hook.created),
        "lastActionDateTime": _time(hook.last_action),
    }


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
