"""Whether the MongoDB of `MONGODB_URI` can be used: it answers, is new enough and a replica set.

Ends with the reason when it cannot.
"""

import os
import sys

import pymongo

WAIT_MILLISECONDS = 10_000
# The first that takes one bulk write for several collections.
OLDEST = 8

client = pymongo.MongoClient(
    os.environ["MONGODB_URI"], serverSelectionTimeoutMS=WAIT_MILLISECONDS
)
try:
    hello = client.admin.command("hello")
    version = client.server_info()["version"]
except pymongo.errors.PyMongoError as error:
    sys.exit(f"MongoDB does not answer: {error}")
if int(version.split(".")[0]) < OLDEST:
    sys.exit(f"MongoDB {version} is too old: {OLDEST}.0 or later is needed")
if "setName" not in hello and hello.get("msg") != "isdbgrid":
    sys.exit("MongoDB is no replica set: start it with --replSet, and run rs.initiate() once")
print(f"MongoDB {version}")
