"""Batches of the size that an event source mapping asks for.

AWS asks a queue until it has BatchSize messages, at most so long
(https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html). The emulator asks once,
and so hands out ten at the most.
"""

from ministack.services import sqs

# What one call of ReceiveMessage gives at the most.
OF_A_CALL = 10

receive = sqs._receive_messages_for_esm


def receive_all(queue_url, most):
    """As many messages as are there, at most so many. None is waited for."""
    most = int(most)  # A template's parameter is text.
    batch = []
    while len(batch) < most:
        some = receive(queue_url, min(most - len(batch), OF_A_CALL))
        batch += some
        if len(some) < OF_A_CALL:
            break
    return batch


def install():
    """Puts it in the emulator's place."""
    sqs._receive_messages_for_esm = receive_all
