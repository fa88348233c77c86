"""The routes."""

from starlette.applications import Starlette
from starlette.routing import Route

from controllers import orders, passwords, profiles, resets, sessions, storefront
from edge import Edge
from shop import Shop


def build(shop: Shop) -> Edge:
    routes = [
        Route("/", storefront.index),
        Route("/session/new", sessions.new),
        Route("/session", sessions.create, methods=["POST"]),
        Route("/session", sessions.destroy, methods=["DELETE"]),
        Route("/profile", profiles.show),
        Route("/profile", profiles.update, methods=["PATCH", "PUT"]),
        Route("/profile/edit", profiles.edit),
        Route("/password", passwords.update, methods=["PATCH", "PUT"]),
        Route("/password/edit", passwords.edit),
        Route("/passwords/new", resets.new),
        Route("/passwords", resets.create, methods=["POST"]),
        Route("/orders/{number:int}", orders.show),
        Route("/manage", storefront.manage),
    ]
    app = Starlette(routes=routes)
    app.router.redirect_slashes = False
    return Edge(app, shop)
