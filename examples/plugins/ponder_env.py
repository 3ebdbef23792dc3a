"""What a plug-in of ponder's needs in Python: fill in Env, and call serve with it.

The file needs Python 3.8 and nothing else. Copy it to where your plug-in is, and import
it first: from then on what is printed goes to stderr.
"""

import json
import os
import sys
import traceback

# Replies have the real stdout for themselves. What is printed goes to stderr, from this
# import on, so that a library that greets does no harm.
_replies = os.fdopen(os.dup(1), "wb")
os.dup2(2, 1)


class Illegal(Exception):
    """A step that the rules refuse, and why."""


class BadProblem(Exception):
    """A problem that can't be read, and what is wrong with it."""


class Env:
    """A puzzle or a game. A state is whatever you like, but it must never change:
    step returns another one. What you leave out does what is written here."""

    name = "my-env"
    players = 1  # 2 for a game in which one wins what the other loses
    example = ""  # a problem; there must be one
    rules = ""  # for a model: what a state, a step and the goal are
    sample_state = ""  # for a model: the text of a state,
    sample_step = ""  # and a good step from there
    texts = False  # whether the text of a state is a problem that starts there

    def start(self, problem):
        """The state that a problem begins with; raises BadProblem."""
        raise NotImplementedError

    def step(self, state, action):
        """The state that an action leads to; raises Illegal. Where actions are
        listed, it gets none but those."""
        raise NotImplementedError

    def actions(self, state):
        """All actions of a state, as texts, in a fixed order. Leave it out if they
        can't be listed: a model proposes steps then."""
        return None

    def outcome(self, state):
        """None, or at an end the success from 0 to 1 of the player to move, or that
        and a few words for people. A puzzle is solved by 1."""
        return None

    def text(self, state):
        """What a person or a model reads."""
        return str(state)

    def key(self, state):
        """Equal keys mean equal futures: such states are taken for one."""
        return self.text(state)

    def player(self, state):
        """Who is to move, 0 or 1."""
        return 0

    def estimate(self, state):
        """A guess from 0 to 1 of the success of the player to move, or None."""
        return None

    def answer(self, state):
        """What solves the problem, at an end that does; None stands for the actions
        that led there, with spaces between them."""
        return None

    def verify(self, problem, answer):
        """None if the answer solves the problem, else the reason why it does not. It
        should share no code with the rest. Leave it out if there is no such check."""
        raise NotImplementedError

    def save(self, state):
        """A value for JSON that is the state in every process of the plug-in."""
        raise NotImplementedError

    def load(self, data):
        """The state of such a value. Leave both out if there is none: states are kept
        by number then, and steps are made again where they are not known."""
        raise NotImplementedError


class _Server:
    def __init__(self, env):
        self.env = env
        self.kept = []
        self.finite, self.verifies, self.lasting = (
            getattr(type(env), name) is not getattr(Env, name) for name in ("actions", "verify", "load")
        )

    def info(self):
        e = self.env
        told = {"protocol": 1, "name": e.name, "players": e.players, "example": e.example, "rules": e.rules}
        told.update(sample_state=e.sample_state, sample_step=e.sample_step, texts=e.texts)
        return dict(told, finite=self.finite, verifies=self.verifies, lasting=self.lasting)

    def find(self, data):
        return self.env.load(data) if self.lasting else self.kept[data]

    def actions(self, state):
        if not self.finite or self.env.outcome(state) is not None:
            return []
        return [str(a) for a in self.env.actions(state)]

    def tell(self, state):
        e = self.env
        if self.lasting:
            data = e.save(state)
        else:
            self.kept.append(state)
            data = len(self.kept) - 1
        told = {"data": data, "text": str(e.text(state)), "key": str(e.key(state)), "player": int(e.player(state))}
        outcome = e.outcome(state)
        if outcome is None:
            guess = e.estimate(state)
            if guess is not None:
                told["estimate"] = _share("estimate", guess)
        else:
            reward, note = outcome if isinstance(outcome, tuple) else (outcome, "")
            told.update(over=True, reward=_share("outcome", reward), note=str(note))
            answer = e.answer(state)
            if answer is not None:
                told["answer"] = str(answer)
        if self.finite:
            told["actions"] = self.actions(state)
        return told

    def step(self, state, action):
        if self.env.outcome(state) is not None:
            raise Illegal("the problem has ended")
        if self.finite:
            actions = self.actions(state)
            if action not in actions:
                raise Illegal("the legal actions are " + (", ".join(actions[:20]) or "none"))
        return self.env.step(state, action)

    def answer(self, request):
        op = request["op"]
        if op == "info":
            return {"info": self.info()}
        if op == "start":
            return {"state": self.tell(self.env.start(request["problem"]))}
        if op == "step":
            return {"state": self.tell(self.step(self.find(request["state"]), request["action"]))}
        if op == "actions":
            return {"actions": self.actions(self.find(request["state"]))}
        if op == "verify":
            reason = self.env.verify(request["problem"], request["answer"])
            return {"verified": reason is None, "reason": reason or ""}
        raise ValueError(f"there is no op {op!r}")

    def reply(self, request):
        try:
            out = self.answer(request)
        except Illegal as e:
            out = _failure("illegal", e)
        except BadProblem as e:
            out = _failure("input", e, example=self.env.example)
        except Exception as e:  # one bad step is to be told, and not to end the process
            traceback.print_exc()
            out = _failure("other", f"{type(e).__name__}: {e}")
        return dict(out, id=request["id"])


def _failure(kind, message, **more):
    return {"error": dict(more, kind=kind, message=str(message))}


def _share(what, value):
    value = float(value)
    if not 0 <= value <= 1:
        raise ValueError(f"{what}: {value} is not from 0 to 1")
    return value


def serve(env):
    """Answers requests until there are no more."""
    server = _Server(env)
    for line in sys.stdin.buffer:
        request = json.loads(line)
        reply = [server.reply(r) for r in request] if isinstance(request, list) else server.reply(request)
        _replies.write(json.dumps(reply).encode() + b"\n")
        _replies.flush()
