"""Everything that one running shop consists of."""

from sealed import Sealer
from sessions import Sessions
from throttle import Throttle
from users import Users


class Shop:
    def __init__(self, scheme: str, port: int):
        self.scheme = scheme
        # Under any other name this is somebody else's site whose name leads here.
        self.hosts = (f"127.0.0.1:{port}", f"localhost:{port}")
        self.users = Users()
        self.sessions = Sessions()
        self.sealer = Sealer()
        self.throttle = Throttle()
