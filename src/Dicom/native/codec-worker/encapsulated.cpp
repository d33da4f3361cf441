#include "encapsulated.h"

#include "codestream.h"

std::vector<Fragment> read_fragments(Span pixels, bool big_endian, Warnings& warnings)
{
    auto u32 = [&](size_t at) {
        const uint8_t* p = pixels.from(at, 4).data;
        return big_endian ? uint32_t(p[0]) << 24 | p[1] << 16 | p[2] << 8 | p[3]
                          : uint32_t(p[1]) << 24 | uint32_t(p[0]) << 16 | p[3] << 8 | p[2]; // group first, then element
    };
    auto length = [&](size_t at) {
        const uint8_t* p = pixels.from(at, 4).data;
        return big_endian ? uint32_t(p[0]) << 24 | p[1] << 16 | p[2] << 8 | p[3] : uint32_t(p[3]) << 24 | p[2] << 16 | p[1] << 8 | p[0];
    };

    std::vector<Fragment> fragments;
    bool offset_table = true; // the first item always is one, possibly empty
    size_t at = 0;
    for (;;) {
        if (pixels.size - at < 8) {
            warnings.push_back("the pixel data have no sequence delimiter");
            break;
        }
        uint32_t tag = u32(at);
        if (tag == 0xFFFEE0DD)
            break;
        if (tag != 0xFFFEE000) {
            warnings.push_back("the pixel data hold something that is not a fragment");
            break;
        }
        size_t count = length(at + 4);
        at += 8;
        bool truncated = count > pixels.size - at;
        if (truncated) {
            count = pixels.size - at;
            warnings.push_back("the file ends inside the pixel data");
        }
        if (!offset_table && count > 0)
            fragments.push_back({pixels.from(at, count), truncated});
        offset_table = false;
        at += count;
        if (truncated)
            break;
    }
    if (fragments.empty())
        throw DecodeError("the pixel data hold no frame");
    return fragments;
}

Span EncodedFrame::bytes(std::vector<uint8_t>& storage) const
{
    if (parts.size() == 1)
        return parts[0];
    storage.clear();
    for (const Span& part : parts)
        storage.insert(storage.end(), part.data, part.data + part.size);
    return {storage.data(), storage.size()};
}

std::vector<EncodedFrame> frame_per_fragment(const std::vector<Fragment>& fragments)
{
    std::vector<EncodedFrame> frames;
    for (const Fragment& f : fragments)
        frames.push_back({{f.bytes}, f.truncated});
    return frames;
}

std::vector<EncodedFrame> frame_per_codestream(const std::vector<Fragment>& fragments)
{
    std::vector<EncodedFrame> frames;
    for (const Fragment& f : fragments) {
        if (frames.empty() || starts_codestream(f.bytes))
            frames.emplace_back();
        frames.back().parts.push_back(f.bytes);
        frames.back().truncated |= f.truncated;
    }
    return frames;
}
