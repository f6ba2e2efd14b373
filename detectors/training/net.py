"""YOLOX-nano as one plain torch module: convolutions with their batch norm folded in.

The architecture is that of YOLOX (Ge et al., "YOLOX: Exceeding YOLO Series in 2021", arXiv:2107.08430) with
depth 0.33 and width 0.25: CSPDarknet, PAFPN and a decoupled head, depthwise throughout. The published
weights have batch norm folded into the convolutions, and it stays so here: norm statistics would be frozen
while fine-tuning anyway, and without them a step on a CPU is a third faster. `optimiser.py` gives back what a
norm does for the step size.
"""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

STRIDES_PX = (8, 16, 32)
BOX_AND_OBJECT = 5
_HEAD_CHANNELS = 64


class Convolution(nn.Module):
    """A k x k convolution with bias, then SiLU."""

    def __init__(self, ins: int, outs: int, size: int, stride: int = 1, groups: int = 1) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(ins, outs, size, stride, (size - 1) // 2, groups=groups)

    def forward(self, features: Tensor) -> Tensor:
        return functional.silu(self.convolution(features))


class Separable(nn.Sequential):
    """A 3 x 3 depthwise convolution, then a 1 x 1 one."""

    def __init__(self, ins: int, outs: int, stride: int = 1) -> None:
        super().__init__(Convolution(ins, ins, 3, stride, groups=ins), Convolution(ins, outs, 1))


class Bottleneck(nn.Module):
    """1 x 1, then separable 3 x 3; with a way past both where ``shortcut``."""

    def __init__(self, channels: int, *, shortcut: bool) -> None:
        super().__init__()
        self.narrow = Convolution(channels, channels, 1)
        self.spread = Separable(channels, channels)
        self.shortcut = shortcut

    def forward(self, features: Tensor) -> Tensor:
        found = self.spread(self.narrow(features))
        return found + features if self.shortcut else cast(Tensor, found)


class CrossStage(nn.Module):
    """Half of the channels go through bottlenecks, half around them."""

    def __init__(self, ins: int, outs: int, bottlenecks: int, *, shortcut: bool = True) -> None:
        super().__init__()
        half = outs // 2
        self.through = Convolution(ins, half, 1)
        self.around = Convolution(ins, half, 1)
        self.bottlenecks = nn.Sequential(*(Bottleneck(half, shortcut=shortcut) for _ in range(bottlenecks)))
        self.join = Convolution(outs, outs, 1)

    def forward(self, features: Tensor) -> Tensor:
        # The order of execution is the order of the published file's convolutions.
        through, around = self.through(features), self.around(features)
        joined = torch.cat([self.bottlenecks(through), around], dim=1)
        return cast(Tensor, self.join(joined))


class PyramidPool(nn.Module):
    """Max pooling over 5, 9 and 13 cells, beside the features themselves."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.narrow = Convolution(channels, channels // 2, 1)
        self.join = Convolution(channels * 2, channels, 1)

    def forward(self, features: Tensor) -> Tensor:
        narrow = self.narrow(features)
        # Pools of 5, chained, are pools of 9 and 13, and cheaper.
        five = functional.max_pool2d(narrow, 5, 1, 2)
        nine = functional.max_pool2d(five, 5, 1, 2)
        thirteen = functional.max_pool2d(nine, 5, 1, 2)
        return cast(Tensor, self.join(torch.cat([narrow, five, nine, thirteen], dim=1)))


class Backbone(nn.Module):
    """CSPDarknet: a picture (N, 3, H, W) to features of 64, 128 and 256 channels at strides 8, 16, 32."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = Convolution(12, 16, 3)
        self.stage4 = nn.Sequential(Separable(16, 32, 2), CrossStage(32, 32, 1))
        self.stage8 = nn.Sequential(Separable(32, 64, 2), CrossStage(64, 64, 3))
        self.stage16 = nn.Sequential(Separable(64, 128, 2), CrossStage(128, 128, 3))
        self.stage32 = nn.Sequential(
            Separable(128, 256, 2), PyramidPool(256), CrossStage(256, 256, 1, shortcut=False)
        )

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        at8 = self.stage8(self.stage4(self.stem(_space_to_depth(pictures))))
        at16 = self.stage16(at8)
        return at8, at16, self.stage32(at16)


class Neck(nn.Module):
    """PAFPN: features mixed from coarse to fine and back."""

    def __init__(self) -> None:
        super().__init__()
        self.narrow32 = Convolution(256, 128, 1)
        self.down16 = CrossStage(256, 128, 1, shortcut=False)
        self.narrow16 = Convolution(128, 64, 1)
        self.out8 = CrossStage(128, 64, 1, shortcut=False)
        self.to16 = Separable(64, 64, 2)
        self.out16 = CrossStage(128, 128, 1, shortcut=False)
        self.to32 = Separable(128, 128, 2)
        self.out32 = CrossStage(256, 256, 1, shortcut=False)

    def forward(self, features: tuple[Tensor, Tensor, Tensor]) -> tuple[Tensor, Tensor, Tensor]:
        at8, at16, at32 = features
        top = self.narrow32(at32)
        middle = self.narrow16(self.down16(torch.cat([_twice(top), at16], dim=1)))
        out8 = self.out8(torch.cat([_twice(middle), at8], dim=1))
        out16 = self.out16(torch.cat([self.to16(out8), middle], dim=1))
        return out8, out16, self.out32(torch.cat([self.to32(out16), top], dim=1))


class Head(nn.Module):
    """For one stride: features to (N, 5 + classes, h, w) of offset, log size, and logits."""

    def __init__(self, ins: int, classes: int) -> None:
        super().__init__()
        wide = _HEAD_CHANNELS
        self.stem = Convolution(ins, wide, 1)
        self.of_class = nn.Sequential(Separable(wide, wide), Separable(wide, wide))
        self.class_logits = nn.Conv2d(wide, classes, 1)
        self.of_box = nn.Sequential(Separable(wide, wide), Separable(wide, wide))
        self.box = nn.Conv2d(wide, 4, 1)
        self.object_logit = nn.Conv2d(wide, 1, 1)

    def forward(self, features: Tensor) -> Tensor:
        shared = self.stem(features)
        of_class = self.class_logits(self.of_class(shared))
        of_box = self.of_box(shared)
        return torch.cat([self.box(of_box), self.object_logit(of_box), of_class], dim=1)


class YoloxNano(nn.Module):
    """Pictures (N, 3, H, W), BGR 0..255, sides multiples of 32, to (N, cells, 5 + classes).

    Cells are ordered stride by stride (8, 16, 32), row by row. A cell holds the offset of the centre and the
    log of the size, both in strides, the logit of being an object, and a logit for each class.
    """

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.backbone = Backbone()
        self.neck = Neck()
        self.heads = nn.ModuleList(Head(ins, classes) for ins in (64, 128, 256))

    def forward(self, pictures: Tensor) -> Tensor:
        features = self.neck(self.backbone(pictures))
        grids = [head(level).flatten(2) for head, level in zip(self.heads, features, strict=True)]
        return torch.cat(grids, dim=2).transpose(1, 2)


class Scored(nn.Module):
    """The net as it is shipped: scores in place of logits, as `detectors.decode.decode_yolox` reads them."""

    def __init__(self, net: YoloxNano) -> None:
        super().__init__()
        self.net = net

    def forward(self, pictures: Tensor) -> Tensor:
        raw = self.net(pictures)
        return torch.cat([raw[..., :4], raw[..., 4:].sigmoid()], dim=-1)


def _space_to_depth(pictures: Tensor) -> Tensor:
    # YOLOX's own order: the left column of each 2 x 2 first, from top to bottom.
    left, right = pictures[..., ::2], pictures[..., 1::2]
    return torch.cat([left[:, :, ::2], left[:, :, 1::2], right[:, :, ::2], right[:, :, 1::2]], dim=1)


def _twice(features: Tensor) -> Tensor:
    return functional.interpolate(features, scale_factor=2.0, mode="nearest")
