"""All that a plugin author imports.

A plugin declares connections, triggers, actions and types; the platform brings the language, the durable execution, the
HTTP client and the storage. Nothing else of `treadle` is for plugins.
"""

from treadle.dsl.catalogue import Choice, Cost, Effect
from treadle.sdk.action import Action, Causes, Pick, action
from treadle.sdk.connection import Connection
from treadle.sdk.context import Answer, Clock, Context, Directory, History, Http, Log, Store
from treadle.sdk.delivery import Accepted, Delivery, Event, Refused, Unread
from treadle.sdk.failures import ActionFailed, Failure, InDoubt, NotSent
from treadle.sdk.hookspecs import hookimpl
from treadle.sdk.models import Message, Models, Price, Question, Reply, Tool, ToolCall
from treadle.sdk.oauth import OAuth
from treadle.sdk.plugin import SDK_VERSION, Plugin, Simulator
from treadle.sdk.schema import not_carried
from treadle.sdk.secret import Secret
from treadle.sdk.signing import signed
from treadle.sdk.trigger import Trigger

__all__ = [
    "SDK_VERSION",
    "Accepted",
    "Action",
    "ActionFailed",
    "Answer",
    "Causes",
    "Choice",
    "Clock",
    "Connection",
    "Context",
    "Cost",
    "Delivery",
    "Directory",
    "Effect",
    "Event",
    "Failure",
    "History",
    "Http",
    "InDoubt",
    "Log",
    "Message",
    "Models",
    "NotSent",
    "OAuth",
    "Pick",
    "Plugin",
    "Price",
    "Question",
    "Refused",
    "Reply",
    "Secret",
    "Simulator",
    "Store",
    "Tool",
    "ToolCall",
    "Trigger",
    "Unread",
    "action",
    "hookimpl",
    "not_carried",
    "signed",
]
