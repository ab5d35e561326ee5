"""The flags of `tensorflow_model_server`, by its names and with its meanings."""

import os

from serving.configuration import flag_types

_WITHOUT_EFFECT = {
    "num_unload_threads": "versions are unloaded by their model's own thread",
    "flush_filesystem_caches": "the system looks after its caches",
    "enable_profiler": "there is no ProfilerService here",
    "remove_unused_fields_from_bundle_metagraph": "nothing reads those fields",
    "prefer_tflite_model": "SavedModels alone are served",
    "mixed_precision": "models run in the precision they were exported in",
    "xla_cpu_compilation_enabled": "XLA compiles what was exported for it anyway",
    "thread_pool_factory_config_file": "sessions have pools of their own",
    "platform_config_file": "see --tensorflow_session_config_file",
    "skip_initialize_tpu": "there is no TPU support",
}


def add_to(parser):
    """Declares them.

    Args:
        parser: `argparse.ArgumentParser`.

    Returns:
        set of str, the names of those that are switches.
    """
    cores = os.cpu_count() or 1
    switches = set()

    def switch(group, name, default, words):
        switches.add(name)
        group.add_argument(
            f"--{name}",
            type=flag_types.boolean,
            default=default,
            metavar="BOOL",
            help=f"{words} ({str(default).lower()})",
        )

    _add_models(parser.add_argument_group("models"), switch)
    _add_doors(parser.add_argument_group("gRPC and REST"), switch, cores)
    _add_execution(parser.add_argument_group("execution"), switch)
    group = parser.add_argument_group("accepted, without effect here")
    for name, reason in _WITHOUT_EFFECT.items():
        group.add_argument(f"--{name}", default=None, help=reason)
    switches.update(_WITHOUT_EFFECT)
    return switches


def without_effect(flags):
    """What was asked for in vain.

    Args:
        flags: `argparse.Namespace`.

    Returns:
        dict of str to str: flag and reason.
    """
    return {
        f"--{name}": reason
        for name, reason in _WITHOUT_EFFECT.items()
        if getattr(flags, name) is not None
    }


def _add_models(group, switch):
    add = group.add_argument
    add("--model_name", default="default", help="name in requests (%(default)s)")
    add(
        "--model_base_path",
        default="",
        help="folder of the version folders; file:// may stand before it",
    )
    add(
        "--model_config_file",
        default="",
        help="text-format ModelServerConfig: several models, version policies and "
        "labels, in the place of the two flags above",
    )
    add(
        "--model_config_file_poll_wait_seconds",
        type=float,
        default=0.0,
        help="time between looks for a changed config file (%(default)g); 0 reads once",
    )
    add(
        "--file_system_poll_wait_seconds",
        type=float,
        default=1.0,
        help="time between looks for new versions (%(default)g); 0 looks once, below "
        "0 never",
    )
    add(
        "--max_num_load_retries",
        type=flag_types.count,
        default=5,
        help="tries after a failed load (%(default)s)",
    )
    add(
        "--load_retry_interval_micros",
        type=flag_types.count,
        help="time between the tries; unless given, from 1 s, doubling",
    )
    add(
        "--num_load_threads",
        type=flag_types.count,
        default=0,
        help="models that load at a time (%(default)s); 0 is no limit",
    )
    switch(
        group,
        "allow_version_labels_for_unavailable_models",
        False,
        "let a label name a version that is not loaded",
    )
    add("--saved_model_tags", default="serve", help="tags of the graph (%(default)s)")
    switch(group, "enable_model_warmup", True, "play a version's warm-up records")
    add(
        "--num_request_iterations_for_warmup",
        type=flag_types.count,
        default=0,
        help="how often each warm-up record is played (%(default)s; 0 is once)",
    )


def _add_doors(group, switch, cores):
    add = group.add_argument
    add(
        "--port",
        type=flag_types.port,
        default=8500,
        help="for gRPC (%(default)s); 0 is off, -1 takes a free one",
    )
    add("--grpc_socket_path", default="", help="UNIX socket for gRPC as well")
    add(
        "--rest_api_port",
        type=flag_types.port,
        default=0,
        help="for REST, metrics and the page at /ui (%(default)s); 0 is off, -1 takes "
        "a free one",
    )
    add(
        "--grpc_max_threads",
        type=flag_types.positive,
        default=4 * cores,
        help="gRPC requests run at a time (%(default)s)",
    )
    add(
        "--grpc_channel_arguments",
        type=flag_types.channel_arguments,
        default=[],
        help="key=value,key=value: gRPC's own settings, such as "
        "grpc.max_connection_age_ms=60000",
    )
    add(
        "--rest_api_num_threads",
        type=flag_types.positive,
        default=4 * cores,
        help="REST requests run at a time (%(default)s)",
    )
    add(
        "--rest_api_timeout_in_ms",
        type=flag_types.positive,
        default=30000,
        help="a REST request that takes longer gets 504 (%(default)s)",
    )
    switch(
        group,
        "rest_api_enable_cors_support",
        False,
        "let pages of other hosts send REST requests",
    )
    add(
        "--ssl_config_file",
        default="",
        help="text-format SSLConfig with the PEM texts of key and certificate: TLS, "
        "and mutual TLS, for gRPC",
    )
    switch(group, "use_alts_credentials", False, "not supported; refused")
    add(
        "--monitoring_config_file",
        default="",
        help="text-format MonitoringConfig: where the metrics are",
    )
    switch(
        group,
        "enable_grpc_healthcheck_service",
        None,
        "grpc.health.v1.Health; on unless --stock_behavior",
    )
    switch(
        group,
        "enable_serialization_as_tensor_content",
        False,
        "gRPC answers as tensor_content in the place of float_val and so on",
    )


def _add_execution(group, switch):
    add = group.add_argument
    switch(group, "enable_batching", False, "run requests that arrive together as one")
    add(
        "--batching_parameters_file",
        default="",
        help="text-format BatchingParameters, with --enable_batching",
    )
    switch(
        group,
        "enable_per_model_batching_parameters",
        False,
        "read batching_params.pbtxt from the version's folder, where there is one",
    )
    add(
        "--tensorflow_session_parallelism",
        type=flag_types.count,
        default=0,
        help="sets the next two, where they are not given",
    )
    add(
        "--tensorflow_intra_op_parallelism",
        type=flag_types.count,
        help="threads within one op; 0 lets TensorFlow choose (1, which is fastest for "
        "small requests)",
    )
    add(
        "--tensorflow_inter_op_parallelism",
        type=int,
        help="threads for the ops of all requests; 0 lets TensorFlow choose, -1 runs "
        "the ops of a request on its own thread (0)",
    )
    add("--tensorflow_session_config_file", default="", help="text-format ConfigProto")
    add(
        "--per_process_gpu_memory_fraction",
        type=flag_types.fraction,
        default=0.0,
        help="share of the GPU's memory to take at once (%(default)g: as needed)",
    )
    switch(
        group,
        "enable_signature_method_name_check",
        False,
        "let Predict run only signatures whose method name says predict",
    )
    add("--version", action="store_true", help="print versions and exit")
