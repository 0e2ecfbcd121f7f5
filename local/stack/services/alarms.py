"""Alarms over expressions (metric math): they deploy, and are never evaluated.

The emulator's CloudFormation refuses an alarm that has `Metrics` instead of one metric. Here it is
recorded with its expressions, under a metric that nothing ever writes to: its state stays what
`TreatMissingData` makes of silence.
"""

from ministack.services.cloudformation import provisioners

record = provisioners._cw_metric_alarm_record
STAND_IN = {"MetricName": "expression", "Namespace": "Halftone/NotEvaluated"}


def record_of_expression(name, properties):
    """The record of any alarm."""
    expressions = properties.get("Metrics")
    if not expressions:
        return record(name, properties)
    plain = {key: value for key, value in properties.items() if key != "Metrics"}
    return {**record(name, {**plain, **STAND_IN}), "Metrics": expressions}


def install():
    """Puts this in the emulator's place."""
    provisioners._cw_metric_alarm_record = record_of_expression
