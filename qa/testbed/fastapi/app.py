"""Starts the site: `python app.py --port 0 [--flaw NAME]`. What it does is said in ../README.md."""

import sys

# The tests run straight from the source tree, which is to stay as it is.
sys.dont_write_bytecode = True

import argparse
import os
import signal
import socket
import threading

import uvicorn

from build import build
from flaws import FLAWS, Flaws
from site_parts import Settings, Site


def main() -> None:
    options = read_options(sys.argv[1:])
    if options.list:
        print("\n".join(FLAWS))
    elif options.many:
        # The interpreter and its packages take longer to start than a site. All of them end with this process.
        for line in sys.stdin:
            server, listener = prepared(read_options(line.rstrip("\n").split("\t")))
            threading.Thread(target=server.run, args=([listener],), daemon=True).start()
    else:
        server, listener = prepared(options)
        # The server raises the signal again when it has stopped; that ends the process like any other end.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        threading.Thread(target=stop_with_stdin, args=(server,), daemon=True).start()
        server.run(sockets=[listener])


def prepared(options: argparse.Namespace) -> tuple[uvicorn.Server, socket.socket]:
    if options.flaw is not None and options.flaw not in FLAWS:
        print(f"There is no flaw {options.flaw!r}. There are:", *FLAWS, sep="\n", file=sys.stderr)
        sys.exit(2)

    # Listening before the site is made: its origin, which tokens name as their issuer, contains the port.
    listener = socket.create_server(("127.0.0.1", options.port), backlog=128)
    # Head and body of an answer are two writes: without this the second waits for the reader's delayed acknowledgement.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    scheme = "https" if options.cert else "http"
    origin = f"{scheme}://127.0.0.1:{listener.getsockname()[1]}"
    settings = Settings(origin, options.idle, options.token_lifetime, options.audience, options.quick_hashes)
    site = Site(settings, Flaws(options.flaw))

    if options.foreign_token:
        with open(options.foreign_token, "w", encoding="ascii") as file:
            file.write(site.tokens.new_foreign(site.accounts.find("alice")))

    server = uvicorn.Server(server_settings(build(site), options))
    print(f"listening on {origin}", flush=True)
    return server, listener


def read_options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="A small site, sound but for the flaw that is named.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--flaw", metavar="NAME")
    parser.add_argument("--list", action="store_true", help="print the names of the flaws")
    parser.add_argument("--many", action="store_true", help="start a site for each line of the input: its options")
    parser.add_argument("--cert", metavar="FILE", help="PEM; with --key, the site speaks TLS")
    parser.add_argument("--key", metavar="FILE")
    parser.add_argument("--idle", type=float, default=1800, metavar="SECONDS")
    parser.add_argument("--token-lifetime", type=int, default=300, metavar="SECONDS")
    parser.add_argument("--audience", default="testbed", metavar="TEXT")
    parser.add_argument("--quick-hashes", action="store_true", help="passwords cost next to nothing")
    parser.add_argument("--foreign-token", metavar="FILE", help="gets a token that is meant for another audience")
    options = parser.parse_args(arguments)
    if (options.cert is None) != (options.key is None):
        parser.error("--cert and --key go together")
    return options


def server_settings(app, options: argparse.Namespace) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http="h11",
        loop="asyncio",
        ws="none",
        lifespan="off",
        log_level="error",
        access_log=False,
        server_header=False,
        # Left on, the server would believe X-Forwarded-For and X-Forwarded-Proto from 127.0.0.1.
        proxy_headers=False,
        timeout_keep_alive=60,
        timeout_graceful_shutdown=1,
        ssl_certfile=options.cert,
        ssl_keyfile=options.key,
    )


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
