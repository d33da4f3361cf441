// What a JPEG, JPEG-LS or JPEG 2000 stream says of itself, read before any library is given it, so that a lie about size costs nothing.
#pragma once

#include "types.h"

struct Codestream {
    enum class Kind { unknown, jpeg, jpeg_lossless, jpeg_ls, jpeg_2000 };

    Kind kind = Kind::unknown;
    uint32_t rows = 0, columns = 0, components = 0;
    uint32_t precision = 8;               // bits a sample
    bool is_signed = false;               // JPEG 2000 only
    bool subsampled = false;              // chroma has fewer samples than luma
    bool jfif = false;                    // APP0 JFIF: three components are YCbCr
    int adobe_transform = -1;             // APP14: 0 RGB, 1 YCbCr; -1 absent
    bool rgb_ids = false;                 // components are named R, G, B
    bool multiple_component_transform = false; // JPEG 2000: the decoder itself gives RGB
    Span bytes;                           // without a file format's boxes around it
};

bool starts_codestream(Span bytes);

/// Kind unknown when it is none of them; DecodeError when it is one but its header is damaged.
Codestream inspect_codestream(Span bytes);
