"""Commands that start no pipeline take Beam's options for file systems only."""


def set_up_file_systems(beam_args):
    """Lets Beam's options reach the file systems, and refuses unknown ones.

    Args:
        beam_args: tuple of str, such as `("--s3_endpoint_url=...",)`.

    Raises:
        UsageError: an option is unknown to Beam, too.
    """
    from apache_beam.io.filesystems import FileSystems

    from pipeline.beam_options import check_beam_args, make_pipeline_options

    check_beam_args(list(beam_args))
    FileSystems.set_options(make_pipeline_options(beam_args))
