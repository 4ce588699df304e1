# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What train_fashion.py and train_src.py share: data, evaluation, training."""

from __future__ import annotations

import argparse
import gzip
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

DEBIAN_DATA = Path("/usr/share/datasets/fashion-mnist")
STEPS, CLASSES = 784, 10
VALIDATION = 5_000  # training images held out

Tensors = dict[str, Tensor]
# Runs the tensors of a file on [T, B, 1]: the logits, and the firing rate per layer.
Infer = Callable[[Tensors, Tensor], tuple[Tensor, list[float]]]


# --- Data -------------------------------------------------------------------


def read_idx(path: Path) -> Tensor:
    """Reads a gzipped IDX file of unsigned bytes; images are flattened."""
    raw = gzip.decompress(path.read_bytes())
    if raw[:3] != b"\x00\x00\x08":
        raise ValueError(f"{path}: not an IDX file of unsigned bytes")
    rank = raw[3]
    count = int.from_bytes(raw[4:8], "big")
    data = torch.frombuffer(bytearray(raw[4 + 4 * rank :]), dtype=torch.uint8)
    return data.view(count, -1) if rank > 1 else data.long()


def load_split(data: Path, split: str, device: torch.device) -> tuple[Tensor, Tensor]:
    images = read_idx(data / f"{split}-images-idx3-ubyte.gz")
    labels = read_idx(data / f"{split}-labels-idx1-ubyte.gz")
    return images.to(device), labels.to(device)


def to_sequence(images: Tensor) -> Tensor:
    """[B, 784] bytes to a [784, B, 1] float32 sequence in [0, 1]."""
    return (images.t().contiguous().float() / 255.0).unsqueeze(-1)


# --- Evaluation -----------------------------------------------------------------


def evaluate(infer: Infer, net: Tensors, images: Tensor,
             labels: Tensor) -> tuple[float, list[float]]:
    """Returns the accuracy and the firing rate of each layer, by `infer`."""
    right, rates = 0, []
    for chunk, truth in zip(images.split(5_000), labels.split(5_000)):
        logits, chunk_rates = infer(net, to_sequence(chunk))
        right += int((logits.argmax(1) == truth).sum())
        rates.append([rate * len(chunk) / len(images) for rate in chunk_rates])
    return right / len(images), [sum(layer) for layer in zip(*rates)]


def format_rates(rates: list[float]) -> str:
    return " ".join(f"{rate:.4f}" for rate in rates)


# --- Training -------------------------------------------------------------------


@dataclass
class Recipe:
    epochs: int
    batch: int
    peak_lr: float
    weight_decay: float = 1e-2
    clip: float = 1.0


class Network(nn.Module):
    """[T, B, 1] to logits. `export` gives the tensors of the inference form."""

    def export(self) -> Tensors:
        raise NotImplementedError

    def groups(self, recipe: Recipe) -> list[dict]:
        """The parameters in groups, each with its peak learning rate `lr`."""
        return [{"params": list(self.parameters()), "lr": recipe.peak_lr,
                 "weight_decay": recipe.weight_decay}]

    def prepare(self, x: Tensor) -> nn.Module:
        """What training calls with inputs like x; perhaps a faster form."""
        return self


def train(make: Callable[[], Network], infer: Infer, images: Tensor, labels: Tensor,
          seed: int, recipe: Recipe, save: Callable[[Tensors, int, float], None]) -> float:
    """Trains on all but VALIDATION images, and saves the exported tensors of every
    epoch that is better on those images than all before. Returns the best accuracy."""
    torch.manual_seed(seed)
    device = images.device
    order = torch.randperm(len(images)).to(device)
    held_out, rest = order[:VALIDATION], order[VALIDATION:]
    net = make().to(device)
    groups = net.groups(recipe)
    optimizer = torch.optim.AdamW(groups)
    per_epoch = len(rest) // recipe.batch
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, [group["lr"] for group in groups], total_steps=recipe.epochs * per_epoch)
    forward = net.prepare(to_sequence(images[rest[: recipe.batch]]))

    best, start = -1.0, time.perf_counter()
    for epoch in range(1, recipe.epochs + 1):
        loss_sum = torch.zeros((), device=device)
        shuffled = rest[torch.randperm(len(rest)).to(device)]
        for chosen in shuffled[: per_epoch * recipe.batch].split(recipe.batch):
            loss = F.cross_entropy(forward(to_sequence(images[chosen])), labels[chosen])
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), recipe.clip)
            optimizer.step()
            schedule.step()
            loss_sum += loss.detach()
        exported = net.export()
        accuracy, firing = evaluate(infer, exported, images[held_out], labels[held_out])
        if accuracy > best:
            best = accuracy
            save(exported, epoch, accuracy)
        print(f"epoch {epoch:3d}  loss {float(loss_sum) / per_epoch:.4f}  "
              f"validation {accuracy:.4f}  firing {format_rates(firing)}  "
              f"{time.perf_counter() - start:.0f} s", flush=True)
    return best


# --- Command line -----------------------------------------------------------------


def make_parser(doc: str, epochs: int, out: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=doc.splitlines()[0])
    parser.add_argument("--data", type=Path, default=DEBIAN_DATA,
                        help="folder of the gzipped IDX files (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=epochs)
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent / out)
    return parser


def run(args: argparse.Namespace, make: Callable[[], Network], infer: Infer,
        recipe: Recipe) -> None:
    """Trains, writes the best tensors to args.out, and tests them."""
    # Currents stay in full float32: the compiled network has no shorter formats.
    torch.backends.cuda.matmul.allow_tf32 = False
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

    def save(net: Tensors, epoch: int, accuracy: float) -> None:
        save_file({name: value.cpu() for name, value in net.items()}, args.out,
                  metadata={"seed": str(args.seed), "epochs": str(args.epochs),
                            "best_epoch": str(epoch),
                            "validation_accuracy": f"{accuracy:.4f}"})

    images, labels = load_split(args.data, "train", device)
    accuracy = train(make, infer, images, labels, args.seed, recipe, save)
    print(f"validation accuracy {accuracy:.4f}; wrote {args.out}")

    # The only use of the test split, after every choice has been made.
    stored = {name: value.to(device) for name, value in load_file(args.out).items()}
    accuracy, firing = evaluate(infer, stored, *load_split(args.data, "t10k", device))
    print(f"test accuracy {accuracy:.4f}, firing rates {format_rates(firing)}")
