"""Keras on TensorFlow as its MNIST example has it: arrays of float32 in memory, `compile` and `fit`.

*Tuned* computes in bfloat16 (the policy `mixed_bfloat16`).
"""

import os

import numpy as np

from peers.turn import Task, Turns, serve


def run(task: Task, turns: Turns) -> None:
    """Let `fit` go on by an epoch for each turn."""
    os.environ["KERAS_BACKEND"] = "tensorflow"
    import keras
    from keras import layers

    turns.facts("keras", "tensorflow-cpu")
    if task["tuned"]:
        keras.mixed_precision.set_global_policy("mixed_bfloat16")
    arrays = np.load(task["arrays"])
    images, targets, val_images, val_targets = (
        arrays["train"], arrays["train_labels"], arrays["val"], arrays["val_labels"]
    )  # fmt: skip
    images, val_images = (each[..., None].astype("float32") / 255 for each in (images, val_images))
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(16, 5, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 5, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(256, activation="relu"),
            layers.Dense(10, activation="softmax", dtype="float32"),
        ]
    )
    model.compile(
        optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"], **task.get("compile", {})
    )

    class Turn(keras.callbacks.Callback):  # type: ignore[misc]
        def on_epoch_begin(self, epoch: int, logs: object = None) -> None:
            turns.begin()

        def on_test_begin(self, logs: object = None) -> None:
            turns.trained(len(images))

        def on_epoch_end(self, epoch: int, logs: object = None) -> None:
            turns.end()

    model.fit(
        images,
        targets,
        batch_size=task["batch"],
        epochs=task["epochs"],
        validation_data=(val_images, val_targets),
        callbacks=[Turn()],
    )


if __name__ == "__main__":
    serve(run)
