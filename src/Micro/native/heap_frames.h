// Where the frames of the last file are, in this process's own memory.
#pragma once

#include <cstdint>
#include <cstdlib>

struct HeapFrames {
    uint8_t* data = nullptr;
    uint64_t size = 0;

    ~HeapFrames() { free(data); }
};

HeapFrames& last_frames();
