#include "codestream.h"

#include <cstring>

namespace {

constexpr uint8_t kSoc[] = {0xFF, 0x4F, 0xFF, 0x51};                         // JPEG 2000: SOC, SIZ
constexpr uint8_t kJp2[] = {0x00, 0x00, 0x00, 0x0C, 0x6A, 0x50, 0x20, 0x20}; // the JP2 file format, not allowed in DICOM yet seen

uint32_t be16(Span s, size_t at)
{
    const uint8_t* p = s.from(at, 2).data;
    return uint32_t(p[0] << 8 | p[1]);
}

uint32_t be32(Span s, size_t at) { return be16(s, at) << 16 | be16(s, at + 2); }

bool is_jpeg(Span s) { return s.size >= 4 && s.data[0] == 0xFF && s.data[1] == 0xD8 && s.data[2] == 0xFF; }
bool is_soc(Span s) { return s.size >= 4 && memcmp(s.data, kSoc, 4) == 0; }
bool is_jp2(Span s) { return s.size >= 8 && memcmp(s.data, kJp2, 8) == 0; }

void read_frame_header(Span segment, uint8_t marker, Codestream& c)
{
    c.kind = marker == 0xF7 ? Codestream::Kind::jpeg_ls : marker == 0xC3 ? Codestream::Kind::jpeg_lossless : Codestream::Kind::jpeg;
    c.precision = segment.from(0, 1).data[0];
    c.rows = be16(segment, 1);
    c.columns = be16(segment, 3);
    c.components = segment.from(5, 1).data[0];
    const uint8_t* p = segment.from(6, 3 * size_t(c.components)).data;
    c.rgb_ids = c.components == 3 && p[0] == 'R' && p[3] == 'G' && p[6] == 'B';
    for (uint32_t i = 1; i < c.components; i++)
        c.subsampled |= p[3 * i + 1] != p[1];
}

/// ISO/IEC 10918-1 B.1.1.4: segments up to the start of the first scan.
void read_jpeg(Span s, Codestream& c)
{
    for (size_t at = 2;;) {
        while (s.from(at, 1).data[0] != 0xFF)
            at++; // bytes between segments are wrong but harmless
        while (s.from(at, 1).data[0] == 0xFF)
            at++;
        uint8_t marker = s.data[at++];
        if (marker == 0xD8 || marker == 0x01 || (marker >= 0xD0 && marker <= 0xD7))
            continue; // no segment follows
        if (marker == 0xDA || marker == 0xD9)
            break;
        uint32_t length = be16(s, at);
        if (length < 2)
            throw DecodeError("a JPEG segment is damaged");
        Span segment = s.from(at + 2, length - 2);
        bool frame_header = (marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC) || marker == 0xF7;
        if (frame_header)
            read_frame_header(segment, marker, c);
        else if (marker == 0xE0 && segment.size >= 5 && memcmp(segment.data, "JFIF", 5) == 0)
            c.jfif = true;
        else if (marker == 0xEE && segment.size >= 12 && memcmp(segment.data, "Adobe", 5) == 0)
            c.adobe_transform = segment.data[11];
        at += length;
    }
    if (c.kind == Codestream::Kind::unknown)
        throw DecodeError("the JPEG stream has no frame header");
}

/// ISO/IEC 15444-1 A.5.1 (SIZ) and A.6.1 (COD).
void read_jpeg_2000(Span s, Codestream& c)
{
    c.kind = Codestream::Kind::jpeg_2000;
    Span siz = s.from(4, be16(s, 4));
    uint32_t x1 = be32(siz, 4), y1 = be32(siz, 8), x0 = be32(siz, 12), y0 = be32(siz, 16);
    if (x1 <= x0 || y1 <= y0)
        throw DecodeError("the JPEG 2000 stream has no area");
    c.columns = x1 - x0;
    c.rows = y1 - y0;
    c.components = be16(siz, 36);
    const uint8_t* p = siz.from(38, 3 * size_t(c.components)).data;
    c.precision = (p[0] & 0x7F) + 1u;
    c.is_signed = (p[0] & 0x80) != 0;
    for (uint32_t i = 0; i < c.components; i++)
        c.subsampled |= p[3 * i + 1] != 1 || p[3 * i + 2] != 1;
    for (size_t at = 4 + siz.size; be16(s, at) != 0xFF90; at += 2 + be16(s, at + 2)) // up to the first tile
        if (be16(s, at) == 0xFF52)
            c.multiple_component_transform = s.from(at + 8, 1).data[0] == 1;
}

} // namespace

bool starts_codestream(Span bytes) { return is_jpeg(bytes) || is_soc(bytes) || is_jp2(bytes); }

Codestream inspect_codestream(Span bytes)
{
    Codestream c;
    c.bytes = bytes;
    try {
        if (is_jpeg(bytes)) {
            read_jpeg(bytes, c);
        } else if (is_soc(bytes)) {
            read_jpeg_2000(bytes, c);
        } else if (is_jp2(bytes)) {
            for (size_t at = sizeof kJp2; at + 4 <= bytes.size && c.kind == Codestream::Kind::unknown; at++)
                if (memcmp(bytes.data + at, kSoc, 4) == 0) {
                    c.bytes = bytes.from(at, bytes.size - at);
                    read_jpeg_2000(c.bytes, c);
                }
        }
    } catch (const std::out_of_range&) {
        throw DecodeError("the header of the compressed frame is cut short");
    }
    return c;
}
