"""Optimizers: torch's own, fused where it has them so; weight decay on weights only, not on biases and normalization.

Each layer's rate is the run's times a factor of its own, which is 0 for frozen layers: those get no gradient, and their
batch statistics stay as they are.
"""

from itertools import groupby

from torch import Tensor, nn, optim

from neocog.core.errors import RecipeError, nearest
from neocog.train.recipe import Optimizer

SHARE = "share"
"""Where a group of parameters keeps its factor of the rate."""


def make_optimizer(module: nn.Module, choice: Optimizer, whole: nn.Module | None = None) -> optim.Optimizer:
    """The optimizer of a resolved recipe over a module's parameters; tensors of two dimensions or more decay.

    `whole` is the network of which the module is the last part: the recipe's paths are its. Frozen parameters are left
    out and no longer ask for a gradient. Raises `RecipeError` where a path names no layer,
    or where nothing is left to learn.
    """
    rate, decay = choice.rate, choice.weight_decay
    assert not isinstance(rate, str) and decay != "auto", "the recipe is resolved"
    groups = []
    named = rate_shares(whole or module, choice)
    shares = {parameter: named[parameter] for parameter in module.parameters()}
    # few groups: an optimizer is called for each
    kinds = {parameter: (share, decay if parameter.ndim > 1 else 0.0) for parameter, share in shares.items()}
    for (share, shrinkage), pairs in groupby(
        sorted(kinds.items(), key=lambda pair: pair[1], reverse=True), key=lambda pair: pair[1]
    ):
        parameters = [parameter for parameter, _ in pairs]
        for parameter in parameters:
            parameter.requires_grad_(share > 0)
        if share > 0:
            groups.append({"params": parameters, "weight_decay": shrinkage, SHARE: share})
    if not groups:
        raise RecipeError("every layer is frozen, and one at least must learn; name an earlier layer in `freeze`")
    optimizer = _torch_optimizer(choice, groups, rate)
    set_rate(optimizer, rate)
    return optimizer


def rate_shares(module: nn.Module, choice: Optimizer) -> dict[Tensor, float]:
    """The factor of the rate for each parameter, in the module's order; a parameter that is shared has one."""
    layers = dict(module.named_modules())
    paths = list(filter(None, layers))
    learned = [path for path, layer in layers.items() if any(True for _ in layer.parameters(recurse=False))]
    frozen = paths[: _after(choice.freeze, paths, "freeze")] if choice.freeze else []
    for path, _ in choice.rates:
        _after(path, paths, "rates")
    shares: dict[Tensor, float] = {}
    for depth, path in enumerate(reversed(learned)):
        share = 0.0 if path in frozen else choice.layer_decay**depth
        for chosen, factor in choice.rates:
            share = share * factor if _under(path, chosen) else share
        shares |= dict.fromkeys(layers[path].parameters(recurse=False), share)
    return {parameter: shares[parameter] for parameter in module.parameters()}


def freeze_statistics(module: nn.Module) -> None:
    """Put layers into evaluation mode none of whose parameters learn, so that batch statistics stay as they are."""
    for layer in module.modules():
        own = list(layer.parameters(recurse=False))
        if own and not any(parameter.requires_grad for parameter in own):
            layer.eval()


def set_rate(optimizer: optim.Optimizer, rate: float, momentum: float | None = None) -> None:
    """Set the learning rate of every group, and its momentum where one is given."""
    for group in optimizer.param_groups:
        group["lr"] = rate * group[SHARE]
        if momentum is not None and "betas" in group:
            group["betas"] = (momentum, group["betas"][1])
        elif momentum is not None and "momentum" in group:
            group["momentum"] = momentum


def forget_gradients(optimizer: optim.Optimizer) -> None:
    """Let go of all gradients, as `zero_grad` does, without its note for the profiler: a tenth of a millisecond."""
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            parameter.grad = None


def squares_and_eps(choice: Optimizer) -> tuple[float, float]:
    """The decay of the mean of squared gradients and the number added to its root, where `auto` leaves them open.

    >>> squares_and_eps(Optimizer(name="rmsprop"))
    (0.9, 1e-08)
    """
    squares = choice.squares if choice.squares != "auto" else {"adam": 0.999, "adamw": 0.999}.get(choice.name, 0.9)
    return squares, choice.eps if choice.eps != "auto" else {"adadelta": 1e-6}.get(choice.name, 1e-8)


def _torch_optimizer(choice: Optimizer, groups: list[dict[str, object]], rate: float) -> optim.Optimizer:
    squares, eps = squares_and_eps(choice)
    match choice.name:
        case "sgd":
            nesterov = choice.nesterov and choice.momentum > 0
            return optim.SGD(groups, lr=rate, momentum=choice.momentum, nesterov=nesterov, fused=True)
        case "adam":
            return optim.Adam(groups, lr=rate, betas=(choice.momentum, squares), eps=eps, fused=True)
        case "adamw":
            return optim.AdamW(groups, lr=rate, betas=(choice.momentum, squares), eps=eps, fused=True)
        case "rmsprop":
            return optim.RMSprop(groups, lr=rate, alpha=squares, eps=eps)
        case "adagrad":
            return optim.Adagrad(groups, lr=rate, eps=eps, fused=True)
        case "adadelta":
            return optim.Adadelta(groups, lr=rate, rho=squares, eps=eps)


def _after(chosen: str, paths: list[str], field: str) -> int:
    """How many paths there are up to the last that stands at or under the chosen one."""
    places = [place for place, path in enumerate(paths) if _under(path, chosen)]
    if not places:
        raise RecipeError(f"optimizer.{field} names {chosen!r}, which is no layer; {nearest(chosen, paths)}")
    return places[-1] + 1


def _under(path: str, chosen: str) -> bool:
    return path == chosen or path.startswith(chosen + ".")
