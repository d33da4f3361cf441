#include "frame_buffer.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

FrameBuffer::FrameBuffer(uint64_t limit) : limit_(limit)
{
    fd_ = memfd_create("decoded-frames", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd_ < 0)
        throw DecodeError(std::string("no shared memory: ") + strerror(errno));
    // Pages come into being when they are written, so the whole limit can be mapped at once.
    if (ftruncate(fd_, off_t(limit_)) != 0)
        throw DecodeError(std::string("no shared memory: ") + strerror(errno));
    void* address = mmap(nullptr, limit_, PROT_READ | PROT_WRITE, MAP_SHARED, fd_, 0);
    if (address == MAP_FAILED)
        throw DecodeError("the decoded frames do not fit the memory limit");
    data_ = static_cast<uint8_t*>(address);
}

FrameBuffer::~FrameBuffer()
{
    if (data_)
        munmap(data_, limit_);
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
    return data_ + frames_ * shape_.bytes();
}

int FrameBuffer::seal()
{
    munmap(data_, limit_);
    data_ = nullptr;
    if (ftruncate(fd_, off_t(frames_ * shape_.bytes())) != 0 || fcntl(fd_, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) != 0)
        throw DecodeError(std::string("the shared memory cannot be sealed: ") + strerror(errno));
    return fd_;
}

int FrameBuffer::release()
{
    int fd = fd_;
    fd_ = -1;
    return fd;
}
