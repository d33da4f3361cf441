// FrameBuffer (frame_buffer.h) without a second process: a block of the heap that grows with the frames.
#include "frame_buffer.h"
#include "heap_frames.h"

HeapFrames& last_frames()
{
    static HeapFrames frames;
    return frames;
}

FrameBuffer::FrameBuffer(uint64_t limit) : limit_(limit) {}

FrameBuffer::~FrameBuffer() = default;

void FrameBuffer::expect(uint64_t frames, const Shape& shape) const
{
    if (shape.bytes() != 0 && frames > limit_ / shape.bytes())
        throw DecodeError(std::to_string(frames) + " frames of " + shape.text() + " are more than the limit of " + std::to_string(limit_) + " bytes");
}

uint8_t* FrameBuffer::next(const Shape& shape)
{
    if (frames_ == 0)
        shape_ = shape;
    else if (shape != shape_)
        throw DecodeError("the frame is " + shape.text() + ", the ones before it " + shape_.text());
    expect(frames_ + 1, shape);
    HeapFrames& last = last_frames();
    // Doubling, so that a cine moves a handful of times.
    if ((frames_ & (frames_ - 1)) == 0) {
        if (frames_ == 0) {
            free(last.data); // the file before
            last.data = nullptr;
        }
        auto* grown = static_cast<uint8_t*>(realloc(last.data, (frames_ ? 2 * frames_ : 1) * shape_.bytes()));
        if (!grown)
            throw std::bad_alloc();
        last.data = grown;
    }
    return last.data + frames_ * shape_.bytes();
}

void FrameBuffer::keep()
{
    frames_++;
}

int FrameBuffer::seal()
{
    last_frames().size = frames_ * shape_.bytes();
    return -1;
}

int FrameBuffer::release()
{
    return -1;
}
