# SPDX-License-Identifier: Apache-2.0
"""A bucket in moto's server of S3, for the time of a `with`."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from required import program_of

SERVE = """
import sys
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
port = server.get_host_and_port()[1]
import boto3
client = boto3.client("s3", endpoint_url=f"http://127.0.0.1:{port}", region_name="us-east-1",
                      aws_access_key_id="k", aws_secret_access_key="hush")
client.create_bucket(Bucket="bucket")
print(port, flush=True)
for line in sys.stdin:
    name, _, data = line.rstrip("\\n").partition("\\t")
    client.put_object(Bucket="bucket", Key=name, Body=bytes.fromhex(data))
    print("put", flush=True)
"""


@dataclass(frozen=True)
class ServedBucket:
    """`s3://bucket`, its port, and the process that serves it."""

    port: str
    process: subprocess.Popen[str]

    def put(self, name: str, data: bytes) -> None:
        self.process.stdin.write(f"{name}\t{data.hex()}\n")
        self.process.stdin.flush()
        assert "put\n" == self.process.stdout.readline()

    @property
    def variables(self) -> dict[str, str]:
        """What opens the bucket."""
        address = {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.port}", "AWS_REGION": "us-east-1"}
        return {**address, "AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "hush"}


@contextmanager
def bucket_of(objects: Mapping[str, bytes]) -> Iterator[ServedBucket]:
    """Serve `s3://bucket` with some objects."""
    pipe = subprocess.PIPE
    command = [str(program_of("tools", package="moto")), "-c", SERVE]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            served = ServedBucket(port=process.stdout.readline().strip(), process=process)
            for name, data in objects.items():
                served.put(name, data)
            yield served
        finally:
            process.kill()
