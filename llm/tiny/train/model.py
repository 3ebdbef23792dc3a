"""The Llama-shaped byte model, written for a fast step on a small CPU.

Every weight is a view into one flat tensor (and its gradient into another), so
that processes exchange one buffer. Norm gains are fixed at one. The three
autograd functions below only save passes over memory: on a CPU with wide
vectors these, not the matrix products, take most of the time.
"""
import math

import torch
import torch.nn.functional as F

DIM, LAYERS, HEADS, HEAD, FF = 192, 4, 6, 32, 512
VOCAB, BOS, EOS = 259, 256, 257
EPS, THETA = 1e-5, 10000.0
SQUARE, WIDE = 4 * DIM * DIM, 3 * FF * DIM   # attention and MLP weights of a layer
BLOCK = SQUARE + WIDE
BODY = LAYERS * BLOCK                        # all that Muon updates
SIZE = BODY + 2 * VOCAB * DIM


class Norm(torch.autograd.Function):
    """RMSNorm without gain."""
    @staticmethod
    def forward(ctx, x):
        r = torch.einsum("...d,...d->...", x, x).div_(DIM).add_(EPS).rsqrt_().unsqueeze(-1)
        y = x * r
        ctx.save_for_backward(y, r)
        return y

    @staticmethod
    def backward(ctx, dy):
        y, r = ctx.saved_tensors
        m = torch.einsum("...d,...d->...", dy, y).div_(-DIM).unsqueeze(-1)
        return torch.addcmul(dy, y, m).mul_(r)


class SwiGLU(torch.autograd.Function):
    """silu(gate) * up over the two halves of the last dimension."""
    @staticmethod
    def forward(ctx, h):
        ctx.save_for_backward(h)
        g, u = h.split(FF, -1)
        return F.silu(g).mul_(u)

    @staticmethod
    def backward(ctx, d):
        h, = ctx.saved_tensors
        g, u = h.split(FF, -1)
        out = torch.empty_like(h)
        torch.mul(F.silu(g), d, out=out[..., FF:])
        out[..., :FF] = torch.ops.aten.silu_backward(d * u, g)
        return out


class Heads(torch.autograd.Function):
    """Splits fused q,k,v into heads and rotates q and k (rotate-half RoPE).

    cos and sin come with the attention scale already multiplied into q's part.
    """
    @staticmethod
    def forward(ctx, qkv, cos, sin):
        ctx.save_for_backward(cos, sin)
        b, l, _ = qkv.shape
        t = qkv.view(b, l, 3, HEADS, HEAD).permute(2, 0, 3, 1, 4).contiguous()
        x1, x2 = t[:2, ..., :HEAD // 2], t[:2, ..., HEAD // 2:]
        y2 = (x2 * cos).addcmul_(x1, sin)
        x1.mul_(cos).addcmul_(x2, sin, value=-1)
        x2.copy_(y2)
        n = b * HEADS
        return t[0].view(n, l, HEAD), t[1].view(n, l, HEAD), t[2].view(n, l, HEAD)

    @staticmethod
    def backward(ctx, dq, dk, dv):
        cos, sin = ctx.saved_tensors
        b, l = cos.shape[1], cos.shape[3]
        d = torch.stack([dq, dk, dv]).view(3, b, HEADS, l, HEAD)
        x1, x2 = d[:2, ..., :HEAD // 2], d[:2, ..., HEAD // 2:]
        y2 = (x2 * cos).addcmul_(x1, sin, value=-1)
        x1.mul_(cos).addcmul_(x2, sin)
        x2.copy_(y2)
        return d.permute(1, 3, 0, 2, 4).reshape(b, l, 3 * DIM), None, None


_freq = THETA ** (-torch.arange(0, HEAD, 2, dtype=torch.float32) / HEAD)
_scale = torch.tensor([HEAD ** -0.5, 1.0]).view(2, 1, 1, 1, 1)


def rotation(pos):
    """cos and sin for positions [b, l], shaped for Heads."""
    angle = (pos.float().unsqueeze(-1) * _freq)[None, :, None]
    return angle.cos() * _scale, angle.sin() * _scale


class Model:
    def __init__(self, flat, grad=None):
        self.flat, self.grad, self.layers = flat, grad, []
        self.at = 0
        for _ in range(LAYERS):
            self.layers.append((self._take(grad, 3 * DIM, DIM), self._take(grad, DIM, DIM),
                                self._take(grad, 2 * FF, DIM), self._take(grad, FF, DIM)))
        self.embed = self._take(grad, VOCAB, DIM)
        self.head = self._take(grad, VOCAB, DIM)

    def _take(self, grad, rows, cols):
        end = self.at + rows * cols
        w = self.flat[self.at:end].view(rows, cols).detach()
        if grad is not None:
            w.requires_grad_(True)
            w.grad = grad[self.at:end].view(rows, cols)
        self.at = end
        return w

    def forward(self, tokens, pos, mask, pick):
        """Logits at the flat positions pick; mask is added to the scores."""
        b, l = tokens.shape
        cos, sin = rotation(pos)
        x = F.embedding(tokens, self.embed)
        for i, (qkv, o, gate_up, down) in enumerate(self.layers):
            q, k, v = Heads.apply(F.linear(Norm.apply(x), qkv), cos, sin)
            a = torch.bmm(q, k.transpose(1, 2)).view(b, HEADS, l, l).add_(mask)
            a = torch.bmm(a.softmax(-1).view(b * HEADS, l, l), v)
            a = a.view(b, HEADS, l, HEAD).transpose(1, 2).reshape(b, l, DIM)
            if i == LAYERS - 1:      # past here only the picked positions matter
                a = a.view(b * l, DIM)[pick]
                x = x.reshape(b * l, DIM)[pick]
            x = x + F.linear(a, o)
            x = x + SwiGLU.apply(F.linear(Norm.apply(x), gate_up)) @ down
        return F.linear(Norm.apply(x), self.head)


def fresh(seed):
    """Initial weights: outputs of blocks and the head start at zero."""
    g = torch.Generator().manual_seed(seed)
    flat = torch.randn(SIZE, generator=g) * DIM ** -0.5
    m = Model(flat)
    for _, o, _, down in m.layers:
        o.zero_()
        down.zero_()
    m.embed.mul_(DIM ** 0.5 * 0.2)
    m.head.zero_()
    return flat


def orthogonal(g):
    """Five Newton-Schulz iterations towards the nearest orthogonal matrices."""
    a, b, c = 3.4445, -4.7750, 2.0315
    x = g / (g.flatten(1).norm(dim=1).view(-1, 1, 1) + 1e-7)
    for _ in range(5):           # x is [n, rows, DIM] with rows >= DIM
        s = x.transpose(1, 2) @ x
        x = a * x + x @ (b * s + c * (s @ s))
    return x


class Optimiser:
    """Muon for the blocks, Adam for embedding and head.

    With several processes each takes its share of the layers and the results
    are gathered, so the orthogonalisation is not paid twice.
    """
    def __init__(self, rank, world, gather):
        self.rank, self.world, self.gather = rank, world, gather
        self.share = LAYERS // world
        self.momentum = torch.zeros(BODY)
        self.m = torch.zeros(SIZE - BODY)
        self.v = torch.zeros(SIZE - BODY)

    def state(self):
        return {"momentum": self.momentum, "m": self.m, "v": self.v}

    def load(self, s):
        for name, t in s.items():
            getattr(self, name).copy_(t)

    @torch.no_grad()
    def step(self, n, flat, grad, muon_lr, adam_lr, beta=0.95, decay=0.05):
        self.momentum.lerp_(grad[:BODY], 1 - beta)
        per = self.share * BLOCK
        at = self.rank * per
        look = grad[at:at + per].lerp(self.momentum[at:at + per], beta)   # Nesterov
        out = torch.empty(self.share, BLOCK)
        look = look.view(self.share, BLOCK)
        sq = orthogonal(look[:, :SQUARE].reshape(-1, DIM, DIM))
        out[:, :SQUARE] = sq.view(self.share, SQUARE)
        wide = orthogonal(look[:, SQUARE:].reshape(-1, FF, DIM))
        out[:, SQUARE:] = wide.view(self.share, WIDE) * math.sqrt(FF / DIM)
        body = flat[:BODY]
        body.mul_(1 - muon_lr * decay).sub_(self.gather(out.view(-1)), alpha=muon_lr)
        g = grad[BODY:]
        self.m.lerp_(g, 0.1)
        self.v.lerp_(g * g, 0.05)
        mh = self.m / (1 - 0.9 ** (n + 1))
        vh = self.v / (1 - 0.95 ** (n + 1))
        flat[BODY:].sub_(mh / (vh.sqrt() + 1e-10), alpha=adam_lr)
