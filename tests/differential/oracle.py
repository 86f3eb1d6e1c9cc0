"""Asks Synapse's own functions: one request per line of standard input, one answer per line of standard output.

It only calls them. What is here is the plumbing that they need: events made from JSON, a store that is a dictionary,
auth chains walked as the Matrix specification defines them.
"""

import hashlib
import json
import sys

from synapse import event_auth
from synapse.api.errors import SynapseError
from synapse.api.room_versions import KNOWN_ROOM_VERSIONS
from synapse.crypto.event_signing import compute_content_hash, compute_event_reference_hash
from synapse.events import make_event_from_dict
from synapse.events.utils import prune_event
from synapse.state import v1, v2
from synapse.storage.databases.main.event_federation import StateDifference


def domain(identifier):
    return identifier.split(":", 1)[1] if ":" in identifier else identifier


def sign(pdu):
    """Signatures are not compared here; those that the room version asks for are taken as given."""
    signers = [pdu["sender"]]
    if isinstance(pdu.get("event_id"), str):
        signers.append(pdu["event_id"])
    authoriser = pdu["content"].get("join_authorised_via_users_server")
    if isinstance(authoriser, str):
        signers.append(authoriser)
    return {**pdu, "signatures": {domain(signer): {"ed25519:1": "x"} for signer in signers}}


def make_event(version, pdu, rejected=False):
    reason = "rejected" if rejected else None
    return make_event_from_dict(sign(pdu), version, rejected_reason=reason)


def run(coroutine):
    """Nothing that we give waits, so one step is all of it."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value
    raise RuntimeError("it waits for something")


class Clock:
    async def sleep(self, _duration):
        pass


class Store:
    def __init__(self, events):
        self.events = events

    async def get_events(self, event_ids, *_args, allow_rejected=False, **_kwargs):
        found = {i: self.events[i] for i in event_ids if i in self.events}
        return {i: e for i, e in found.items() if allow_rejected or e.rejected_reason is None}

    def chain(self, event_ids):
        """These events, their auth events, and so on."""
        chain, waiting = set(), list(event_ids)
        while waiting:
            event_id = waiting.pop()
            if event_id not in chain:
                chain.add(event_id)
                waiting.extend(self.events[event_id].auth_event_ids())
        return chain

    async def get_auth_chain_difference(self, _room_id, state_sets, conflicted, additional):
        chains = [self.chain(state) for state in state_sets]
        difference = set().union(*chains) - set.intersection(*chains)
        if conflicted is None:
            return StateDifference(auth_difference=difference, conflicted_subgraph=None)
        # On a path between two conflicted events: reachable from one, and reaching one.
        reachable = self.chain(conflicted)
        ends = conflicted | (additional or set())
        between = {i for i in reachable if self.chain([i]) & ends}
        return StateDifference(auth_difference=difference, conflicted_subgraph=between)


def resolve(version, request):
    events = {}
    for pdu in request["events"]:
        event = make_event(version, pdu)
        events[event.event_id] = event
    state_sets = [{(kind, key): i for kind, key, i in state} for state in request["states"]]
    store = Store(events)
    if request["version"] == "1":
        work = v1.resolve_events_with_store(request["room_id"], version, state_sets, None, store.get_events)
    else:
        work = v2.resolve_events_with_store(
            Clock(), request["room_id"], version, state_sets, None, store
        )
    resolved = run(work)
    return {"ids": list(events), "state": [[*key, i] for key, i in resolved.items()]}


def authorize(version, request):
    events = [make_event(version, e["pdu"], e["rejected"]) for e in request["auth_events"]]
    store = Store({e.event_id: e for e in [make_event(version, request["create"])] + events})
    try:
        event = make_event(version, request["event"])
        event_auth.validate_event_for_room_version(event)
        run(event_auth.check_state_independent_auth_rules(store, event))
        # Where the room ID implies the create event, Synapse counts it among these.
        cited = [store.events[event_id] for event_id in event.auth_event_ids()]
        event_auth.check_state_dependent_auth_rules(event, cited)
    except SynapseError as error:
        return {"allowed": False, "reason": f"{type(error).__name__}: {error.msg}"}
    except Exception as error:
        # No verdict: an error that it did not foresee.
        return {"allowed": False, "failed": True, "reason": f"{type(error).__name__}: {error}"}
    return {"allowed": True}


def redact(version, request):
    pdu = request["event"]
    event = make_event_from_dict({"signatures": {}, **pdu}, version)
    hashed = {key: value for key, value in pdu.items()}
    _, content = compute_content_hash(hashed, hashlib.sha256)
    _, reference = compute_event_reference_hash(event)
    return {
        "id": event.event_id,
        "redacted": prune_event(event).get_pdu_json(),
        "content_hash": content.hex(),
        "reference_hash": reference.hex(),
    }


OPERATIONS = {"resolve": resolve, "authorize": authorize, "redact": redact}


def answer(request):
    try:
        return OPERATIONS[request["ask"]](KNOWN_ROOM_VERSIONS[request["version"]], request)
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=False)
    sys.stdout.flush()
