"""Response headers: a strict content security policy without inline script or style, and what goes with it."""

from flask import Flask
from flask_talisman import Talisman
from werkzeug.middleware.proxy_fix import ProxyFix

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": ["'self'", "data:"],
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    "manifest-src": "'self'",
}


def init_app(app: Flask) -> None:
    """Set the headers on every response, and believe the forwarded address only of trusted proxies."""
    if count := app.config["PROXIES"]:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]
    https = app.config["HTTPS"]
    Talisman(
        app,
        content_security_policy=POLICY,
        force_https=False,  # the reverse proxy redirects; behind it the app sees plain http
        session_cookie_secure=https,
        strict_transport_security=https,
        frame_options="DENY",
        referrer_policy="same-origin",
        permissions_policy={"geolocation": "()", "camera": "()", "microphone": "()"},
    )
