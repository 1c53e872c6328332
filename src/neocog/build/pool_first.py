"""The same network with each ReLU that stands before a maximum pool computed after it: to the same bits, and sooner.

The greatest of some numbers, rectified, is the greatest of the rectified ones, and the gradient goes to the same
place: where no number is above 0 it is 0 in either order. So the pool comes first, and the ReLU has a quarter of the
numbers to read and write, or less, forward and backward. A step of ResNet-18 and of the small MNIST network spends a
tenth of its time on ReLU.

Another view over the same modules, as taps are. Who watches a ReLU by a hook sees the pooled numbers here, so what
looks at activations computes with the network as it is written.
"""

from torch import fx, nn

_POOLS = (nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d)


def pool_first(model: nn.Module) -> nn.Module:
    """A view of a built model that rectifies after it has pooled; any other module as it is.

    >>> from neocog.build import build
    >>> from neocog.network import Conv, MaxPool, Network, ReLU
    >>> view = pool_first(build(Network(input=(1, 6, 6), layers=(Conv(2, 3), ReLU(), MaxPool(2)))))
    >>> [node.target for node in view.graph.nodes if node.op == "call_module"]
    ['conv1', 'pool1', 'relu1']
    """
    if not isinstance(model, fx.GraphModule):
        return model
    graph = fx.Graph()
    graph.output(graph.graph_copy(model.graph, {}))
    for relu in list(graph.nodes):
        users = list(relu.users)
        if not _calls(model, relu, nn.ReLU) or len(users) != 1 or not _calls(model, users[0], *_POOLS):
            continue
        (pool,) = users
        pool.replace_input_with(relu, relu.args[0])
        with graph.inserting_after(pool):
            late = graph.call_module(relu.target, (pool,))
        pool.replace_all_uses_with(late, delete_user_cb=lambda user, late=late: user is not late)
        graph.erase_node(relu)
    return fx.GraphModule(model, graph, class_name=type(model).__name__)


def _calls(model: nn.Module, node: fx.Node, *kinds: type[nn.Module]) -> bool:
    return node.op == "call_module" and isinstance(model.get_submodule(str(node.target)), kinds)
