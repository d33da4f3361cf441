// The few attributes of a DICOM file that decoding needs, read where they lie in memory.
#pragma once

#include "types.h"

#include <array>
#include <memory>
#include <optional>

enum class Encoding { implicit_little, explicit_little, explicit_big };

struct Palette {
    uint32_t entries = 0; // 0: no palette
    int32_t first = 0;    // the stored value that the first entry is for
    std::array<std::vector<uint8_t>, 3> channel;
};

struct PixelFacts {
    std::string transfer_syntax;
    std::string photometric; // PhotometricInterpretation
    uint32_t rows = 0, columns = 0, samples = 1, planar = 0;
    uint32_t bits_allocated = 8, bits_stored = 8, is_signed = 0;
    std::optional<int64_t> frames; // NumberOfFrames as stated, if it is a number
    Palette palette;
    Encoding encoding = Encoding::explicit_little;
    bool pixels_are_words = false;   // PixelData has VR OW
    bool encapsulated = false;       // PixelData has undefined length: fragments follow
    bool pixels_truncated = false;   // the file ends before PixelData does
    Span pixels;                     // the value, or everything after the header of an encapsulated one
};

/// Maps the file, and inflates it if it is deflated; facts point into it, so it must outlive them.
class Dataset {
public:
    Dataset(const std::string& path, const Limits& limits, Warnings& warnings);
    ~Dataset();
    Dataset(const Dataset&) = delete;
    Dataset& operator=(const Dataset&) = delete;

    const PixelFacts& facts() const { return facts_; }

private:
    Span map(const std::string& path);
    Span read_meta(Span file, Warnings& warnings);
    Span inflate(Span deflated, const Limits& limits);
    void read_elements(Span body, Warnings& warnings);

    void* mapped_ = nullptr;
    size_t mapped_size_ = 0;
    std::vector<uint8_t> inflated_;
    PixelFacts facts_;
};
