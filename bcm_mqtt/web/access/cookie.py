"""The cookie of a session."""

from datetime import timedelta
from re import fullmatch


def cookie_name(*, secure: bool, prefix: str) -> str:
    """The strictest name that browsers enforce: https, and no other path or host."""
    if not secure:
        return "bcm_session"
    return "__Secure-bcm_session" if prefix else "__Host-bcm_session"


def set_cookie(secret: str, longest: timedelta, *, secure: bool, prefix: str) -> str:
    """The header's value that gives a browser a session; of an empty secret, that takes it.

    Args:
        secret: Of the session.
        longest: After which it is over anyway.
        secure: Whether the browser uses https.
        prefix: The page's path on its host, such as `/bcm`, or "".
    """
    parts = [
        f"{cookie_name(secure=secure, prefix=prefix)}={secret}",
        f"Path={prefix or '/'}",
        f"Max-Age={int(longest.total_seconds()) if secret else 0}",
        "HttpOnly",
        # A link in an e-mail opens the page as it is; changes need more than a cookie.
        "SameSite=Lax",
    ]
    return "; ".join([*parts, "Secure"] if secure else parts)


def secret_in(header: str, *, secure: bool, prefix: str) -> str:
    """The secret of a Cookie header, or ""."""
    wanted = cookie_name(secure=secure, prefix=prefix)
    for part in header.split(";"):  # others of the host may be none that a parser takes
        name, _, value = part.partition("=")
        if name.strip() == wanted:
            return value.strip()
    return ""


def prefix_of(text: str) -> str:
    """The path that a proxy says the page has, without a slash at its end; "" if it is none."""
    path = text.rstrip("/")
    return path if fullmatch(r"(/[A-Za-z0-9._~-]+)+", path) else ""
