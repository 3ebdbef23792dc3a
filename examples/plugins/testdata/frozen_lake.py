"""A frozen lake in the manner of Gymnasium's, without slipping, for tests of
gymnasium_env.py where there is no Gymnasium."""

print("a greeting on stdout, as libraries like to write, must do no harm")

LAKE = "S..." ".H.H" "...H" "H..G"


class Four:
    n = 4  # left, down, right, up


class FrozenLake:
    def __init__(self, prize=1.0, copies=True, breaks=False):
        self.action_space = Four()
        self.prize, self.breaks = prize, breaks
        if not copies:
            self.handle = (n for n in ())  # which can't be copied

    def reset(self, seed=None):
        print("reset with the seed", seed)
        self.place = 0
        return self.place, {}

    def step(self, action):
        if self.breaks:
            raise RuntimeError("the ice breaks")
        row, column = divmod(self.place, 4)
        if action == 0:
            column = max(column - 1, 0)
        elif action == 1:
            row = min(row + 1, 3)
        elif action == 2:
            column = min(column + 1, 3)
        else:
            row = max(row - 1, 0)
        self.place = 4 * row + column
        there = LAKE[self.place]
        return self.place, self.prize * (there == "G"), there in "GH", False, {}


class Lottery:
    """Draws numbers, whose sequence the seed decides; the actions from 5 on take the
    next one or leave it. The mask forbids to take one above 5."""

    class Two:
        n = 2
        start = 5

    def __init__(self):
        self.action_space = self.Two()

    def told(self):
        return self.drawn, {"action_mask": [self.drawn <= 5, 1]}

    def reset(self, seed=None):
        self.random = seed or 1
        self.left = 4
        self.draw()
        return self.told()

    def draw(self):
        self.random = self.random * 48271 % 2147483647
        self.drawn = self.random % 10

    def step(self, action):
        reward = self.drawn if action == 5 else 0
        self.left -= 1
        self.draw()
        obs, info = self.told()
        return obs, reward, False, self.left == 0, info
