// Run-length encoding (PS3.5 Annex G), forty lines of our own: GDCM 3.0.21, as Debian builds it, ends the process at a damaged segment.
#include "decode.h"

#include <algorithm>
#include <cstring>

namespace {

constexpr size_t kHeader = 64; // bytes: the number of segments and fifteen offsets

uint32_t le32(Span s, size_t at)
{
    const uint8_t* p = s.from(at, 4).data;
    return uint32_t(p[3]) << 24 | uint32_t(p[2]) << 16 | uint32_t(p[1]) << 8 | p[0];
}

/// PS3.5 G.3.1, PackBits: count bytes to every stride-th place of out.
void unpack(Span segment, size_t count, uint8_t* out, size_t stride)
{
    size_t at = 0;
    for (size_t done = 0; done < count;) {
        if (at + 1 >= segment.size)
            throw DecodeError("a run-length segment ends early");
        const auto n = int8_t(segment.data[at++]);
        if (n == -128)
            continue; // says nothing
        const size_t length = std::min(size_t(n >= 0 ? n + 1 : 1 - n), count - done);
        if (n >= 0 && length > segment.size - at)
            throw DecodeError("a run-length segment ends early");
        for (size_t i = 0; i < length; i++)
            out[(done + i) * stride] = segment.data[n >= 0 ? at + i : at];
        at += n >= 0 ? length : 1;
        done += length;
    }
}

} // namespace

std::vector<uint8_t> decode_rle(Span bytes, const RawFrame& form)
{
    const size_t segments = size_t(form.samples) * form.bytes, pixels = size_t(form.rows) * form.columns;
    if (bytes.size < kHeader)
        throw DecodeError("the run-length header is cut short");
    if (le32(bytes, 0) != segments)
        throw DecodeError("the run-length header says " + std::to_string(le32(bytes, 0)) + " segments where " + std::to_string(segments) + " belong");
    std::vector<uint8_t> samples(pixels * segments);
    for (size_t s = 0; s < segments; s++) {
        const size_t start = le32(bytes, 4 + 4 * s), end = s + 1 < segments ? le32(bytes, 8 + 4 * s) : bytes.size;
        if (start < kHeader || end < start || end > bytes.size)
            throw DecodeError("a run-length segment lies outside its frame");
        // The bytes of a sample come most significant first, each in a segment of its own: PS3.5 G.2.
        const size_t sample = s / form.bytes, byte = form.bytes - 1 - s % form.bytes;
        unpack(bytes.from(start, end - start), pixels, samples.data() + sample * form.bytes + byte, segments);
    }
    return samples;
}
