"""Work of the component that publishes a model."""

import json

from pipeline.serving_folder import ServingFolder


def execute(inputs, outputs, parameters, context):
    """Publishes the model; the last step makes the version appear.

    Args:
        inputs: `PushInputs`.
        outputs: `PushOutputs`, whose directory is there and empty.
        parameters: `PushParameters`.
        context: `Context`.
    """
    folder = ServingFolder(parameters.serving, parameters.name)
    card = {
        **json.loads(inputs.export.model_card.read_text()),
        "blessing": json.loads(inputs.blessing.blessing.read_text()),
        "check": json.loads(inputs.check.check.read_text()),
    }
    version = folder.publish(
        inputs.export.saved_model,
        {
            "export": inputs.export.fingerprint(),
            "artifact": str(inputs.export.directory),
        },
        card,
    )
    path = folder.path(version)
    record = {"name": parameters.name, "version": version, "path": str(path)}
    outputs.record.write_text(json.dumps(record, indent=2) + "\n")
    context.say(f"version {version} at {path}")
