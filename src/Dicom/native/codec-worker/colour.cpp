#include "colour.h"

#include <algorithm>
#include <cstring>

#include "answer.h"

namespace {

uint8_t clamp8(int v) { return uint8_t(std::clamp(v, 0, 255)); }

/// The sample as an unsigned number from 0 to 2^bits_stored - 1.
struct SampleReader {
    const RawFrame& raw;
    uint32_t mask = (1u << raw.bits_stored) - 1;
    uint32_t offset = raw.is_signed ? 1u << (raw.bits_stored - 1) : 0;

    uint32_t stored(size_t i) const { return raw.bytes == 1 ? raw.data[i] : uint32_t(raw.data[2 * i] | raw.data[2 * i + 1] << 8); }
    uint32_t operator()(size_t i) const { return (stored(i) + offset) & mask; }
    uint8_t scaled(size_t i) const { return uint8_t(((*this)(i) * 255u + mask / 2) / mask); }
};

void apply_palette(const RawFrame& raw, const Palette& palette, uint8_t* out)
{
    SampleReader sample{raw};
    const int64_t last = int64_t(palette.entries) - 1;
    const size_t count = size_t(raw.rows) * raw.columns;
    for (size_t i = 0; i < count; i++) {
        // Values outside take the first or the last entry: PS3.3 C.7.6.3.1.5.
        size_t entry = size_t(std::clamp<int64_t>(int64_t(sample.stored(i) & sample.mask) - palette.first, 0, last));
        for (size_t c = 0; c < 3; c++)
            *out++ = palette.channel[c][entry];
    }
}

} // namespace

Meaning stated_meaning(const std::string& photometric, uint32_t samples)
{
    if (samples == 1) {
        if (photometric == "MONOCHROME1")
            return Meaning::monochrome1;
        if (photometric == "PALETTE COLOR")
            return Meaning::palette;
        return Meaning::monochrome2; // one sample can only be grey, whatever is stated
    }
    if (photometric == "YBR_FULL" || photometric == "YBR_FULL_422")
        return Meaning::ybr_full;
    if (photometric == "RGB" || photometric == "YBR_RCT" || photometric == "YBR_ICT")
        return Meaning::rgb;
    throw DecodeError("PhotometricInterpretation \"" + printable(photometric, 16) + "\" of three samples is not known here");
}

void to_display(const RawFrame& raw, Meaning meaning, const Palette& palette, uint8_t* out)
{
    if (raw.bits_stored == 0 || raw.bits_stored > 8 * raw.bytes)
        throw DecodeError(std::to_string(raw.bits_stored) + " bits stored in " + std::to_string(8 * raw.bytes));
    if (meaning == Meaning::palette) {
        apply_palette(raw, palette, out);
        return;
    }
    const size_t samples = size_t(raw.rows) * raw.columns * raw.samples;
    if (raw.bytes == 1 && raw.bits_stored == 8 && !raw.is_signed) {
        memcpy(out, raw.data, samples);
    } else {
        SampleReader sample{raw};
        for (size_t i = 0; i < samples; i++)
            out[i] = sample.scaled(i);
    }
    if (meaning == Meaning::monochrome1)
        for (size_t i = 0; i < samples; i++)
            out[i] = uint8_t(255 - out[i]);
    else if (meaning == Meaning::ybr_full)
        ybr_full_to_rgb(out, samples / 3);
}

void ybr_full_to_rgb(uint8_t* p, size_t count)
{
    for (size_t i = 0; i < count; i++, p += 3) {
        int y = p[0], cb = p[1] - 128, cr = p[2] - 128;
        p[0] = clamp8(y + ((91881 * cr + 32768) >> 16));
        p[1] = clamp8(y + ((-22554 * cb - 46802 * cr + 32768) >> 16));
        p[2] = clamp8(y + ((116130 * cb + 32768) >> 16));
    }
}
