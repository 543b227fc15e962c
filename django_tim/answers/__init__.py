"""The answers that our code reads, with the wire's own keys, and the words that requests use.

Keys are ``NotRequired`` wherever a ResponseFilter, an older service or a failed item may
leave them out. Both spellings of a renamed key stand here; ``*Until`` and ``*Time`` are Unix
seconds.
"""

from .accounts import *
from .blacklists import *
from .conversations import *
from .envelope import *
from .files import *
from .follows import *
from .friend_groups import *
from .friends import *
from .group_attributes import *
from .group_counters import *
from .group_members import *
from .group_messages import *
from .groups import *
from .live import *
from .message_extensions import *
from .messages import *
from .moderation import *
from .mutes import *
from .official_accounts import *
from .operations import *
from .permission_groups import *
from .profiles import *
from .push import *
from .robots import *
from .streams import *
from .timpush import *
from .topics import *
