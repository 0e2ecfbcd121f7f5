"""Whether the MongoDB of `MONGODB_URI` can be used: it answers, and is a replica set.

Ends with the reason when it cannot.
"""

import os
import sys

import pymongo

WAIT_MILLISECONDS = 10_000

client = pymongo.MongoClient(
    os.environ["MONGODB_URI"], serverSelectionTimeoutMS=WAIT_MILLISECONDS
)
try:
    hello = client.admin.command("hello")
    version = client.server_info()["version"]
except pymongo.errors.PyMongoError as error:
    sys.exit(f"MongoDB does not answer: {error}")
if "setName" not in hello and hello.get("msg") != "isdbgrid":
    sys.exit("MongoDB is no replica set: start it with --replSet, and run rs.initiate() once")
print(f"MongoDB {version}")
