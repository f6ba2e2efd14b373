"""Fire, smoke and their like: what a maker promises, and what is labelled once they are laid on a picture."""

from __future__ import annotations

import numpy as np
import pytest

from detectors.training.decoys import DECOYS
from detectors.training.fire_sprites import FIRE_SPRITES
from detectors.training.paste import augment_with_sprites
from detectors.training.plain_pictures import PLAIN_PICTURES
from detectors.training.smoke_sprites import SMOKE_SPRITES
from detectors.training.sprites import Sprite, over, seen_box_px
from detectors.types import DetectorError

MAKERS = {**FIRE_SPRITES, **SMOKE_SPRITES, **DECOYS}
GREY = np.full((160, 200, 3), 110, np.uint8)


def rng(seed: int = 3) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("name", MAKERS)
def test_a_sprite_depends_on_the_seed_alone(name: str) -> None:
    assert np.array_equal(MAKERS[name](rng(), 48).rgba, MAKERS[name](rng(), 48).rgba)


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("height_px", [12, 96])
def test_a_sprite_is_a_picture_that_can_be_laid(name: str, height_px: int) -> None:
    sprite = MAKERS[name](rng(), height_px)
    left, top, right, bottom = sprite.box_px
    assert sprite.rgba.min() >= -1e-6
    assert sprite.rgba.max() <= 1.0 + 1e-3
    assert 0 <= left < right <= sprite.rgba.shape[1]
    assert 0 <= top < bottom <= sprite.rgba.shape[0]
    assert sprite.width_m > 0


@pytest.mark.parametrize("name", FIRE_SPRITES)
def test_fire_is_redder_than_blue(name: str) -> None:
    red, _, blue = MAKERS[name](rng(), 96).rgba[:, :, :3].reshape(-1, 3).sum(axis=0)
    assert red > 1.5 * blue


@pytest.mark.parametrize("name", DECOYS)
def test_a_decoy_has_no_label(name: str) -> None:
    assert DECOYS[name](rng(), 48).label is None


def test_a_box_is_tight_and_a_lone_wisp_does_not_stretch_it() -> None:
    seen = np.zeros((50, 80), np.float32)
    seen[10:40, 20:60] = 0.9
    seen[2, 70] = 0.9
    assert seen_box_px(seen, 0.25) == (20, 10, 60, 40)
    assert seen_box_px(seen, 0.95) is None


def test_what_hangs_over_the_edge_is_cut() -> None:
    image = np.zeros((10, 10, 3), np.float32)
    over(image, np.ones((6, 6, 4), np.float32), left=-3, top=8)
    assert image.sum() == 3 * 2 * 3
    over(image, np.ones((6, 6, 4), np.float32), left=40, top=0)
    assert image.sum() == 3 * 2 * 3


def test_an_array_without_alpha_is_no_sprite() -> None:
    with pytest.raises(DetectorError, match="shape"):
        Sprite(np.zeros((4, 4, 3), np.float32), None, (0, 0, 4, 4), 1.0, upright=True)


@pytest.mark.parametrize("from_above", [True, False])
def test_boxes_lie_in_the_picture_and_name_fire_or_smoke(from_above: bool) -> None:
    labels = set()
    for seed in range(12):
        image_bgr, boxes = augment_with_sprites(GREY, rng(seed), from_above=from_above)
        assert image_bgr.shape == GREY.shape
        for box in boxes:
            left, top, right, bottom = box.xyxy_px
            assert 0 <= left < right <= 200 and 0 <= top < bottom <= 160
            labels.add(box.label)
    assert labels >= {"fire", "smoke"}


def test_without_burning_nothing_is_labelled() -> None:
    """What dust covers is a region to ignore, since people take it for smoke."""
    for seed in range(8):
        _, boxes = augment_with_sprites(GREY, rng(seed), from_above=True, burning=False)
        assert all(box.label is None for box in boxes)


def test_the_same_seed_lays_the_same_and_leaves_the_picture_given_alone() -> None:
    given = GREY.copy()
    first, boxes = augment_with_sprites(given, rng(), from_above=False)
    again, others = augment_with_sprites(given, rng(), from_above=False)
    assert np.array_equal(first, again)
    assert boxes == others
    assert np.array_equal(given, GREY)


@pytest.mark.parametrize("kind", PLAIN_PICTURES)
def test_a_plain_picture_has_the_size_asked_for(kind: str) -> None:
    picture = PLAIN_PICTURES[kind](rng(), (60, 90))
    assert picture.shape == (60, 90, 3)
    assert picture.min() >= 0.0
    assert picture.max() <= 1.0
