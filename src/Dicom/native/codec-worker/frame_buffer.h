// The decoded frames, in memory that the other process maps.
#pragma once

#include "types.h"

/// A memory file without a name: it is gone when both processes have let go of it, however they end. It is written, not mapped: a page that is written whole costs half of one that is
/// met by a page fault and zeroed first, and the frame at hand stays in the processor's cache.
class FrameBuffer {
public:
    explicit FrameBuffer(uint64_t limit);
    ~FrameBuffer();
    FrameBuffer(const FrameBuffer&) = delete;
    FrameBuffer& operator=(const FrameBuffer&) = delete;

    uint64_t frames() const { return frames_; }
    const Shape& shape() const { return shape_; }

    /// Room for the next frame, zeroed or holding what a failed one left; the first frame sets the shape that all must have.
    /// It counts once keep() is called.
    uint8_t* next(const Shape& shape);
    void keep();

    /// Says before any frame is decoded that so many will not fit.
    void expect(uint64_t frames, const Shape& shape) const;

    /// Seals against change: the reader need fear neither a shrinking file (SIGBUS) nor moving pixels.
    int seal();

    /// Hands over the descriptor, which the caller closes.
    int release();

private:
    uint64_t limit_ = 0;
    int fd_ = -1;
    std::vector<uint8_t> frame_; // the one at hand
    uint64_t frames_ = 0;
    Shape shape_;
};
