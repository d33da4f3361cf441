// What the parts of the worker hand to one another.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

/// Bytes that somebody else owns.
struct Span {
    const uint8_t* data = nullptr;
    size_t size = 0;

    Span from(size_t offset, size_t count) const
    {
        if (offset > size || count > size - offset)
            throw std::out_of_range("span");
        return {data + offset, count};
    }
};

/// The file, or one frame of it, cannot be decoded; what() is the one-line reason.
struct DecodeError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct Limits {
    uint64_t address_space = 0; // bytes
    uint64_t output = 0;        // bytes of decoded pixels
    uint64_t cpu_seconds = 0;   // for each request
};

/// The picture of one frame: 8 bits a sample, RGB interleaved or grey.
struct Shape {
    uint32_t rows = 0, columns = 0, samples = 0;

    uint64_t bytes() const { return uint64_t(rows) * columns * samples; }
    bool operator==(const Shape& o) const { return rows == o.rows && columns == o.columns && samples == o.samples; }
    bool operator!=(const Shape& o) const { return !(*this == o); }
    std::string text() const { return std::to_string(rows) + " x " + std::to_string(columns) + (samples == 3 ? " colour" : " grey"); }
};

/// Remarks about a file that was decoded all the same; the caller gets the first ones.
using Warnings = std::vector<std::string>;
