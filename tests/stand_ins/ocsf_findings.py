"""Holds each line of standard input, a finding of OCSF in JSON, to the models of py-ocsf-models, and says how many there were."""

import json
import sys

from py_ocsf_models.events.findings.detection_finding import DetectionFinding

count = 0
for line in sys.stdin:
    told = json.loads(line)
    finding = DetectionFinding.model_validate(told)
    # what the model does not know would be passed over in silence
    kept = json.loads(finding.model_dump_json(exclude_none=True))
    assert kept["finding_info"]["uid"] == told["finding_info"]["uid"], told
    assert kept["metadata"]["sequence"] == told["metadata"]["sequence"], told
    count += 1
print(count)
