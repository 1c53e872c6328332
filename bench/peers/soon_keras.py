"""Keras on TensorFlow: `image_dataset_from_directory`, `compile` and `fit`, as its examples have it.

By its documentation: on MNIST the "Simple MNIST convnet" (batch 128, 15 epochs), on photos the small Xception of "Image
classification from scratch" (180 x 180, batch 128, flips and turns, Adam at 3e-4, 25 epochs). For the same network as
the others that network, layer by layer, with the default Adam and batch (128 on MNIST).
"""

import os
from typing import Any

from neocog.network import (
    BatchNorm,
    Conv,
    Dense,
    GlobalAvgPool,
    Identity,
    Layer,
    MaxPool,
    ReLU,
    Repeat,
    Residual,
    Sequence,
    parse,
)
from peers.soon import Task, Told, serve

AS_LONG_AS_IT_TAKES = 1000


def run(task: Task, told: Told) -> None:
    """Let `fit` run."""
    os.environ["KERAS_BACKEND"] = "tensorflow"
    import keras

    told.imported("keras", "tensorflow-cpu")
    keras.utils.set_random_seed(task["seed"])
    same, mnist = "network" in task, task["set"] == "mnist"
    side, batch = (task["side"] if same else 28 if mnist else 180), (32 if same and not mnist else 128)
    gray = same or mnist
    training, validation = (
        keras.utils.image_dataset_from_directory(
            f"{task['data']}/{part}",
            image_size=(side, side),
            batch_size=batch,
            color_mode="grayscale" if gray else "rgb",
            seed=task["seed"],
        )
        for part in ("train", "val")
    )
    inputs = keras.Input((side, side, 1 if gray else 3))
    scaled = keras.layers.Rescaling(1 / 255)(inputs)
    optimizer: Any = "adam"
    if same:
        outputs, epochs = scaled, AS_LONG_AS_IT_TAKES
        for layer in parse(task["network"]).layers:
            outputs = _layer(keras, layer, outputs)
        outputs = keras.layers.Softmax()(outputs)
    elif mnist:
        outputs, epochs = _convnet(keras, scaled, task["classes"]), 15
    else:
        outputs, epochs = _xception(keras, scaled, task["classes"]), 25
        optimizer = keras.optimizers.Adam(3e-4)
        varied = keras.Sequential([keras.layers.RandomFlip("horizontal"), keras.layers.RandomRotation(0.1)])
        training = training.map(lambda images, targets: (varied(images, training=True), targets))
    model = keras.Model(inputs, outputs)
    model.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])

    class Telling(keras.callbacks.Callback):  # type: ignore[misc]
        def on_train_batch_end(self, step: int, logs: object = None) -> None:
            told.seen(batch)

        def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> None:
            told.judged(logs["val_accuracy"])

    model.fit(
        training.prefetch(2), epochs=epochs, validation_data=validation.prefetch(2), callbacks=[Telling()], verbose=0
    )


def _layer(keras: Any, layer: Layer, given: Any) -> Any:
    """A layer of ours as Keras has it, laid on what it is given; padding as PyTorch counts it."""
    match layer:
        case Conv():
            padded = keras.layers.ZeroPadding2D(layer.pad)(given) if layer.pad else given
            return keras.layers.Conv2D(layer.channels, layer.size, strides=layer.stride, use_bias=layer.bias)(padded)
        case BatchNorm():
            return keras.layers.BatchNormalization(momentum=0.9, epsilon=1e-5)(given)
        case ReLU():
            return keras.layers.ReLU()(given)
        case MaxPool():
            return keras.layers.MaxPooling2D(layer.size)(given)
        case GlobalAvgPool():
            return keras.layers.GlobalAveragePooling2D()(given)
        case Dense():
            return keras.layers.Dense(layer.features)(given)
        case Identity():
            return given
        case Sequence():
            for each in layer.layers:
                given = _layer(keras, each, given)
            return given
        case Repeat():
            for _ in range(layer.times):
                given = _layer(keras, layer.layer, given)
            return given
        case Residual():
            both = [_layer(keras, layer.body, given), _layer(keras, layer.shortcut, given)]
            return _layer(keras, layer.activation, keras.layers.Add()(both))
    raise ValueError(f"no layer of Keras is named for {layer}")


def _convnet(keras: Any, images: Any, classes: int) -> Any:
    layers = keras.layers
    for channels in (32, 64):
        images = layers.MaxPooling2D(2)(layers.Conv2D(channels, 3, activation="relu")(images))
    return layers.Dense(classes, activation="softmax")(layers.Dropout(0.5)(layers.Flatten()(images)))


def _xception(keras: Any, images: Any, classes: int) -> Any:
    layers = keras.layers

    def normed(given: Any) -> Any:
        return layers.BatchNormalization()(given)

    given = layers.ReLU()(normed(layers.Conv2D(128, 3, strides=2, padding="same")(images)))
    for channels in (256, 512, 728):
        shortcut = layers.Conv2D(channels, 1, strides=2, padding="same")(given)
        for _ in range(2):
            given = normed(layers.SeparableConv2D(channels, 3, padding="same")(layers.ReLU()(given)))
        given = layers.add([layers.MaxPooling2D(3, strides=2, padding="same")(given), shortcut])
    given = layers.ReLU()(normed(layers.SeparableConv2D(1024, 3, padding="same")(given)))
    given = layers.Dropout(0.25)(layers.GlobalAveragePooling2D()(given))
    return layers.Dense(classes, activation="softmax")(given)


if __name__ == "__main__":
    serve(run)
