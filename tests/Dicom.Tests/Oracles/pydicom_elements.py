"""Prints every element of the DICOM files named on the command line as pydicom reads it, a JSON array a line: [file, path, VR, values].

Text as strings without padding, numbers as numbers, bulk data as [length, SHA-256], sequences as [number of items].
"""
import hashlib
import json
import sys

import pydicom

TEXT = {"AE", "AS", "CS", "DA", "DT", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UI", "UR", "UT"}


def values(element):
    value = element.value
    if element.VR == "SQ":
        return [len(value)]
    if isinstance(value, bytes):
        return [len(value), hashlib.sha256(value).hexdigest()]
    if value is None or value == "":
        return []
    many = list(value) if isinstance(value, pydicom.multival.MultiValue) or isinstance(value, list) else [value]
    if element.VR in TEXT:
        return [str(one).strip(" \0") for one in many]
    if element.VR == "AT":
        return ["(%04X,%04X)" % (one.group, one.element) for one in (pydicom.tag.Tag(raw) for raw in many)]
    return [float(one) for one in many]


def walk(file, path, dataset):
    for tag in sorted(dataset.keys()):
        here = "%s%04X%04X" % (path, tag.group, tag.element)
        try:
            element = dataset[tag]
            row = [file, here, element.VR, values(element)]
        except Exception as problem:  # what pydicom cannot read is no yardstick
            row = [file, here, "??", [type(problem).__name__]]
            element = None
        print(json.dumps(row))
        if element is not None and element.VR == "SQ":
            for index, item in enumerate(element.value):
                walk(file, "%s[%d]/" % (here, index), item)


pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE
for name in sys.argv[1:]:
    try:
        read = pydicom.dcmread(name, force=True)
    except Exception as problem:
        print(json.dumps([name, "", "??", [type(problem).__name__]]))
        continue
    walk(name, "", read)
