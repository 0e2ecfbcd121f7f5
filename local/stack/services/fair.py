"""Fair queues: a model of what SQS does with groups on a standard queue.

AWS: messages with a MessageGroupId on a standard queue are handed out so that a group with many
messages in flight does not make others wait
(https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html).
How it chooses is not documented. The emulator knows groups on FIFO queues only and takes the
oldest message, whatever its group.

This is a model, not a copy: each message comes from the group with the fewest in flight, of equals
from the one whose next message is the oldest. Messages without a group are one group. AWS promises
less: it may take a while to notice a noisy group, and gives it what capacity is left.
"""

import time
from itertools import islice

from ministack.services import sqs

collect = sqs._collect_msgs


def in_turn(messages, most, now):
    """The next messages, at most so many, from the groups in turn."""
    # In flight: received, neither deleted nor visible again.
    in_flight, waiting = {}, {}
    for position, message in enumerate(messages):
        group = message.get("group_id")
        if message.get("visible_at", 0) <= now:
            of_group = waiting.setdefault(group, [])
            if len(of_group) < most:
                of_group.append((position, message))
        elif message.get("receive_count"):
            in_flight[group] = in_flight.get(group, 0) + 1
    while waiting:
        group = min(waiting, key=lambda group: (in_flight.get(group, 0), waiting[group][0][0]))
        in_flight[group] = in_flight.get(group, 0) + 1
        yield waiting[group].pop(0)[1]
        if not waiting[group]:
            del waiting[group]


def collect_fairly(queue, most, visibility):
    """Takes messages of a standard queue out of sight; FIFO queues stay as they are."""
    if queue["is_fifo"]:
        return collect(queue, most, visibility)
    taken = list(islice(in_turn(queue["messages"], most, time.time()), most))
    # The emulator itself does what receiving does, to these alone.
    return collect({**queue, "messages": taken}, most, visibility)


def install():
    """Puts the model in the emulator's place."""
    sqs._collect_msgs = collect_fairly
