"""Rasters and rates: what is in the arrays is in the pictures, and SVG and PNG show
the same.

RUN: %python %s snnc %t
"""

from __future__ import annotations

import re
import zlib
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from harness import FEW, Failure, Model, execute

TEXT = """
func.func @two_layers(%x: tensor<?x?x20xf32>)
    -> (tensor<?x?x20xi1>, tensor<?x?x20xi1>) {
  %s, %v = snn.lif %x {decay = 0.9, threshold = 1.0, snn.layer = "input<&>",
                       reset = #snn.reset<subtract>} : tensor<?x?x20xf32>
  %c = snn.fire %x {threshold = 1.0, snn.layer = "crossings"} : tensor<?x?x20xf32>
  return %s, %c : tensor<?x?x20xi1>, tensor<?x?x20xi1>
}"""
STEPS, BATCH, NEURONS = 200, 3, 20
BLUE, ORANGE, WHITE = (0x00, 0x72, 0xB2), (0xD5, 0x5E, 0x00), (255, 255, 255)
# The first panel of a raster, in pixels.
LEFT, TOP, WIDTH, HEIGHT = 84, 104, 1000, 100
SVG = "{http://www.w3.org/2000/svg}"


def read_png(path: Path) -> np.ndarray:
    """The points of a picture [height, width, 3]; every checksum is checked."""
    data = path.read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    chunks, at = [], 8
    while at < len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        body = data[at + 4 : at + 8 + length]
        found = int.from_bytes(data[at + 8 + length : at + 12 + length], "big")
        assert zlib.crc32(body) == found, f"checksum of {body[:4]!r}"
        chunks.append((body[:4], body[4:]))
        at += 12 + length
    assert [name for name, _ in chunks] == [b"IHDR", b"pHYs", b"IDAT", b"IEND"]
    width, height = (int.from_bytes(chunks[0][1][i : i + 4], "big") for i in (0, 4))
    assert chunks[0][1][8:] == b"\x08\x02\0\0\0"
    rows = np.frombuffer(zlib.decompress(chunks[2][1]), np.uint8).reshape(height, -1)
    assert rows.shape[1] == 1 + 3 * width and not rows[:, 0].any()
    return rows[:, 1:].reshape(height, width, 3)


def read_svg(path: Path) -> tuple[ElementTree.Element, list[str]]:
    root = ElementTree.fromstring(path.read_text())
    assert root.tag == SVG + "svg"
    return root, [element.text or "" for element in root.iter(SVG + "text")]


def draw(model: Model, x: np.ndarray, sample: int) -> tuple[list[np.ndarray], Path]:
    np.save(model.folder / "p.npy", x)
    for suffix in ("svg", "png"):
        execute([model.binary, "--input", model.folder / "p.npy", "--sample", sample,
                 "--raster", model.folder / f"raster.{suffix}",
                 "--rates", model.folder / f"rates.{suffix}"])  # fmt: skip
    return model.run({"x": x}), model.folder


def has_color(points: np.ndarray, color: tuple[int, int, int]) -> np.ndarray:
    return (np.abs(points.astype(int) - color).sum(-1) < 24).astype(bool)


def check_text(png: np.ndarray, svg: ElementTree.Element) -> None:
    """Where the SVG has a text, the PNG has dark points on white ones."""
    height, width = (int(svg.attrib[name]) for name in ("height", "width"))
    assert png.shape == (2 * height, 2 * width, 3), png.shape
    count = 0
    for text in svg.iter(SVG + "text"):
        place = re.match(r"translate\(([\d.]+) ([\d.]+)\)( rotate)?", text.attrib["transform"])
        assert place and text.text
        x, y, size = float(place[1]), float(place[2]), float(text.attrib["font-size"])
        reach = {"start": (0, 1), "middle": (-0.5, 0.5), "end": (-1, 0)}
        low, high = (len(text.text) * 0.5 * size * r for r in reach[text.attrib["text-anchor"]])
        box = (y - size, y + size / 4, x + low, x + high)
        if place[3]:
            box = (y - high, y - low, x - size, x + size / 4)
        top, bottom, left, right = (int(2 * side) for side in box)
        area = png[top:bottom, max(left, 0) : right].astype(int).sum(-1)
        share = (area < 600).mean()
        if not 0.02 < share < 0.6:
            raise Failure(f"{text.text!r}: {share:.0%} of its place is dark")
        count += 1
    assert count > 10, count


def test_raster(model: Model, outputs: list[np.ndarray], folder: Path, sample: int) -> None:
    svg, texts = read_svg(folder / "raster.svg")
    png = read_png(folder / "raster.png")
    spikes = [output[:, sample] for output in outputs]
    total = sum(int(layer.sum()) for layer in spikes)
    for text in ("two_layers", "input<&>", "crossings", "neuron", "time (steps)",
                 f"sample {sample} of 3, 200 steps, {total:,} spikes",
                 "Each mark is one spike."):  # fmt: skip
        assert text in texts, f"{text!r} is not in {texts}"
    marks = [path.attrib["d"] for path in svg.iter(SVG + "path")
             if "scale" in path.attrib.get("transform", "")]  # fmt: skip
    assert [d.count("h") for d in marks] == [int(layer.sum()) for layer in spikes]
    # The middle of every cell of the first panel, as a point of the PNG.
    xs = (2 * (LEFT + (np.arange(STEPS) + 0.5) * WIDTH / STEPS)).astype(int)
    ys = (2 * (TOP + (np.arange(NEURONS) + 0.5) * HEIGHT / NEURONS)).astype(int)
    seen = has_color(png[ys][:, xs], BLUE).T
    assert (seen == spikes[0]).all(), f"{(seen != spikes[0]).sum()} cells differ"
    check_text(png, svg)


def test_rates(outputs: list[np.ndarray], folder: Path, sample: int) -> None:
    svg, texts = read_svg(folder / "rates.svg")
    png = read_png(folder / "rates.png")
    spikes = [output[:, sample] for output in outputs]
    silent = [int((layer.sum(0) == 0).sum()) for layer in spikes]
    for text in ("rate (spikes/step)", "active neurons", "rate of a neuron (spikes/step)",
                 "smoothed with a Gaussian, s.d. 2 steps", "time (steps)",
                 *(f"{count} of 20 neurons silent" for count in silent)):  # fmt: skip
        assert text in texts, f"{text!r} is not in {texts}"
    check_text(png, svg)
    for color in (BLUE, ORANGE):
        assert has_color(png, color).mean() > 0.002
    # Bars of the first panel: their heights are the shares of neurons.
    light = "#" + "".join(f"{255 - (255 - c) * 3 // 8:02x}" for c in BLUE)
    bars = [re.match(r"M([\d.]+) [\d.]+h[\d.]+v([\d.]+)", path.attrib["d"])
            for path in svg.iter(SVG + "path") if path.attrib.get("fill") == light]  # fmt: skip
    heights = np.zeros(STEPS)
    for bar in bars[:-1]:  # the last one is in the legend
        assert bar
        heights[round((float(bar[1]) - LEFT) * STEPS / 690)] = float(bar[2])
    rates = spikes[0].mean(1)
    scale = heights.max() / rates.max()
    np.testing.assert_allclose(heights, rates * scale, atol=0.11)


def test_limits(model: Model) -> None:
    """Pictures of nothing, of one step, and of more than a picture has place for."""
    for steps, value in ((0, 0.0), (1, 2.0), (30, 0.0), (30, 9.0), (2500, 0.7)):
        x = np.full((steps, 1, NEURONS), value, np.float32)
        _, folder = draw(model, x, 0)
        for kind in ("raster", "rates"):
            svg, texts = read_svg(folder / f"{kind}.svg")
            if steps > 1:
                check_text(read_png(folder / f"{kind}.png"), svg)
            assert not any("nan" in text or "inf" == text for text in texts), texts
            assert "nan" not in (folder / f"{kind}.svg").read_text()
        if steps == 2500:
            assert any("share a mark" in text for text in read_svg(folder / "raster.svg")[1])
            assert "mean of the layer, per 3 steps" in texts, texts


if __name__ == "__main__":
    layers = Model(TEXT, name="two_layers", targets=FEW)
    random = np.random.default_rng(8)
    drive = random.normal(0.25, 0.4, (STEPS, BATCH, NEURONS)).astype(np.float32)
    drive[:, :, 3] = -1  # a silent neuron
    for number in (0, 2):
        arrays, place = draw(layers, drive, number)
        test_raster(layers, arrays, place, number)
        test_rates(arrays, place, number)
    test_limits(layers)
