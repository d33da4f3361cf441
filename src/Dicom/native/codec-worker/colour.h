// From stored samples to 8-bit grey or RGB.
#pragma once

#include "dataset.h"

/// What the samples of a frame mean, PhotometricInterpretation and code stream considered.
enum class Meaning { monochrome1, monochrome2, palette, rgb, ybr_full };

struct RawFrame {
    const uint8_t* data = nullptr; // row by row, samples of a pixel together; 16 bits little endian where bytes is 2
    uint32_t rows = 0, columns = 0, samples = 1;
    uint32_t bytes = 1;       // a sample
    uint32_t bits_stored = 8; // meaningful low bits of a sample
    bool is_signed = false;
};

inline Shape shape_of(const RawFrame& raw, Meaning meaning) { return {raw.rows, raw.columns, meaning == Meaning::monochrome1 || meaning == Meaning::monochrome2 ? 1u : 3u}; }

/// Grey of more than 8 bits is scaled from its whole stored range: ultrasound is displayed as stored, and no VOI LUT is applied.
void to_display(const RawFrame& raw, Meaning meaning, const Palette& palette, uint8_t* out);

/// Full-range ITU-R BT.601, in the integers of the IJG library, so that the colours of JPEG and of uncompressed YBR_FULL are the same; in place.
void ybr_full_to_rgb(uint8_t* pixels, size_t count);

/// What PhotometricInterpretation says of samples that no code stream explains.
Meaning stated_meaning(const std::string& photometric, uint32_t samples);
