"""A process keeps the mode of authentication in which it first imports Ray: with a token it reaches both kinds."""

import os

from tests.cluster.support import TOKEN

os.environ |= TOKEN
