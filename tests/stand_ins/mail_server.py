"""A mail server for one test: aiosmtpd, with or without TLS and authentication.

    mail_server.py plain|starttls|tls [CERTIFICATE KEY [USER PASSWORD-FILE]]

Says `listening PORT`, then a line of JSON for each message: the envelope, whether it came over TLS and as whom, and what
Python's own parser reads in it.
"""

import asyncio
import email
import email.policy
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

way, *rest = sys.argv[1:]
certificate, key, user, password_file = (rest + [None] * 4)[:4]


def say(line):
    print(line, flush=True)


class Handler:
    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        parts = {part.get_content_type(): part.get_content() for part in mail.walk() if not part.is_multipart()}
        say(json.dumps({
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "tls": session.ssl is not None or way == "tls",
            "user": session.auth_data,
            "headers": [name.lower() for name in mail.keys()],
            "subject": mail["subject"],
            "id": mail["message-id"],
            "parts": parts,
            "defects": [str(defect) for defect in mail.defects],
        }))
        return "250 taken"


def authenticated(server, session, envelope, mechanism, data):
    expected = open(password_file).read().strip()
    good = data.login.decode() == user and data.password.decode() == expected
    # whoever is refused is told so by the server itself
    return AuthResult(success=good, handled=False, auth_data=user if good else None)


def protocol():
    context = None
    if way == "starttls":
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate, key)
    return SMTP(
        Handler(),
        hostname="localhost",
        tls_context=context,
        require_starttls=way == "starttls",
        auth_required=user is not None,
        auth_require_tls=way == "starttls",
        authenticator=authenticated if user is not None else None,
    )


async def main():
    context = None
    if way == "tls":
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate, key)
    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0, ssl=context)
    say(f"listening {server.sockets[0].getsockname()[1]}")
    await server.serve_forever()


asyncio.run(main())
