"""Prints the DICOM JSON that pydicom makes of files without their pixels, one file a line; an empty line for what it cannot convert."""
import json
import sys

import pydicom

for path in sys.argv[1:]:
    try:
        dataset = pydicom.dcmread(path, force=True, stop_before_pixels=True)
        print(json.dumps(dataset.to_json_dict(bulk_data_threshold=1 << 30)))
    except Exception:
        print()
