#include "frame_buffer.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

FrameBuffer::FrameBuffer(uint64_t limit) : limit_(limit), fd_(memfd_create("decoded-frames", MFD_CLOEXEC | MFD_ALLOW_SEALING))
{
    if (fd_ < 0)
        throw DecodeError(std::string("no shared memory: ") + strerror(errno));
}

FrameBuffer::~FrameBuffer()
{
    if (fd_ >= 0)
        close(fd_);
}

void FrameBuffer::expect(uint64_t frames, const Shape& shape) const
{
    if (shape.bytes() != 0 && frames > limit_ / shape.bytes())
        throw DecodeError(std::to_string(frames) + " frames of " + shape.text() + " are more than the limit of " + std::to_string(limit_) + " bytes");
}

uint8_t* FrameBuffer::next(const Shape& shape)
{
    if (shape.bytes() == 0)
        throw DecodeError("the frame has no pixels");
    if (frames_ == 0)
        shape_ = shape;
    else if (shape != shape_)
        throw DecodeError("the frame is " + shape.text() + ", the ones before it " + shape_.text());
    expect(frames_ + 1, shape);
    frame_.resize(shape.bytes());
    return frame_.data();
}

void FrameBuffer::keep()
{
    const off_t at = off_t(frames_ * shape_.bytes());
    for (size_t done = 0; done < frame_.size();) {
        const ssize_t count = pwrite(fd_, frame_.data() + done, frame_.size() - done, at + off_t(done));
        if (count < 0 && errno != EINTR)
            throw DecodeError(std::string("the shared memory cannot be written: ") + strerror(errno));
        done += count > 0 ? size_t(count) : 0;
    }
    frames_++;
}

int FrameBuffer::seal()
{
    if (fcntl(fd_, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) != 0)
        throw DecodeError(std::string("the shared memory cannot be sealed: ") + strerror(errno));
    return fd_;
}

int FrameBuffer::release()
{
    int fd = fd_;
    fd_ = -1;
    return fd;
}
