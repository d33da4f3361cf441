// Fragments of encapsulated PixelData (PS3.5 A.4), and which of them make a frame.
#pragma once

#include "types.h"

/// A file with more frames is refused: the longest echo cines known have under a thousand.
constexpr size_t kMaxFrames = 100000;

struct Fragment {
    Span bytes;
    bool truncated = false; // the file ends inside it
};

std::vector<Fragment> read_fragments(Span pixels, bool big_endian, Warnings& warnings);

/// The bytes of one frame; usually one fragment, else its fragments joined.
struct EncodedFrame {
    std::vector<Span> parts;
    bool truncated = false;

    /// Joins into storage only where there is something to join.
    Span bytes(std::vector<uint8_t>& storage) const;
};

/// One frame a fragment, as run-length encoding demands: PS3.5 A.4.2.
std::vector<EncodedFrame> frame_per_fragment(const std::vector<Fragment>& fragments);

/// A frame begins where a fragment begins with a code stream. Offset tables are not asked: they may be empty, and in real files they lie;
/// the bytes that start a JPEG or JPEG 2000 stream cannot occur inside one but for an embedded thumbnail.
std::vector<EncodedFrame> frame_per_codestream(const std::vector<Fragment>& fragments);
