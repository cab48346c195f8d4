"""What the server signs for its clients: links to files that expire, access tokens, sessions of the studio, and authorisations to
send a model here.

All come from one secret of the installation, each with a key of its own, so that one is never taken for the other.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt

from lect.core.errors import AccessError, Unauthenticated
from lect.models.arrivals import Authorisation

TOKEN_SECONDS = 600  # that an access token is good
LINK_SECONDS = 12 * 3600  # that a link to a file is good if nothing else is asked for
MAX_LINK_SECONDS = 7 * 24 * 3600
SESSION_SECONDS = 12 * 3600  # that a browser stays signed in
_ALGORITHM = "HS256"

Clock = Callable[[], datetime]


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class Session:
    """A browser that uses the studio."""

    id: str
    key: str | None  # the id of the key that it signed in with; None: with none


@dataclass(frozen=True, kw_only=True)
class Signer:
    """Signs and verifies with one secret."""

    secret: bytes
    clock: Clock = now

    def sign_link(self, path: str, *, seconds: float = LINK_SECONDS) -> str:
        """The query that makes a path answer without a key until then."""
        expires = int((self.clock() + timedelta(seconds=min(seconds, MAX_LINK_SECONDS))).timestamp())
        return f"expires={expires}&signature={self._signature(path, expires)}"

    def require_link(self, path: str, *, expires: str, signature: str) -> None:
        """Make sure that a link was signed here and has not expired.

        Raises:
            AccessError: it was not, or it has.
        """
        if not expires.isascii() or not expires.isdecimal() or len(expires) > 12:
            raise AccessError("this link is damaged", hint=_LINK_HINT)
        if not hmac.compare_digest(self._signature(path, int(expires)).encode(), signature.encode()):
            raise AccessError("this link is damaged", hint=_LINK_HINT)
        if self.clock().timestamp() >= int(expires):
            raise AccessError("this link has expired", hint=_LINK_HINT)

    def issue_token(self, key: str) -> str:
        """An access token that stands for a key.

        Args:
            key: the id of the key, which stays what decides: once it is revoked, its tokens are refused, too
        """
        claims = {"sub": key, "exp": self.clock() + timedelta(seconds=TOKEN_SECONDS)}
        return jwt.encode(claims, self._key("token"), algorithm=_ALGORITHM)

    def key_of_token(self, token: str) -> str:
        """The id of the key that a token stands for.

        Raises:
            Unauthenticated: it was not issued here, or it has expired.
        """
        return str(self._claims(token, "token", "sub", hint=_TOKEN_HINT)["sub"])

    def sign_session(self, session: Session) -> str:
        """A session as its cookie holds it; as with tokens, a key that is revoked ends it."""
        claims = {"jti": session.id, "exp": self.clock() + timedelta(seconds=SESSION_SECONDS)}
        claims |= {"sub": session.key} if session.key else {}
        return jwt.encode(claims, self._key("session"), algorithm=_ALGORITHM)

    def read_session(self, text: str) -> Session:
        """The session of a cookie.

        Raises:
            Unauthenticated: it was not begun here, or it is over.
        """
        claims = self._claims(text, "session", "jti", hint="Sign in again.")
        return Session(id=claims["jti"], key=claims.get("sub"))

    def form_token(self, session: Session) -> str:
        """What every form of a session sends along, and no page of others can know."""
        return hmac.new(self._key("form"), session.id.encode(), hashlib.sha256).hexdigest()

    def sign_authorisation(self, authorisation: Authorisation) -> str:
        """An authorisation as the other server shows it when it sends the model."""
        claims = {
            "jti": authorisation.id,
            "source": authorisation.source,
            "project": authorisation.project,
            "key": authorisation.key,
            "exp": authorisation.expires,
        }
        return jwt.encode(claims, self._key("authorisation"), algorithm=_ALGORITHM)

    def read_authorisation(self, text: str) -> Authorisation:
        """What was signed here; whether it was used already is another question.

        Raises:
            Unauthenticated: it was not signed here, or it has expired.
        """
        claims = self._claims(text, "authorisation", "jti", "source", hint=_COPY_HINT)
        return Authorisation(
            id=claims["jti"],
            source=claims["source"],
            expires=datetime.fromtimestamp(claims["exp"], UTC),
            project=claims["project"],
            key=claims["key"],
        )

    def _claims(self, text: str, use: str, *needed: str, hint: str) -> dict[str, Any]:
        """What was signed here for a use and has not expired."""
        options: Any = {"require": [*needed, "exp"], "verify_exp": False}
        try:
            claims = jwt.decode(text, self._key(use), algorithms=[_ALGORITHM], options=options)
            expires = float(claims["exp"])
        except (jwt.InvalidTokenError, ValueError, TypeError):
            raise Unauthenticated(f"this {use} was not issued by this server", hint=hint) from None
        if self.clock().timestamp() >= expires:
            raise Unauthenticated(f"this {use} has expired", hint=hint)
        return claims

    def _signature(self, path: str, expires: int) -> str:
        return hmac.new(self._key("link"), f"{path}\n{expires}".encode(), hashlib.sha256).hexdigest()

    def _key(self, use: str) -> bytes:
        return hmac.new(self.secret, use.encode(), hashlib.sha256).digest()


_LINK_HINT = "Ask for the file again: its `links.contentUrl` is signed anew."
_TOKEN_HINT = "POST /sts/v1.0/issueToken with your key gives a new one, good for ten minutes."  # noqa: S105 - no secret
_COPY_HINT = "POST /models:authorizecopy on this server gives another, good for a day and one model."
