#include "decode.h"

#include <algorithm>
#include <cstring>

namespace {

/// Bytes that one frame takes, and whether chroma is shared by two neighbours.
struct Layout {
    uint64_t frame_bytes = 0;
    bool shared_chroma = false;
};

Layout layout_of(const PixelFacts& f, Warnings& warnings)
{
    const uint64_t pixels = uint64_t(f.rows) * f.columns;
    if (pixels == 0)
        throw DecodeError("Rows and Columns say " + std::to_string(f.rows) + " x " + std::to_string(f.columns));
    if (f.samples != 1 && f.samples != 3)
        throw DecodeError(std::to_string(f.samples) + " samples a pixel have no decoder here");
    if (f.bits_allocated != 8 && !(f.bits_allocated == 16 && f.samples == 1))
        throw DecodeError(std::to_string(f.samples) + " samples of " + std::to_string(f.bits_allocated) + " bits have no decoder here");
    if (f.photometric != "YBR_FULL_422")
        return {pixels * f.samples * f.bits_allocated / 8, false};
    // Real files say YBR_FULL_422 and store three samples a pixel: the length tells.
    const uint64_t full = pixels * 3 * uint64_t(std::max<int64_t>(f.frames.value_or(1), 1));
    if (f.pixels.size >= full || f.columns % 2 != 0) {
        warnings.push_back("PhotometricInterpretation says YBR_FULL_422, the pixel data are YBR_FULL");
        return {pixels * 3, false};
    }
    return {pixels * 2, true};
}

/// PS3.3 C.7.6.3.1.2: Y1 Y2 CB CR; both pixels of a pair take the pair's chroma.
void widen_chroma(const uint8_t* in, size_t pairs, uint8_t* out)
{
    for (size_t i = 0; i < pairs; i++, in += 4, out += 6) {
        out[0] = in[0], out[1] = in[2], out[2] = in[3];
        out[3] = in[1], out[4] = in[2], out[5] = in[3];
    }
}

void interleave(const uint8_t* planes, size_t pixels, uint8_t* out)
{
    for (size_t i = 0; i < pixels; i++)
        for (size_t c = 0; c < 3; c++)
            *out++ = planes[c * pixels + i];
}

} // namespace

void decode_native(const PixelFacts& facts, FrameBuffer& out, Warnings& warnings)
{
    const Layout layout = layout_of(facts, warnings);
    const size_t pixels = size_t(facts.rows) * facts.columns;
    const uint64_t present = facts.pixels.size / layout.frame_bytes;
    if (facts.pixels_truncated)
        warnings.push_back("the file ends inside the pixel data");
    if (present == 0)
        throw DecodeError("the pixel data hold " + std::to_string(facts.pixels.size) + " bytes, one frame of " + std::to_string(facts.rows) + " x " +
            std::to_string(facts.columns) + " takes " + std::to_string(layout.frame_bytes));
    if (present > kMaxFrames)
        throw DecodeError(std::to_string(present) + " frames are more than the limit of " + std::to_string(kMaxFrames));

    RawFrame raw{nullptr, facts.rows, facts.columns, facts.samples, facts.bits_allocated / 8, facts.bits_stored, facts.is_signed != 0};
    const Meaning meaning = stated_meaning(facts.photometric, facts.samples);
    const Shape shape = shape_of(raw, meaning);
    out.expect(present, shape);

    // A big-endian file swaps the bytes of words: always those of 16-bit samples, and pairs of 8-bit ones under VR OW (PS3.5 8.1.1).
    const bool swap = facts.encoding == Encoding::explicit_big && (raw.bytes == 2 || facts.pixels_are_words);
    std::vector<uint8_t> swapped;
    std::vector<uint8_t> rearranged(facts.samples == 3 ? pixels * 3 : 0);
    for (uint64_t i = 0; i < present; i++) {
        size_t start = size_t(i * layout.frame_bytes), size = size_t(layout.frame_bytes);
        raw.data = facts.pixels.data + start;
        if (swap) {
            // Words may straddle frames of odd size: each byte is fetched from its partner's place.
            swapped.resize(size);
            for (size_t b = 0; b < size; b++)
                swapped[b] = facts.pixels.data[std::min((start + b) ^ 1, facts.pixels.size - 1)];
            raw.data = swapped.data();
        }
        if (layout.shared_chroma) {
            widen_chroma(raw.data, pixels / 2, rearranged.data());
            raw.data = rearranged.data();
        } else if (facts.samples == 3 && facts.planar == 1) {
            interleave(raw.data, pixels, rearranged.data());
            raw.data = rearranged.data();
        }
        to_display(raw, meaning, facts.palette, out.next(shape));
        out.keep();
    }
}
