"""Optimizers: torch's own, fused; weight decay on weights only, not on biases and normalization."""

from torch import nn, optim

from neocog.train.recipe import Optimizer


def make_optimizer(module: nn.Module, choice: Optimizer) -> optim.Optimizer:
    """The optimizer of a resolved recipe over a module's parameters; tensors of two dimensions or more decay."""
    rate, decay = choice.rate, choice.weight_decay
    assert rate != "auto" and decay != "auto", "the recipe is resolved"
    parameters = [parameter for parameter in module.parameters() if parameter.requires_grad]
    groups = [
        {"params": [parameter for parameter in parameters if parameter.ndim > 1], "weight_decay": decay},
        {"params": [parameter for parameter in parameters if parameter.ndim <= 1], "weight_decay": 0.0},
    ]
    groups = [group for group in groups if group["params"]]
    if choice.name == "sgd":
        nesterov = choice.nesterov and choice.momentum > 0
        return optim.SGD(groups, lr=rate, momentum=choice.momentum, nesterov=nesterov, fused=True)
    return optim.AdamW(groups, lr=rate, betas=(choice.momentum, 0.999), fused=True)


def set_rate(optimizer: optim.Optimizer, rate: float) -> None:
    """Set the learning rate of every group."""
    for group in optimizer.param_groups:
        group["lr"] = rate
