"""Starts the back office: `python serve.py --port 0 [--cert FILE --key FILE]`. Its data live as long as the process."""

import sys

# The tests run straight from the source tree, which is to stay as it is.
sys.dont_write_bytecode = True

import argparse
import os
import signal
import socket
import tempfile
import threading

import uvicorn


def main() -> None:
    options = read_options()
    listener = socket.create_server(("127.0.0.1", options.port), backlog=128)
    # Head and body of an answer are two writes: without this the second waits for the reader's delayed acknowledgement.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with tempfile.TemporaryDirectory(prefix="back-office-") as folder:
        os.environ["DJANGO_SETTINGS_MODULE"] = "backoffice.settings"
        os.environ["BACKOFFICE_DATABASE"] = os.path.join(folder, "data.sqlite3")
        if not options.cert:
            os.environ["BACKOFFICE_PLAIN_HTTP"] = "yes"
        serve(listener, options)


def serve(listener: socket.socket, options: argparse.Namespace) -> None:
    import django
    from django.core.asgi import get_asgi_application

    django.setup()

    from backoffice.first_data import fill

    fill()
    server = uvicorn.Server(
        uvicorn.Config(
            get_asgi_application(),
            http="h11",
            loop="asyncio",
            ws="none",
            lifespan="off",
            log_level="error",
            access_log=False,
            server_header=False,
            # Left on, the server would believe X-Forwarded-Proto from 127.0.0.1.
            proxy_headers=False,
            timeout_keep_alive=60,
            timeout_graceful_shutdown=1,
            ssl_certfile=options.cert,
            ssl_keyfile=options.key,
        )
    )
    # The server raises the signal again when it has stopped; that ends the process like any other end.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    threading.Thread(target=stop_with_stdin, args=(server,), daemon=True).start()
    scheme = "https" if options.cert else "http"
    print(f"listening on {scheme}://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    server.run(sockets=[listener])


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="A back office made of Django's admin.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--cert", metavar="FILE", help="PEM; with --key, the site speaks TLS")
    parser.add_argument("--key", metavar="FILE")
    options = parser.parse_args()
    if (options.cert is None) != (options.key is None):
        parser.error("--cert and --key go together")
    return options


def stop_with_stdin(server: uvicorn.Server) -> None:
    # Not sys.stdin: a thread that waits in it holds a lock that the interpreter wants at its end.
    try:
        while os.read(0, 4096):
            pass
    except OSError:
        pass
    server.should_exit = True


if __name__ == "__main__":
    main()
