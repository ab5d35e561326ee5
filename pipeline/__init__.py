"""The method as components on Apache Beam: from pictures to a judged detector."""
